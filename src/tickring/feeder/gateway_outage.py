"""How bad it is that the gateway is away: expected in IB's reset times, critical past a deadline that always comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.episodes import Severity

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig
    from tickring.feeder.reset_times import ResetTimes

__all__ = ["GatewayOutage"]


class GatewayOutage:
    """From the loss of the gateway to its next answer. `now_s`: monotonic; `now_ns`: the same moment, wall clock."""

    def __init__(self, config: GatewayConfig, resets: ResetTimes) -> None:
        self._critical_s = config.outage_critical_s
        self._grace_s = config.reset_grace_s
        self._resets = resets
        self._deadline_s: float | None = None
        self._has_waited_for_reset = False
        self.severity: Severity | None = None
        """None: there is none."""

    def lost(self, now_s: float, now_ns: int) -> bool:
        """The gateway is away; return whether that is new."""
        if self.severity is not None:
            return False
        self._has_waited_for_reset = False
        self._deadline_s = now_s + self._critical_s
        self.severity = Severity.INFO if self._wait_for_reset(now_s, now_ns) else Severity.WARNING
        return True

    def answered(self) -> None:
        """It is there again."""
        self._deadline_s = self.severity = None

    def has_become_critical(self, now_s: float, now_ns: int) -> bool:
        """Return True once, when the deadline has passed."""
        if self._deadline_s is None or now_s < self._deadline_s or self._wait_for_reset(now_s, now_ns):
            return False
        self._deadline_s, self.severity = None, Severity.CRITICAL
        return True

    def _wait_for_reset(self, now_s: float, now_ns: int) -> bool:
        """Move the deadline behind the end of the reset that runs, once in an outage; return whether it was moved."""
        end_ns = None if self._has_waited_for_reset else self._resets.end_ns(now_ns)
        if end_ns is None:
            return False
        self._has_waited_for_reset = True
        self._deadline_s = max(self._deadline_s or now_s, now_s + (end_ns - now_ns) / 1e9 + self._grace_s)
        return self._deadline_s > now_s
