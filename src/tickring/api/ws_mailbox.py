"""What one client has still to be sent: bounded, however slow it is.

Answers and events are kept in order. Of quotes only *which symbols* have news is kept, not the news: what is sent is
what is newest at that moment, so a slow client gets fewer updates and never older ones. Snapshot and status are made
when their turn comes, too. The event loop's thread only.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tickring.api.bounded_buffer import MemoryBoundedBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Mailbox", "Parcel"]


class Parcel(NamedTuple):
    """What is to be sent next, in this order."""

    words: list[bytes]
    wants_snapshot: bool
    wants_status: bool
    symbols: list[str]


class Mailbox:
    """Filled by the fan-out, emptied by the client's sender."""

    def __init__(self, *, max_bytes: int) -> None:
        """`max_bytes`: of words; when more wait, `has_overflown` and the client cannot be served any more."""
        self.news = asyncio.Event()
        """Set while there is something to take."""
        self._words: MemoryBoundedBuffer[bytes] = MemoryBoundedBuffer(max_bytes, size_of=len)
        self._symbols: dict[str, None] = {}
        self._wants_snapshot = False
        self._wants_status = False

    @property
    def has_overflown(self) -> bool:
        """Whether a word was lost, which no client may be left to find out by itself."""
        return self._words.evictions > 0 or self._words.refused > 0

    def put(self, word: bytes) -> None:
        """Keep a whole message but for its number."""
        self._words.append(word)
        self.news.set()

    def mark(self, symbol: str) -> None:
        """Say that the symbol has news."""
        self._symbols[symbol] = None
        self.news.set()

    def unmark(self, symbols: Iterable[str]) -> None:
        """Say that the client does not want to hear of these."""
        for symbol in symbols:
            self._symbols.pop(symbol, None)

    def want_snapshot(self) -> None:
        """Say that the client has to be told everything anew; news of single symbols are in it."""
        self._wants_snapshot = True
        self._symbols.clear()
        self.news.set()

    def want_status(self) -> None:
        """Say that the status has news."""
        self._wants_status = True
        self.news.set()

    def take(self, symbols_at_most: int) -> Parcel:
        """Return what is to be sent and forget it; of symbols only so many, those first that have waited longest."""
        words: list[bytes] = []
        while self._words:
            words.append(self._words.popleft())
        symbols = list(self._symbols)[:symbols_at_most] if symbols_at_most < len(self._symbols) else [*self._symbols]
        for symbol in symbols:
            del self._symbols[symbol]
        parcel = Parcel(words, self._wants_snapshot, self._wants_status, symbols)
        self._wants_snapshot = self._wants_status = False
        if not self._symbols:
            self.news.clear()
        return parcel

    def clear(self) -> None:
        """Forget everything: nothing of it will be sent."""
        self._words.clear()
        self._symbols.clear()
        self._wants_snapshot = self._wants_status = False
        self.news.clear()

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._words) + len(self._symbols) + self._wants_snapshot + self._wants_status
