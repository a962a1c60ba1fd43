"""From a position's currency to the book's, by a pair's own quote: `EUR.USD`, in either direction.

An exchange rate is a price like any other, with side, verdict and age of its own, and a value is no better than
the worse of the two. A positive amount is sold, a negative one bought back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.trade_guard.price_look import GuardReason, PriceLook, Terms, look_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring._core import Quote
    from tickring.states import ApiMode

__all__ = ["FxLook", "look_at_rate", "pairs_of"]


class FxLook(msgspec.Struct, frozen=True, kw_only=True):
    """The rate that one value was converted with."""

    look: PriceLook
    """At the pair's quote."""
    is_inverse: bool
    """The pair is quoted the other way round (`USD.JPY` for yen into dollars), so the amount is divided by it."""

    @property
    def rate(self) -> float | None:
        """Units of the book's currency for one of the position's; None: not known."""
        price = self.look.price
        if price is None or price <= 0:
            return None
        return 1.0 / price if self.is_inverse else price

    def convert(self, amount: float) -> float | None:
        """Return the amount in the book's currency; None: no rate is known."""
        price = self.look.price
        if price is None or price <= 0:
            return None
        return amount / price if self.is_inverse else amount * price


def pairs_of(currency: str, base_currency: str) -> tuple[str, str]:
    """Return the two names under which the rate may be streamed, the direct one first."""
    return f"{currency}.{base_currency}", f"{base_currency}.{currency}"


def look_at_rate(
    quotes: Mapping[str, Quote], pairs: tuple[str, str], *, is_sold: bool, terms: Terms, mode: ApiMode | None
) -> FxLook:
    """Return the rate for an amount that is sold (or bought back): an accepted one, else one with a price, else none.

    Only the direct pair and its inverse are looked at; no rate is made of two others.
    """
    direct, inverse = pairs
    # Dividing by a price turns the side round: yen are sold where dollars are bought.
    looks = [
        FxLook(look=_checked(look_at(quotes[direct], is_sold=is_sold, terms=terms, mode=mode)), is_inverse=False),
        FxLook(look=_checked(look_at(quotes[inverse], is_sold=not is_sold, terms=terms, mode=mode)), is_inverse=True),
    ]
    return max(looks, key=lambda fx: (fx.look.is_accepted, fx.rate is not None))


def _checked(look: PriceLook) -> PriceLook:
    if look.price is None or look.price > 0:
        return look
    return msgspec.structs.replace(look, is_accepted=False, reason=GuardReason.NOT_POSITIVE)
