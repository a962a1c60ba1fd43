"""Whether the machine was suspended: then CLOCK_BOOTTIME has gone on, and CLOCK_MONOTONIC and everybody else has not.

Every time limit of the feeder is on CLOCK_MONOTONIC, so that after hours of suspension the gateway seems to have been
heard a moment ago. Stamps in the segment are on CLOCK_BOOTTIME: readers see their age at once, and go on seeing it
until the feeder stamps again. It does not before it has given up what it knew (docs/decisions/0018).
"""

from __future__ import annotations

import time

__all__ = ["Suspension", "suspended_s"]

_LOOKS = 5


def suspended_s() -> float:
    """Return for how long the machine was suspended in all; less if this process is held up between the two clocks."""
    boot_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    return boot_s - time.monotonic()


class Suspension:
    """One, by the loop that stamps. Short ones add up until they are worth telling."""

    def __init__(self, limit_s: float) -> None:
        """`limit_s`: shorter ones change nothing."""
        self._limit_s = limit_s
        self._before_s = max(suspended_s() for _ in range(_LOOKS))

    def is_noticed(self) -> bool:
        """Whether the machine was suspended for longer than the limit since the last `take`."""
        return suspended_s() - self._before_s > self._limit_s

    def take(self) -> float:
        """Return for how long, once; 0.0: it was not."""
        asleep_s = suspended_s() - self._before_s
        if asleep_s <= self._limit_s:
            return 0.0
        self._before_s += asleep_s
        return asleep_s
