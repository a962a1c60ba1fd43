"""A query of the user's own against the user's own database, which is opened for reading and nothing else.

The text comes from the configuration, so it may ask whatever its writer may ask; what it must not do by accident is
change something. SQLite is opened read-only, PostgreSQL in read-only transactions: the databases themselves refuse.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tickring.db.engine import make_engine, parse_url, shown_url
from tickring.errors import ImportRefused, InvalidSymbol, OriginFailed
from tickring.planner.symbols import clean_symbol
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickring.config.structs import DatabaseConfig

__all__ = ["SqlQuery"]

_ROWS_LIMIT = 100_000
_AS_WRITTEN = {"no_parameters": True, "stream_results": True}
"""A colon or a percent sign in the query is just that; rows come as they are fetched."""


class SqlQuery:
    """One SELECT, asked anew at every refresh; its first column is the symbol, its order the rank."""

    def __init__(self, url: str, query: str, *, limits: DatabaseConfig) -> None:
        """Connects to nothing yet. `limits` has the times to wait.

        Raises:
            DatabaseUnavailable: the URL is none.
        """
        self.name = f"sql {shown_url(parse_url(url))}"
        self._query = query
        self._engine = make_engine(replace(limits, url=url), is_read_only=True)

    def resolve(self) -> Resolution:
        """Return the list; a symbol that comes in several rows counts once.

        Raises:
            OriginFailed: no connection, no such table, not one SELECT, more than 100,000 rows.
            ImportRefused: a row's first column is no symbol.
        """
        try:
            with self._engine.connect() as connection:
                asked = connection.execution_options(**_AS_WRITTEN).exec_driver_sql(self._query)
                with closing(asked) as answer:
                    if not answer.returns_rows:
                        raise OriginFailed(self.name, "the query returns no rows, must be one SELECT")
                    rows = answer.fetchmany(_ROWS_LIMIT + 1)
        except (DBAPIError, PoolTimeout) as error:
            text = str(getattr(error, "orig", None) or error)
            raise OriginFailed(self.name, f"gives no answer: {' '.join(text.split())}") from error
        except SQLAlchemyError as error:
            raise OriginFailed(self.name, f"cannot be asked: {' '.join(str(error).split())}") from error
        if len(rows) > _ROWS_LIMIT:
            raise OriginFailed(self.name, f"answers with more than {_ROWS_LIMIT} rows")
        return Resolution(self._wanted(rows), self.name)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _wanted(self, rows: Sequence[sa.Row[Any]]) -> tuple[WantedSymbol, ...]:
        symbols: dict[str, None] = {}
        problems: list[str] = []
        for number, row in enumerate(rows, start=1):
            value: object = row[0]
            try:
                if not isinstance(value, str):
                    problems.append(f"row {number}: {value!r} is no text")
                else:
                    symbols[clean_symbol(value)] = None
            except InvalidSymbol as error:
                problems.append(f"row {number}: {error}")
        if problems:
            raise ImportRefused(self.name, tuple(problems))
        return tuple(WantedSymbol(symbol, Origin.SQL, rank) for rank, symbol in enumerate(symbols))
