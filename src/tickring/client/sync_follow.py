"""Follow quotes in a thread that waits."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from tickring.client.changed_symbols import ChangedSymbols

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.client.held_quotes import HeldQuotes
    from tickring.client.remote_quote import RemoteQuote

__all__ = ["Follow"]

_NAP_S = 0.5  # a wait without an end would keep Ctrl-C waiting on some systems


class Follow:
    """Iterates over quotes; made by `Client.follow`. One thread at a time.

    Ends after `timeout_s` without news, or with `close`, its own or its client's, which any thread may call.
    """

    def __init__(
        self, held: HeldQuotes, symbols: list[str], timeout_s: float | None, unwant: Callable[[list[str]], None]
    ) -> None:
        self._symbols = symbols
        self._timeout_s = timeout_s
        self._unwant = unwant
        self._news = threading.Event()
        self._is_closed = False
        self._changed = ChangedSymbols(held, symbols, self._news.set)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> RemoteQuote:
        """Return the next quote that reads otherwise than before; sleep until there is one."""
        ends_s = float("inf") if self._timeout_s is None else time.monotonic() + self._timeout_s
        while not self._is_closed:
            self._news.clear()
            quote = self._changed.next()
            if quote is not None:
                return quote
            left_s = ends_s - time.monotonic()
            if left_s <= 0 or self._changed.is_over:
                break
            self._news.wait(min(left_s, _NAP_S))
        raise StopIteration

    def close(self) -> None:
        """Follow no longer. Idempotent."""
        if not self._is_closed:
            self._is_closed = True
            self._changed.close()
            self._unwant(self._symbols)
            self._news.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
