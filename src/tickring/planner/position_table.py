"""Positions of the database as the segment's table has them: under the symbol that is streamed for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.planner.moments import iso_from_datetime
from tickring.positions import Position

if TYPE_CHECKING:
    from tickring.db import Position as StoredPosition

__all__ = ["unnamed_symbol", "written_position"]


def unnamed_symbol(row: StoredPosition) -> str:
    """Return a name that nothing is streamed under, for a position whose contract has no symbol here.

    It stays in the table, so that a book with it is told as not wholly priced.
    """
    return f"{row.symbol.strip().upper()} ({row.con_id or row.currency})"


def written_position(row: StoredPosition, symbol: str) -> Position:
    """Return the row under this symbol. An average cost that nobody told is 0.

    Raises:
        InvalidPosition: it breaks a rule of the table.
    """
    return Position(
        account=row.account,
        symbol=symbol,
        quantity=float(row.quantity),
        currency=row.currency,
        average_cost=float(row.average_cost or 0),
        multiplier=float(row.multiplier),
        con_id=row.con_id or 0,
        seen_at=iso_from_datetime(row.seen_at),
    )
