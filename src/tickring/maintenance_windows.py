"""Hours in which faults are expected: `Sat,Sun 00:00-24:00 UTC`, `23:45-00:45 America/New_York`.

A window belongs to the day on which it begins, and may end on the next. Both ends are times of that zone's clock, so a
change to summer time moves it as it moves whoever works there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickring.errors import TickringError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["MaintenanceWindows", "WindowUnreadable", "parse_window"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORM = re.compile(r"(?:([A-Za-z]{3}(?:,[A-Za-z]{3})*) )?(\d\d):(\d\d)-(\d\d):(\d\d) ([A-Za-z0-9_+/-]+)")
_MINUTES_A_DAY = 24 * 60


class WindowUnreadable(TickringError, ValueError):
    """A text is no window; says what it must be."""


class _Window(NamedTuple):
    days: frozenset[int]
    """Monday is 0."""
    begins_min: int
    """Since midnight."""
    ends_min: int
    """The same; up to the begin: on the next day."""
    zone: ZoneInfo

    def holds(self, at: datetime) -> bool:
        """Return whether the moment lies in it; the begin does, the end does not."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.begins_min < self.ends_min:
            return local.weekday() in self.days and self.begins_min <= minute < self.ends_min
        yesterday = (local - timedelta(days=1)).weekday()
        is_evening = local.weekday() in self.days and minute >= self.begins_min
        return is_evening or (yesterday in self.days and minute < self.ends_min)


class MaintenanceWindows:
    """All windows of a configuration."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Raises WindowUnreadable."""
        self._windows = [parse_window(text) for text in texts]

    def holds(self, at_ns: int) -> bool:
        """Return whether a moment, in nanoseconds since 1970, lies in any of them."""
        if not self._windows:
            return False
        at = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
        return any(window.holds(at) for window in self._windows)


def parse_window(text: str) -> _Window:
    """Return the window that a text describes.

    Raises:
        WindowUnreadable: says what is wrong with it.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise WindowUnreadable("must be like `Sat,Sun 00:00-24:00 UTC` or `23:45-00:45 America/New_York`")
    names = match[1].split(",") if match[1] else list(_DAYS)
    unknown = [name for name in names if name.capitalize() not in _DAYS]
    if unknown:
        raise WindowUnreadable(f"has the day {unknown[0]!r}, must be one of {', '.join(_DAYS)}")
    begins_min, ends_min = (int(match[at]) * 60 + int(match[at + 1]) for at in (2, 4))
    has_minutes = all(int(match[at]) < 60 for at in (3, 5))
    if not has_minutes or begins_min >= _MINUTES_A_DAY or ends_min > _MINUTES_A_DAY or begins_min == ends_min:
        raise WindowUnreadable("must go from a time before 24:00 to another one up to 24:00")
    try:
        zone = ZoneInfo(match[6])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WindowUnreadable(f"has the zone {match[6]!r}, which nobody knows; write it as America/New_York") from None
    return _Window(frozenset(_DAYS.index(name.capitalize()) for name in names), begins_min, ends_min, zone)
