"""Sessions by calendar and contract: against the calendars, minute by minute, and against days that are known."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pytest

from tickring.config.structs import ContractConfig
from tickring.errors import NoCalendar, SessionsUnknown
from tickring.planner.sessions import ListedHours, sessions_of, table_of_calendar, tables_of
from tickring.planner.sessions_calendar import calendar_names, spans_of_year
from tickring.planner.sessions_exchanges import (
    CALENDAR_OF_CURRENCY,
    CALENDAR_OF_EXCHANGE,
    calendar_of,
)
from tickring.planner.stored_hours import StoredHours
from tickring.session_table import SessionTable, SessionTables
from tickring.simulator.market.sessions import DAYS_OF_HOURS, Sessions

NEW_YORK = ZoneInfo("America/New_York")
MINUTE_NS = 60 * 10**9


def ns(year: int, month: int, day: int, hour: int = 0, minute: int = 0, zone: str = "UTC") -> int:
    """A moment of a zone's wall clock."""
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def shown(table: SessionTable, zone: str) -> list[str]:
    """The spans in a zone's wall clock."""

    def at(moment_ns: int) -> str:
        return f"{datetime.fromtimestamp(moment_ns // 10**9, ZoneInfo(zone)):%m-%d %H:%M}"

    return [f"{at(span.opens_ns)} {at(span.closes_ns)} {span.phase}" for span in table.spans]


def library(name: str, year: int) -> Any:
    """The calendar itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return exchange_calendars.get_calendar(name, start=f"{year}-01-01", end=f"{year}-12-31")


# ---- a simulated year ------------------------------------------------------------------------------------------------


def minutes_of(year: int) -> list[int]:
    """Every minute of a year, in ns."""
    start, end = ns(year, 1, 1), ns(year + 1, 1, 1)
    return list(range(start, end, MINUTE_NS))


def open_minutes(table: SessionTable, minutes: list[int]) -> np.ndarray[Any, Any]:
    """Which of these the table says are open: from change to change, and asked itself every seven minutes."""
    ours = np.zeros(len(minutes), bool)
    at_ns: int | None = minutes[0]
    while at_ns is not None and at_ns <= minutes[-1]:
        change_ns = table.next_change(at_ns)
        until_ns = minutes[-1] + MINUTE_NS if change_ns is None else change_ns
        if table.is_open(at_ns):
            # A minute counts as what it begins with, so a change within one counts from the next one on.
            ours[-((minutes[0] - at_ns) // MINUTE_NS) : -((minutes[0] - until_ns) // MINUTE_NS)] = True
        at_ns = change_ns
    wrong = [at_ns for at_ns, is_open in zip(minutes[::7], ours[::7], strict=True) if table.is_open(at_ns) != is_open]
    assert wrong == []
    return ours


@pytest.mark.slow
@pytest.mark.parametrize("calendar", ["XNYS", "XHKG", "XTKS", "XLON", "XETR", "XASX", "CMES"])
def test_a_year_agrees_with_the_calendar_minute_by_minute(calendar: str) -> None:
    """Holidays, half days, lunch breaks and both changes of the clocks: not one of 525,600 minutes differs."""
    year = 2026
    minutes = minutes_of(year)
    table = table_of_calendar(calendar, minutes[0], 365)
    assert (table.from_ns, table.until_ns) == (minutes[0], minutes[-1] + MINUTE_NS)

    ours = open_minutes(table, minutes)
    theirs = np.zeros(len(minutes), bool)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traded = np.asarray(library(calendar, year).minutes.tz_localize(None), "datetime64[ns]").astype(np.int64)
    places = (traded - minutes[0]) // MINUTE_NS
    places = places[(places >= 0) & (places < len(minutes))]
    theirs[places] = True
    if calendar == "CMES":  # the evening of 31 December belongs to a session of the next year
        ours, theirs = ours[: -24 * 60], theirs[: -24 * 60]

    differ = [datetime.fromtimestamp(minutes[n] // 10**9, UTC) for n in np.flatnonzero(ours != theirs)[:5]]
    assert differ == []
    assert 60_000 < ours.sum() < len(minutes)


@pytest.mark.slow
def test_a_year_of_currencies_is_open_from_sunday_evening_to_friday_evening() -> None:
    """By New York's wall clock: the day's boundary is 17:00, Christmas and New Year are left out."""
    minutes = minutes_of(2026)
    table = table_of_calendar("FX", minutes[0], 365)
    wrong = []
    for at_ns in minutes:
        local = datetime.fromtimestamp(at_ns // 10**9, NEW_YORK)
        day = local.date() + timedelta(days=1 if local.hour >= 17 else 0)
        is_open = day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (12, 25)}
        if table.is_open(at_ns) is not is_open:
            wrong.append(local)
    assert wrong == []


# ---- days that are known ---------------------------------------------------------------------------------------------


def test_thanksgiving_week_has_a_holiday_and_a_half_day() -> None:
    """New York, 2026: closed on the 26th, 13:00 on the 27th; a weekend has nothing."""
    table = table_of_calendar("XNYS", ns(2026, 11, 25), 6)
    assert shown(table, "America/New_York") == [
        "11-25 09:30 11-25 16:00 regular",
        "11-27 09:30 11-27 13:00 regular",
        "11-30 09:30 11-30 16:00 regular",
    ]


def test_pre_market_and_post_market_come_by_option() -> None:
    """04:00 to 20:00, on a half day to 17:00; a calendar that has none goes on as it is."""
    table = table_of_calendar("XNYS", ns(2026, 11, 27), 2, extended=True)
    assert shown(table, "America/New_York") == [
        "11-27 04:00 11-27 09:30 pre",
        "11-27 09:30 11-27 13:00 regular",
        "11-27 13:00 11-27 17:00 post",
    ]
    opens, closes = ns(2026, 11, 27, 4, zone="America/New_York"), ns(2026, 11, 27, 17, zone="America/New_York")
    assert table.next_change(opens) == closes
    hong_kong = ListedHours("XHKG")
    assert sessions_of(hong_kong, opens, 3, extended=True) == sessions_of(hong_kong, opens, 3)


def test_a_lunch_break_makes_two_spans_of_one_day() -> None:
    """Hong Kong at noon is closed, and the next change is after lunch."""
    table = table_of_calendar("XHKG", ns(2026, 11, 23), 1)
    assert shown(table, "Asia/Hong_Kong") == ["11-23 09:30 11-23 12:00 regular", "11-23 13:00 11-23 16:00 regular"]
    assert len({span.session for span in table.spans}) == 1
    at_noon = ns(2026, 11, 23, 12, zone="Asia/Hong_Kong")
    assert table.is_open(at_noon) is False
    assert table.next_change(at_noon) == ns(2026, 11, 23, 13, zone="Asia/Hong_Kong")


@pytest.mark.parametrize(("friday", "monday", "shift_h"), [((3, 6), (3, 9), -1), ((10, 30), (11, 2), 1)])
def test_the_clocks_change_between_two_sessions(friday: tuple[int, int], monday: tuple[int, int], shift_h: int) -> None:
    """09:30 stays 09:30 in New York and moves by an hour in UTC."""
    table = table_of_calendar("XNYS", ns(2026, *friday), 4)
    before, after = table.spans
    assert (after.opens_ns - before.opens_ns) / 3600e9 == 72 + shift_h
    assert after.session == f"2026-{monday[0]:02}-{monday[1]:02}"


def test_what_never_closes_is_one_stretch() -> None:
    """Days that touch are no change."""
    table = table_of_calendar("24/7", ns(2026, 11, 20), 5)
    assert table.next_change(table.from_ns) == table.until_ns


# ---- the contract's own hours ----------------------------------------------------------------------------------------


def listed(liquid_hours: str, *, trading_hours: str = "", time_zone_id: str = "US/Eastern") -> ListedHours:
    """A US stock with these hours."""
    return ListedHours.of(
        ContractConfig(primary_exchange="NASDAQ"), StoredHours(time_zone_id, trading_hours, liquid_hours), {}
    )


def test_open_is_what_calendar_and_contract_both_say() -> None:
    """Shorter hours of the contract count, so does the calendar's holiday; other days are the calendar's."""
    hours = listed("20261125:1000-20261125:1500;20261126:0930-20261126:1600")
    table = sessions_of(hours, ns(2026, 11, 25), 3)
    assert shown(table, "America/New_York") == [
        "11-25 10:00 11-25 15:00 regular",
        "11-27 09:30 11-27 13:00 regular",
    ]
    assert table.notes == ("2026-11-26 14:30Z: open by IB's hours of the contract, closed by the calendar",)


def test_a_day_that_ib_calls_closed_is_closed_and_noted() -> None:
    """A trading halt of months, a listing that ends: the calendar knows nothing of it."""
    table = sessions_of(listed("20261123:CLOSED;20261124:0930-1600"), ns(2026, 11, 23), 2)
    assert shown(table, "America/New_York") == ["11-24 09:30 11-24 16:00 regular"]
    assert table.notes == ("2026-11-23: open by the calendar, closed by IB's hours of the contract",)


def test_currencies_pause_where_ib_says_so() -> None:
    """IB's own currencies stand still from 17:00 to 17:15."""
    hours = ListedHours.of(
        ContractConfig(sec_type="CASH", exchange="IDEALPRO"),
        StoredHours("US/Eastern", liquid_hours="20261122:1715-20261123:1700;20261123:1715-20261124:1700"),
        {},
    )
    table = sessions_of(hours, ns(2026, 11, 23), 2)
    at_pause = ns(2026, 11, 23, 17, 5, zone="America/New_York")
    assert table.is_open(at_pause) is False
    assert table.next_change(at_pause) == ns(2026, 11, 23, 17, 15, zone="America/New_York")
    assert table.notes == ()


def test_extended_hours_are_cut_by_the_trading_hours() -> None:
    """`liquidHours` bound the regular session, `tradingHours` the long day."""
    hours = listed("20261123:0930-1600", trading_hours="20261123:0700-20261123:1800")
    assert shown(sessions_of(hours, ns(2026, 11, 23), 2, extended=True), "America/New_York")[:3] == [
        "11-23 07:00 11-23 09:30 pre",
        "11-23 09:30 11-23 16:00 regular",
        "11-23 16:00 11-23 18:00 post",
    ]


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize("month", range(1, 13))
def test_a_gateways_own_texts_and_the_calendar_agree(month: int, extended: bool) -> None:
    """The simulator writes its hours from rules of its own: over a year of days nothing is cut and nothing noted."""
    simulated = Sessions()
    for day in range(1, 29, 5):
        now_ns = ns(2026, month, day, 12)
        hours = listed(simulated.liquid_hours(now_ns / 1e9), trading_hours=simulated.trading_hours(now_ns / 1e9))
        table = sessions_of(hours, now_ns, DAYS_OF_HOURS + 2, extended=extended)
        alone = table_of_calendar("XNYS", now_ns, DAYS_OF_HOURS + 2, extended=extended)
        assert table == alone


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        (listed("20261123:0930-1600;rubbish"), "'rubbish' is neither"),
        (listed("20261123:0930-1600", time_zone_id="Mars"), "time zone 'Mars'"),
        (ListedHours("XYZ"), "no calendar 'XYZ'"),
    ],
)
def test_what_cannot_be_computed_says_so_and_is_not_open(hours: ListedHours, why: str) -> None:
    """Half of what was told is not used: everything is unknown, with the reason."""
    table = sessions_of(hours, ns(2026, 11, 23), 2)
    assert table.spans == ()
    assert why in table.unknown
    assert table.is_open(ns(2026, 11, 23, 16)) is None


def test_a_calendar_that_ends_ends_the_table() -> None:
    """Holidays that nobody has announced yet are not guessed: known up to the year's end, unknown from there."""
    last_year = 2050
    with pytest.raises(SessionsUnknown, match=f"XKRX cannot be computed for {last_year + 1}"):
        spans_of_year("XKRX", last_year + 1)
    table = table_of_calendar("XKRX", ns(last_year, 12, 20), 30)
    assert table.unknown == ""
    assert table.until_ns == ns(last_year, 12, 31)
    assert table.is_open(ns(last_year, 12, 20, 3)) is not None
    assert "ended" in table.reason(ns(last_year, 12, 31))
    assert "cannot be computed" in table_of_calendar("XKRX", ns(last_year + 1, 2, 1), 7).unknown


# ---- exchanges -------------------------------------------------------------------------------------------------------


def test_every_calendar_that_is_named_exists() -> None:
    """A slip in the data would make a whole exchange unknown."""
    named = {*CALENDAR_OF_EXCHANGE.values(), *CALENDAR_OF_CURRENCY.values()}
    assert named - calendar_names() == set()


@pytest.mark.parametrize(
    ("contract", "calendar"),
    [
        ({}, "XNYS"),
        ({"exchange": "SMART", "primary_exchange": "NASDAQ"}, "XNYS"),
        ({"exchange": "ARCA"}, "XNYS"),
        ({"exchange": "SMART", "primary_exchange": "IBIS", "currency": "EUR"}, "XETR"),
        ({"exchange": "LSE", "currency": "USD"}, "XLON"),
        ({"exchange": "TSE", "currency": "CAD"}, "XTSE"),
        ({"exchange": "TSEJ", "currency": "JPY"}, "XTKS"),
        ({"exchange": "SEHK", "currency": "HKD"}, "XHKG"),
        ({"exchange": "SMART", "currency": "HKD"}, "XHKG"),
        ({"exchange": "IDEALPRO", "sec_type": "CASH"}, "FX"),
        ({"exchange": "PAXOS", "sec_type": "CRYPTO"}, "24/7"),
        ({"exchange": "CME", "sec_type": "FUT"}, "CMES"),
        ({"exchange": "HKFE", "overrides": {"HKFE": "XHKG"}}, "XHKG"),
    ],
)
def test_a_contract_goes_by_its_exchange(contract: dict[str, Any], calendar: str) -> None:
    """Primary exchange, exchange, currency, in this order; a user's own table is stronger. TSE is Toronto."""
    assert calendar_of(**contract) == calendar


@pytest.mark.parametrize("contract", [{"exchange": "HKFE"}, {"exchange": "SMART", "currency": "EUR"}])
def test_an_unknown_exchange_is_never_taken_for_another(contract: dict[str, Any]) -> None:
    """The error says what to set."""
    with pytest.raises(NoCalendar, match=r"sessions\.calendars|primary_exchange"):
        calendar_of(**contract)


# ---- many ------------------------------------------------------------------------------------------------------------


def test_five_thousand_symbols_share_the_year_of_their_calendar() -> None:
    """Each calendar and year is computed once, each set of hours is one table, and the message is small."""
    calendars = ["XNYS", "XLON", "XHKG", "FX"]
    hours = [ListedHours(name) for name in calendars] + [listed("20261123:0930-1600"), listed("20261123:CLOSED")]
    contracts: dict[str, ListedHours | SessionsUnknown] = {f"S{n}": hours[n % len(hours)] for n in range(5000)}
    contracts["ODD"] = NoCalendar("exchange 'HKFE' has no calendar here", "HKFE")
    spans_of_year.cache_clear()

    message = tables_of(contracts, ns(2026, 11, 23), 365)

    years = 3  # a day before the first and one after the last are looked at
    assert spans_of_year.cache_info().misses <= len(calendars) * years
    assert len(message.tables) == len(hours)  # 09:30 to 16:00 is what the calendar says anyway; and the odd one
    assert message.of("S0") is message.of(f"S{len(hours)}")
    odd = message.of("ODD")
    assert odd is not None
    assert odd.is_open(ns(2026, 11, 23, 16)) is None
    assert "HKFE" in odd.reason(ns(2026, 11, 23, 16))
    assert isinstance(message, SessionTables)
    assert set(message.of_symbol) == set(contracts)


def test_the_days_begin_at_midnight_and_are_as_many_as_asked() -> None:
    """Asked at any moment of a day the answer is the same table."""
    morning, evening = ns(2026, 11, 23, 1), ns(2026, 11, 23, 23)
    assert table_of_calendar("XNYS", morning, 2) is table_of_calendar("XNYS", evening, 2)
    assert table_of_calendar("XNYS", morning, 2).until_ns == ns(2026, 11, 25)
    with pytest.raises(ValueError, match="days is 0"):
        table_of_calendar("XNYS", morning, 0)
