"""Whether a database is what this release expects; for `tickring db check`. Changes nothing, migrates nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select, text

from tickring.db.driver_errors import driver_errors
from tickring.db.engine import make_engine, parse_url, shown_url
from tickring.db.migrating import METADATA, differences, schema_state

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tickring.config.structs import DatabaseConfig

__all__ = ["CheckedDatabase", "check_database"]


class CheckedDatabase(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    url: str
    schema: str | None
    """None: it is empty."""
    head: str
    """Of this release."""
    faults: list[str]
    """Empty: all is well."""
    rows: dict[str, int]
    """By table; empty unless the schema is this release's."""


def check_database(config: DatabaseConfig) -> CheckedDatabase:
    """Look at it.

    Raises:
        DatabaseUnavailable: it does not answer, or is not there.
    """
    url = shown_url(parse_url(config.url))
    engine = make_engine(config, is_read_only=True)
    try:
        with driver_errors(url), engine.connect() as connection:
            return _check(connection, url)
    finally:
        engine.dispose()


def _check(connection: Connection, url: str) -> CheckedDatabase:
    faults: list[str] = []
    if connection.dialect.name == "sqlite":
        answer = connection.execute(text("PRAGMA quick_check")).scalars().all()
        faults += [f"damaged: {line}" for line in answer if line != "ok"]
        broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        faults += [f"table {row[0]} row {row[1]} names a row of {row[2]} that is not there" for row in broken]
    state = schema_state(connection)
    rows: dict[str, int] = {}
    if state.is_too_new:
        faults.append(f"is of schema {state.found}, which this release does not know: install a later one")
    elif state.missing:
        faults.append(f"lacks {', '.join(state.missing)}: tickring db upgrade")
    else:
        faults += [f"differs from this release: {difference}" for difference in differences(connection)]
        if not faults:
            for table in METADATA.sorted_tables:
                rows[table.name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return CheckedDatabase(url=url, schema=state.found, head=state.head, faults=faults, rows=rows)
