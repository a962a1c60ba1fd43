"""What the gateway refuses, told once: one episode each for lines, permissions, pacing and a competing session.

Looked at after every step of the subscription desk, because a refusal concerns many symbols and comes again with every
try: an episode begins with the first of them and ends when none is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.episodes import EpisodeKind, Severity
from tickring.feeder.stream import Stage
from tickring.gateway_codes import Reaction

if TYPE_CHECKING:
    from tickring.feeder.feed_state import FeedState
    from tickring.feeder.subscription_desk import SubscriptionDesk

__all__ = ["RefusalEpisodes"]


class RefusalEpisodes:
    """Of one life of the feeder. Times: seconds, monotonic clock."""

    def __init__(self, feed: FeedState) -> None:
        self._feed = feed
        self._unpermitted: set[str] = set()
        self._is_open: dict[EpisodeKind, bool] = {}

    def look(self, desk: SubscriptionDesk, now_s: float) -> None:
        """Open and close what has begun and ended."""
        self._look_at_permissions(desk)
        self._keep(
            EpisodeKind.COMPETING_SESSION,
            "gateway",
            cause="another session of this user takes the market data (TWS, mobile, web)",
            heals="one symbol is asked for again and again; with its first price all return",
            code=10197,
            is_on=desk.order.competing.is_on,
        )
        self._keep(
            EpisodeKind.PACING,
            "gateway",
            cause="the gateway says that too much is asked of it in a second",
            heals="half the rate for a while",
            code=100,
            is_on=desk.bucket.is_slow(now_s),
        )
        self._look_at_lines(desk)

    def _look_at_lines(self, desk: SubscriptionDesk) -> None:
        is_on = any(stream.stage is not Stage.CONFIRMED and stream.is_without_line for stream in desk.streams.values())
        if is_on == self._is_open.get(EpisodeKind.LINES_EXHAUSTED, False):
            return
        lines = desk.order.lines.use(0)
        whose = "as the gateway says" if lines.is_learnt else "as configured"
        self._keep(
            EpisodeKind.LINES_EXHAUSTED,
            "stream",
            cause=f"{lines.rotated:,} symbols have no market data line, there are {lines.limit:,} {whose}",
            heals="snapshots in turn until fewer symbols are wanted or there are more lines",
            code=101 if lines.is_learnt else 0,
            severity=Severity.WARNING if lines.is_learnt else Severity.INFO,
            is_on=is_on,
        )

    def _look_at_permissions(self, desk: SubscriptionDesk) -> None:
        """Each symbol counts once; while it is tried again it counts as refused."""
        found = {
            stream.symbol: stream.reason
            for stream in desk.streams.values()
            if stream.refusal is Reaction.NO_PERMISSION and stream.stage is not Stage.CONFIRMED
        }
        for symbol in found.keys() - self._unpermitted:
            self._feed.open_episode(
                EpisodeKind.NO_PERMISSION,
                "stream",
                cause=f"first {symbol}: {found[symbol]}",
                heals="a subscription at IB, or gateway.market_data_type = 3 for delayed data",
            )
        if self._unpermitted and not found:
            self._feed.close_episode(EpisodeKind.NO_PERMISSION, "stream")
        self._unpermitted = set(found)

    def _keep(
        self,
        kind: EpisodeKind,
        scope: str,
        *,
        cause: str,
        heals: str,
        code: int,
        is_on: bool,
        severity: Severity = Severity.WARNING,
    ) -> None:
        if is_on == self._is_open.get(kind, False):
            return
        self._is_open[kind] = is_on
        if is_on:
            self._feed.open_episode(kind, scope, cause=cause, heals=heals, code=code, severity=severity)
        else:
            self._feed.close_episode(kind, scope)
