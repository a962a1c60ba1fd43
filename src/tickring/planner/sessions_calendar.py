"""The trading days of a market, computed once per calendar and year and shared by every contract that goes by it.

Exchanges come from exchange-calendars (holidays, half days, lunch breaks, daylight saving), currencies from a rule of
our own. The library draws in pandas: it is imported on the first question, and in no process but the planner and the
command line.
"""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tickring.errors import NoCalendar, SessionsUnknown
from tickring.planner.sessions_exchanges import ALWAYS, FX
from tickring.session_table import MarketPhase, OpenSpan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["calendar_names", "has_extended_hours", "spans_of_year", "zone_of_calendar"]

_NEW_YORK = ZoneInfo("America/New_York")
_EXTENDED = {"XNYS": (wall_time(4), timedelta(hours=4))}
"""By calendar: when the pre-market begins (New York), and how long after the close the post-market ends."""
_FX_BOUNDARY = wall_time(17)
_FX_HOLIDAYS = {(1, 1), (12, 25)}
"""Trading days of currencies that no bank trades."""
_SECOND_NS = 1_000_000_000
_SHOWN = 160  # some of the library's messages name every day of twenty years


def calendar_names() -> frozenset[str]:
    """Return every calendar that can be asked for."""
    return frozenset({FX, ALWAYS, *_library().get_calendar_names(include_aliases=False)})


def has_extended_hours(calendar: str) -> bool:
    """Return whether pre-market and post-market are known for a calendar."""
    return calendar in _EXTENDED


def zone_of_calendar(calendar: str, year: int) -> ZoneInfo:
    """Return the market's own time zone, for people.

    Raises:
        SessionsUnknown: as `spans_of_year`.
    """
    spans_of_year(calendar, year)
    if calendar == FX:
        return _NEW_YORK
    return ZoneInfo(str(_library_calendar(calendar, year).tz))


@lru_cache(maxsize=512)
def spans_of_year(calendar: str, year: int) -> tuple[OpenSpan, ...]:
    """Return the spans of all sessions whose date is of the year, in order, pre-market and post-market among them.

    Raises:
        NoCalendar: there is none of that name.
        SessionsUnknown: the calendar cannot be computed for that year: its holidays are not known yet, or the library
            has a mistake in it.
    """
    if calendar == FX:
        return tuple(_fx_year(year))
    if calendar not in calendar_names():
        raise NoCalendar(f"there is no calendar {calendar!r}; see `tickring sessions --list`", calendar)
    found = _library_calendar(calendar, year)
    spans: list[OpenSpan] = []
    for session, opens_ns, break_ns, back_ns, closes_ns in zip(
        found.opens.index,
        found.opens_nanos.tolist(),
        found.break_starts_nanos.tolist(),
        found.break_ends_nanos.tolist(),
        found.closes_nanos.tolist(),
        strict=True,
    ):
        day = session.strftime("%Y-%m-%d")
        regular = [(opens_ns, closes_ns)] if break_ns < 0 else [(opens_ns, break_ns), (back_ns, closes_ns)]
        before, after = _extended(calendar, day, opens_ns, closes_ns)
        spans += before
        spans += [OpenSpan(start, end, day) for start, end in regular]
        spans += after
    return tuple(spans)


def _library() -> Any:  # it has no types of its own
    import exchange_calendars  # pyright: ignore[reportMissingTypeStubs]

    return exchange_calendars


def _library_calendar(calendar: str, year: int) -> Any:
    # The library is behind pandas' deprecations, which concern nobody here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return _library().get_calendar(calendar, start=f"{year}-01-01", end=f"{year}-12-31")
        except (ValueError, LookupError, NotImplementedError) as error:
            raise SessionsUnknown(
                f"calendar {calendar} cannot be computed for {year}: {str(error)[:_SHOWN]} "
                "(a newer exchange-calendars may know it)"
            ) from error


def _extended(calendar: str, day: str, opens_ns: int, closes_ns: int) -> tuple[list[OpenSpan], list[OpenSpan]]:
    if calendar not in _EXTENDED:
        return [], []
    pre_start, post_length = _EXTENDED[calendar]
    pre_ns = _ns(datetime.combine(date.fromisoformat(day), pre_start, _NEW_YORK))
    post_ns = closes_ns + int(post_length.total_seconds()) * _SECOND_NS
    return (
        [OpenSpan(pre_ns, opens_ns, day, MarketPhase.PRE)],
        [OpenSpan(closes_ns, post_ns, day, MarketPhase.POST)],
    )


def _fx_year(year: int) -> Iterator[OpenSpan]:
    """Monday's session begins on Sunday at 17:00 in New York, Friday's is the last of the week."""
    day = date(year, 1, 1)
    while day.year == year:
        if day.weekday() < 5 and (day.month, day.day) not in _FX_HOLIDAYS:
            before = datetime.combine(day - timedelta(days=1), _FX_BOUNDARY, _NEW_YORK)
            yield OpenSpan(_ns(before), _ns(datetime.combine(day, _FX_BOUNDARY, _NEW_YORK)), day.isoformat())
        day += timedelta(days=1)


def _ns(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp()) * _SECOND_NS
