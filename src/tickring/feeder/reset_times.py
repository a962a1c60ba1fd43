"""When IB resets its servers, by region: an outage then is expected, for so long and no longer.

From IB's system status page, which has changed these times over the years (23:45-00:45 and 00:15-01:45 ET, 05:45-06:45
and 06:25-07:45 CET): each window here spans both. The weekend's is the same everywhere.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["REGIONS", "ResetTimes", "ResetWindow"]

_LOG = logging.getLogger("tickring.feeder")
_DAILY = frozenset(range(7))
_FRIDAY = frozenset({4})


class ResetWindow(NamedTuple):
    """One row. Times are minutes after midnight in the zone; an end before the begin is on the next day."""

    zone: str
    begin_min: int
    end_min: int
    days: frozenset[int] = _DAILY
    """On which it begins; Monday is 0."""


_WEEKEND = ResetWindow("America/New_York", 23 * 60, 3 * 60, _FRIDAY)

REGIONS = {
    "north_america": (ResetWindow("America/New_York", 23 * 60 + 45, 60 + 45), _WEEKEND),
    "europe": (ResetWindow("Europe/Zurich", 5 * 60 + 45, 7 * 60 + 45), _WEEKEND),
    "asia": (
        ResetWindow("Asia/Hong_Kong", 4 * 60 + 30, 6 * 60 + 45),
        ResetWindow("Asia/Hong_Kong", 20 * 60 + 15, 21 * 60 + 15),
        _WEEKEND,
    ),
}
"""By the setting `gateway.region`."""


class ResetTimes:
    """Of one region. Make it once: time zones are read from disk then, and never later."""

    def __init__(self, region: str) -> None:
        """Without time zones on this machine no outage is an expected one, which is logged.

        Raises:
            KeyError: no such region.
        """
        self._windows: list[tuple[ResetWindow, ZoneInfo]] = []
        for window in REGIONS[region]:
            try:
                self._windows.append((window, ZoneInfo(window.zone)))
            except ZoneInfoNotFoundError as error:
                _LOG.warning("gateway.reset_times_unknown error=%r; install tzdata", error)

    def end_ns(self, now_ns: int) -> int | None:
        """Return when the window ends that this moment lies in, None if it lies in none. Wall clock, ns since 1970."""
        ends = [end for window, zone in self._windows if (end := _end_of(window, zone, now_ns)) is not None]
        return max(ends, default=None)


def _end_of(window: ResetWindow, zone: ZoneInfo, now_ns: int) -> int | None:
    """Times of day are the zone's own, also on the days when its clocks are changed."""
    today = datetime.fromtimestamp(now_ns / 1e9, zone).date()
    for day in (today, today - timedelta(days=1)):
        if day.weekday() in window.days:
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            last = midnight + timedelta(days=1) if window.end_min <= window.begin_min else midnight
            begin = midnight.replace(hour=window.begin_min // 60, minute=window.begin_min % 60)
            end = last.replace(hour=window.end_min // 60, minute=window.end_min % 60)
            if _ns(begin) <= now_ns < _ns(end):
                return _ns(end)
    return None


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000
