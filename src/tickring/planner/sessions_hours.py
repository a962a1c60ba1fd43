"""IB's texts of a contract's hours, taken apart strictly.

`20261123:0930-20261123:1600;20261124:CLOSED` in the contract's timeZoneId (TWS API, ContractDetails.tradingHours and
liquidHours); older gateways write `20261123:0930-1600`, and several ranges of a day come with commas or as parts of
their own. Times are the exchange's wall clock. Whatever is not exactly that is an error: half a timetable is worse than
none.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tickring.errors import HoursUnreadable

__all__ = ["ContractHours", "HoursRange", "parse_hours", "zone_of"]

_CLOSED = re.compile(r"(\d{8}):CLOSED")
_RANGE = re.compile(r"(\d{8}):(\d{4})-(?:(\d{8}):)?(\d{4})")
_SHORT = re.compile(r"(\d{4})-(\d{4})")
_LONGEST = timedelta(days=7)

_ZONES = {
    "EST": "America/New_York",
    "EST5EDT": "America/New_York",
    "CST": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "MET": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "CET": "Europe/Berlin",
    "GMT": "Europe/London",
    "BST": "Europe/London",
    "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong",
}
"""IB's abbreviations name a place all the year round, where the tz database's EST and GMT know no summer."""


class HoursRange(NamedTuple):
    """Open from `opens_ns` up to `closes_ns`, UTC in ns since 1970."""

    opens_ns: int
    closes_ns: int


class ContractHours(NamedTuple):
    """What one text says."""

    ranges: tuple[HoursRange, ...]
    """In order, without overlap."""
    from_ns: int
    """The text speaks from here ..."""
    until_ns: int
    """... up to here; what lies outside is not denied."""


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of a timeZoneId: `US/Eastern`, `EST (Eastern Standard Time)`, `Hongkong`.

    Raises:
        HoursUnreadable: nothing the tz database or this page knows.
    """
    short = name.partition("(")[0].strip()
    try:
        return ZoneInfo(_ZONES.get(short, short))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursUnreadable(
            f"time zone {name!r} is not known here; the contract's hours cannot be placed without it", name
        ) from None


def parse_hours(text: str, time_zone_id: str) -> ContractHours:
    """Return the ranges of a text in order.

    Raises:
        HoursUnreadable: empty, a part that is none of the forms, a date or time that does not exist, a range that is
            empty, longer than a week or overlaps the next, a day that is closed and open.
    """
    zone = zone_of(time_zone_id)
    closed: set[date] = set()
    ranges: list[tuple[datetime, datetime]] = []
    parts = [part for part in text.split(";") if part]
    if not parts:
        raise _unreadable(text, "it is empty")
    for part in parts:
        match = _CLOSED.fullmatch(part)
        if match:
            closed.add(_date(text, match[1]))
        else:
            ranges += _ranges_of(text, part)
    ranges.sort()
    for number, (opens, _) in enumerate(ranges):
        if opens.date() in closed:
            raise _unreadable(text, f"{opens:%Y%m%d} is closed and open")
        if number and opens < ranges[number - 1][1]:
            raise _unreadable(text, f"the ranges before and after {opens:%Y%m%d:%H%M} overlap")
    found = tuple(HoursRange(_ns(opens, zone), _ns(closes, zone)) for opens, closes in ranges)
    if any(opens_ns >= closes_ns for opens_ns, closes_ns in found):
        raise _unreadable(text, "a range is empty where the clocks change")
    starts, ends = _reach(ranges, closed)
    return ContractHours(found, _ns(starts, zone), _ns(ends, zone))


def _ranges_of(text: str, part: str) -> list[tuple[datetime, datetime]]:
    first, *more = part.split(",")
    match = _RANGE.fullmatch(first)
    if not match:
        raise _unreadable(text, f"{first!r} is neither yyyymmdd:CLOSED nor yyyymmdd:hhmm-yyyymmdd:hhmm")
    found = [_range(text, match[1], match[2], match[3] or match[1], match[4])]
    for piece in more:
        short = _SHORT.fullmatch(piece)
        whole = _RANGE.fullmatch(piece)
        if short:
            found.append(_range(text, match[1], short[1], match[1], short[2]))
        elif whole:
            found.append(_range(text, whole[1], whole[2], whole[3] or whole[1], whole[4]))
        else:
            raise _unreadable(text, f"{piece!r} is no range of hours")
    return found


def _range(text: str, day: str, opens: str, last_day: str, closes: str) -> tuple[datetime, datetime]:
    start, end = _moment(text, day, opens), _moment(text, last_day, closes)
    if not start < end <= start + _LONGEST:
        raise _unreadable(text, f"{day}:{opens}-{last_day}:{closes} ends before it begins, or lasts over a week")
    return start, end


def _reach(ranges: list[tuple[datetime, datetime]], closed: set[date]) -> tuple[datetime, datetime]:
    """Whole days, but for a session that crosses midnight: before it and after it the text says nothing."""
    starts = [_midnight(day) for day in closed]
    ends = [_midnight(day + timedelta(days=1)) for day in closed]
    for opens, closes in ranges:
        is_of_one_day = closes <= _midnight(opens.date() + timedelta(days=1))
        starts.append(_midnight(opens.date()) if is_of_one_day else opens)
        ends.append(_midnight(opens.date() + timedelta(days=1)) if is_of_one_day else closes)
    return min(starts), max(ends)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the exchange's wall clock; its zone comes with _ns


def _date(text: str, digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise _unreadable(text, f"{digits} is no date") from None


def _moment(text: str, day: str, at: str) -> datetime:
    hours, minutes = int(at[:2]), int(at[2:])
    if minutes > 59 or hours * 60 + minutes > 24 * 60:
        raise _unreadable(text, f"{at} is no time of day")
    return _midnight(_date(text, day)) + timedelta(hours=hours, minutes=minutes)


def _ns(wall: datetime, zone: ZoneInfo) -> int:
    return int(wall.replace(tzinfo=zone).timestamp()) * 1_000_000_000


def _unreadable(text: str, why: str) -> HoursUnreadable:
    return HoursUnreadable(f"hours {text!r} cannot be read: {why}; resolve the contract again", text)
