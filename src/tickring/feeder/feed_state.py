"""What the feeder says of itself: its line in the header, and the status in words beside the segment."""

from __future__ import annotations

import logging
import os
import time
from itertools import islice
from typing import TYPE_CHECKING

from tickring.episodes import EpisodeBook, EpisodeKind, Severity
from tickring.feeder import desk_report
from tickring.feeder.error_counts import ErrorCounts
from tickring.feeder.gateway_lost import ClientIdTaken
from tickring.feeder.market_hours import MarketHours
from tickring.feeder.outage_episode import OutageEpisode
from tickring.feeder.refusal_episodes import RefusalEpisodes
from tickring.feeder.reset_times import ResetTimes
from tickring.feeder_status import FarmStatus, FeederStatus, LastError, write_feeder_status
from tickring.iso_time import iso_from_ns
from tickring.states import ApiMode, Connection, DataType, RunState

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig
    from tickring.feeder.farm_table import FarmTable
    from tickring.feeder.gateway_lost import GatewayLost
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.start_clock import StartClock
    from tickring.feeder.subscription_desk import SubscriptionDesk

__all__ = ["FeedState"]

_LOG = logging.getLogger("tickring.feeder")
_WRITE_PERIOD_S = 1.0
_SILENT_TOLD = 100
_DATA_TYPES = list(DataType)


class FeedState:
    """Times are seconds on a monotonic clock."""

    def __init__(
        self, writer: SegmentWriter, segment: str, epoch: int, start: StartClock, gateway: GatewayConfig
    ) -> None:
        self.writer = writer
        self._segment = segment
        self._epoch = epoch
        self._connection = Connection.UNKNOWN
        self._written_s = float("-inf")
        self._source_symbol_s: dict[str, float] = {}
        self._write_failures = 0
        self.errors = 0
        self._error_counts = ErrorCounts()
        self.last_error: LastError | None = None
        self.server_version: int | None = None
        self.account: str | None = None
        self.last_data_mono_ns = 0
        """CLOCK_MONOTONIC of the newest price of a stream; 0: none."""
        self.hours = MarketHours()
        self.fast_ticks: int | None = None
        self.late_ticks = 0
        self.poison = 0
        self.start = start
        self.episodes = EpisodeBook(f"feeder-{epoch}")
        """What goes wrong, from when to when; the only book of this process."""
        self.refusals = RefusalEpisodes(self)
        resets = ResetTimes(gateway.region)
        self.gateway_outage = OutageEpisode(
            self, EpisodeKind.GATEWAY_LOST, "the feeder connects again and again", gateway, resets
        )
        self.link_outage = OutageEpisode(
            self, EpisodeKind.LINK_DOWN, "the gateway restores its link; a price proves it", gateway, resets
        )
        self.client_id: int | None = None
        self.clock_skew_s: float | None = None
        self.farms: FarmTable | None = None
        """Of the session that runs."""
        self.reconnect_attempts = 0
        self.has_news = True
        """The subscription desk has something to do, or the status something to tell."""

    # ---- the connection ----

    def set_connection(self, connection: Connection) -> None:
        """Say in the header how the connection is; readers believe `connected` only."""
        if connection is not self._connection:
            self._connection = connection
            self.writer.set_line(connection=connection)
            self.has_news = True

    def session_ready(self, mode: ApiMode) -> None:
        """The gateway talks: nothing is proven yet, and every quote is still unconfirmed."""
        self.writer.set_line(state=RunState.RUNNING, api_mode=mode)
        self.set_connection(Connection.CONNECTED)
        self.gateway_outage.ended()
        self.close_episode(EpisodeKind.ID_TAKEN, "gateway")

    def session_lost(self, error: GatewayLost, now_s: float) -> None:
        """The connection has ended, or has not come about."""
        self.note_error(0, str(error), None)
        if isinstance(error, ClientIdTaken):
            self.open_episode(
                EpisodeKind.ID_TAKEN,
                "gateway",
                cause=str(error),
                heals="the gateway lets a dead session's id go after a while; a reserved id is used meanwhile",
                code=326,
            )
        else:
            self.gateway_outage.began(str(error), now_s)

    # ---- episodes ----

    def open_episode(
        self,
        kind: EpisodeKind,
        scope: str,
        *,
        cause: str,
        heals: str = "",
        code: int = 0,
        severity: Severity = Severity.WARNING,
    ) -> None:
        """Open an episode at this moment, or count it where it is open (`EpisodeBook.open`)."""
        now_s, now_ns = time.monotonic(), time.time_ns()
        self.episodes.open(
            kind, scope, cause=cause, heals=heals, code=code, severity=severity, now_s=now_s, now_ns=now_ns
        )
        self.has_news = True

    def close_episode(self, kind: EpisodeKind, scope: str) -> None:
        """Close an episode at this moment, if it is open."""
        if self.episodes.close(kind, scope, now_s=time.monotonic(), now_ns=time.time_ns()) is not None:
            self.has_news = True

    def worsen_episode(self, kind: EpisodeKind, scope: str, severity: Severity) -> None:
        """Give an open episode another severity."""
        if self.episodes.worsen(kind, scope, severity) is not None:
            self.has_news = True

    # ---- errors and status ----

    def note_error(self, code: int, text: str, symbol: str | None) -> None:
        """Count an error and keep it as the last one. `code` 0: the feeder's own."""
        self.errors += 1
        self._error_counts.count(code)
        self.last_error = LastError(code=code, text=text, at=iso_from_ns(time.time_ns()), symbol=symbol)
        self.has_news = True

    def tell(self, desk: SubscriptionDesk, now_s: float, *, at_once: bool = False) -> None:
        """Write the status in words, at most once a second. A full tmpfs costs the status, never the stream."""
        if not at_once and now_s - self._written_s < _WRITE_PERIOD_S:
            return
        streams = desk.streams.values()
        sources = desk_report.sources(streams)
        if self._written_s > float("-inf"):
            for source, symbols in sources.items():
                served_s = symbols * (now_s - self._written_s)
                self._source_symbol_s[source] = self._source_symbol_s.get(source, 0.0) + served_s
        self._written_s = now_s
        desired, confirmed, pending, failed = desk_report.counts(streams)
        silence = desk.silence()
        worst = desk_report.worst_data_type(streams)
        status = FeederStatus(
            epoch=self._epoch,
            pid=os.getpid(),
            written_at=iso_from_ns(time.time_ns()),
            errors=self.errors,
            last_error=self.last_error,
            desired=desired,
            confirmed=confirmed,
            pending=pending,
            failed=failed,
            silent=len(silence.symbols),
            silent_symbols=dict(islice(silence.symbols.items(), _SILENT_TOLD)),
            closed=silence.closed,
            degraded_share=silence.degraded_share,
            unresolved=desk_report.problems(streams),
            market_data_type=_DATA_TYPES[worst] if worst < len(_DATA_TYPES) else DataType.UNKNOWN,
            server_version=self.server_version,
            account=self.account,
            last_data_mono_ns=self.last_data_mono_ns,
            in_session=self.hours.in_session(desk.streams, time.time_ns()),
            fast_ticks=self.fast_ticks,
            late_ticks=self.late_ticks,
            poison=self.poison,
            sources=sources,
            source_symbol_s={source: round(value, 1) for source, value in self._source_symbol_s.items()},
            fallback=desk_report.fallback_sources(streams),
            rotated_served=desk_report.rotated_served(streams),
            history_queue=tuple(fallback.stream.symbol for fallback in desk.fallback.waiting()),
            history_wait_s=round(desk.fallback.queue_wait_s(now_s), 1),
            history_eta_s=desk.fallback.queue_etas_s(now_s),
            lines=desk.order.lines.use(desk.fallback.lines_used),
            rotated=desk_report.rotated(streams, now_s),
            pacing=desk_report.pacing(desk.bucket, now_s),
            episodes=tuple(self.episodes),
            errors_by_code=self._error_counts.by_code,
            farms=self._farms(now_s),
            client_id=self.client_id,
            reconnect_attempts=self.reconnect_attempts,
            clock_skew_s=self.clock_skew_s,
        )
        try:
            write_feeder_status(self._segment, status)
            self._write_failures = 0
        except OSError as error:
            self._write_failures += 1
            if self._write_failures == 1:
                _LOG.warning("feeder.status_not_written error=%r; tried again every second", error)

    def _farms(self, now_s: float) -> tuple[FarmStatus, ...]:
        if self.farms is None:
            return ()
        now_ns = time.time_ns()
        return tuple(
            FarmStatus(
                name=farm.name,
                kind=farm.kind,
                state=farm.word,
                since=iso_from_ns(now_ns - int((now_s - farm.since_s) * 1e9)),
                outages=farm.outages,
            )
            for _, farm in sorted(self.farms.farms.items())
        )
