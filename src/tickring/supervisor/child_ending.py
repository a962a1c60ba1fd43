"""The way out of one child, step by step: a first signal, SIGKILL when its time is up, and then the plain truth.

Nothing waits here: the supervisor's loop comes by and asks. That SIGKILL does not help happens to a process that is
stuck in the kernel, usually on a disk or a network file system.
"""

import signal
from typing import NamedTuple

from tickring.supervisor.running_child import RunningChild

__all__ = ["ChildEnding", "EndingTimes"]


class EndingTimes(NamedTuple):
    """Seconds."""

    patience_s: float
    """From the first signal to SIGKILL."""
    after_kill_s: float
    """From SIGKILL until it counts as not to be ended."""


class ChildEnding:
    """Sends the first signal at once. Times are monotonic seconds. `why` is for the log and the report."""

    def __init__(self, child: RunningChild, first: signal.Signals, times: EndingTimes, why: str, now_s: float) -> None:
        self.why = why
        self.is_hopeless = False
        """SIGKILL was sent long ago, and it is still there."""
        self._child = child
        self._times = times
        self._kill_at_s = now_s + times.patience_s
        self._give_up_at_s = float("inf")
        child.send(first)

    def step(self, now_s: float) -> None:
        """Do what is due. The child was there a moment ago."""
        if now_s >= self._give_up_at_s:
            self.is_hopeless = True
        elif now_s >= self._kill_at_s:
            self.kill(now_s)

    def kill(self, now_s: float) -> None:
        """Do not wait any longer. Idempotent."""
        if self._give_up_at_s == float("inf"):
            self._child.send(signal.SIGKILL)
            self._give_up_at_s = now_s + self._times.after_kill_s
            self._kill_at_s = float("inf")

    @property
    def next_s(self) -> float:
        """When the next step is due."""
        return min(self._kill_at_s, self._give_up_at_s)
