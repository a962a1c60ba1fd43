"""The schema: made by the first command, migrated from every version, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tickring.config import DatabaseConfig
from tickring.db import Database
from tickring.db.engine import make_engine, parse_url, writing_engine
from tickring.db.migrating import differences, head_revision, revisions, schema_state, upgrade
from tickring.db.migrations import versions
from tickring.errors import DatabaseOutdated, DatabaseTooNew, DatabaseUnavailable

if TYPE_CHECKING:
    from multiprocessing.queues import Queue


def test_the_first_open_makes_the_tables_that_the_code_expects(database: Database) -> None:
    """A new database needs no command of its own, and Alembic finds nothing left to do."""
    with database.reading() as session:
        connection = session.connection()
        assert schema_state(connection).missing == ()
        assert differences(connection) == []


@pytest.mark.parametrize("start", [None, *revisions()])
def test_every_earlier_version_is_migrated_to_this_one(database_config: DatabaseConfig, start: str | None) -> None:
    """From nothing and from each released schema, in one open; a second one finds nothing to do."""
    engine = writing_engine(make_engine(database_config))
    if start is not None:
        upgrade(engine, "", revision=start)
    engine.dispose()
    Database.open(database_config).close()

    with Database.open(database_config) as database, database.reading() as session:
        assert schema_state(session.connection()).found == head_revision()
        assert differences(session.connection()) == []


def test_what_was_there_before_a_migration_is_there_after_it(database_config: DatabaseConfig) -> None:
    """Rows of the first schema survive the way to the last."""
    engine = writing_engine(make_engine(database_config))
    upgrade(engine, "", revision=revisions()[0])
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO projects (name, note, created_at) VALUES ('Old', '', '2026-01-02 03:04:05+00')")
        )
    engine.dispose()

    with Database.open(database_config) as database, database.reading() as session:
        assert session.execute(sa.text("SELECT name FROM projects")).scalars().all() == ["Old"]


def test_a_database_of_a_later_release_is_left_alone(database_config: DatabaseConfig) -> None:
    """Refused by name, and nothing in it is touched."""
    with Database.open(database_config) as database, database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for is_migrated in (True, False):
        with pytest.raises(DatabaseTooNew, match=r"9999.*install the release"):
            Database.open(database_config, is_migrated=is_migrated)


def test_without_migrating_an_old_database_is_refused(database_config: DatabaseConfig) -> None:
    """The message has both versions and the command."""
    engine = writing_engine(make_engine(database_config))
    upgrade(engine, "", revision=revisions()[0])
    engine.dispose()
    with pytest.raises(DatabaseOutdated, match=rf"schema {revisions()[0]}.*{head_revision()}: tickring db upgrade"):
        Database.open(database_config, is_migrated=False)


def _open_in_child(config: DatabaseConfig, found: Queue[str]) -> None:
    try:
        with Database.open(config) as database, database.reading() as session:
            found.put(str(schema_state(session.connection()).found))
    except BaseException as error:
        found.put(repr(error))
        raise


def test_processes_that_open_a_new_database_at_once_all_succeed(database_config: DatabaseConfig) -> None:
    """One migrates, the others wait."""
    context = multiprocessing.get_context("spawn")
    found: Queue[str] = context.Queue()
    children = [context.Process(target=_open_in_child, args=(database_config, found)) for _ in range(4)]
    for child in children:
        child.start()
    answers = [found.get(timeout=50) for _ in children]
    for child in children:
        child.join(50)
    assert answers == [head_revision()] * 4


def test_the_migrations_are_inside_the_package() -> None:
    """Every version file belongs to a package, so that a wheel has it."""
    files = list(Path(versions.__path__[0]).glob("v*.py"))
    assert len(files) == len(revisions()) >= 2


def test_a_new_sqlite_file_belongs_to_owner_and_group_alone(tmp_path: Path) -> None:
    """It holds account numbers; its directories are made where they are not there."""
    path = tmp_path / "some" / "where" / "tickring.db"
    Database.open(DatabaseConfig(url=f"sqlite:///{path}")).close()
    assert stat.S_IMODE(path.stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "is no database"),
        ("mysql://x/y", "is mysql, must be one of sqlite, postgresql"),
        ("sqlite://", "has no file"),
        ("sqlite:///:memory:", "has no file"),
        ("sqlite:////proc/nowhere/x.db", "cannot be made or written"),
        ("postgresql://nobody@/none?host=/nowhere", "does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_error(url: str, words: str) -> None:
    """With the URL and what is wrong with it."""
    with pytest.raises(DatabaseUnavailable, match=words):
        Database.open(DatabaseConfig(url=url))


def test_no_password_is_shown() -> None:
    """An error names the database, not its secret."""
    with pytest.raises(DatabaseUnavailable) as caught:
        Database.open(DatabaseConfig(url="postgresql://u:tiger@/none?host=/nowhere"))
    assert "tiger" not in str(caught.value)
    assert parse_url("postgresql://u@h/d").drivername == "postgresql+psycopg"


def _die_at_statement(config: DatabaseConfig, number: int) -> None:
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = writing_engine(make_engine(config))
    event.listen(engine, "after_cursor_execute", count)
    upgrade(engine, "")


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, 9, 16, 24])
def test_a_migration_that_is_killed_leaves_a_whole_schema(database_config: DatabaseConfig, number: int) -> None:
    """The version before or the version after, never something between: the next command goes on from there."""
    child = multiprocessing.get_context("spawn").Process(target=_die_at_statement, args=(database_config, number))
    child.start()
    child.join(50)
    assert child.exitcode == -signal.SIGKILL
    engine = make_engine(database_config)
    with engine.connect() as connection:
        found = schema_state(connection).found
        tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    assert found in {None, *revisions()}
    assert bool(tables) == (found is not None)
    with Database.open(database_config) as database, database.reading() as session:
        assert differences(session.connection()) == []
