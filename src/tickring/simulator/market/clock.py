"""The gateway's clock: the machine's, off by as much as one likes.

Only the gateway reads it. Everything else in market/ takes times as arguments, so that the same question has the same
answer whenever it is asked.
"""

import time
from collections.abc import Callable

__all__ = ["SimClock"]


class SimClock:
    """Seconds since 1970 with an offset that may be set while it runs."""

    def __init__(self, offset_s: float = 0.0, now: Callable[[], float] = time.time) -> None:
        self.offset_s = offset_s
        """How far the clock is ahead of the machine's; negative: behind. May be set at any time."""
        self._now = now

    def now_s(self) -> float:
        """Return the simulated time, seconds since 1970."""
        return self._now() + self.offset_s
