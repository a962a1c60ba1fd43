"""How long a child that ended waits for its next start.

Pure: the caller passes what it has measured on the monotonic clock, so a wall-clock step neither forgives nor invents a
crash.
"""

import random

from tickring.config.structs import SupervisorConfig

__all__ = ["RestartBackoff"]

_SPREAD = 0.1  # children that died of one cause do not start in step


class RestartBackoff:
    """Doubles from `restart_first_s` to `restart_limit_s`; a run of `good_run_s` is the end of the matter."""

    def __init__(self, settings: SupervisorConfig) -> None:
        self._settings = settings
        self._ends = 0

    def wait_s(self, ran_s: float) -> float:
        """Return how long to wait after a run of `ran_s` seconds; 0 for one that did not even start."""
        if ran_s >= self._settings.good_run_s:
            self._ends = 0
        delay_s = self._settings.restart_first_s * 2.0 ** min(self._ends, 30)
        self._ends += 1
        return min(delay_s * random.uniform(1.0, 1.0 + _SPREAD), self._settings.restart_limit_s)
