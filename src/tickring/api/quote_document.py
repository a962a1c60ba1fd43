"""From the reader's quote to the document that goes out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tickring.api.schemas import QuoteDocument
from tickring.iso_time import iso_or_none

if TYPE_CHECKING:
    from tickring.reader import Quote

__all__ = ["finite_or_none", "iso_ms", "quote_document"]


def quote_document(quote: Quote) -> QuoteDocument:
    """Return the document of one look."""
    last_trade_s = quote.last_trade_s
    return QuoteDocument(
        symbol=quote.symbol,
        bid=quote.bid,
        ask=quote.ask,
        last=quote.last,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        last_size=quote.last_size,
        volume=quote.volume,
        open=quote.open,
        high=quote.high,
        low=quote.low,
        close=quote.close,
        mid=quote.mid,
        spread=quote.spread,
        ts=iso_ms(quote.ts_recv_ns),
        last_trade_at=None if last_trade_s is None else iso_ms(last_trade_s * 1_000_000_000),
        source=quote.source,
        verdict=quote.verdict,
        reason=quote.reason,
        market_data_type=quote.data_type,
        api_mode=quote.api_mode,
        state=quote.state,
        age_s=finite_or_none(quote.age_s),
        vouched_age_s=finite_or_none(quote.vouched_age_s),
        is_halted=quote.is_halted,
        sequence=quote.sequence,
    )


def iso_ms(ns: int) -> str | None:
    """Return `2026-03-04T05:06:07.080Z` for nanoseconds since 1970; None for 0 and what is no time."""
    text = iso_or_none(ns) if ns > 0 else None
    return None if text is None else f"{text[:-4]}Z"


def finite_or_none(value: float) -> float | None:
    """Return the number; None for an infinite one, which JSON has no word for."""
    return value if math.isfinite(value) else None
