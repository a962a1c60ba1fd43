"""The half hours of a day: how many trades, how many shares, and between which prices.

A day is made of them at once, from one generator, so that a day's bar costs microseconds. Prices come from a walk
between the two ends of a part of the day; the extremes inside a half hour are drawn from the exact distribution that
they have in a Brownian walk between its ends.
"""

from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from math import log, sqrt
from random import Random

import msgspec

from tickring.simulator.market.listing import Temper
from tickring.simulator.market.sessions import Part, Phase

__all__ = ["BLOCK_S", "Block", "part_blocks"]

BLOCK_S = 1800
SAMPLES = BLOCK_S * 4  # the market's own samples, 250 ms each
TRADES_A_SAMPLE = 0.45  # of the samples that change something, so many have a trade
THIN_TRADES = 0.06  # outside the regular hours
THIN_SHARES = 0.02
REGULAR_BLOCKS = 13


class Block(msgspec.Struct, frozen=True, gc=False):
    """A half hour. Prices in ticks; `open` is the first trade's, `close` the last one's.

    Without trades (`trades` 0) all four are the price before.
    """

    start_s: int
    is_regular: bool
    trades: int
    open: int
    high: int
    low: int
    close: int
    volume: int


def part_blocks(
    random: Random,
    part: Part,
    temper: Temper,
    *,
    start: float,
    end: float,
    deviation: float,
    floor: int,
) -> list[Block]:
    """Return the half hours of one part of a day, which goes from one price to another (ticks, off the grid).

    `deviation` is that of one half hour in ticks, `floor` the lowest price there may be. The last half hour of regular
    trading has at least one trade, the closing auction, at exactly the end.
    """
    count = (part.end_s - part.start_s) // BLOCK_S
    is_regular = part.phase is Phase.REGULAR
    rand = random.random
    edges = _edges(random, count, start, end, deviation)
    trades_a_block = SAMPLES * min(1.0, temper.activity) * TRADES_A_SAMPLE
    shares_a_block = temper.shares_a_day / (max(count, REGULAR_BLOCKS) if is_regular else REGULAR_BLOCKS)
    variance = 2 * deviation**2
    blocks: list[Block] = []
    price = max(floor, round(start))
    for at, (trades_weight, shares_weight) in enumerate(_weights(count, is_regular)):
        mood = 0.6 + 0.8 * rand()
        trades = int(trades_a_block * trades_weight * mood + rand())
        if is_regular and at == count - 1 and not trades:
            trades = 1
        start_s = part.start_s + at * BLOCK_S
        if trades == 0:
            blocks.append(Block(start_s, is_regular, 0, price, price, price, price, 0))
            continue
        volume = max(trades, int(shares_a_block * shares_weight * mood * (0.8 + 0.4 * rand())))
        close = max(floor, round(edges[at + 1]))
        opened = price if trades > 1 else close
        high, low = (opened, close) if opened > close else (close, opened)
        if trades >= 4:
            apart, together = (close - opened) ** 2, opened + close
            high = max(high, round((together + sqrt(apart - variance * log(1 - rand()))) / 2))
            low = max(floor, min(low, round((together - sqrt(apart - variance * log(1 - rand()))) / 2)))
        blocks.append(Block(start_s, is_regular, trades, opened, high, low, close, volume))
        price = close
    return blocks


def _edges(random: Random, count: int, start: float, end: float, deviation: float) -> Sequence[float]:
    """A walk from start to end; sums of uniform steps are normal enough and need no function that may change."""
    rand = random.random
    walked = [0.0, *accumulate([(rand() + rand() + rand() - 1.5) * 2 * deviation for _ in range(count)])]
    slope = (end - start - walked[-1]) / count
    return [start + slope * at + value for at, value in enumerate(walked)]


@cache
def _weights(count: int, is_regular: bool) -> tuple[tuple[float, float], ...]:
    """Weights of each half hour's trades and shares: more at both ends of the day, few outside the regular hours."""
    if not is_regular:
        return ((THIN_TRADES, THIN_SHARES),) * count
    weights = [0.7 + 0.9 * (2 * (at + 0.5) / count - 1) ** 2 for at in range(count)]
    return tuple(zip(weights, weights, strict=True))
