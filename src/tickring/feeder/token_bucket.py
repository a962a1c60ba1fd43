"""At most so many requests in any second, and no tenth of it much fuller than the others.

IB ends connections that send more than 50 in a second (error 100), and counts when it reads: requests that left in two
full bursts a second apart arrive in one second if the gateway was slow with the first. Evenly sent, they do not.
"""

from collections import deque
from math import ceil

__all__ = ["TokenBucket"]

_PARTS = 10


class TokenBucket:
    """Sliding windows, so that no second whatever holds more. Times: seconds, monotonic clock."""

    def __init__(self, per_s: float) -> None:
        self._limit = max(1, int(per_s))
        self._part_limit = ceil(self._limit / _PARTS)
        self._period_s = max(1.0, 1.0 / per_s)
        self._taken_s: deque[float] = deque()

    def take(self, now_s: float) -> bool:
        """Use one, if there is one."""
        if self.wait_s(now_s) > 0.0:
            return False
        self._taken_s.append(now_s)
        return True

    def wait_s(self, now_s: float) -> float:
        """Return how long until there is one; 0 if there is."""
        taken_s = self._taken_s
        while taken_s and taken_s[0] <= now_s - self._period_s:
            taken_s.popleft()
        of_whole_s = taken_s[0] + self._period_s if len(taken_s) >= self._limit else now_s
        of_part_s = taken_s[-self._part_limit] + self._period_s / _PARTS if len(taken_s) >= self._part_limit else now_s
        return max(0.0, of_whole_s - now_s, of_part_s - now_s)
