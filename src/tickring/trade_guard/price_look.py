"""One price out of one quote: the side that closing the position would meet, and whether it may be believed.

The side is the conservative one: what is held is sold at the bid, what is owed is bought at the ask. In a crossed
market (IB sends bid and ask one after the other, so they cross for a moment) it is the worse of the two.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring._core import Quote
    from tickring.states import ApiMode

__all__ = ["GuardReason", "PriceLook", "Side", "Terms", "look_at", "terms_of"]


class Side(StrEnum):
    """Which side of a quote a price is."""

    BID = "bid"
    ASK = "ask"


class GuardReason(StrEnum):
    """Why a value is refused although its quote is not, beside the reasons of verdicts."""

    NOT_FINITE = "not_finite"
    """The product is beyond what a float holds."""
    NOT_POSITIVE = "not_positive"
    """An exchange rate of zero or below."""


class PriceLook(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one look at one quote. `verdict` and ages are as of that look, ages in seconds, `inf` = never."""

    symbol: str
    side: Side
    price: float | None
    """Last known where it is not accepted; None: there is none at this side."""
    is_accepted: bool
    verdict: Verdict
    reason: Reason | GuardReason
    """The verdict's, or why an accepted verdict is not enough: `too_old`, `no_bid`, `no_ask`, `other_api_mode` ..."""
    age_s: float
    """Since the quote changed."""
    vouched_age_s: float
    """Since the feed proved itself for this symbol."""
    sequence: int
    is_halted: bool
    """The exchange has halted it: nobody sells at this price now."""


class Terms(NamedTuple):
    """What a price must be to be believed."""

    accept: frozenset[Verdict]
    max_age_s: float
    """Since the feed proved itself; `inf`: no limit beyond the segment's own."""


def terms_of(accept: Iterable[Verdict] | None, max_age_s: float | None) -> Terms:
    """Return checked terms; by default live and quiet, without a further limit.

    Raises:
        ValueError: a word that is no verdict, an age that is negative or NaN.
    """
    try:
        words = GOOD if accept is None else frozenset(Verdict(word) for word in accept)
    except ValueError as error:
        raise ValueError(f"accept names something else than verdicts: {error}") from None
    if max_age_s is not None and not max_age_s >= 0:
        raise ValueError(f"max_age_s is {max_age_s!r}, must be seconds >= 0")
    return Terms(words, math.inf if max_age_s is None else max_age_s)


def look_at(quote: Quote, *, is_sold: bool, terms: Terms, mode: ApiMode | None) -> PriceLook:
    """Return the price at which it can be sold (or else bought) now, and whether the terms accept it.

    `mode`: the kind of account the quote must come from; None: any that the reader was opened for.
    """
    side, price = _side_of(quote, is_sold=is_sold)
    reason: Reason | GuardReason = quote.reason
    is_accepted = False
    if quote.verdict in terms.accept:
        if quote.vouched_age_s > terms.max_age_s:
            reason = Reason.TOO_OLD
        elif price is None:
            reason = Reason.NO_BID if is_sold else Reason.NO_ASK
        elif mode is not None and quote.api_mode is not mode:
            reason = Reason.OTHER_API_MODE
        else:
            is_accepted = True
    return PriceLook(
        symbol=quote.symbol,
        side=side,
        price=price,
        is_accepted=is_accepted,
        verdict=quote.verdict,
        reason=reason,
        age_s=quote.age_s,
        vouched_age_s=quote.vouched_age_s,
        sequence=quote.sequence,
        is_halted=quote.is_halted,
    )


def _side_of(quote: Quote, *, is_sold: bool) -> tuple[Side, float | None]:
    bid, ask = quote.bid, quote.ask
    is_crossed = bid is not None and ask is not None and bid > ask
    return (Side.BID, bid) if is_sold is not is_crossed else (Side.ASK, ask)
