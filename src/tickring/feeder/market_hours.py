"""Whether the market of any streamed symbol is open, by the tables that the planner computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.session_table import SessionTable, SessionTables

__all__ = ["MarketHours"]


class MarketHours:
    """Knows nothing until the first `set`. One thread."""

    def __init__(self) -> None:
        self._tables: dict[str, SessionTable] = {}

    def set(self, tables: SessionTables) -> None:
        """Know these from now on, and no others."""
        self._tables = {symbol: tables.tables[place] for symbol, place in tables.of_symbol.items()}

    def in_session(self, symbols: Iterable[str], now_ns: int) -> bool | None:
        """Return True if any symbol's market is open at this moment of the wall clock, False if all are closed.

        None: no symbol is known to be open and of at least one nothing is known, or there are none.
        """
        found = {id(table): table for table in map(self._tables.get, symbols)}
        if not found:
            return None
        answers = {None if table is None else table.is_open(now_ns) for table in found.values()}
        return True if True in answers else None if None in answers else False
