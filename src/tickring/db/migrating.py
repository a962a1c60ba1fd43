"""Bring a database to the schema of this release, and tell whether it is there: Alembic without its files and command.

The migrations lie in the package (`tickring/db/migrations/versions`), so a wheel carries them. Each runs in one
transaction with its mark; SIGKILL at any moment leaves the version before or the version after. A second process that
wants to migrate waits: on SQLite for the write lock that the transaction begins with, on PostgreSQL for an advisory
lock.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tickring.db import contract_tables, project_tables, record_tables
from tickring.db.base import Base
from tickring.errors import DatabaseOutdated, DatabaseTooNew

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

__all__ = [
    "METADATA",
    "SchemaState",
    "differences",
    "head_revision",
    "require_current",
    "revisions",
    "schema_state",
    "upgrade",
]

METADATA = Base.metadata
"""With all tables, because their modules are imported here."""
_TABLES = (contract_tables, project_tables, record_tables)
_ADVISORY_LOCK = 0x7469_636B  # "tick"
_MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaState(NamedTuple):
    """Which revision a database is of."""

    found: str | None
    """None: it is empty."""
    head: str
    """That of this release."""
    missing: tuple[str, ...]
    """Revisions that an upgrade would go through."""
    is_too_new: bool


def head_revision() -> str:
    """Return the revision of this release."""
    return revisions()[-1]


def revisions() -> tuple[str, ...]:
    """Return every revision there is, the first one first."""
    return tuple(reversed([script.revision for script in _scripts().walk_revisions()]))


def schema_state(connection: Connection) -> SchemaState:
    """Return the state of a database; reads only."""
    known = revisions()
    found = MigrationContext.configure(connection).get_current_revision()
    is_too_new = found is not None and found not in known
    done = 0 if found is None or is_too_new else known.index(found) + 1
    return SchemaState(found, known[-1], () if is_too_new else known[done:], is_too_new)


def require_current(engine: Engine, url: str) -> None:
    """Return if the database is of this release.

    Raises:
        DatabaseTooNew, DatabaseOutdated: it is not.
    """
    with engine.connect() as connection:
        state = schema_state(connection)
    _refuse_later(state, url)
    if state.missing:
        found = "empty" if state.found is None else f"of schema {state.found}"
        raise DatabaseOutdated(f"is {found}, this release needs {state.head}: tickring db upgrade", url=url)


def upgrade(engine: Engine, url: str, *, revision: str = "head") -> tuple[str, ...]:
    """Bring the database up to `revision`; return the revisions that were gone through, none if it was there already.

    `engine`: one whose transactions take the write lock (`tickring.db.engine.writing_engine`).

    Raises:
        DatabaseTooNew: it is of a later release.
    """
    with engine.connect() as connection:
        state = schema_state(connection)
    _refuse_later(state, url)
    if not state.missing:
        return ()
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        before = schema_state(connection)  # again: another process may have been first
        _refuse_later(before, url)
        _run(connection, revision)
        after = schema_state(connection)
    return before.missing[: len(before.missing) - len(after.missing)]


def differences(connection: Connection) -> list[str]:
    """Return where the tables are not what the code expects, one line each; none: all is well."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, METADATA)]


def _run(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection  # for migrations/env.py
    command.upgrade(config, revision)


def _refuse_later(state: SchemaState, url: str) -> None:
    if state.is_too_new:
        raise DatabaseTooNew(
            f"is of schema {state.found}, this release knows up to {state.head}; install the release that made it",
            url=url,
        )


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
