"""An outage as an episode: opened by what shows it first, made critical by its deadline, closed by its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.episodes import Severity
from tickring.feeder.gateway_outage import GatewayOutage

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig
    from tickring.episodes import EpisodeKind
    from tickring.feeder.feed_state import FeedState
    from tickring.feeder.reset_times import ResetTimes

__all__ = ["OutageEpisode"]

_SCOPE = "gateway"


class OutageEpisode:
    """Of one kind. Times: seconds, monotonic clock."""

    def __init__(
        self, feed: FeedState, kind: EpisodeKind, heals: str, config: GatewayConfig, resets: ResetTimes
    ) -> None:
        self._feed = feed
        self._kind = kind
        self._heals = heals
        self._outage = GatewayOutage(config, resets)

    def began(self, cause: str, now_s: float, *, code: int = 0) -> None:
        """It shows, for the first time or once more."""
        self._outage.lost(now_s, time.time_ns())
        severity = self._outage.severity or Severity.WARNING
        expected = "; IB resets its servers at this time" if severity is Severity.INFO else ""
        self._feed.open_episode(
            self._kind, _SCOPE, cause=cause + expected, heals=self._heals, code=code, severity=severity
        )

    def ended(self) -> None:
        """It is over. Nothing happens if there was none."""
        self._outage.answered()
        self._feed.close_episode(self._kind, _SCOPE)

    def check(self, now_s: float) -> None:
        """See whether it lasts too long."""
        if self._outage.has_become_critical(now_s, time.time_ns()):
            self._feed.worsen_episode(self._kind, _SCOPE, Severity.CRITICAL)
