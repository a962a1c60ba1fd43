"""One look at one symbol, as the service saw it and as this client may believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.states import ApiMode, DataType, QuoteState, Source
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RemoteQuote", "accepted_modes", "admitted", "doubted", "unknown"]


class RemoteQuote(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable; the verdict is that of the moment it was read. Prices are in the instrument's currency; absent: None.

    The fields are those of the service's quote (docs/api.md); times are ISO 8601 in UTC, ages in seconds, None: never.
    """

    symbol: str
    verdict: Verdict
    reason: Reason
    bid: float | None = None
    ask: float | None = None
    last: float | None = None
    mid: float | None = None
    spread: float | None = None
    bid_size: float | None = None
    ask_size: float | None = None
    last_size: float | None = None
    volume: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    close: float | None = None
    ts: str | None = None
    """When the feeder received the newest price."""
    last_trade_at: str | None = None
    source: Source = Source.NONE
    market_data_type: DataType = DataType.UNKNOWN
    api_mode: ApiMode = ApiMode.UNKNOWN
    state: QuoteState = QuoteState.EMPTY
    age_s: float | None = None
    """Since the quote changed; of a held quote it grows here."""
    vouched_age_s: float | None = None
    """Since the feed proved itself for this symbol, as the service said last."""
    is_halted: bool = False
    sequence: int = 0

    @property
    def is_good(self) -> bool:
        """Whether it may be traded on: `live` or `quiet`."""
        return self.verdict in GOOD


def accepted_modes(api_mode: ApiMode | str | Iterable[ApiMode | str]) -> frozenset[ApiMode]:
    """Return the kinds of account meant by a word, several, or `any`.

    Raises:
        ValueError: not a kind, or none.
    """
    words = (api_mode,) if isinstance(api_mode, str) else tuple(api_mode)
    if words == ("any",):
        return frozenset({ApiMode.LIVE, ApiMode.PAPER, ApiMode.MOCK})
    known = {str(mode): mode for mode in ApiMode if mode is not ApiMode.UNKNOWN}
    if not words or not set(map(str, words)) <= set(known):
        raise ValueError(f"api_mode is {api_mode!r}, must be 'live', 'paper', 'mock', several of them, or 'any'")
    return frozenset(known[str(word)] for word in words)


def admitted(quote: RemoteQuote, modes: frozenset[ApiMode]) -> RemoteQuote:
    """Return the quote; without its prices if they are of another kind of account than this client may show."""
    if quote.api_mode in modes or quote.verdict is Verdict.MISSING:
        return quote
    return RemoteQuote(
        symbol=quote.symbol, verdict=Verdict.MISSING, reason=Reason.OTHER_API_MODE, api_mode=quote.api_mode
    )


def doubted(quote: RemoteQuote) -> RemoteQuote:
    """Return the quote as it reads while nobody knows whether the service still says the same."""
    if quote.verdict is Verdict.MISSING:
        return quote
    return msgspec.structs.replace(quote, verdict=Verdict.FEED_DOWN, reason=Reason.CONNECTION)


def unknown(symbol: str) -> RemoteQuote:
    """Return what a symbol reads of which nothing was heard."""
    return RemoteQuote(symbol=symbol, verdict=Verdict.MISSING, reason=Reason.NO_PRICE)
