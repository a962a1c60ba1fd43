"""The minutes and the trades inside one half hour.

A half hour with many trades is cut into minutes first and each minute into trades when somebody looks; one with few is
made of its trades at once, and its minutes are what they come to. Both give the half hour's open, high, low, close,
volume and number of trades exactly.
"""

from array import array
from bisect import bisect_left
from random import Random

import msgspec

from tickring.simulator.market.blocks import BLOCK_S, Block
from tickring.simulator.market.seeds import random_of
from tickring.simulator.market.shapes import portions, walk

__all__ = ["MINUTES", "BlockTrades", "Span", "Trade"]

MINUTES = BLOCK_S // 60
OPEN_MINUTES = 2  # the running one and the one before it, whose last trade still stands
DENSE = 20 * MINUTES
"""From so many trades on every minute has at least four, which is what its open, high, low and close need."""

Trade = tuple[float, int, int]
"""When (seconds since 1970), price in ticks, shares. A trade stays clear of its stretch's end, whatever is rounded."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time and what was traded in it; prices in ticks, all the price before when nothing was."""

    trades: int
    open: int
    high: int
    low: int
    close: int
    volume: int


class BlockTrades:
    """One half hour, opened."""

    __slots__ = ("_all", "_block", "_key", "_opened", "minutes")

    def __init__(self, block: Block, key: tuple[str | int, ...]) -> None:
        self._block = block
        self._key = key
        self._opened: dict[int, _Columns] = {}
        self._all: _Columns | None = None
        random = random_of(*key, block.start_s)
        if block.trades >= DENSE:
            self.minutes = _cut(random, block)
        else:
            times = sorted(0.9999 * random.random() for _ in range(block.trades))
            self._all = _Columns(random, block, [block.start_s + BLOCK_S * at for at in times])
            self.minutes = spans(self._all.between(0, float("inf")), block.start_s, 60, MINUTES, block.open)

    def between(self, start_s: float, end_s: float) -> list[Trade]:
        """Return the trades from a moment of this half hour up to another, which does not belong to it."""
        if self._all is not None:
            return self._all.between(start_s, end_s)
        found: list[Trade] = []
        first = int(start_s - self._block.start_s) // 60
        until = min(MINUTES, int(end_s - self._block.start_s + 59.999_999) // 60)
        for number in range(first, until):
            found += self._minute(number).between(start_s, end_s)
        return found

    def last_before(self, at_s: float) -> Trade | None:
        """Return the last trade of this half hour before a moment."""
        number = min(MINUTES - 1, int(at_s - self._block.start_s) // 60)
        while number >= 0:
            if self.minutes[number].trades and (found := self._minute(number).last_before(at_s)) is not None:
                return found
            number -= 1
        return None

    def _minute(self, number: int) -> "_Columns":
        if self._all is not None:
            return self._all
        found = self._opened.get(number)
        if found is None:
            while len(self._opened) >= OPEN_MINUTES:
                del self._opened[next(iter(self._opened))]
            start_s, span = self._block.start_s + 60 * number, self.minutes[number]
            random = random_of(*self._key, start_s, "minute")
            width_s = 60 / span.trades
            times = [start_s + width_s * (at + 0.999 * random.random()) for at in range(span.trades)]
            found = self._opened[number] = _Columns(random, span, times)
        return found


class _Columns:
    """Trades in order, in columns: a sixth of the memory that their tuples take."""

    __slots__ = ("_prices", "_shares", "_times")

    def __init__(self, random: Random, whole: Block | Span, times: list[float]) -> None:
        count = whole.trades
        self._times = array("d", times)
        self._prices = array("q", walk(random, count, whole.open, whole.high, whole.low, whole.close))
        # Every trade has a share at least; the rest is dealt out unevenly.
        self._shares = array("q", [1 + more for more in portions(random, whole.volume - count, count)] if count else ())

    def between(self, start_s: float, end_s: float) -> list[Trade]:
        first, until = bisect_left(self._times, start_s), bisect_left(self._times, end_s)
        return list(zip(self._times[first:until], self._prices[first:until], self._shares[first:until], strict=True))

    def last_before(self, at_s: float) -> Trade | None:
        index = bisect_left(self._times, at_s) - 1
        return (self._times[index], self._prices[index], self._shares[index]) if index >= 0 else None


def spans(trades: list[Trade], start_s: int, width_s: int, count: int, price: int) -> list[Span]:
    """Return what was traded in each of so many stretches of equal width; `price` stands before the first trade."""
    found: list[Span] = []
    at, end = 0, len(trades)
    for number in range(1, count + 1):
        first, until_s = at, start_s + number * width_s
        while at < end and trades[at][0] < until_s:
            at += 1
        if first == at:
            found.append(Span(0, price, price, price, price, 0))
            continue
        inside = trades[first:at]
        prices = [trade[1] for trade in inside]
        price = prices[-1]
        volume = sum([trade[2] for trade in inside])
        found.append(Span(at - first, prices[0], max(prices), min(prices), price, volume))
    return found


def _cut(random: Random, block: Block) -> list[Span]:
    """Cut a busy half hour into minutes: the high and the low are reached at the end of one."""
    edges = walk(random, MINUTES + 1, block.open, block.high, block.low, block.close)
    trades = portions(random, block.trades, MINUTES)
    shares = portions(random, block.volume - block.trades, MINUTES)
    reach = (block.high - block.low) * 0.15
    cut: list[Span] = []
    for at in range(MINUTES):
        opened, close = edges[at], edges[at + 1]
        high = min(block.high, max(opened, close) + int(reach * random.random()))
        low = max(block.low, min(opened, close) - int(reach * random.random()))
        cut.append(Span(trades[at], opened, high, low, close, trades[at] + shares[at]))
    return cut
