"""Reads all symbols all the time and holds every `live` quote against what the simulator had sent by then."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple, Self

from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tickring.simulator.control.sent_log import SentLine
    from tickring.simulator.running import SimulatorProcess

__all__ = ["HonestyWatch", "lies_in", "sent_until"]

_LOG_QUIET_S = 1.0
_LOG_LOOK_S = 0.1
_LOOK_EVERY_S = 0.004
"""By default."""
_CROSSED_S = 1.0
"""Bid and ask come one after the other: for a moment they may not fit together, and no longer."""


class Seen(NamedTuple):
    """A quote that claimed to be live."""

    symbol: str
    bid: float | None
    before_ns: int
    """CLOCK_MONOTONIC before the read."""
    after_ns: int


class HonestyWatch:
    """A thread with a reader of its own. Use as a context manager, then look at `seen` and `wrong`."""

    def __init__(self, segment: str, symbols: Sequence[str], *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._reader = QuoteReader.open(segment, api_mode="mock", wait_s=20)
        self._symbols = symbols
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._look, name="honesty")
        self.seen: list[Seen] = []
        self.looks = 0
        self.wrong: list[str] = []
        """What can be told without the log."""

    def _look(self) -> None:
        handles = [self._reader.handle(symbol) for symbol in self._symbols]
        newest: dict[str, tuple[int, int]] = {}
        crossed_ns: dict[str, int] = {}
        while not self._is_ending.wait(self._look_every_s):
            for symbol, handle in zip(self._symbols, handles, strict=True):
                before_ns = time.monotonic_ns()
                quote = handle.read()
                after_ns = time.monotonic_ns()
                self.looks += 1
                if quote.symbol != symbol:
                    self.wrong.append(f"asked for {symbol}, got {quote!r}")
                is_crossed = quote.bid is not None and quote.ask is not None and quote.bid > quote.ask
                if quote.verdict != "live" or not is_crossed:
                    crossed_ns.pop(symbol, None)
                if quote.verdict != "live":
                    continue
                if is_crossed and after_ns - crossed_ns.setdefault(symbol, before_ns) > _CROSSED_S * 1e9:
                    self.wrong.append(f"crossed: {quote!r}")
                version = (quote.epoch, quote.sequence)
                if version < newest.get(symbol, version):
                    self.wrong.append(f"{symbol} went back from {newest[symbol]} to {version}")
                newest[symbol] = version
                self.seen.append(Seen(symbol, quote.bid, before_ns, after_ns))

    def take_seen(self) -> list[Seen]:
        """Return what was seen since this was asked last."""
        seen, self.seen = self.seen, []
        return seen

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending.set()
        self._thread.join(10)
        self._reader.close()


def sent_until(gateway: SimulatorProcess, until_ns: int) -> list[SentLine]:
    """Return what the gateway has sent, with everything up to that moment (CLOCK_MONOTONIC).

    Its log is written some times a second; a gateway that is frozen or mute writes nothing any more.
    """
    lines = gateway.sent()
    quiet_since_s = time.monotonic()
    while not (lines and lines[-1].mono_ns >= until_ns) and time.monotonic() - quiet_since_s < _LOG_QUIET_S:
        time.sleep(_LOG_LOOK_S)
        newer = gateway.sent()
        if len(newer) > len(lines):
            quiet_since_s = time.monotonic()
        lines = newer
    return lines


def lies_in(seen: Iterable[Seen], sent: Iterable[SentLine], *, deadline_s: float) -> list[str]:
    """Return what was read as live and was not among the bids that were current in the `deadline_s` before the read.

    A quote without a bid claims none.
    """
    times: dict[str, list[int]] = {}
    bids: dict[str, list[float | None]] = {}
    for line in sent:
        if line.kind == "tick" and line.field == "bid" and line.symbol is not None:
            price = float(line.value or 0)
            times.setdefault(line.symbol, []).append(line.mono_ns)
            bids.setdefault(line.symbol, []).append(price if price > 0 else None)
    lies: list[str] = []
    for one in seen:
        until = bisect_right(times.get(one.symbol, []), one.after_ns)
        since = bisect_right(times.get(one.symbol, []), one.before_ns - round(deadline_s * 1e9))
        current = bids.get(one.symbol, [])[max(0, since - 1) : until]  # the one before was current when the time began
        if one.bid is not None and one.bid not in current:
            lies.append(f"{one}: {len(current)} bids were current, from {current[:1]} to {current[-1:]}")
    return lies
