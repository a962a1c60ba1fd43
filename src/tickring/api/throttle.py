"""At most one update per symbol and window, the newest always delivered.

The first value of a window goes out at once; later ones overwrite the one that is pending, which goes out when the
window ends and begins the next. Symbols do not know of each other. Pure: the caller brings the time and asks when to
come back. One thread.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

__all__ = ["QuoteThrottle"]

Q = TypeVar("Q")
_WINDOW_NS: Final = 100_000_000  # ten a second


class QuoteThrottle(Generic[Q]):
    """Windows by symbol. Times are CLOCK_MONOTONIC in ns and must not go back."""

    def __init__(self, window_ns: int = _WINDOW_NS) -> None:
        """Raises ValueError: a window that is not above 0."""
        if window_ns < 1:
            raise ValueError(f"window_ns is {window_ns}, must be at least 1")
        self.window_ns = window_ns
        self.replaced = 0
        """Values that a newer one of the same window has overwritten."""
        self._ends_ns: dict[str, int] = {}
        self._pending: dict[str, Q] = {}
        self._in_order: deque[tuple[int, str]] = deque()  # windows are equally long: they end as they began

    def offer(self, symbol: str, value: Q, now_ns: int) -> bool:
        """Return whether the value goes out now; else it is pending until `due` returns it or a newer one."""
        self._forget_ended(now_ns)
        ends_ns = self._ends_ns.get(symbol)
        if ends_ns is not None and now_ns < ends_ns:
            if symbol in self._pending:
                self.replaced += 1
            self._pending[symbol] = value
            return False
        if symbol in self._pending:  # its window is over and nobody has asked yet
            del self._pending[symbol]
            self.replaced += 1
        self._begin(symbol, now_ns)
        return True

    def due(self, now_ns: int) -> list[tuple[str, Q]]:
        """Return what goes out now because its window has ended, each with its symbol."""
        out: list[tuple[str, Q]] = []
        while self._in_order and self._in_order[0][0] <= now_ns:
            ends_ns, symbol = self._in_order.popleft()
            if self._ends_ns.get(symbol) != ends_ns:
                continue  # that window was left early, or the symbol forgotten
            if symbol in self._pending:
                out.append((symbol, self._pending.pop(symbol)))
                self._begin(symbol, now_ns)
            else:
                del self._ends_ns[symbol]
        return out

    def next_due_ns(self) -> int | None:
        """Return when to ask `due` next, though it may have nothing yet; None while nothing is pending."""
        if not self._pending:
            return None
        return self._in_order[0][0]

    def forget(self, symbol: str) -> None:
        """Drop the symbol with what is pending of it; its next value goes out at once."""
        self._ends_ns.pop(symbol, None)
        self._pending.pop(symbol, None)

    def __len__(self) -> int:
        """Symbols with a value pending."""
        return len(self._pending)

    def _forget_ended(self, now_ns: int) -> None:
        """Drop windows that ended with nothing pending: nobody asks `due` for them."""
        while self._in_order and self._in_order[0][0] <= now_ns:
            ends_ns, symbol = self._in_order[0]
            if self._ends_ns.get(symbol) == ends_ns:
                if symbol in self._pending:
                    return
                del self._ends_ns[symbol]
            self._in_order.popleft()

    def _begin(self, symbol: str, now_ns: int) -> None:
        self._ends_ns[symbol] = now_ns + self.window_ns
        self._in_order.append((now_ns + self.window_ns, symbol))
