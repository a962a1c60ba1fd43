"""Another process that reads what the feeder writes: polling, sleeping until woken, now and then, or afterwards.

Served by `agent_process`; every public method is a command.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any

from bench._wire.ibapi_loop import QUIET_S
from bench._wire.observed import Change, Observed
from tickring.reader import QuoteReader
from tickring.states import ApiMode

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bench._wire.observed import Prices
    from tickring.reader import Quote

__all__ = ["FOLLOWING", "POLLING", "PUBLISHED", "SegmentWatch", "make_segment_watch"]

POLLING = "polling"
FOLLOWING = "follow"
PUBLISHED = "published"
_RING = 1_000  # more than a ring has
_LOOK_FOR_STOP_NS = 2_000_000
_LOOK_EVERY_S = 0.0005
_READY_WITHIN_S = 30.0
_READY_WITHIN_S_EACH = 0.01


def make_segment_watch(pipe: Connection[Any, Any]) -> SegmentWatch:
    """Begin in a fresh process."""
    gc.collect()
    gc.freeze()
    gc.disable()
    return SegmentWatch(pipe)


class SegmentWatch:
    """One reader of one segment."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe

    def connect(self, place: str, symbols: list[str]) -> None:
        """Open the segment and return when every symbol has a live bid and ask.

        Raises:
            TimeoutError: not within some seconds.
        """
        self._reader = QuoteReader.open(place, ApiMode.MOCK)
        self._symbols = symbols
        self._handles = [self._reader.handle(symbol) for symbol in symbols]
        ends_s = time.monotonic() + _READY_WITHIN_S + len(symbols) * _READY_WITHIN_S_EACH
        while not all(_is_complete(handle.read()) for handle in self._handles):
            if time.monotonic() > ends_s:
                raise TimeoutError(f"not every quote is complete: {[handle.read() for handle in self._handles][:3]}")
            time.sleep(0.01)

    def prices(self) -> Prices:
        """Return what is visible now."""
        known: Prices = {}
        for number, handle in enumerate(self._handles):
            quote = handle.read()
            known[number, "bid"], known[number, "ask"] = _or_nan(quote.bid), _or_nan(quote.ask)
        return known

    def newest(self) -> tuple[Prices, int]:
        """Return what is visible now, and since when the newest of it."""
        return self.prices(), max(handle.read().ts_publish_ns for handle in self._handles)

    def watch(self, way: str) -> Observed:
        """Observe until told to stop; a `burst` until nothing more comes."""
        ways = {
            POLLING: self._poll,
            FOLLOWING: self._follow,
            PUBLISHED: self._look_back,
            "burst": self._look_now_and_then,
        }
        return ways[way]()

    def _poll(self) -> Observed:
        reads, clock = [(number, handle.read) for number, handle in enumerate(self._handles)], time.monotonic_ns
        last = [read() for _, read in reads]
        sequences = {number: quote.sequence for number, quote in enumerate(last)}
        found: list[tuple[int, int, Quote]] = []
        look_ns = clock()
        while True:
            for number, read in reads:
                quote = read()
                if quote is not last[number]:
                    found.append((number, clock(), quote))
                    last[number] = quote
            if clock() > look_ns:
                if self._pipe.poll():
                    break
                look_ns = clock() + _LOOK_FOR_STOP_NS
        self._pipe.recv()
        changes = []
        for number, at_ns, quote in found:
            is_next = quote.sequence <= sequences[number] + 1
            sequences[number] = quote.sequence
            changes.append(Change(number, at_ns, _or_nan(quote.bid), is_next))
        return self._observed(changes)

    def _follow(self) -> Observed:
        follower, clock = self._reader.follower(self._symbols), time.monotonic_ns
        numbers = {symbol: number for number, symbol in enumerate(self._symbols)}
        changes = []
        follower.take()  # the present quotes
        while not self._pipe.poll():
            if follower.wait(0.02):
                news = follower.take()
                at_ns = clock()
                changes += [
                    Change(numbers[quote.symbol], at_ns, _or_nan(quote.bid), missed == 0) for quote, missed in news
                ]
        self._pipe.recv()
        return self._observed(changes)

    def _look_back(self) -> Observed:
        """Sleep meanwhile; what was published, and when, is in the rings."""
        last = [handle.read().sequence for handle in self._handles]
        self._pipe.recv()
        changes = []
        for number, handle in enumerate(self._handles):
            for quote in reversed(handle.history(_RING)):
                if quote.sequence > last[number]:
                    is_next = quote.sequence == last[number] + 1
                    changes.append(Change(number, quote.ts_publish_ns, _or_nan(quote.bid), is_next))
                    last[number] = quote.sequence
        return self._observed(sorted(changes, key=lambda change: change.at_ns))

    def _observed(self, changes: list[Change]) -> Observed:
        return Observed(changes, changes[-1].at_ns if changes else 0, self.prices())

    def _look_now_and_then(self) -> Observed:
        """Leave the core to the feeder; be half a millisecond late at most."""
        reads, clock = [handle.read for handle in self._handles], time.monotonic_ns
        last: list[Quote] = [read() for read in reads]
        at_ns, over_ns = 0, 0
        while True:
            now = [read() for read in reads]
            if any(new.sequence != old.sequence for new, old in zip(now, last, strict=True)):
                at_ns, last = clock(), now
            elif over_ns and clock() - max(over_ns, at_ns) > QUIET_S * 1e9:
                return Observed([], at_ns, self.prices())
            time.sleep(_LOOK_EVERY_S)
            if not over_ns and self._pipe.poll():
                self._pipe.recv()
                over_ns = clock()

    def close(self) -> None:
        """Unmap."""
        self._reader.close()


def _is_complete(quote: Quote) -> bool:
    return quote.verdict == "live" and quote.bid is not None and quote.ask is not None


def _or_nan(price: float | None) -> float:
    return float("nan") if price is None else price
