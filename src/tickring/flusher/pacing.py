"""When each symbol's file may be written again: coalescing, with the newest always written in the end.

Pure; times are monotonic seconds, given by the caller. A symbol that has been calm is written at once; one that moves
all the time is written once per period, each time with its newest value.
"""

__all__ = ["Pacing"]


class Pacing:
    """Remembers per symbol whether something waits, and from when on it may be written."""

    def __init__(self, period_s: float, retry_s: float) -> None:
        """`period_s` between two files of a symbol, `retry_s` after one could not be written."""
        self._period_s = period_s
        self._retry_s = retry_s
        self._free_at: dict[str, float] = {}
        self._waiting: dict[str, None] = {}

    @property
    def waiting(self) -> int:
        """Symbols with something to write."""
        return len(self._waiting)

    def changed(self, symbol: str) -> None:
        """The symbol has something new to write."""
        self._waiting[symbol] = None

    def due(self, now_s: float) -> list[str]:
        """Return the symbols to be written now, those that have waited longest first."""
        free_at = self._free_at
        return [symbol for symbol in self._waiting if free_at.get(symbol, 0.0) <= now_s]

    def wrote(self, symbol: str, now_s: float) -> None:
        """It is written: nothing waits, and the next one comes a period later."""
        self._waiting.pop(symbol, None)
        self._free_at[symbol] = now_s + self._period_s

    def failed(self, symbol: str, now_s: float) -> None:
        """It could not be written: it goes on waiting, and is tried again later."""
        self._free_at[symbol] = now_s + self._retry_s

    def forget(self, symbol: str) -> None:
        """The symbol is not of interest any more."""
        self._waiting.pop(symbol, None)
        self._free_at.pop(symbol, None)

    def next_at(self) -> float:
        """Return when the first waiting symbol becomes due; `inf` if none waits."""
        return min((self._free_at.get(symbol, 0.0) for symbol in self._waiting), default=float("inf"))

    def hurry(self) -> None:
        """Let everything that waits be due at once, whatever its period: the process is about to end."""
        self._free_at.clear()
