"""IB's texts of a contract's hours: read exactly, or refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tickring.errors import HoursUnreadable, SessionsUnknown
from tickring.planner.sessions_hours import parse_hours, zone_of


def utc(ns: int) -> str:
    """The moment as text."""
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%m-%d %H:%M}"


def ranges(text: str, zone: str = "US/Eastern") -> list[str]:
    """What a text says, in UTC."""
    return [f"{utc(start)} {utc(end)}" for start, end in parse_hours(text, zone).ranges]


def test_the_form_of_todays_gateways() -> None:
    """Whole dates at both ends, days apart by semicolons, closed days by name."""
    text = "20261123:0930-20261123:1600;20261124:CLOSED;20261125:0930-20261125:1300"
    assert ranges(text) == ["11-23 14:30 11-23 21:00", "11-25 14:30 11-25 18:00"]


def test_the_forms_of_older_gateways_and_of_lunch_breaks() -> None:
    """Short ends, several ranges of a day by commas or by parts of their own, in any order."""
    noon = ["11-23 01:30 11-23 04:00", "11-23 05:00 11-23 08:00"]
    for text in (
        "20261123:0930-1200,1300-1600",
        "20261123:0930-20261123:1200,20261123:1300-20261123:1600",
        "20261123:0930-20261123:1200;20261123:1300-20261123:1600",
        "20261123:1300-1600;20261123:0930-1200;",
    ):
        assert ranges(text, "Hongkong") == noon


def test_a_session_may_cross_midnight_and_the_change_of_the_clocks() -> None:
    """Currencies: from 17:15 on one day to 17:00 on the next, whatever the clocks do meanwhile."""
    assert ranges("20261122:1715-20261123:1700") == ["11-22 22:15 11-23 22:00"]
    assert ranges("20260307:1700-20260308:1700") == ["03-07 22:00 03-08 21:00"]
    assert ranges("20261123:0000-20261123:2400", "UTC") == ["11-23 00:00 11-24 00:00"]


@pytest.mark.parametrize(
    ("name", "noon_utc"),
    [
        ("US/Eastern", 16), ("EST", 16), ("EST (Eastern Standard Time)", 16), ("EST5EDT", 16), ("America/New_York", 16),
        ("CST (Central Standard Time)", 17), ("MET (Middle Europe Time)", 10), ("GB-Eire", 11), ("GMT", 11),
        ("JST (Japan Standard Time)", 3), ("Japan", 3), ("Hongkong", 4), ("UTC", 12),
    ],
)  # fmt: skip
def test_ibs_names_of_zones_are_places_with_a_summer(name: str, noon_utc: int) -> None:
    """Noon in July: an abbreviation is not taken for the tz database's zone without daylight saving."""
    assert datetime(2026, 7, 1, 12, tzinfo=zone_of(name)).astimezone(UTC).hour == noon_utc


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "(no name)"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    """Hours without a place mean nothing."""
    with pytest.raises(HoursUnreadable, match="is not known here"):
        zone_of(name)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        (";", "it is empty"),
        ("CLOSED", "is neither"),
        ("20261123:closed", "is neither"),
        ("20261123", "is neither"),
        ("20261123:0930", "is neither"),
        ("2026-11-23:0930-1600", "is neither"),
        ("20261123:0930-20261123:1600 ", "is neither"),
        ("20261123:0930-1200,", "is no range"),
        ("20261123:0930-1200,13:00-16:00", "is no range"),
        ("20261323:0930-1600", "is no date"),
        ("20260229:CLOSED", "is no date"),
        ("20261123:0960-1600", "is no time of day"),
        ("20261123:0930-2401", "is no time of day"),
        ("20261123:2500-2600", "is no time of day"),
        ("20261123:1600-0930", "ends before it begins"),
        ("20261123:0930-0930", "ends before it begins"),
        ("20261101:0930-20261123:1600", "over a week"),
        ("20261123:0930-1600;20261123:CLOSED", "closed and open"),
        ("20261123:0930-1300;20261123:1200-1600", "overlap"),
        ("20260308:0200-0300", "empty where the clocks change"),
    ],
)
def test_whatever_is_not_exactly_that_is_refused(text: str, why: str) -> None:
    """The error names the text and what is wrong with it; it is one of `SessionsUnknown`."""
    with pytest.raises(HoursUnreadable, match=why) as caught:
        parse_hours(text, "US/Eastern")
    assert caught.value.text == text
    assert isinstance(caught.value, SessionsUnknown)


def test_a_text_speaks_of_its_days_and_of_no_others() -> None:
    """Whole days of the exchange; where a session crosses midnight, of that session."""
    days = parse_hours("20261121:CLOSED;20261123:0930-1600", "US/Eastern")
    assert (utc(days.from_ns), utc(days.until_ns)) == ("11-21 05:00", "11-24 05:00")
    week = parse_hours("20261122:1715-20261123:1700;20261123:1715-20261124:1700", "US/Eastern")
    assert (utc(week.from_ns), utc(week.until_ns)) == ("11-22 22:15", "11-24 22:00")
