"""How many market data lines there are: as configured, until the gateway says that there are fewer.

Lines are shared with every program and window of the same user, so the number can change at any time and nobody tells
it. A refusal (101) says it: what held a line at that moment is all there is. Later one more is tried, then two, four
and so on; a try that is refused makes the next one wait twice as long. Pure: the time is the caller's.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.config.structs import FeederConfig

__all__ = ["LineBudget"]


class LineBudget:
    """Times: seconds, monotonic clock."""

    def __init__(self, config: FeederConfig) -> None:
        self._most = config.lines_max
        self._reserve = config.lines_reserve
        self._first_wait_s = config.lines_probe_s
        self._longest_wait_s = max(config.lines_probe_s, config.lines_probe_limit_s)
        self._wait_s = self._first_wait_s
        self._step = 1
        self._grow_at_s = inf
        self._has_grown = False
        self.limit = self._most
        """Lines that may be used, streams and snapshots together."""

    @property
    def is_learnt(self) -> bool:
        """Whether the gateway has shown that there are fewer than configured."""
        return self.limit < self._most

    @property
    def reserve(self) -> int:
        """Lines that streams leave free where not every symbol has one; never more than half of them."""
        return min(self._reserve, self.limit // 2)

    def for_streams(self, wanted: int) -> int:
        """Return how many streams there may be if so many symbols want one."""
        return self.limit if wanted <= self.limit else self.limit - self.reserve

    def refused(self, held: int, now_s: float) -> None:
        """The gateway had no line left while `held` were in use here."""
        if held >= self.limit:
            return  # of a request that was made before the limit fell
        self._wait_s = min(self._longest_wait_s, self._wait_s * 2.0) if self._has_grown else self._first_wait_s
        self.limit, self._step, self._has_grown = max(0, held), 1, False
        self._grow_at_s = now_s + self._wait_s

    def proven(self, confirmed: int) -> None:
        """So many streams have prices: there are as many lines at least."""
        self.limit = max(self.limit, min(self._most, confirmed))

    def next_s(self, now_s: float) -> float:
        """Return in how many seconds more lines may be tried; `inf`: all there can be are in use."""
        return max(0.0, self._grow_at_s - now_s) if self.is_learnt else inf

    def grow(self, now_s: float) -> bool:
        """Try more lines, if it is time; return whether that is so. Call it only while all known ones are in use."""
        if self.next_s(now_s) > 0.0:
            return False
        if self._has_grown:  # what was tried last has not been refused
            self._step *= 2
            self._wait_s = self._first_wait_s
        self.limit, self._has_grown = min(self._most, self.limit + self._step), True
        self._grow_at_s = now_s + self._wait_s
        return True
