"""From the bus to the mailboxes: each update encoded once, at most one per symbol and window.

What was held back until its window's end is read anew then: a verdict belongs to the read, and a quote that waited
would still say `live` after the feed went down. The event loop's thread only.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

import msgspec

from tickring.api.quote_cache import QuoteCache
from tickring.api.quote_document import quote_document
from tickring.api.throttle import QuoteThrottle
from tickring.reader import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tickring.api.bus_events import QuoteReceived
    from tickring.api.ws_mailbox import Mailbox
    from tickring.reader import Quote

__all__ = ["ALL", "Fanout"]

ALL: Final = "*"


class Fanout:
    """Knows who wants which symbol."""

    def __init__(self, read: Callable[[str], Quote], *, window_s: float, cache_symbols: int) -> None:
        """`read`: the present quote of a symbol."""
        self._read = read
        self._throttle: QuoteThrottle[Quote] = QuoteThrottle(round(window_s * 1e9))
        self._documents: QuoteCache[bytes] = QuoteCache(cache_symbols)
        self._wants: dict[Mailbox, set[str]] = {}
        self._by_symbol: dict[str, set[Mailbox]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def on_quote(self, event: QuoteReceived) -> None:
        """Take a quote from the bus."""
        quote = event.quote
        if self._throttle.offer(quote.symbol, quote, time.monotonic_ns()):
            self._deliver(quote)
        elif self._timer is None:
            self._arm()

    def document(self, symbol: str) -> bytes:
        """Return the document of what was sent last of the symbol, or of what reads now."""
        found = self._documents.get(symbol)
        return self._encode(self._read(symbol)) if found is None else found

    def add(self, mailbox: Mailbox, symbols: Iterable[str]) -> None:
        """Have the mailbox told of these too; `*` is one of them."""
        for symbol in symbols:
            self._wants.setdefault(mailbox, set()).add(symbol)
            self._by_symbol.setdefault(symbol, set()).add(mailbox)

    def remove(self, mailbox: Mailbox, symbols: Iterable[str]) -> None:
        """Have the mailbox told of these no longer."""
        for symbol in symbols:
            self._wants.get(mailbox, set()).discard(symbol)
            wanting = self._by_symbol.get(symbol)
            if wanting is not None:
                wanting.discard(mailbox)
                if not wanting:
                    del self._by_symbol[symbol]
                    self._forget(symbol)
        mailbox.unmark(symbols)

    def drop(self, mailbox: Mailbox) -> None:
        """Forget the mailbox."""
        self.remove(mailbox, list(self._wants.get(mailbox, ())))
        self._wants.pop(mailbox, None)

    def wants(self, mailbox: Mailbox) -> set[str]:
        """Return what the mailbox is told of; `*` may be one of them."""
        return self._wants.get(mailbox, set())

    def wanted(self) -> set[str]:
        """Return what any mailbox is told of; `*` may be one of them."""
        return set(self._by_symbol)

    def forget_documents(self) -> None:
        """Forget what was sent: it is of another segment."""
        self._documents.clear()

    def close(self) -> None:
        """Send nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _deliver(self, quote: Quote) -> None:
        self._encode(quote)
        for key in (quote.symbol, ALL):
            for mailbox in self._by_symbol.get(key, ()):
                mailbox.mark(quote.symbol)

    def _encode(self, quote: Quote) -> bytes:
        document = msgspec.json.encode(quote_document(quote))
        self._documents.put(quote.symbol, document)
        return document

    def _forget(self, symbol: str) -> None:
        if symbol == ALL:
            self._documents.clear()  # whoever wants one of them still gets it read anew
        elif ALL not in self._by_symbol:
            self._throttle.forget(symbol)
            self._documents.discard(symbol)

    def _arm(self) -> None:
        due_ns = self._throttle.next_due_ns()
        if due_ns is not None:
            wait_s = max(0, due_ns - time.monotonic_ns()) / 1e9
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._flush)

    def _flush(self) -> None:
        self._timer = None
        try:
            for symbol, held_back in self._throttle.due(time.monotonic_ns()):
                newest = self._read(symbol)
                self._deliver(held_back if newest.verdict is Verdict.CONTENDED else newest)
        finally:
            self._arm()
