"""Which symbols are streamed: the decision snapshot's, else the theme's; on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tickring.db import DecisionSnapshot, DecisionSnapshotItem, Project, SnapshotChoice, ThemeMember
from tickring.errors import NaiveDatetime, SnapshotTooOld, UnknownProject, UnknownSnapshot
from tickring.planner import Origin, build_stream_symbols, resolve_stream_symbols

if TYPE_CHECKING:
    from tickring.db import Database

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)


def add_project(database: Database, theme: str, *, name: str = "Desk") -> int:
    """A project with these symbols as its theme."""
    with database.writing() as session:
        members = [ThemeMember(symbol=symbol, added_at=NOW) for symbol in theme.split()]
        project = Project(name=name, created_at=NOW, theme=members)
        session.add(project)
        session.flush()
        return project.id


def add_snapshot(database: Database, project_id: int, symbols: str, *, decided_at: datetime = NOW) -> int:
    """A snapshot with these symbols; `NVDA:0.5` has a weight."""
    with database.writing() as session:
        items = []
        for line, word in enumerate(symbols.split()):
            symbol, _, weight = word.partition(":")
            items.append(DecisionSnapshotItem(place=line, symbol=symbol, weight=Decimal(weight) if weight else None))
        found = DecisionSnapshot(
            project_id=project_id, name="Day", decided_at=decided_at, imported_at=NOW, items=items
        )  # fmt: skip
        session.add(found)
        session.flush()
        return found.id


def choose(database: Database, project_id: int, rule: str, snapshot_id: int | None = None) -> None:
    """As `tickring snapshot use` does."""
    with database.writing() as session:
        session.merge(
            SnapshotChoice(project_id=project_id, rule=rule, decision_snapshot_id=snapshot_id, chosen_at=NOW)
        )  # fmt: skip


def test_stream_symbols_prefers_snapshot(database: Database) -> None:
    """The snapshot's symbols where there is one, else the theme's; upper case, each once, sorted."""
    project_id = add_project(database, "SPY QQQ")
    snapshot_id = add_snapshot(database, project_id, "nvda AAPL")
    with database.reading() as session:
        assert build_stream_symbols(session, project_id=project_id, decision_snapshot_id=snapshot_id) == [
            "AAPL",
            "NVDA",
        ]
        assert build_stream_symbols(session, project_id=project_id) == ["QQQ", "SPY"]


def test_symbols_are_unique_whatever_their_capitals(database: Database) -> None:
    """Rows of another program may differ in capitals and spaces alone."""
    project_id = add_project(database, "spy SPY qqq")
    with database.reading() as session:
        assert build_stream_symbols(session, project_id) == ["QQQ", "SPY"]


def test_an_empty_snapshot_counts_as_none(database: Database) -> None:
    """A day without decisions streams the theme."""
    project_id = add_project(database, "SPY")
    snapshot_id = add_snapshot(database, project_id, "")
    with database.reading() as session:
        assert build_stream_symbols(session, project_id, snapshot_id) == ["SPY"]


def test_the_resolution_says_origin_and_rank(database: Database) -> None:
    """A snapshot ranks by weight, short ones by its size, those without one last in their own order."""
    project_id = add_project(database, "SPY QQQ")
    snapshot_id = add_snapshot(database, project_id, "KO:0.1 XOM NVDA:-0.5 F AAPL:0.3")
    with database.reading() as session:
        resolution = resolve_stream_symbols(session, project_id, snapshot_id)
        theme = resolve_stream_symbols(session, project_id)
    assert [wanted.symbol for wanted in resolution.symbols] == ["NVDA", "AAPL", "KO", "XOM", "F"]
    assert [wanted.rank for wanted in resolution.symbols] == [0, 1, 2, 3, 4]
    assert {(wanted.origin, wanted.priority) for wanted in resolution.symbols} == {(Origin.SNAPSHOT, 2)}
    assert resolution.text == f"snapshot {snapshot_id} 'Day' of project {project_id} 'Desk'"
    assert {(wanted.origin, wanted.priority) for wanted in theme.symbols} == {(Origin.THEME, 4)}
    assert theme.text == f"theme of project {project_id} 'Desk'"


def test_the_latest_snapshot_counts_by_option(database: Database) -> None:
    """The one decided last, not the one imported last; as the project's choice or by the caller's word."""
    project_id = add_project(database, "SPY")
    add_snapshot(database, project_id, "NEW", decided_at=NOW)
    add_snapshot(database, project_id, "OLD", decided_at=NOW - timedelta(days=1))
    with database.reading() as session:
        assert resolve_stream_symbols(session, project_id).symbols[0].symbol == "SPY"
        assert resolve_stream_symbols(session, project_id, snapshot="latest").symbols[0].symbol == "NEW"
    choose(database, project_id, "latest")
    with database.reading() as session:
        assert resolve_stream_symbols(session, project_id).symbols[0].symbol == "NEW"
        assert resolve_stream_symbols(session, project_id, snapshot="none").symbols[0].symbol == "SPY"
    choose(database, project_id, "none")
    with database.reading() as session:
        assert resolve_stream_symbols(session, project_id).symbols[0].symbol == "SPY"


def test_a_latest_snapshot_older_than_the_limit_is_refused(database: Database) -> None:
    """Yesterday's decisions never pass for today's; one that was chosen by number counts however old."""
    project_id = add_project(database, "SPY")
    snapshot_id = add_snapshot(database, project_id, "OLD", decided_at=NOW - timedelta(hours=25))
    with database.reading() as session:
        with pytest.raises(SnapshotTooOld, match=r"25\.0 h ago, the limit is 24\.0 h") as caught:
            resolve_stream_symbols(session, project_id, snapshot="latest", age_limit_s=86_400, now=NOW)
        assert (caught.value.decision_snapshot_id, caught.value.age_s) == (snapshot_id, 90_000)
        just = resolve_stream_symbols(session, project_id, snapshot="latest", age_limit_s=90_000, now=NOW)
        assert just.symbols[0].symbol == "OLD"
    choose(database, project_id, "fixed", snapshot_id)
    with database.reading() as session:
        chosen = resolve_stream_symbols(session, project_id, age_limit_s=86_400, now=NOW)
    assert chosen.symbols[0].symbol == "OLD"


def test_a_now_without_a_zone_is_refused(database: Database) -> None:
    """An age is a difference of moments, not of clocks on walls."""
    project_id = add_project(database, "SPY")
    add_snapshot(database, project_id, "NEW")
    with database.reading() as session, pytest.raises(NaiveDatetime):
        resolve_stream_symbols(session, project_id, snapshot="latest", now=NOW.replace(tzinfo=None))


def test_an_unknown_project_is_a_named_error(database: Database) -> None:
    """It says which there are."""
    add_project(database, "SPY", name="Desk A")
    with database.reading() as session, pytest.raises(UnknownProject, match=r"project 77 .*'Desk A'") as caught:
        build_stream_symbols(session, 77)
    assert caught.value.project == 77


def test_an_unknown_snapshot_is_a_named_error(database: Database) -> None:
    """So is one of another project: its symbols are never streamed for this one."""
    one, other = add_project(database, "SPY"), add_project(database, "QQQ", name="Other")
    theirs = add_snapshot(database, other, "NVDA")
    with database.reading() as session:
        with pytest.raises(UnknownSnapshot, match="decision snapshot 99 is not in the database"):
            build_stream_symbols(session, one, 99)
        with pytest.raises(UnknownSnapshot, match=f"belongs to project {other}, not to {one}"):
            build_stream_symbols(session, one, theirs)


def test_five_thousand_symbols_are_resolved(database: Database) -> None:
    """A universe is a set like any other."""
    project_id = add_project(database, " ".join(f"S{number:05d}" for number in range(5000)))
    with database.reading() as session:
        symbols = build_stream_symbols(session, project_id)
    assert len(symbols) == 5000
    assert symbols[0] == "S00000"
