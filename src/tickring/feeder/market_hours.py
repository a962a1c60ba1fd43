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
        self._asked_ns = -1
        self._answers: dict[int, bool | None] = {}

    def set(self, tables: SessionTables) -> None:
        """Know these from now on, and no others."""
        self._tables = {symbol: tables.tables[place] for symbol, place in tables.of_symbol.items()}
        self._asked_ns = -1

    def is_open(self, symbol: str, now_ns: int) -> bool | None:
        """Return whether a symbol's market is open at this moment of the wall clock; None: not known.

        Asked for many symbols at one moment each table is looked into once.
        """
        if now_ns != self._asked_ns:
            self._asked_ns, self._answers = now_ns, {}
        table = self._tables.get(symbol)
        if table is None:
            return None
        if id(table) not in self._answers:
            self._answers[id(table)] = table.is_open(now_ns)
        return self._answers[id(table)]

    def in_session(self, symbols: Iterable[str], now_ns: int) -> bool | None:
        """Return True if any symbol's market is open at this moment of the wall clock, False if all are closed.

        None: no symbol is known to be open and of at least one nothing is known, or there are none.
        """
        found = {id(table): table for table in map(self._tables.get, symbols)}
        if not found:
            return None
        answers = {None if table is None else table.is_open(now_ns) for table in found.values()}
        return True if True in answers else None if None in answers else False
