"""Value the accounts' positions from the quotes in shared memory; what cannot be priced is refused by name.

Fails closed: without an accepted verdict there is no vouched value, and without every value vouched there is no total.
Numbers are floats: each value is quantity x price x multiplier, then times the rate or divided by it, each step rounded
once to 53 bits; totals are `math.fsum`, so they are the exact sum of these values rounded once, in whatever order the
positions stand. That is some fifteen digits: enough for limits, not for a ledger.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tickring.account_kind import mode_of_account
from tickring.positions import Position, PositionsTable
from tickring.trade_guard.book_value import BookValue, ValuedPosition
from tickring.trade_guard.currency import FxLook, look_at_rate, pairs_of
from tickring.trade_guard.price_look import GuardReason, PriceLook, Terms, look_at, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring._core import Quote
    from tickring.reader import QuoteReader
    from tickring.states import ApiMode
    from tickring.verdict import Verdict

__all__ = ["PositionBook", "value_positions"]


class PositionBook:
    """Positions bound to a reader once, to be valued again and again; one thread at a time."""

    def __init__(
        self,
        reader: QuoteReader,
        positions: Iterable[Position] | PositionsTable,
        *,
        base_currency: str = "USD",
        allow_other_kind: bool = False,
    ) -> None:
        """Bind the symbols and the currency pairs that they need.

        `allow_other_kind`: price the positions of a live account also by quotes of a paper gateway and the other way
        round; without it they are refused as `other_api_mode`. The kind of an account is told from its name.

        Raises:
            ValueError: `base_currency` is not three capital letters.
        """
        if not (len(base_currency) == 3 and base_currency.isascii() and base_currency.isupper()):
            raise ValueError(f"base_currency is {base_currency!r}, must be three capital letters")
        self.base_currency = base_currency
        self._table = positions if isinstance(positions, PositionsTable) else None
        self.positions = tuple(positions.positions if isinstance(positions, PositionsTable) else positions)
        self._modes: dict[str, ApiMode | None] = {
            row.account: None if allow_other_kind else mode_of_account(row.account) for row in self.positions
        }
        self._pairs = {
            row.currency: pairs_of(row.currency, base_currency)
            for row in self.positions
            if row.currency != base_currency
        }
        wanted = [row.symbol for row in self.positions] + [name for pair in self._pairs.values() for name in pair]
        self._symbols = list(dict.fromkeys(wanted))
        self._batch = reader.batch(self._symbols)

    def value(
        self,
        *,
        accept: Iterable[Verdict] | None = None,
        max_age_s: float | None = None,
        fx_accept: Iterable[Verdict] | None = None,
        fx_max_age_s: float | None = None,
    ) -> BookValue:
        """Return what the positions are worth by the quotes of this moment; see `value_positions`."""
        accept = None if accept is None else tuple(accept)
        terms = terms_of(accept, max_age_s)
        fx_terms = terms_of(
            accept if fx_accept is None else fx_accept, max_age_s if fx_max_age_s is None else fx_max_age_s
        )
        quotes = dict(zip(self._symbols, self._batch.read(), strict=True))
        rows = tuple(self._value_one(row, quotes, terms, fx_terms) for row in self.positions)
        vouched = [row.value_base for row in rows if row.is_vouched and row.value_base is not None]
        others = [row.value_base for row in rows if not row.is_vouched and row.value_base is not None]
        return BookValue(
            base_currency=self.base_currency,
            rows=rows,
            vouched_total=_sum(vouched),
            unvouched_total=_sum(others),
            vouched=len(vouched),
            unvouched=len(others),
            unpriced=len(rows) - len(vouched) - len(others),
            positions_age_s=None if self._table is None else self._table.age_s(),
        )

    def _value_one(self, row: Position, quotes: dict[str, Quote], terms: Terms, fx_terms: Terms) -> ValuedPosition:
        if row.quantity == 0:
            return _valued(row, None, None, 0.0, 0.0, 0.0)
        mode = self._modes[row.account]
        look = look_at(quotes[row.symbol], is_sold=row.quantity > 0, terms=terms, mode=mode)
        if look.price is None:
            return _valued(row, look, None, None, None, None)
        value = row.quantity * look.price * row.multiplier
        gain = value - row.quantity * row.average_cost
        if row.currency == self.base_currency:
            return _valued(row, look, None, value, value, gain)
        pairs = self._pairs[row.currency]
        fx = look_at_rate(quotes, pairs, is_sold=value > 0, terms=fx_terms, mode=mode)
        return _valued(row, look, fx, value, fx.convert(value), fx.convert(gain))


def value_positions(
    reader: QuoteReader,
    positions: Iterable[Position] | PositionsTable,
    *,
    base_currency: str = "USD",
    accept: Iterable[Verdict] | None = None,
    max_age_s: float | None = None,
    fx_accept: Iterable[Verdict] | None = None,
    fx_max_age_s: float | None = None,
    allow_other_kind: bool = False,
) -> BookValue:
    """Return what the positions are worth now, long at the bid and short at the ask, in `base_currency`.

    `accept`: verdicts that a price may have, by default live and quiet. `max_age_s` limits the time since the feed
    proved itself for the symbol. `fx_accept` and `fx_max_age_s` say the same of currency pairs and follow the others
    where they are not given. A position of 0 is worth 0 and needs no price. `allow_other_kind`: see `PositionBook`,
    which does the same and binds the symbols only once.

    A bad price is no exception here: the row says so and `BookValue.total` raises.

    Raises:
        ValueError: a word that is no verdict, an age that is none, a currency that is none.
    """
    book = PositionBook(reader, positions, base_currency=base_currency, allow_other_kind=allow_other_kind)
    return book.value(accept=accept, max_age_s=max_age_s, fx_accept=fx_accept, fx_max_age_s=fx_max_age_s)


def _valued(
    row: Position,
    price: PriceLook | None,
    fx: FxLook | None,
    value: float | None,
    value_base: float | None,
    unrealised_base: float | None,
) -> ValuedPosition:
    overflow = None
    if not all(number is None or math.isfinite(number) for number in (value, value_base, unrealised_base)):
        overflow = GuardReason.NOT_FINITE
        value = value_base = unrealised_base = None
    is_accepted = (price is None or price.is_accepted) and (fx is None or fx.look.is_accepted)
    return ValuedPosition(
        position=row,
        price=price,
        fx=fx,
        value=value,
        value_base=value_base,
        unrealised_base=unrealised_base,
        is_vouched=is_accepted and value_base is not None,
        overflow=overflow,
    )


def _sum(values: list[float]) -> float:
    try:
        return math.fsum(values)
    except OverflowError:
        # finite values whose sum is not: infinite, with the sign of the plain sum, rather than no answer
        return math.copysign(math.inf, sum(value / len(values) for value in values))
