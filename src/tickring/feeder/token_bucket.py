"""At most so many requests in any second: IB ends connections that send more than 50 (error 100)."""

from collections import deque

__all__ = ["TokenBucket"]


class TokenBucket:
    """A sliding window of one second, so that no second whatever holds more. Times: seconds, monotonic clock."""

    def __init__(self, per_s: float) -> None:
        self._limit = max(1, int(per_s))
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
        return 0.0 if len(taken_s) < self._limit else taken_s[0] + self._period_s - now_s
