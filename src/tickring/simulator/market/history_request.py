"""What a client may ask of history: durations, bar sizes and kinds of data, in IB's words.

Source of the words: TWS API documentation, "Historical Bars".
"""

import re
from calendar import monthrange
from datetime import date, timedelta

import msgspec

__all__ = ["BAR_SIZES", "DAY_S", "KINDS", "BadHistoryRequest", "Duration", "bar_seconds", "check_kind"]

DAY_S = 86_400
BAR_SIZES: dict[str, int] = {
    **{f"{n} sec{'' if n == 1 else 's'}": n for n in (1, 5, 10, 15, 30)},
    **{f"{n} min{'' if n == 1 else 's'}": 60 * n for n in (1, 2, 3, 5, 10, 15, 20, 30)},
    **{f"{n} hour{'' if n == 1 else 's'}": 3600 * n for n in (1, 2, 3, 4, 8)},
    "1 day": DAY_S,
    "1 week": 7 * DAY_S,
    "1 month": 30 * DAY_S,
}
"""Seconds by IB's word; a month's 30 days only say that it is longer than a week."""
OTHER_WORDS = {"1 secs": "1 sec", "1W": "1 week", "1 W": "1 week", "1M": "1 month", "1 M": "1 month"}
KINDS = ("TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", "ADJUSTED_LAST")
DURATION = re.compile(r"([1-9][0-9]{0,5}) ([SDWMY])")
LONGEST = {"S": DAY_S, "D": 365, "W": 520, "M": 360, "Y": 50}
IN_WORDS = {"S": "seconds", "D": "days", "W": "weeks", "M": "months", "Y": "years"}


class BadHistoryRequest(ValueError):
    """A request for bars that cannot be served; the text names the value, the rule and what to ask instead."""


class Duration(msgspec.Struct, frozen=True):
    """How far back to go: seconds and days of trading, or weeks, months and years of the calendar."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Return what a text like `2 D` says.

        Raises:
            BadHistoryRequest: it says nothing, or more than IB allows in that unit.
        """
        match = DURATION.fullmatch(text)
        if match is None:
            raise BadHistoryRequest(
                f"duration '{text}' must be a whole number, a space and S, D, W, M or Y, as in '2 D'"
            )
        count, unit = int(match[1]), match[2]
        if count > LONGEST[unit]:
            raise BadHistoryRequest(
                f"duration '{text}' is longer than {LONGEST[unit]} {IN_WORDS[unit]}; ask in a longer unit, or for less"
            )
        return cls(count, unit)

    def first_day(self, last: date) -> date:
        """Return the first day of a duration in weeks, months or years that ends with that day."""
        if self.unit == "W":
            return last - timedelta(days=7 * self.count - 1)
        months = self.count * (12 if self.unit == "Y" else 1)
        year, month = divmod(last.year * 12 + last.month - 1 - months, 12)
        day = min(last.day, monthrange(year, month + 1)[1])
        return date(year, month + 1, day) + timedelta(days=1)


def bar_seconds(bar_size: str) -> int:
    """Return the length of a bar, seconds.

    Raises:
        BadHistoryRequest: IB has no such bars.
    """
    seconds = BAR_SIZES.get(OTHER_WORDS.get(bar_size, bar_size))
    if seconds is None:
        raise BadHistoryRequest(f"bar size '{bar_size}' is not one of {', '.join(BAR_SIZES)}")
    return seconds


def check_kind(what: str) -> None:
    """Refuse a whatToShow that is not served.

    Raises:
        BadHistoryRequest: it is none of `KINDS`.
    """
    if what not in KINDS:
        raise BadHistoryRequest(f"whatToShow '{what}' is not one of {', '.join(KINDS)}")
