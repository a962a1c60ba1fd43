"""The last historical bar on its way to the segment: its close as the last price, its end as the price's time.

A bar's open, high, low and volume are its own and not the day's, so the quote does not have them. The running bar's end
lies ahead: its price is as old as its receipt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.states import DataType, Field, QuoteState, Source

if TYPE_CHECKING:
    from tickring.feeder.fallback import Fallback
    from tickring.feeder.segment_writer import SegmentWriter

__all__ = ["BAR_S", "BarIntake", "bar_end_ns"]

BAR_S = 60
"""How long the bars are that are asked for."""
_EPOCH_DIGITS_LEAST = 9  # fewer is a day's `yyyymmdd`


def bar_end_ns(date: str, now_ns: int) -> int:
    """Return when a bar ended, wall clock, at the latest now; `date` is its beginning in seconds since 1970.

    Raises:
        ValueError: another form of date; whose zone that is, nobody knows.
    """
    if not (date.isascii() and date.isdecimal()) or len(date) < _EPOCH_DIGITS_LEAST:
        raise ValueError(f"a bar begins at {date!r}, expected seconds since 1970 (formatDate 2)")
    return min(now_ns, (int(date) + BAR_S) * 1_000_000_000)


class BarIntake:
    """Bars come one by one, the oldest first; only the last one counts, when all have come."""

    def __init__(self, writer: SegmentWriter) -> None:
        self._writer = writer
        self.requests: dict[int, Fallback] = {}
        """By the id of the request that runs."""

    def bar(self, req_id: int, date: str, close: float) -> None:
        """One bar."""
        fallback = self.requests.get(req_id)
        if fallback is not None and close > 0.0:
            fallback.bar = (date, close)

    def end(self, req_id: int, now_ns: int) -> Fallback | None:
        """All bars have come: publish the last one. Return whose request this was, None if nobody's.

        Raises:
            ValueError: the last bar has no time that could be told.
        """
        fallback = self.requests.get(req_id)
        if fallback is None or fallback.bar is None:
            return fallback
        stream = fallback.stream
        date, close = fallback.bar
        ended_ns = bar_end_ns(date, now_ns)
        self._writer.begin(stream.slot, keep_last_known=True)
        self._writer.set_state(
            stream.slot,
            state=QuoteState.FALLBACK,
            source=Source.IB_HISTORY,
            data_type=DataType.UNKNOWN,
            publish=False,
        )
        stream.source = Source.IB_HISTORY
        self._writer.tick(stream.slot, ended_ns, Field.LAST, close)
        return fallback
