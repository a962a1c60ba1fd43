"""The database as the other parts use it: opened, migrated, and one session per piece of work.

`with database.reading() as session` and `with database.writing() as session` commit at their end and roll back on an
error. What the driver says about a database that is not there, locked or broken becomes DatabaseUnavailable.

Threads: one session belongs to one thread; the Database itself to any. Processes: open it after spawn, never before a
fork.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from sqlalchemy.orm import Session

from tickring.db.driver_errors import driver_errors
from tickring.db.engine import make_engine, parse_url, reading_engine, shown_url, writing_engine

if TYPE_CHECKING:
    from collections.abc import Generator

    from sqlalchemy.engine import Engine

    from tickring.config.structs import DatabaseConfig

__all__ = ["Database"]


class Database:
    """One database of projects, snapshots, contracts and events, of the schema that this release knows."""

    def __init__(self, engine: Engine, url: str) -> None:
        """Use `Database.open`."""
        self.engine = engine
        self.url = url
        """For people: without a password."""
        self._reading = reading_engine(engine)
        self._writing = writing_engine(engine)

    @classmethod
    def open(cls, config: DatabaseConfig, *, is_migrated: bool = True) -> Self:
        """Open the database; with `is_migrated` its tables are made or brought up to date first.

        Any number of processes may open a new one at once: one migrates, the others wait for it.

        Raises:
            DatabaseUnavailable: it does not answer within the configured time, or may not be used.
            DatabaseTooNew: it is of a later release.
            DatabaseOutdated: without `is_migrated`, it is of an earlier one.
        """
        from tickring.db.migrating import require_current, upgrade  # Alembic: half a second, and only here

        url = shown_url(parse_url(config.url))
        engine = make_engine(config, may_create=is_migrated)
        try:
            with driver_errors(url):
                if is_migrated:
                    upgrade(writing_engine(engine), url)
                else:
                    require_current(engine, url)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, url)

    @contextmanager
    def reading(self) -> Generator[Session]:
        """Yield a session that sees one state of the database from its first statement on.

        Raises:
            DatabaseUnavailable: at any statement.
        """
        with driver_errors(self.url), Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing(self) -> Generator[Session]:
        """Yield a session that may write; all of it is there at the end, or nothing after an error.

        Raises:
            DatabaseUnavailable: at any statement, and at the end.
        """
        with driver_errors(self.url), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Give all connections back. Idempotent."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
