"""Whether a child that ended may be started quickly again, or has ended too often.

The rule is OTP's: at most `restart_max` ends within `restart_period_s`. What is over that stays over until a good run,
also when the period has passed: slow retries alone would otherwise look like an improvement. Times are monotonic
seconds: a wall-clock step neither forgives nor invents an end.
"""

from collections import deque

from tickring.config.structs import SupervisorConfig

__all__ = ["RestartIntensity"]


class RestartIntensity:
    """Counts the ends of one child. Pure: the caller passes the time."""

    def __init__(self, settings: SupervisorConfig) -> None:
        self.settings = settings
        self.is_over = False
        """Whether it has ended too often since its last good run."""
        self._ends_s: deque[float] = deque()

    def note_end(self, now_s: float) -> bool:
        """Count an end; return whether it is the one that was too many."""
        self._ends_s.append(now_s)
        was_over, self.is_over = self.is_over, self.is_over or self.ends_in_period(now_s) > self.settings.restart_max
        return self.is_over and not was_over

    def ends_in_period(self, now_s: float) -> int:
        """Return how many ends lie within the period."""
        while self._ends_s and now_s - self._ends_s[0] > self.settings.restart_period_s:
            self._ends_s.popleft()
        return len(self._ends_s)

    def forget(self) -> None:
        """Begin again: a good run, or an operator, has ended the matter."""
        self.is_over = False
        self._ends_s.clear()
