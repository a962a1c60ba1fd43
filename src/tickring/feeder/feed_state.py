"""What the feeder says of itself: its line in the header, and the status in words beside the segment."""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from tickring.feeder import desk_report
from tickring.feeder.market_hours import MarketHours
from tickring.feeder_status import FeederStatus, LastError, write_feeder_status
from tickring.iso_time import iso_from_ns
from tickring.states import ApiMode, Connection, DataType, RunState

if TYPE_CHECKING:
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.start_clock import StartClock
    from tickring.feeder.subscription_desk import SubscriptionDesk

__all__ = ["FeedState"]

_LOG = logging.getLogger("tickring.feeder")
_WRITE_PERIOD_S = 1.0
_DATA_TYPES = list(DataType)


class FeedState:
    """Times are seconds on a monotonic clock."""

    def __init__(self, writer: SegmentWriter, segment: str, epoch: int, start: StartClock) -> None:
        self.writer = writer
        self._segment = segment
        self._epoch = epoch
        self._connection = Connection.UNKNOWN
        self._written_s = float("-inf")
        self._write_failures = 0
        self.errors = 0
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

    def data_has_come(self) -> None:
        """A tick is proof."""
        self.set_connection(Connection.CONNECTED)

    # ---- errors and status ----

    def note_error(self, code: int, text: str, symbol: str | None) -> None:
        """Count an error and keep it as the last one. `code` 0: the feeder's own."""
        self.errors += 1
        self.last_error = LastError(code=code, text=text, at=iso_from_ns(time.time_ns()), symbol=symbol)
        self.has_news = True

    def tell(self, desk: SubscriptionDesk, now_s: float, *, at_once: bool = False) -> None:
        """Write the status in words, at most once a second. A full tmpfs costs the status, never the stream."""
        if not at_once and now_s - self._written_s < _WRITE_PERIOD_S:
            return
        self._written_s = now_s
        streams = desk.streams.values()
        desired, confirmed, pending = desk_report.counts(streams)
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
            unresolved=desk_report.problems(streams),
            market_data_type=_DATA_TYPES[worst] if worst < len(_DATA_TYPES) else DataType.UNKNOWN,
            server_version=self.server_version,
            account=self.account,
            last_data_mono_ns=self.last_data_mono_ns,
            in_session=self.hours.in_session(desk.streams, time.time_ns()),
            fast_ticks=self.fast_ticks,
            late_ticks=self.late_ticks,
            poison=self.poison,
            sources=desk_report.sources(streams),
            fallback=desk_report.fallback_sources(streams),
            history_queue=tuple(fallback.stream.symbol for fallback in desk.fallback.waiting()),
            history_wait_s=round(desk.fallback.queue_wait_s(now_s), 1),
        )
        try:
            write_feeder_status(self._segment, status)
            self._write_failures = 0
        except OSError as error:
            self._write_failures += 1
            if self._write_failures == 1:
                _LOG.warning("the feeder's status cannot be written: %s; tried again every second", error)
