"""Walks between two prices that stay within a high and a low and touch both.

The whole market is made by refining: a half hour with its open, high, low and close is cut into minutes, a minute into
trades, and the parts never contradict the whole. All prices are whole ticks.
"""

from itertools import accumulate
from operator import sub
from random import Random

__all__ = ["portions", "walk"]


def walk(random: Random, count: int, open_: int, high: int, low: int, close: int) -> list[int]:
    """Return `count` prices, the first `open_`, the last `close`, the highest `high` and the lowest `low`.

    With fewer than four prices there is no room for all of it: one is `close`, two are the ends, and of three the
    middle one lies between `low` and `high`.
    """
    if count <= 3:
        middle = [low + int(random.random() * (high - low + 1))] if count == 3 else []
        return [open_, *middle, close][-count:] if count else []
    if high == low:
        return [open_] * count
    rand = random.random
    span = high - low
    step = 2.4 * span / count**0.5
    steps = count - 1
    path = [0.0, *accumulate([(rand() - 0.5) * step for _ in range(steps)])]
    slope = (close - open_ - path[-1]) / steps
    start = open_ + 0.5
    prices = [int(start + slope * at + value) for at, value in enumerate(path)]
    prices = [low if price < low else high if price > high else price for price in prices]  # noqa: FURB136
    prices[0], prices[-1] = open_, close
    _touch(prices, high, low)
    return prices


def _touch(prices: list[int], high: int, low: int) -> None:
    """Lift the highest inner price to `high`, lower the lowest to `low`, unless the walk has been there by itself."""
    if max(prices) < high:
        inner = range(1, len(prices) - 1)
        prices[max(inner, key=prices.__getitem__)] = high
    if min(prices) > low:
        lowest, at_lowest = high + 1, 1
        for at in range(1, len(prices) - 1):
            if prices[at] < lowest and prices[at] != high:
                lowest, at_lowest = prices[at], at
        if lowest > high:  # all inner prices are at the high: any but the first keeps it
            at_lowest = len(prices) - 2
        prices[at_lowest] = low


def portions(random: Random, total: int, count: int) -> list[int]:
    """Cut a whole number into `count` uneven portions, none more than about four times another on average."""
    rand = random.random
    scale = total / count
    edges = [0, *[int(scale * (at + 0.6 * rand())) for at in range(1, count)], total]
    return list(map(sub, edges[1:], edges))
