"""How long to wait before the next connection: doubled each time, spread by chance, forgotten after data."""

import random

__all__ = ["Backoff"]

_SPREAD = 0.1


class Backoff:
    """Seconds."""

    def __init__(self, first_s: float, limit_s: float) -> None:
        self._first_s = first_s
        self._limit_s = limit_s
        self._failures = 0

    def next_s(self) -> float:
        """Return how long to wait now, after one more failure."""
        wait_s = min(self._limit_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return wait_s * random.uniform(1.0, 1.0 + _SPREAD)

    def first_s(self) -> float:
        """Return how long to wait before something that has not been tried; no failure is counted."""
        return min(self._limit_s, self._first_s) * random.uniform(1.0, 1.0 + _SPREAD)

    def succeeded(self) -> None:
        """Data came: the next failure is a first one again."""
        self._failures = 0
