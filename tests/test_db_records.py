"""What the database keeps: exact amounts, moments in UTC, a log that cannot be changed; on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, StatementError

from tickring.config import DatabaseConfig
from tickring.db import Database, Position, Project, StreamRun
from tickring.db.engine import parse_url
from tickring.db.event_log import Event, append_events, newest_events
from tickring.db.stream_runs import end_run, newest_runs, start_run
from tickring.errors import DatabaseUnavailable, NaiveDatetime

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 4, 15, 0, 0, 123456, tzinfo=UTC)


def position(**values: Any) -> Position:
    """A position of 1 SPY, but for these."""
    usual: dict[str, Any] = {"account": "SIM1", "position_key": "SPY", "symbol": "SPY", "quantity": Decimal(1)}
    return Position(**{**usual, "currency": "USD", "multiplier": Decimal(1), "seen_at": NOW, **values})


@settings(max_examples=30)
@given(
    amounts=st.lists(
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20),
        min_size=1,
        max_size=8,
    )
)
def test_every_digit_of_an_amount_comes_back(database: Database, amounts: list[Decimal]) -> None:
    """Also on SQLite, which has no decimals of its own."""
    with database.writing() as session:
        session.execute(sa.delete(Position))
        session.add_all(position(position_key=str(place), quantity=amount) for place, amount in enumerate(amounts))
    with database.reading() as session:
        found = [session.get_one(Position, ("SIM1", str(place))).quantity for place in range(len(amounts))]
    assert found == amounts
    assert all(isinstance(one, Decimal) for one in found)


@pytest.mark.parametrize("amount", [1.1, Decimal("NaN"), Decimal("Infinity"), Decimal("1e99"), True, "1"])
def test_what_is_no_exact_amount_is_refused(database: Database, amount: object) -> None:
    """A float has lost digits before it arrives."""
    with pytest.raises(StatementError, match=r"must be a") as caught, database.writing() as session:
        session.add(position(quantity=amount))
    assert isinstance(caught.value.orig, ValueError)


@settings(max_examples=30)
@given(
    moments=st.lists(
        st.datetimes(
            min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
            timezones=st.timezones() | st.just(timezone(timedelta(hours=-5))),
        ),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_a_moment_comes_back_in_utc_whatever_its_zone(database: Database, moments: list[datetime]) -> None:
    """To the microsecond, also those that a wall clock shows twice a year."""
    with database.writing() as session:
        session.execute(sa.delete(Position))
        session.add_all(position(position_key=str(place), seen_at=moment) for place, moment in enumerate(moments))
    with database.reading() as session:
        found = [session.get_one(Position, ("SIM1", str(place))).seen_at for place in range(len(moments))]
    assert found == [moment.astimezone(UTC) for moment in moments]
    assert all(one.tzinfo is UTC for one in found)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    """Nothing is stored that could be three o'clock anywhere."""
    with pytest.raises(StatementError) as caught, database.writing() as session:
        session.add(position(seen_at=NOW.replace(tzinfo=None)))
    assert isinstance(caught.value.orig, NaiveDatetime)


_ROW = "event_log (id, at, kind, subject, text, data) VALUES (1, '2026-01-01', 'k', '', '', '{}')"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event_log SET text = 'other'",
        "DELETE FROM event_log",
        f"INSERT OR REPLACE INTO {_ROW}",
        f"INSERT INTO {_ROW} ON CONFLICT (id) DO UPDATE SET text = 'other'",
        "TRUNCATE event_log",
    ],
)
def test_the_event_log_is_only_ever_added_to(database: Database, statement: str) -> None:
    """The database refuses, whoever asks and however."""
    with database.writing() as session:
        append_events(session, [Event("test.happened", "SPY", "as it was", {"n": 1})])
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with database.reading() as session:
        (entry,) = newest_events(session, 10)
        assert (entry.kind, entry.subject, entry.text, entry.data) == ("test.happened", "SPY", "as it was", '{"n":1}')


def test_sqlites_own_shell_cannot_change_the_log_either(sqlite_config: DatabaseConfig) -> None:
    """A connection without our settings meets the same triggers."""
    with Database.open(sqlite_config) as database, database.writing() as session:
        append_events(session, [Event("test.happened")])
    path = parse_url(sqlite_config.url).database
    assert path is not None
    with closing(sqlite3.connect(path)) as other:
        for statement in (
            "REPLACE INTO event_log (id, at, kind, subject, text, data) VALUES (1, '2026-01-01', 'x', '', '', '{}')",
            "DELETE FROM event_log",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                other.execute(statement)


def test_an_event_keeps_the_time_at_which_it_happened(database: Database) -> None:
    """It may be written long after."""
    with database.writing() as session:
        append_events(session, [Event("a.b", at=NOW), Event("c.d")])
    with database.reading() as session:
        later, earlier = newest_events(session, 2)
        assert (later.kind, earlier.kind, earlier.at) == ("c.d", "a.b", NOW)
        assert [entry.kind for entry in newest_events(session, 2, kind="a.b")] == ["a.b"]


def test_work_is_there_as_a_whole_or_not_at_all(database: Database) -> None:
    """An error takes back what was written before it."""

    def half() -> None:
        with database.writing() as session:
            session.add(Project(name="Half", created_at=NOW))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with database.reading() as session:
        assert session.query(Project).count() == 0


def test_a_reader_sees_one_state_all_through(database: Database) -> None:
    """What is written meanwhile is seen by the next one: a set is never half old and half new."""
    with database.reading() as session:
        assert session.query(Project).count() == 0
        with database.writing() as other:
            other.add(Project(name="New", created_at=NOW))
        assert session.query(Project).count() == 0
    with database.reading() as session:
        assert session.query(Project).count() == 1


def test_writers_wait_for_each_other(database: Database) -> None:
    """Many threads that read and then write lose nothing and meet no `locked`."""
    with database.writing() as session:
        session.add(position(quantity=Decimal(0)))
    errors: list[BaseException] = []

    def add() -> None:
        try:
            for _ in range(5):
                with database.writing() as session:
                    row = session.get_one(Position, ("SIM1", "SPY"), with_for_update=True)
                    row.quantity += 1
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with database.reading() as session:
        assert session.get_one(Position, ("SIM1", "SPY")).quantity == 20


def test_a_lock_that_is_held_too_long_is_one_error(sqlite_config: DatabaseConfig) -> None:
    """After `busy_timeout_s`, by its name, with the database's; who only reads does not wait."""
    quick = DatabaseConfig(url=sqlite_config.url, busy_timeout_s=0.05)

    def write(database: Database) -> None:
        with database.writing() as session:
            session.add(Project(name="Second", created_at=NOW))

    with Database.open(sqlite_config) as holder, Database.open(quick) as other, holder.writing() as session:
        session.add(Project(name="First", created_at=NOW))
        session.flush()
        with pytest.raises(DatabaseUnavailable, match=r"sqlite:///.*database is locked"):
            write(other)
        with other.reading() as reading:
            assert reading.query(Project).count() == 0


def test_a_file_that_is_no_database_is_one_error(tmp_path: Path) -> None:
    """It is left as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for one" * 100)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        Database.open(DatabaseConfig(url=f"sqlite:///{path}"))
    assert path.read_text().startswith("not a database")


def test_a_run_has_a_beginning_and_an_end(database: Database) -> None:
    """Who, what for, when, and how it ended; the first word about the end counts."""
    with database.writing() as session:
        start_run(session, "r1", by="ops", api_mode="mock", project_id=1, decision_snapshot_id=7)
        assert end_run(session, "r1", "stopped by ops")
        assert not end_run(session, "r1", "crashed")
        assert not end_run(session, "r2", "never was")
    with database.reading() as session:
        (run,) = newest_runs(session, 5)
        assert (run.started_by, run.project_id, run.decision_snapshot_id) == ("ops", 1, 7)
        assert (run.ended_how, run.ended_at is not None) == ("stopped by ops", True)


def test_another_services_run_is_left_open(database: Database) -> None:
    """A database may serve several: only a run whose process is dead, or of the same data root, ended untold."""
    with subprocess.Popen(["sleep", "60"]) as alive:
        try:
            with database.writing() as session:
                start_run(session, "mine", by="ops", api_mode="mock", data_root="/srv/a")
                start_run(session, "alive", by="ops", api_mode="mock", data_root="/srv/b", pid=alive.pid)
                start_run(session, "next", by="ops", api_mode="mock", data_root="/srv/a")
        finally:
            alive.kill()
    with database.reading() as session:
        ends = {run.run_id: run.ended_at is not None for run in session.scalars(sa.select(StreamRun))}
    assert ends == {"mine": True, "alive": False, "next": False}
    with database.writing() as session:
        session.get_one(StreamRun, "next").start_ticks = 1  # another process has its pid now
        start_run(session, "third", by="ops", api_mode="mock", data_root="/srv/c")
    with database.reading() as session:
        ends = {run.run_id: run.ended_at is not None for run in session.scalars(sa.select(StreamRun))}
    assert ends == {"mine": True, "alive": True, "next": True, "third": False}


def test_a_run_that_was_killed_is_closed_by_the_next(database: Database) -> None:
    """It does not look as if it were running for ever; a run of another machine is left alone."""
    with database.writing() as session:
        start_run(session, "r1", by="ops", api_mode="mock")
        elsewhere = start_run(session, "r2", by="ops", api_mode="mock")
        elsewhere.host = "another.example"
        start_run(session, "r3", by="ops", api_mode="mock")
    with database.reading() as session:
        ends = {run.run_id: run.ended_how for run in session.scalars(sa.select(StreamRun))}
    assert "without a word" in str(ends["r1"])
    assert ends["r2"] is None
    assert ends["r3"] is None
