"""Keeps asking whether the gateway answers and what time it has, with one question for both, and says what follows."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tickring.episodes import EpisodeKind
from tickring.feeder.clock_check import ClockCheck
from tickring.feeder.gateway_lost import GatewayLost
from tickring.feeder.gateway_probe import GatewayProbe, ProbeStep

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig
    from tickring.feeder.feed_state import FeedState

__all__ = ["GatewayWatch"]

_LOG = logging.getLogger("tickring.feeder")
_SCOPE = "gateway"
_UNANSWERED_S = 1.0  # IB answers one question a second


class GatewayWatch:
    """One session's, from when it is ready. Times: seconds, monotonic clock."""

    def __init__(self, config: GatewayConfig, feed: FeedState, now_s: float) -> None:
        self._config = config
        self._feed = feed
        self._probe = GatewayProbe(config, now_s)
        self._clock = ClockCheck(config.clock_period_s, now_s + config.probe_answer_s)  # streams are asked for first
        self._is_wanted = False
        self._asked_s = float("-inf")

    @property
    def is_overdue(self) -> bool:
        """Whether the gateway owes an answer."""
        return self._probe.is_overdue

    @property
    def heard_s(self) -> float:
        """When the last byte came."""
        return self._probe.heard_s

    def ask_soon(self) -> None:
        """Have the question asked before it is due, unless it is outstanding or something comes first."""
        self._is_wanted = True

    def heard(self, now_s: float) -> None:
        """Bytes came."""
        self._probe.heard(now_s)
        self._is_wanted = False

    def is_question_due(self, now_s: float) -> bool:
        """Return whether to ask for the time now.

        Raises:
            GatewayLost: nothing has come for `gateway.probe_limit_s`.
        """
        step = self._probe.step(now_s)
        if step is ProbeStep.GIVE_UP:
            silence_s = self._probe.silence_s(now_s)
            raise GatewayLost(f"the gateway has not answered for {silence_s:.1f} s: the connection is half-open")
        if now_s - self._asked_s < _UNANSWERED_S:
            return False
        is_due = self._is_wanted or self._clock.is_due(now_s)
        return step is ProbeStep.ASK or (is_due and not self._probe.is_waiting)

    def asked(self, now_s: float) -> None:
        """The question has left."""
        self._asked_s = now_s
        self._probe.asked(now_s)
        self._clock.asked(now_s, time.time())

    def answered(self, gateway_s: int, now_s: float) -> None:
        """The gateway has told its time."""
        skew = self._clock.answered(gateway_s, now_s, time.time())
        if skew is None:
            return
        self._feed.clock_skew_s = round(skew.middle_s, 1)
        if skew.exceeds(self._config.clock_skew_limit_s):
            cause = f"the gateway's clock is {skew.middle_s:+.1f} s off this machine's"
            _LOG.warning("gateway.clock_skew cause=%r", cause)
            self._feed.open_episode(
                EpisodeKind.CLOCK_SKEW, _SCOPE, cause=cause, heals="set the clock that is wrong (NTP), here or there"
            )
        else:
            self._feed.close_episode(EpisodeKind.CLOCK_SKEW, _SCOPE)
