"""`tickring report`: figures of a time from the event log, on one page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli_runs import answer
from tickring.cli.report.durations import in_words
from tickring.cli.report.figures import Fault, Run, make_report
from tickring.cli.report.since import moment_of
from tickring.config.structs import DatabaseConfig
from tickring.db import Database
from tickring.db.stream_runs import start_run
from tickring.episodes import EpisodeBook, EpisodeKind, Severity
from tickring.planner.episode_events import note_episode
from tickring.planner.event_queue import EventQueue

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SINCE = NOW - timedelta(hours=24)


def fault(kind: str, opened_h: float, closed_h: float | None, scope: str = "stream") -> Fault:
    """Hours before NOW."""
    return Fault(
        episode_id=f"{kind}-{opened_h}",
        kind=kind,
        scope=scope,
        severity="warning",
        cause="a <cause>",
        code=0,
        opened_at=NOW - timedelta(hours=opened_h),
        closed_at=None if closed_h is None else NOW - timedelta(hours=closed_h),
    )


def run(started_h: float, ended_h: float | None) -> Run:
    """Hours before NOW."""
    ended = None if ended_h is None else NOW - timedelta(hours=ended_h)
    return Run("r", NOW - timedelta(hours=started_h), ended, "me", None)


def test_shares_are_of_the_time_a_run_was_on() -> None:
    """Faults beyond the time, or while no run was on, do not count; overlapping ones count once."""
    report = make_report(
        [
            fault("degraded", 30, 23),  # one hour of it lies inside
            fault("degraded", 10, 8),
            fault("degraded", 9, 8),
            fault("disconnected", 6, 4),  # the run ended in the middle
            fault("symbol_silent", 3, None, "symbol SPY"),
            fault("symbol_silent", 10, 9, "symbol SPY"),
            fault("symbol_silent", 8, 7.5, "symbol QQQ"),
        ],
        [run(48, 5), run(2, None)],
        SINCE,
        NOW,
    )
    assert report.on_s == 21 * 3600
    assert report.degraded_s == 3 * 3600
    assert report.disconnected_s == 1 * 3600
    assert report.connected_share == pytest.approx(17 / 21)
    assert report.symbols == {"SPY": 4 * 3600, "QQQ": 1800}
    assert [(one.kind, one.count, one.open) for one in report.kinds] == [
        ("symbol_silent", 3, 1),
        ("degraded", 3, 0),
        ("disconnected", 1, 0),
    ]
    assert report.slowest[0].episode_id in {"degraded-10", "disconnected-6"}


def test_without_a_run_there_is_no_share() -> None:
    """Nothing is not a good share."""
    assert make_report([], [], SINCE, NOW).connected_share is None


HOURS = st.floats(0, 60)
SPANS = st.lists(st.tuples(HOURS, HOURS).map(lambda pair: (max(pair), min(pair))), max_size=8)


@given(SPANS, SPANS)
def test_a_share_is_one(degraded: list[tuple[float, float]], on: list[tuple[float, float]]) -> None:
    """However faults and runs lie, the share is between 0 and 1, and no time is longer than the whole."""
    report = make_report([fault("degraded", *span) for span in degraded], [run(*span) for span in on], SINCE, NOW)
    assert 0 <= report.degraded_s <= report.on_s + 1e-3 <= 86_400.01
    assert report.connected_share is None or 0 <= report.connected_share <= 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("24h", NOW - timedelta(hours=24)),
        ("90 m", NOW - timedelta(minutes=90)),
        ("11:30", NOW - timedelta(minutes=30)),
        ("22:00", NOW - timedelta(hours=14)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-04T12:00+02:00", datetime(2026, 3, 4, 12, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_since(text: str, found: datetime) -> None:
    """A span, a time of day (the last one), a date."""
    assert moment_of(text, NOW) == found


@pytest.mark.parametrize("text", ["", "yesterday", "24", "25:00", "2027-01-01", "99999999999d", "-1h"])
def test_no_such_time(text: str) -> None:
    """An error that names the value and what would do."""
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        moment_of(text, NOW)


def test_durations_in_words() -> None:
    """As people say them."""
    spans = (0.04, 59.9, 60, 3_599, 3_600, 86_399, 86_400, 400_000)
    assert [in_words(one) for one in spans] == [
        "0.0 s", "59.9 s", "1m 00s", "59m 59s", "1h 00m", "23h 59m", "1d 00h", "4d 15h",
    ]  # fmt: skip


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a run and episodes as the planner notes them, around now."""
    found = f"sqlite:///{tmp_path / 'desk.db'}"
    now = datetime.now(UTC)
    book, events = EpisodeBook("feeder-1"), EventQueue()
    steps = (
        (EpisodeKind.DEGRADED, "stream", 600, 540),
        (EpisodeKind.SYMBOL_SILENT, "symbol <SPY>", 500, 380),
        (EpisodeKind.LINK_DOWN, "gateway", 60, None),
    )
    for kind, scope, opened_s, closed_s in steps:
        begin_ns = int((now.timestamp() - opened_s) * 1e9)
        opened = book.open(
            kind, scope, cause=f"{kind} <happened>", severity=Severity.CRITICAL, now_s=-opened_s, now_ns=begin_ns
        )
        assert opened is not None
        note_episode(events, opened)
        if closed_s is not None:
            end_ns = int((now.timestamp() - closed_s) * 1e9)
            closed = book.close(kind, scope, now_s=-closed_s, now_ns=end_ns)
            assert closed is not None
            note_episode(events, closed)
    with Database.open(DatabaseConfig(url=found)) as database:
        events.flush(database)
        with database.writing() as session:
            start_run(session, "run-1", by="somebody", api_mode="mock", at=now - timedelta(seconds=1200))
    return found


def test_the_page(url: str, tmp_path: Path) -> None:
    """From the database to terminal, JSON and HTML; names are text, never markup; the plots are well-formed."""
    shown = answer("report", "--set", f"database.url={url}", "--since", "1h")
    assert shown.exit_code == 0, shown.output
    assert re.match(r"9[45]\.\d\d% connected", shown.stdout)
    assert "symbol_silent symbol <SPY>" in " ".join(shown.stdout.split())
    assert "without their own stream: <SPY> 2m 00s" in shown.stdout
    found = json.loads(answer("report", "--set", f"database.url={url}", "--since", "1h", "--json").stdout)
    assert found["degraded_s"] == pytest.approx(60, abs=0.01)
    assert {one["kind"]: one["open"] for one in found["kinds"]} == {"symbol_silent": 0, "degraded": 0, "link_down": 1}
    assert [one["closed_at"] is None for one in found["faults"]] == [False, False, True]
    page = tmp_path / "report.html"
    assert answer("report", "--set", f"database.url={url}", "--since", "1h", "--html", str(page)).exit_code == 0
    text = page.read_text()
    assert "<SPY>" not in text
    assert "<happened>" not in text
    plots = re.findall(r"<svg.*?</svg>", text)
    assert [len(ElementTree.fromstring(plot).findall("{*}rect")) for plot in plots] == [3, 1]


def test_an_empty_time(url: str) -> None:
    """No faults is said; the run counts."""
    shown = answer("report", "--set", f"database.url={url}", "--since", "1s")
    assert shown.exit_code == 0
    assert "connected" in shown.stdout


def test_no_such_time_is_said(url: str) -> None:
    """Exit code 2."""
    refused = answer("report", "--set", f"database.url={url}", "--since", "tomorrow")
    assert (refused.exit_code, "'tomorrow'" in refused.stderr) == (2, True)
