"""The simulator's calendar: phases, holidays, early closes, clock changes, and what overrides it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.market.holidays import early_closes, holidays, is_trading_day
from tickring.simulator.market.sessions import NEW_YORK, Phase, Sessions


def at(text: str) -> float:
    """Seconds since 1970 of a New York time `yyyy-mm-dd hh:mm`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK).timestamp()


def days(year: int, *texts: str) -> set[date]:
    """Dates of a year from their months and days."""
    return {date.fromisoformat(f"{year}-{text}") for text in texts}


@pytest.mark.parametrize(
    ("year", "closed", "early"),
    [
        (2021, "01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24", "11-26"),
        (2022, "01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26", "11-25"),
        (2023, "01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25", "07-03 11-24"),
        (2024, "01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25", "07-03 11-29 12-24"),
        (2025, "01-01 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25", "07-03 11-28 12-24"),
        (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25", "11-27 12-24"),
        (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24", "11-26"),
    ],
)
def test_holidays_and_early_closes_are_those_the_exchange_has_published(year: int, closed: str, early: str) -> None:
    """NYSE's calendars of these years, written down."""
    assert holidays(year) == days(year, *closed.split())
    assert early_closes(year) == days(year, *early.split())


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_there_is_never_a_session_on_a_weekend_nor_a_week_without_one(day: date) -> None:
    """Whatever the year."""
    if day.weekday() >= 5:
        assert not is_trading_day(day)
    assert any(is_trading_day(day + timedelta(days=ahead)) for ahead in range(5))


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("2025-04-16 03:59", Phase.CLOSED),
        ("2025-04-16 04:00", Phase.PRE),
        ("2025-04-16 09:29", Phase.PRE),
        ("2025-04-16 09:30", Phase.REGULAR),
        ("2025-04-16 15:59", Phase.REGULAR),
        ("2025-04-16 16:00", Phase.POST),
        ("2025-04-16 20:00", Phase.CLOSED),
        ("2025-04-18 12:00", Phase.CLOSED),  # Good Friday
        ("2025-04-19 12:00", Phase.CLOSED),
        ("2025-11-28 12:59", Phase.REGULAR),
        ("2025-11-28 13:00", Phase.POST),
        ("2025-11-28 17:00", Phase.CLOSED),
    ],
)
def test_each_moment_has_its_phase(text: str, phase: Phase) -> None:
    """By New York's clock."""
    assert Sessions().phase(at(text)) is phase


def test_the_opening_follows_new_yorks_clock_through_its_changes() -> None:
    """09:30 is 14:30 in Greenwich in winter and 13:30 in summer; a day around the clock has 23 or 25 hours."""
    opens = [Sessions().session_of(at(f"{day} 12:00")).start_s for day in ("2025-03-07", "2025-03-10", "2025-11-03")]
    assert [datetime.fromtimestamp(open_s, UTC).hour for open_s in opens] == [14, 13, 14]
    around = Sessions(always_open=True)
    hours = {}
    for day in ("2025-03-08", "2025-03-09", "2025-11-02"):
        session = around.session_of(at(f"{day} 12:00"))
        hours[day] = (session.end_s - session.start_s) / 3600
    assert hours == {"2025-03-08": 24, "2025-03-09": 23, "2025-11-02": 25}


def test_hours_are_told_in_ibs_words() -> None:
    """Six days from today, closed ones by name, early closes as they are."""
    sessions = Sessions()
    assert sessions.liquid_hours(at("2025-04-16 22:00")) == (
        "20250416:0930-20250416:1600;20250417:0930-20250417:1600;20250418:CLOSED;20250419:CLOSED;20250420:CLOSED;"
        "20250421:0930-20250421:1600"
    )
    assert sessions.trading_hours(at("2025-11-27 12:00"), days=2) == "20251127:CLOSED;20251128:0400-20251128:1700"
    sessions.force(Phase.REGULAR)
    assert sessions.trading_hours(at("2025-11-27 12:00"), days=2) == "20251127:CLOSED;20251128:0400-20251128:1700"
    around = Sessions(always_open=True)
    assert around.liquid_hours(at("2025-11-27 12:00"), days=2) == (
        "20251127:0000-20251128:0000;20251128:0000-20251129:0000"
    )


def test_a_night_and_a_weekend_belong_to_the_session_before() -> None:
    """Until 04:00 of the next trading day; `close` is that of the session before it."""
    sessions = Sessions()
    for text in ("2025-04-17 12:00", "2025-04-17 23:00", "2025-04-19 12:00", "2025-04-21 03:59"):
        assert sessions.session_of(at(text)).date == date(2025, 4, 17)
        assert sessions.previous_session_date(at(text)) == date(2025, 4, 16)
    assert sessions.session_of(at("2025-04-21 04:00")).date == date(2025, 4, 21)
    assert sessions.previous_session_date(at("2025-04-21 04:00")) == date(2025, 4, 17)


def test_a_phase_by_hand_overrides_the_calendar_until_it_is_taken_back() -> None:
    """And whoever compares versions notices."""
    sessions = Sessions()
    sunday = at("2025-04-20 12:00")
    versions = [sessions.version]
    for phase in (Phase.REGULAR, Phase.CLOSED, None):
        sessions.force(phase, sunday)
        versions.append(sessions.version)
        assert sessions.phase(sunday) is (phase or Phase.CLOSED)
    assert len(set(versions)) == 4
    around = Sessions(always_open=True)
    assert around.phase(sunday) is Phase.REGULAR
    around.force(Phase.CLOSED, sunday)
    assert around.phase(sunday) is Phase.CLOSED


@given(st.floats(min_value=0, max_value=4e9), st.booleans())
def test_a_moment_lies_in_the_day_it_belongs_to(now_s: float, always_open: bool) -> None:
    """From the first part's start until the next day begins, and its parts follow each other without a gap."""
    sessions = Sessions(always_open=always_open)
    session = sessions.session_of(now_s)
    assert session.parts[0].start_s <= now_s < session.next_start_s
    for part, following in zip(session.parts, session.parts[1:], strict=False):
        assert part.end_s == following.start_s
    assert sessions.session_of(session.next_start_s).date > session.date
    if always_open:
        assert sessions.phase(now_s) is Phase.REGULAR
