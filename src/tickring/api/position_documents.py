"""From the trade guard's valuation to the document that goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.api.book_schemas import PositionDocument, PositionsDocument
from tickring.api.feed_look import feed_look
from tickring.api.quote_document import finite_or_none
from tickring.iso_time import iso_now
from tickring.trade_guard import value_positions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.positions import PositionsTable
    from tickring.reader import QuoteReader
    from tickring.trade_guard import ValuedPosition
    from tickring.verdict import Verdict

__all__ = ["positions_document"]


def positions_document(
    reader: QuoteReader,
    table: PositionsTable,
    *,
    accounts: frozenset[str],
    base_currency: str,
    accept: Iterable[Verdict],
    limit_s: float,
) -> PositionsDocument:
    """Value the positions of these accounts; none named: of all. `limit_s`: older positions have no total."""
    rows = [row for row in table.positions if not accounts or row.account in accounts]
    book = value_positions(reader, rows, base_currency=base_currency, accept=accept)
    age_s = table.age_s()
    is_too_old = not age_s <= limit_s
    vouched_total = finite_or_none(book.vouched_total)
    return PositionsDocument(
        positions=tuple(_document(row) for row in book.rows),
        base_currency=base_currency,
        total=vouched_total if book.is_complete and not is_too_old else None,
        vouched_total=vouched_total,
        unvouched_total=finite_or_none(book.unvouched_total),
        vouched=book.vouched,
        unvouched=book.unvouched,
        unpriced=book.unpriced,
        written_at=table.written_at,
        positions_age_s=finite_or_none(age_s),
        positions_limit_s=limit_s,
        is_too_old=is_too_old,
        feed=feed_look(reader),
        at=iso_now(),
    )


def _document(row: ValuedPosition) -> PositionDocument:
    position, look, fx = row.position, row.price, row.fx
    return PositionDocument(
        account=position.account,
        symbol=position.symbol,
        quantity=position.quantity,
        currency=position.currency,
        average_cost=position.average_cost,
        multiplier=position.multiplier,
        con_id=position.con_id,
        seen_at=position.seen_at,
        side=None if look is None else str(look.side),
        price=None if look is None else look.price,
        verdict=None if look is None else look.verdict,
        reason=None if look is None else str(look.reason),
        age_s=None if look is None else finite_or_none(look.age_s),
        vouched_age_s=None if look is None else finite_or_none(look.vouched_age_s),
        fx_pair=None if fx is None else fx.look.symbol,
        fx_rate=None if fx is None else fx.rate,
        fx_verdict=None if fx is None else fx.look.verdict,
        value=row.value,
        value_base=row.value_base,
        unrealised_base=row.unrealised_base,
        is_vouched=row.is_vouched,
        why=row.why,
    )
