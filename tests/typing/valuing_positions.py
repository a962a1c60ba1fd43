"""What the types of positions, books and session tables are; checked, never run."""

from __future__ import annotations

from typing import assert_type

from tickring.errors import UnpricedPositions
from tickring.positions import Position, PositionsTable, write_positions
from tickring.reader import GOOD, QuoteReader
from tickring.session_table import OpenSpan, SessionTable, SessionTables
from tickring.trade_guard import BookValue, FxLook, PositionBook, PriceLook, Side, ValuedPosition, value_positions
from tickring.verdict import Verdict


def valuing(reader: QuoteReader) -> float:
    """A book comes from a table or from any positions, and its total may raise."""
    table = PositionsTable.read("sample", max_age_s=5)
    assert_type(table, PositionsTable)
    assert_type(table.age_s(), float)
    book = value_positions(reader, table, base_currency="EUR", accept=GOOD | {Verdict.CLOSED}, max_age_s=2)
    assert_type(book, BookValue)
    assert_type(PositionBook(reader, table.positions).value(fx_max_age_s=60), BookValue)
    value_positions(reader, ["SPY"])  # type: ignore[list-item]
    value_positions(reader, table, accept=["live"])  # type: ignore[list-item]
    value_positions(reader, table, "EUR")  # type: ignore[call-arg]
    try:
        return book.total
    except UnpricedPositions as error:
        assert_type(error.unpriced, tuple[object, ...])
        raise


def the_rows(book: BookValue) -> None:
    """Everything that may be missing says so in its type."""
    for row in book.refused:
        assert_type(row, ValuedPosition)
        assert_type(row.position, Position)
        assert_type(row.why, str)
        assert_type(row.price, PriceLook | None)
        assert_type(row.fx, FxLook | None)
        assert_type(row.value_base, float | None)
        row.is_vouched = True  # type: ignore[misc]
        if row.price is not None:
            assert_type(row.price.side, Side)
            assert_type(row.price.price, float | None)
    assert_type(book.positions_age_s, float | None)


def writing(rows: list[Position]) -> None:
    """A position is complete or it is not made."""
    assert_type(write_positions("sample", iter(rows)), PositionsTable)
    Position(account="SIM1", symbol="SPY", quantity=1.0, currency="USD")  # type: ignore[call-arg]
    Position("SIM1", "SPY", 1.0, "USD", 10.0)  # type: ignore[call-arg]


def sessions(tables: SessionTables) -> None:
    """Open is yes, no or not known."""
    table = tables.of("SPY")
    assert_type(table, SessionTable | None)
    if table is not None:
        assert_type(table.is_open(0), bool | None)
        assert_type(table.next_change(0), int | None)
        assert_type(table.span_at(0), OpenSpan | None)
        assert_type(table.reason(0), str)
