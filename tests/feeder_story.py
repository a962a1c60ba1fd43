"""From a simulator's log to the records that readers must see, exactly and in order; written apart from the feeder."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from tickring._core import Quote
    from tickring.simulator.control.sent_log import SentLine
    from tickring.simulator.running import SimulatorProcess

__all__ = ["Follower", "State", "expected_states", "newest_request", "state_of_quote", "ticks_of"]

FIELDS = ("bid", "ask", "last", "bid_size", "ask_size", "last_size", "volume", "close", "open", "high", "low")
State = tuple[float | None, ...]
"""The values in the order of FIELDS, then last_trade_s."""

_SIDES = ("bid", "ask", "last")
_BURST_SHARES = 100.0  # the size inside a burst's prices, which has no line of its own


def newest_request(simulator: SimulatorProcess, client_id: int, symbol: str) -> int:
    """The id of the symbol's request that was served last."""
    return [line for line in simulator.sent() if line.symbol == symbol and line.client_id == client_id][-1].req_id or 0


def ticks_of(simulator: SimulatorProcess, client_id: int, symbol: str, req_id: int) -> list[SentLine]:
    """Every tick message of a request, in order."""
    return [
        line
        for line in simulator.sent()
        if line.kind == "tick" and (line.client_id, line.symbol, line.req_id) == (client_id, symbol, req_id)
    ]


def expected_states(ticks: list[SentLine], server_version: int) -> list[State]:
    """What each message that changes something leads to. A price and its size are one message."""
    lot = 1.0 if server_version >= 159 else 100.0
    volume = 1.0 if server_version >= 220 else 100.0
    state: dict[str, float | None] = dict.fromkeys((*FIELDS, "last_trade_s"))
    states: list[State] = []
    for line, following in pairwise([*ticks, None]):
        assert line is not None
        assert line.field is not None
        word = line.field.removeprefix("delayed_")
        if word == "last_timestamp":
            state["last_trade_s"] = float(line.value or 0)
        elif word.endswith("_size"):
            state[word] = float(line.value or 0) * lot
        elif word == "volume":
            state[word] = float(line.value or 0) * volume
        elif word in FIELDS:
            price = float(line.value or 0)
            state[word] = price if price > 0 else None
            if word in _SIDES:
                has_own = following is not None and following.field == f"{line.field}_size"
                size = float(following.value or 0) * lot if has_own and following is not None else _BURST_SHARES
                state[f"{word}_size"] = size if price > 0 else 0.0
        else:
            continue
        now = tuple(state.values())
        if now != (states[-1] if states else (None,) * len(state)):
            states.append(now)
    return states


def state_of_quote(quote: Quote) -> State:
    """The same of a quote that a reader got."""
    values = [getattr(quote, name) for name in FIELDS]
    return (*values, None if quote.last_trade_s is None else float(quote.last_trade_s))


class Follower:
    """Collects every record of some symbols in a thread, from now on. Use as a context manager."""

    def __init__(self, segment_name: str, *symbols: str) -> None:
        self._reader = QuoteReader.open(segment_name, api_mode="any")
        self._follow = self._reader.follow(symbols, timeout_s=0.2)
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._collect, name="follower")
        self.seen: list[Quote] = []

    def _collect(self) -> None:
        while not self._is_ending.is_set():
            for quote, _ in self._follow:
                self.seen.append(quote)
                if self._is_ending.is_set():
                    break

    @property
    def missed(self) -> int:
        """Records that went by unseen."""
        return self._follow.missed

    def states(self, symbol: str) -> list[State]:
        """The values of every record of a symbol that is not about its state alone, without the empty ones.

        A verdict that changes by time alone brings the newest record once more: one of each sequence.
        """
        records = {quote.sequence: quote for quote in self.seen if quote.symbol == symbol}
        states = [state_of_quote(quote) for quote in records.values() if not quote.is_state_only]
        return [state for state in states if any(value is not None for value in state)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending.set()
        self._thread.join(10)
        self._reader.close()
