"""What `tickring positions` found: the valuation, the table it is of, and whether either may be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.errors import UnpricedPositions
from tickring.feed_fault import feed_fault
from tickring.reader import ApiMode, Verdict
from tickring.trade_guard import BookValue, value_positions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.positions import PositionsTable
    from tickring.reader import QuoteReader

__all__ = ["PositionsReport", "RefusedPosition", "report_positions"]


class RefusedPosition(msgspec.Struct, frozen=True):
    """A position that is not vouched, and what is in the way."""

    account: str
    symbol: str
    why: str


class PositionsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `tickring positions --json` prints."""

    path: str
    """Of the segment."""
    api_mode: ApiMode
    """What the operator configured."""
    gateway_api_mode: ApiMode
    """What the gateway's accounts say."""
    feed_fault: str | None
    """Why the feed as a whole is not good."""
    written_at: str
    """When the positions were told, ISO 8601 in UTC."""
    positions_age_s: float
    positions_limit_s: float
    is_too_old: bool
    """Whether the positions are older than the limit: their writer is dead or stuck."""
    total: float | None
    """None: a position is not vouched, or the positions are too old."""
    refused: list[RefusedPosition]
    book: BookValue

    @property
    def is_good(self) -> bool:
        """Whether every position is vouched and the positions themselves are of now."""
        return self.total is not None


def report_positions(
    reader: QuoteReader,
    table: PositionsTable,
    *,
    accounts: Iterable[str],
    base_currency: str,
    accept: Iterable[Verdict],
    max_age_s: float | None,
    positions_limit_s: float,
) -> PositionsReport:
    """Value the positions (of these accounts; none named: of all)."""
    wanted = frozenset(accounts)
    rows = [row for row in table.positions if not wanted or row.account in wanted]
    book = value_positions(reader, rows, base_currency=base_currency, accept=accept, max_age_s=max_age_s)
    header = reader.header()
    fault = feed_fault(header)
    age_s = table.age_s()
    is_too_old = not age_s <= positions_limit_s
    return PositionsReport(
        path=reader.path,
        api_mode=header["supervisor"]["api_mode"],
        gateway_api_mode=header["feeder"]["api_mode"],
        feed_fault=None if fault is None else fault[1],
        written_at=table.written_at,
        positions_age_s=age_s,
        positions_limit_s=positions_limit_s,
        is_too_old=is_too_old,
        total=None if is_too_old else _total(book),
        refused=[RefusedPosition(row.position.account, row.position.symbol, row.why) for row in book.refused],
        book=book,
    )


def _total(book: BookValue) -> float | None:
    try:
        return book.total
    except UnpricedPositions:
        return None
