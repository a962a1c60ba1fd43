"""The half hours of a day: how many trades, how many shares, and between which prices.

A day is made of them at once, some thirty numbers from one generator, so that a day's bar costs microseconds. Prices come from a
Brownian walk between the two ends of a part of the day; the extremes inside a half hour are drawn from their exact
distribution for such a walk.
"""

from collections.abc import Sequence
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
    edges = _edges(random, count, start, end, deviation)
    blocks: list[Block] = []
    price = max(floor, round(start))
    for at in range(count):
        trades, volume = _activity(random, part.phase, temper, at, count)
        if is_regular and at == count - 1:
            trades, volume = max(1, trades), max(1, volume)
        start_s = part.start_s + at * BLOCK_S
        close = max(floor, round(edges[at + 1]))
        if trades == 0:
            blocks.append(Block(start_s, is_regular, 0, price, price, price, price, 0))
            continue
        opened = price if trades > 1 else close
        high, low = max(opened, close), min(opened, close)
        if trades >= 4:
            high = max(high, round(_extreme(random, opened, close, deviation, 1)))
            low = max(floor, min(low, round(_extreme(random, opened, close, deviation, -1))))
        blocks.append(Block(start_s, is_regular, trades, opened, high, low, close, volume))
        price = close
    return blocks


def _edges(random: Random, count: int, start: float, end: float, deviation: float) -> Sequence[float]:
    """A walk from start to end; uniform steps are good enough at this size and need no function that may change."""
    walked = [0.0]
    for _ in range(count):
        walked.append(walked[-1] + (random.random() + random.random() + random.random() - 1.5) * 2 * deviation)
    slope = (end - start - walked[-1]) / count
    return [start + slope * at + value for at, value in enumerate(walked)]


def _extreme(random: Random, opened: int, close: int, deviation: float, sign: int) -> float:
    """The highest (sign 1) or lowest (-1) value of a Brownian bridge between two values."""
    excess = sqrt((close - opened) ** 2 - 2 * deviation**2 * log(1 - random.random()))
    return (opened + close + sign * excess) / 2


def _activity(random: Random, phase: Phase, temper: Temper, at: int, count: int) -> tuple[int, int]:
    """Number of trades and of shares in a half hour: more at both ends of the day, few outside the regular hours."""
    if phase is Phase.REGULAR:
        ends = 2 * (at + 0.5) / count - 1
        weight = 0.7 + 0.9 * ends * ends
        shares = temper.shares_a_day / max(count, REGULAR_BLOCKS) * weight
    else:
        weight = THIN_TRADES
        shares = temper.shares_a_day / REGULAR_BLOCKS * THIN_SHARES
    mood = 0.6 + 0.8 * random.random()
    trades = int(SAMPLES * min(1.0, temper.activity) * TRADES_A_SAMPLE * weight * mood + random.random())
    volume = int(shares * mood * (0.8 + 0.4 * random.random()))
    return trades, max(trades, volume) if trades else 0
