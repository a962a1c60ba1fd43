"""How far the gateway's clock and this machine's are apart, by its answers to reqCurrentTime.

The answer is in whole seconds and was made at some moment between question and receipt, so it gives a range and no
number. Only a range that lies beyond the limit as a whole is a finding; a slow answer is none.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["ClockCheck", "ClockSkew"]

_STEP_S = 0.5  # half a unit of the answer
_LATE_S = 60.0  # who has not answered by then never will


class ClockSkew(NamedTuple):
    """Gateway minus this machine, seconds: positive when the gateway is ahead."""

    low_s: float
    high_s: float

    @property
    def middle_s(self) -> float:
        """The best single number."""
        return (self.low_s + self.high_s) / 2.0

    def exceeds(self, limit_s: float) -> bool:
        """Whether the clocks are certainly further apart than this."""
        return self.low_s > limit_s or self.high_s < -limit_s


class ClockCheck:
    """One session's. Wall-clock times are seconds since 1970, the others seconds on a monotonic clock."""

    def __init__(self, period_s: float, now_s: float) -> None:
        """It is due from `now_s` on, and again `period_s` after each question."""
        self._period_s = period_s
        self._due_s = now_s
        self._asked: deque[tuple[float, float]] = deque(maxlen=64)
        self.skew: ClockSkew | None = None
        """As of the last answer."""

    def is_due(self, now_s: float) -> bool:
        """Whether it is time to ask for the time."""
        return now_s >= self._due_s

    def asked(self, now_s: float, wall_s: float) -> None:
        """The question has left."""
        self._due_s = now_s + self._period_s
        self._asked.append((now_s, wall_s))

    def answered(self, gateway_s: int, now_s: float, wall_s: float) -> ClockSkew | None:
        """Take the answer; return what it says, None if nothing was asked or this machine's clock was set meanwhile.

        Whose answer it is cannot be told: the oldest question counts that may still have one.
        """
        while self._asked and now_s - self._asked[0][0] > _LATE_S:
            self._asked.popleft()
        if not self._asked:
            return None
        asked_s, asked_wall_s = self._asked.popleft()
        if abs((wall_s - asked_wall_s) - (now_s - asked_s)) > _STEP_S:
            return None
        self.skew = ClockSkew(gateway_s - wall_s, gateway_s + 1.0 - asked_wall_s)
        return self.skew
