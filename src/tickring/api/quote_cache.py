"""What was said last of each symbol, for the symbols that were asked for last."""

from __future__ import annotations

from typing import Generic, TypeVar

from tickring.api.bounded_lru import BoundedLRUCache

__all__ = ["QuoteCache"]

Q = TypeVar("Q")


class QuoteCache(Generic[Q]):
    """By symbol, at most `max_symbols`; the one used longest ago makes room. One thread.

    What is cached here is what was *sent*. Nothing in it may answer whether a price is good now: that is read from the
    segment.
    """

    def __init__(self, max_symbols: int = 100) -> None:
        """Raises ValueError: fewer than one symbol."""
        self._entries: BoundedLRUCache[str, Q] = BoundedLRUCache(max_symbols, ttl_seconds=None)

    @property
    def max_symbols(self) -> int:
        """The bound."""
        return self._entries.max_size

    @property
    def evictions(self) -> int:
        """Symbols that made room for others."""
        return self._entries.evictions

    def put(self, symbol: str, quote: Q) -> None:
        """Keep the newest of the symbol."""
        self._entries.put(symbol, quote)

    def get(self, symbol: str) -> Q | None:
        """Return what was kept, None if nothing is."""
        return self._entries.get(symbol)

    def discard(self, symbol: str) -> None:
        """Forget the symbol."""
        self._entries.discard(symbol)

    def clear(self) -> None:
        """Forget all symbols."""
        self._entries.clear()

    def symbols(self) -> list[str]:
        """Return the symbols held, the one used longest ago first."""
        return list(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
