"""Days on which the US stock exchanges are shut, or shut early, computed by rule.

Rules: NYSE rule 7.2 and its published holiday calendar. Unscheduled closes (storms, mourning) are not known here.
"""

from datetime import date, timedelta
from functools import cache

__all__ = ["early_closes", "holidays", "is_trading_day", "next_trading_day", "previous_trading_day"]

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _observed(day: date) -> date:
    """A holiday on a Saturday is kept on Friday, one on a Sunday on Monday."""
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def _easter(year: int) -> date:
    """Easter Sunday by the Gregorian computus (Meeus, Jones, Butcher)."""
    golden = year % 19
    century = year // 100
    correction = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = correction - (correction // 28) * (1 - (29 // (correction + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))


@cache
def holidays(year: int) -> frozenset[date]:
    """Return the weekdays of the year on which there is no session."""
    new_year = date(year, 1, 1)
    memorial = _nth_weekday(year, 6, MONDAY, 1) - timedelta(days=7)
    days = {
        _nth_weekday(year, 2, MONDAY, 3),
        _easter(year) - timedelta(days=2),
        memorial,
        _observed(date(year, 7, 4)),
        _nth_weekday(year, 9, MONDAY, 1),
        _nth_weekday(year, 11, THURSDAY, 4),
        _observed(date(year, 12, 25)),
    }
    if new_year.weekday() != SATURDAY:  # on a Saturday it is not made up for: the Friday closes the year's books
        days.add(_observed(new_year))
    if year >= 1998:
        days.add(_nth_weekday(year, 1, MONDAY, 3))
    if year >= 2022:
        days.add(_observed(date(year, 6, 19)))
    return frozenset(days)


@cache
def early_closes(year: int) -> frozenset[date]:
    """Return the sessions of the year that end at 13:00: around Independence Day, Thanksgiving and Christmas."""
    candidates = (
        date(year, 7, 3),
        _nth_weekday(year, 11, THURSDAY, 4) + timedelta(days=1),
        date(year, 12, 24),
    )
    return frozenset(day for day in candidates if is_trading_day(day))


def is_trading_day(day: date) -> bool:
    """Say whether there is a session on that day."""
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def previous_trading_day(day: date) -> date:
    """Return the last session's date before that day."""
    day -= timedelta(days=1)
    while not is_trading_day(day):
        day -= timedelta(days=1)
    return day


def next_trading_day(day: date) -> date:
    """Return the first session's date after that day."""
    day += timedelta(days=1)
    while not is_trading_day(day):
        day += timedelta(days=1)
    return day
