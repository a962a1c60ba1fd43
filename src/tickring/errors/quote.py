"""Why `require` and a batch refuse a quote: one class per verdict, so that a caller can decide by type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.errors.base import TickringError
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring._core import Quote

__all__ = [
    "QuoteClosed",
    "QuoteContended",
    "QuoteDelayed",
    "QuoteFallback",
    "QuoteFeedDown",
    "QuoteLive",
    "QuoteMissing",
    "QuoteNotAccepted",
    "QuotePast",
    "QuoteQuiet",
    "QuoteRejected",
    "QuoteStale",
    "QuoteTooOld",
    "QuoteUnchangedTooLong",
    "UnpricedPositions",
    "rejection_by_age",
    "rejection_by_change",
    "rejection_by_verdict",
]

_WORDS = {
    Reason.NOT_VOUCHED: "the feed has not proved itself for this symbol within the limit",
    Reason.DATA_TYPE: "its market data type is not proof of a current price",
    Reason.SOURCE: "its source is not a stream this mode accepts",
    Reason.MARKED_STALE: "the feeder marked it stale",
    Reason.NOT_CONFIRMED: "the subscription is not confirmed by a tick yet",
    Reason.NO_PERMISSION: "the account has no market data permission for it",
    Reason.COMPETING_SESSION: "another session of the same user took the data",
    Reason.UNRESOLVED: "the contract is not resolved",
    Reason.CONNECTION: "the feeder is not connected to its gateway",
    Reason.OLD_EPOCH: "it was written by an earlier life of the feeder",
    Reason.HEARTBEAT: "the feeder's heartbeat is older than the limit",
    Reason.FEEDER_STATE: "the feeder is not running",
    Reason.NO_FEEDER: "no feeder has taken the current epoch",
    Reason.SUPERVISOR_STATE: "the supervisor is not running",
    Reason.SUPERSEDED: "a newer segment has replaced this one",
    Reason.NO_PRICE: "no bid, ask or last is known",
    Reason.OTHER_API_MODE: "the prices are of an account kind this reader was not opened for",
    Reason.RETIRED: "the symbol is no longer streamed",
    Reason.UNKNOWN_SYMBOL: "the symbol is not streamed",
    Reason.OVERTAKEN: "the writer overtook every attempt to copy it; read again",
}


class QuoteRejected(TickringError):
    """`require` found no quote that the caller accepts. `quote` is what was found; it holds verdict, reason and age."""

    def __init__(self, message: str, quote: Quote) -> None:
        super().__init__(message)
        self.quote = quote
        self.symbol: str = quote.symbol
        self.verdict: Verdict = quote.verdict
        self.reason: Reason = quote.reason


class QuoteNotAccepted(QuoteRejected):
    """The verdict is not among the accepted ones."""


class QuoteQuiet(QuoteNotAccepted):
    """Verdict `quiet` where only `live` was accepted."""


class QuoteLive(QuoteNotAccepted):
    """Verdict `live` where the caller asked for something else."""


class QuoteClosed(QuoteNotAccepted):
    """Verdict `closed`."""


class QuoteDelayed(QuoteNotAccepted):
    """Verdict `delayed`."""


class QuoteFallback(QuoteNotAccepted):
    """Verdict `fallback`."""


class QuoteStale(QuoteNotAccepted):
    """Verdict `stale`."""


class QuoteFeedDown(QuoteNotAccepted):
    """Verdict `feed_down`."""


class QuotePast(QuoteNotAccepted):
    """Verdict `past`."""


class QuoteMissing(QuoteNotAccepted):
    """Verdict `missing`."""


class QuoteContended(QuoteNotAccepted):
    """Verdict `contended`."""


class QuoteTooOld(QuoteRejected):
    """The feed last proved itself for this symbol longer ago than `max_age_s`."""

    def __init__(self, message: str, quote: Quote, max_age_s: float) -> None:
        super().__init__(message, quote)
        self.max_age_s = max_age_s


class QuoteUnchangedTooLong(QuoteRejected):
    """The quote last changed longer ago than `max_unchanged_s`."""

    def __init__(self, message: str, quote: Quote, max_unchanged_s: float) -> None:
        super().__init__(message, quote)
        self.max_unchanged_s = max_unchanged_s


class UnpricedPositions(TickringError):
    """A book has positions without an acceptable price. `unpriced` lists them."""

    def __init__(self, message: str, unpriced: tuple[object, ...]) -> None:
        super().__init__(message)
        self.unpriced = unpriced


_BY_VERDICT: dict[Verdict, type[QuoteNotAccepted]] = {
    Verdict.LIVE: QuoteLive,
    Verdict.QUIET: QuoteQuiet,
    Verdict.CLOSED: QuoteClosed,
    Verdict.DELAYED: QuoteDelayed,
    Verdict.FALLBACK: QuoteFallback,
    Verdict.STALE: QuoteStale,
    Verdict.FEED_DOWN: QuoteFeedDown,
    Verdict.PAST: QuotePast,
    Verdict.MISSING: QuoteMissing,
    Verdict.CONTENDED: QuoteContended,
}


def rejection_by_verdict(quote: Quote, accepted: Iterable[Verdict]) -> QuoteNotAccepted:
    """Return (not raise) the error for a verdict outside `accepted`. Called by the native core."""
    wanted = ", ".join(verdict for verdict in Verdict if verdict in set(accepted))
    why = _WORDS.get(quote.reason, quote.reason)
    message = f"{quote.symbol} is {quote.verdict}: {why}; accepted: {wanted or 'nothing'}"
    return _BY_VERDICT[quote.verdict](message, quote)


def rejection_by_age(quote: Quote, max_age_s: float) -> QuoteTooOld:
    """Return the error for a proof older than `max_age_s`. Called by the native core."""
    message = (
        f"{quote.symbol} is {quote.verdict} but was last vouched for {quote.vouched_age_s:.3f} s ago, "
        f"limit {max_age_s:g} s"
    )
    return QuoteTooOld(message, quote, max_age_s)


def rejection_by_change(quote: Quote, max_unchanged_s: float) -> QuoteUnchangedTooLong:
    """Return the error for values unchanged for longer than `max_unchanged_s`. Called by the native core."""
    message = (
        f"{quote.symbol} is {quote.verdict} but has not changed for {quote.age_s:.3f} s, limit {max_unchanged_s:g} s"
    )
    return QuoteUnchangedTooLong(message, quote, max_unchanged_s)
