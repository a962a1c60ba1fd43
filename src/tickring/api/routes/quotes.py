"""Quotes, straight from shared memory: no database and no other process on the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from tickring.api.answers import answers, document_response
from tickring.api.context import context_of
from tickring.api.feed_look import feed_look
from tickring.api.quote_document import iso_ms, quote_document
from tickring.api.schemas import HistoryDocument, HistoryTick, QuoteDocument, QuotesDocument
from tickring.iso_time import iso_now
from tickring.verdict import Verdict

if TYPE_CHECKING:
    from tickring.reader import Quote

__all__ = ["router"]

router = APIRouter(prefix="/api/quotes", tags=["quotes"])

_PAGE = 10_000
_AT_ONCE = 250


@router.get("", responses=answers(QuotesDocument, 422, 503))
async def quotes(
    request: Request,
    symbols: Annotated[str, Query(description="Comma-separated; left out: all.", max_length=4096)] = "",
    verdict: Annotated[Verdict | None, Query(description="Only quotes that read this.")] = None,
    limit: Annotated[int, Query(ge=1, le=_PAGE)] = _PAGE,
    offset: Annotated[int, Query(ge=0, le=1 << 20)] = 0,
) -> Response:
    """The newest quote of every symbol, or of those that are named, sorted or as named; unknown ones read `missing`."""
    reader = context_of(request).segment.reader()
    wanted = [name.strip() for name in symbols.split(",") if name.strip()] or sorted(reader.symbols())
    found: list[QuoteDocument] = []
    for begin in range(0, len(wanted), _AT_ONCE):
        if begin:
            await asyncio.sleep(0)  # others get their turn
        looks = (reader[symbol] for symbol in wanted[begin : begin + _AT_ONCE])
        found += [quote_document(look) for look in looks if verdict is None or look.verdict is verdict]
    return document_response(
        QuotesDocument(
            quotes=tuple(found[offset : offset + limit]),
            total=len(found),
            epoch=reader.header()["supervisor"]["epoch"],
            feed=feed_look(reader),
            at=iso_now(),
        )
    )


@router.get("/{symbol}", responses=answers(QuoteDocument, 422, 503))
async def quote(request: Request, symbol: str) -> Response:
    """The newest quote of one symbol; an unknown one reads `missing`."""
    return document_response(quote_document(context_of(request).segment.reader()[symbol]))


@router.get("/{symbol}/history", responses=answers(HistoryDocument, 422, 503))
async def history(request: Request, symbol: str, n: Annotated[int, Query(ge=1, le=65_536)] = 64) -> Response:
    """The last records of one symbol, newest first: as many as the segment keeps (`segment.depth` less two)."""
    ticks = context_of(request).segment.reader().history(symbol, n)
    return document_response(HistoryDocument(symbol=symbol, ticks=tuple(_tick(one) for one in ticks)))


def _tick(quote: Quote) -> HistoryTick:
    return HistoryTick(
        ts=iso_ms(quote.ts_recv_ns),
        bid=quote.bid,
        ask=quote.ask,
        last=quote.last,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        last_size=quote.last_size,
        volume=quote.volume,
        sequence=quote.sequence,
        source=quote.source,
        verdict=quote.verdict,
        state=quote.state,
        market_data_type=quote.data_type,
        is_state_only=quote.is_state_only,
    )
