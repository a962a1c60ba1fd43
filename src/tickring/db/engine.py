"""A SQLAlchemy engine for SQLite or PostgreSQL that waits as long as the configuration says and no longer.

SQLite runs in WAL mode: readers and one writer do not wait for each other. The driver's own idea of when a transaction
begins is turned off, because it lets a read turn into a write half-way, which SQLite answers with `locked` at once;
here a transaction that writes says so when it begins (`writing_engine`) and waits its turn.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from tickring.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine

    from tickring.config.structs import DatabaseConfig

__all__ = ["make_engine", "parse_url", "reading_engine", "shown_url", "writing_engine"]

_BEGIN = "tickring_begin"
_MODE = 0o640
_KINDS = ("sqlite", "postgresql")


def parse_url(text: str) -> URL:
    """Return the URL with the driver that is used for it.

    Raises:
        DatabaseUnavailable: no URL, or neither SQLite nor PostgreSQL.
    """
    try:
        url = sa.make_url(text)
    except ArgumentError:
        raise DatabaseUnavailable(
            "is no database; take sqlite:///FILE or postgresql://USER@HOST/NAME", url=repr(text)
        ) from None
    kind = url.get_backend_name()
    if kind not in _KINDS:
        raise DatabaseUnavailable(f"is {kind}, must be one of {', '.join(_KINDS)}", url=shown_url(url))
    return url.set(drivername="sqlite+pysqlite" if kind == "sqlite" else "postgresql+psycopg")


def shown_url(url: URL) -> str:
    """Return the URL for people and logs, without a password."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)


def make_engine(config: DatabaseConfig, *, is_read_only: bool = False, may_create: bool = True) -> Engine:
    """Return an engine. Connects to nothing yet.

    `is_read_only`: the database itself refuses to be changed through it. `may_create`: the file of a SQLite database
    that is not there is made, for owner and group; without it, or for reading, that is an error of the first use.

    Raises:
        DatabaseUnavailable: the URL is none, the driver is not installed, or the file cannot be made.
    """
    url = parse_url(config.url)
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(url, config, is_read_only, may_create and not is_read_only)
    try:
        return _of_postgresql(url, config, is_read_only)
    except (NoSuchModuleError, ModuleNotFoundError):
        raise DatabaseUnavailable("needs psycopg: install 'tickring[postgres]'", url=shown_url(url)) from None


def reading_engine(engine: Engine) -> Engine:
    """Return a view of the engine, same pool, whose transactions see one state of the database all through."""
    if engine.dialect.name == "sqlite":
        return engine  # that is what a transaction is there
    return engine.execution_options(isolation_level="REPEATABLE READ")


def writing_engine(engine: Engine) -> Engine:
    """Return a view of the engine, same pool, whose transactions take SQLite's write lock when they begin."""
    return engine.execution_options(**{_BEGIN: "IMMEDIATE"})


def _of_sqlite(url: URL, config: DatabaseConfig, is_read_only: bool, may_create: bool) -> Engine:
    file = url.database
    if not file or file == ":memory:" or file.startswith("file:"):
        raise DatabaseUnavailable("has no file; take sqlite:///FILE", url=shown_url(url))
    if may_create:
        _make_file(Path(file), url)
    # By a URI, because only that can say "do not make a new one": a file that was moved away must not come back empty.
    # And without a pool: a connection would go on using a file that has been replaced.
    place = url.set(
        database=Path(file).absolute().as_uri(), query={"mode": "ro" if is_read_only else "rw", "uri": "true"}
    )
    waiting = {"timeout": config.busy_timeout_s, "isolation_level": None}
    engine = sa.create_engine(place, connect_args=waiting, poolclass=sa.NullPool)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if is_read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA recursive_triggers = ON")  # REPLACE deletes: the log's triggers have to see it
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(_BEGIN, 'DEFERRED')}")

    return engine


def _make_file(path: Path, url: URL) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE))
    except OSError as error:
        raise DatabaseUnavailable(f"cannot be made or written: {error.strerror}", url=shown_url(url)) from error


def _of_postgresql(url: URL, config: DatabaseConfig, is_read_only: bool) -> Engine:
    options = [
        f"-c statement_timeout={int(config.statement_timeout_s * 1e3)}",
        f"-c lock_timeout={int(config.busy_timeout_s * 1e3)}",
        "-c timezone=UTC",
        *(["-c default_transaction_read_only=on"] if is_read_only else []),
    ]
    arguments = {
        "connect_timeout": max(1, round(config.connect_timeout_s)),
        "options": " ".join(options),
        "application_name": "tickring",
    }
    # A connection that died while it lay in the pool is replaced before anybody notices.
    return sa.create_engine(url, connect_args=arguments, pool_pre_ping=True)
