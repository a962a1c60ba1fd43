"""Which symbols a follower has still to look at: one place per symbol, however much happens meanwhile.

Threads: any.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tickring.client.held_quotes import HeldQuotes
    from tickring.client.remote_quote import RemoteQuote

__all__ = ["ChangedSymbols"]


class ChangedSymbols:
    """What `follow` of both clients stands on; closed by who made it."""

    def __init__(self, held: HeldQuotes, symbols: list[str], wake: Callable[[], object]) -> None:
        """`symbols`: those that count, with `*` among them all; `wake`: called in any thread when there is news."""
        self._held = held
        self._symbols = None if "*" in symbols else frozenset(symbols)
        self._wake = wake
        self._lock = threading.Lock()
        self._changed: dict[str, None] = {}
        self._told: dict[str, tuple[object, ...]] = {}
        self._end = held.listen(self._mark)
        self._mark(held.symbols())

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more: the client is closed."""
        return self._held.is_closed

    def next(self) -> RemoteQuote | None:
        """Return the next quote that reads otherwise than it was told, as of now; None if there is none."""
        while True:
            with self._lock:
                symbol = next(iter(self._changed), None)
                if symbol is None:
                    return None
                del self._changed[symbol]
            quote = self._held.read(symbol)
            said = (quote.sequence, quote.verdict, quote.reason, quote.source, quote.bid, quote.ask, quote.last)
            if self._told.get(symbol) != said:
                self._told[symbol] = said
                return quote

    def close(self) -> None:
        """Hear no more. Idempotent."""
        self._end()

    def _mark(self, symbols: Iterable[str]) -> None:
        with self._lock:
            for symbol in symbols:
                if self._symbols is None or symbol in self._symbols:
                    self._changed[symbol] = None
        self._wake()
