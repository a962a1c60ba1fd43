"""`tickring sessions`: when a market is open, in the market's time and in UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.cli_runs import answer, json_lines
from tickring.cli.output import people
from tickring.cli.sessions_page import print_sessions
from tickring.config.structs import ContractConfig, DatabaseConfig
from tickring.db import Database
from tickring.planner.contracts import pin_contract
from tickring.planner.sessions import table_of_calendar
from tickring.session_table import SessionTable

CLI_PAGE = Path(__file__).parents[1] / "docs" / "cli.md"


def ns(*parts: int, zone: str = "UTC") -> int:
    """A moment of a zone's wall clock."""
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return int(datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).timestamp()) * 10**9


def page_of(
    calendar: str, zone: str, now_ns: int, days: int, capsys: pytest.CaptureFixture[str], **more: bool
) -> list[str]:
    """The page as of a moment, without blank lines and runs of blanks."""
    table = table_of_calendar(calendar, now_ns - 86_400 * 10**9, days + 2, **more)
    print_sessions(people(), calendar, table, ZoneInfo(zone), now_ns, days)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_a_holiday_a_half_day_and_a_weekend(capsys: pytest.CaptureFixture[str]) -> None:
    """Every day has its line, also one without trading; the head says what comes next."""
    head, _, _, *rows = page_of("XNYS", "America/New_York", ns(2026, 11, 25, 12), 5, capsys)
    assert head == "XNYS closed opens Wed 09:30, in 2h30m times of America/New_York"
    assert rows == [
        "Wed 2026-11-25 regular 09:30 16:00 11-25 14:30 11-25 21:00 6.5",
        "Thu 2026-11-26 closed",
        "Fri 2026-11-27 regular 09:30 13:00 11-27 14:30 11-27 18:00 3.5",
        "Sat 2026-11-28 closed",
        "Sun 2026-11-29 closed",
    ]


def test_breaks_and_long_days_have_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Lunch in Hong Kong, the evening before in currencies, pre-market in New York."""
    hong_kong = page_of("XHKG", "Asia/Hong_Kong", ns(2026, 11, 23, 4, 30), 1, capsys)
    assert hong_kong[0].startswith("XHKG closed opens Mon 13:00, in 30m00s")
    assert [row.split()[2] for row in hong_kong[3:]] == ["regular", "break", "regular"]
    currencies = page_of("FX", "America/New_York", ns(2026, 11, 23, 15), 1, capsys)
    assert currencies[3:] == ["Mon 2026-11-23 regular Sun 17:00 17:00 11-22 22:00 11-23 22:00 24"]
    early = page_of("XNYS", "America/New_York", ns(2026, 11, 23, 9, 30), 1, capsys, extended=True)
    assert early[0].startswith("XNYS open (pre) closes Mon 20:00")
    assert [row.split()[2] for row in early[3:]] == ["pre", "regular", "post"]
    sydney = page_of("XASX", "Australia/Sydney", ns(2026, 11, 23, 1), 1, capsys)
    assert sydney[3:] == ["Mon 2026-11-23 regular 10:00 16:00 11-22 23:00 11-23 05:00 6"]


def test_days_that_are_not_known_are_not_closed(capsys: pytest.CaptureFixture[str]) -> None:
    """Holidays that nobody has announced."""
    rows = page_of("XKRX", "Asia/Seoul", ns(2050, 12, 28), 8, capsys)
    assert rows[-1] == "Wed 2051-01-04 unknown"


def test_json_is_the_table_that_the_feeder_gets() -> None:
    """It can be read back as one, and covers today."""
    done = answer("sessions", "SPY", "--json", "--days", "3")
    assert done.exit_code == 0
    table = msgspec.convert(json_lines(done.stdout)[0], SessionTable)
    now_ns = int(datetime.now(UTC).timestamp()) * 10**9
    assert table.calendar == "XNYS"
    assert table.is_open(now_ns) is not None
    assert table.from_ns <= now_ns - 86_400 * 10**9 + 86_400 * 10**9
    assert (table.until_ns - table.from_ns) // (86_400 * 10**9) == 5


@pytest.mark.parametrize(
    ("arguments", "calendar"),
    [
        (("XLON",), "XLON"),
        (("24/7",), "24/7"),
        (("EUR.USD",), "FX"),
        (("SAP", "--exchange", "IBIS"), "XETR"),
        (("7203", "--set", "contracts.7203.exchange=TSEJ", "--set", "contracts.7203.currency=JPY"), "XTKS"),
        (("HSI", "--exchange", "HKFE", "--set", "sessions.calendars=HKFE=XHKG"), "XHKG"),
    ],
)
def test_a_symbol_goes_by_its_contract_and_a_calendar_by_its_name(arguments: tuple[str, ...], calendar: str) -> None:
    """Configuration, option, or the pair's name."""
    assert json_lines(answer("sessions", *arguments, "--json").stdout)[0]["calendar"] == calendar


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("HSI", "--exchange", "HKFE"), 2, "sessions.calendars"),
        (("SAP", "--set", "contracts.SAP.currency=EUR"), 2, "primary_exchange"),
        ((), 2, "name a symbol or a calendar"),
        (("SPY", "--set", "sessions.calendars=nonsense"), 78, "must be EXCHANGE=CALENDAR"),
        (("SPY", "--set", "sessions.days=0"), 78, "from 1 to 60"),
    ],
)
def test_what_cannot_be_told_says_why(arguments: tuple[str, ...], code: int, why: str) -> None:
    """Never the hours of another market."""
    done = answer("sessions", *arguments)
    assert done.exit_code == code
    assert why in done.stderr
    assert done.stdout == ""


def test_a_stored_contracts_own_hours_count(tmp_path: Path) -> None:
    """As the gateway told them; without them the calendar alone; unreadable ones are no hours at all."""
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    at = ("--set", f"database.url={url}", "--json", "--days", "1")
    alone = json_lines(answer("sessions", "SPY", *at).stdout)[0]
    assert not (tmp_path / "desk.db").exists()  # looking makes nothing
    today = datetime.now(UTC)
    days = [f"{today + timedelta(days=number):%Y%m%d}:CLOSED" for number in range(-3, 5)]
    with Database.open(DatabaseConfig(url=url)) as database, database.writing() as session:
        row = pin_contract(session, "SPY", ContractConfig(con_id=1))
        row.time_zone_id, row.liquid_hours = "US/Eastern", ";".join(days)
        row = pin_contract(session, "SAP", ContractConfig(con_id=2, exchange="IBIS", currency="EUR"))
        row.time_zone_id, row.liquid_hours = "MET", "nonsense"
    shut = json_lines(answer("sessions", "spy", *at).stdout)[0]
    assert shut["spans"] == []
    assert (alone["calendar"], shut["calendar"]) == ("XNYS", "XNYS")
    assert answer("sessions", "SPY", "--exchange", "NYSE", *at).exit_code == 0
    unreadable = answer("sessions", "SAP", *at)
    assert (unreadable.exit_code, unreadable.stdout) == (2, "")
    (tmp_path / "desk.db").write_bytes(b"no database at all, whatever its name says" * 100)
    told = answer("sessions", "SPY", *at)
    assert json_lines(told.stdout)[0] == alone
    assert "note: without the contract's own hours" in told.stderr


def test_the_list_names_every_calendar_with_its_exchanges() -> None:
    """For people and for scripts."""
    exchanges = json_lines(answer("sessions", "--list", "--json").stdout)[0]
    assert "NASDAQ" in exchanges["XNYS"]
    assert exchanges["XHKG"] == ["SEHK"]
    page = answer("sessions", "--list").stdout
    assert all(f"{name} " in page for name in exchanges)


def test_help_and_documentation_name_every_option() -> None:
    """With examples, as all commands."""
    page = answer("sessions", "--help", env={"COLUMNS": "200"}).stdout
    assert page.count("tickring sessions ") >= 3
    documented = CLI_PAGE.read_text()
    assert "`tickring sessions" in documented
    for option in set(re.findall(r"(--[a-z-]+)", page)) - {"--help"}:
        assert option in documented


def test_times_are_the_markets_wherever_the_reader_sits(capsys: pytest.CaptureFixture[str]) -> None:
    """A fixed zone shows the same moments as another."""
    now_ns = ns(2026, 11, 23, 15)
    table = table_of_calendar("XNYS", now_ns - 86_400 * 10**9, 3)
    print_sessions(people(), "SPY", table, timezone(timedelta(hours=1)), now_ns, 1)
    out = capsys.readouterr().out
    assert "SPY  by XNYS" in out
    assert "15:30" in out
    assert date(2026, 11, 23).isoformat() in out
