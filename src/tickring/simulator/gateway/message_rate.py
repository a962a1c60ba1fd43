"""IB's limit on requests: more than so many within a second is a strike, the third strike ends the session.

Source: IB's documentation of error 100; a client that connects with `+PACEAPI` is slowed down instead.
"""

from collections import deque

__all__ = ["MessageRate"]

_STRIKES = 3


class MessageRate:
    """Counts one client's requests. Times are seconds on a monotonic clock."""

    def __init__(self) -> None:
        self._taken_s: deque[float] = deque()
        self._last_strike_s = float("-inf")
        self.strikes = 0

    def take(self, now_s: float, limit: int) -> str | None:
        """Count one request; return the error's text if it is one too many (once a second), else None."""
        if limit == 0:
            return None
        taken_s = self._taken_s
        taken_s.append(now_s)
        while taken_s and taken_s[0] <= now_s - 1.0:
            taken_s.popleft()
        if len(taken_s) <= limit or now_s - self._last_strike_s < 1.0:
            return None
        self._last_strike_s = now_s
        self.strikes += 1
        return f"Max rate of messages per second has been exceeded:max={limit} rec={len(taken_s)} ({self.strikes})"

    @property
    def is_over(self) -> bool:
        """Whether the session ends."""
        return self.strikes >= _STRIKES
