"""What a book is worth, position by position, with what may be believed and what may not kept apart."""

from __future__ import annotations

import msgspec

from tickring.errors import UnpricedPositions
from tickring.positions import Position
from tickring.trade_guard.currency import FxLook
from tickring.trade_guard.price_look import GuardReason, PriceLook

__all__ = ["BookValue", "ValuedPosition"]

_NAMED = 5


class ValuedPosition(msgspec.Struct, frozen=True, kw_only=True):
    """One position, the price and the rate that were used, and what they make of it."""

    position: Position
    price: PriceLook | None
    """None: the position is flat and needs no price."""
    fx: FxLook | None
    """None: it is in the book's own currency, or has no value to convert."""
    value: float | None
    """quantity x price x multiplier in the position's currency; None: no price is known."""
    value_base: float | None
    """The same in the book's currency; None: no price or no rate is known."""
    unrealised_base: float | None
    """(value - quantity x average cost) in the book's currency, at the rate that the value was converted with."""
    is_vouched: bool
    """Whether price and rate were accepted; otherwise the numbers here are last known ones."""
    overflow: GuardReason | None = None
    """`not_finite`: the numbers multiply to more than a float holds."""

    @property
    def why(self) -> str:
        """What stands in the way, `stale: marked_stale` or `EUR.USD missing: unknown_symbol`; empty if vouched."""
        look = self.obstacle
        if look is None:
            return str(self.overflow or "")
        pair = "" if look is self.price else f"{look.symbol} "
        return f"{pair}{look.verdict}: {look.reason}"

    @property
    def obstacle(self) -> PriceLook | None:
        """The look that was not accepted: at the instrument, else at the currency pair; None if neither."""
        if self.price is not None and not self.price.is_accepted:
            return self.price
        if self.fx is not None and not self.fx.look.is_accepted:
            return self.fx.look
        return None


class BookValue(msgspec.Struct, frozen=True, kw_only=True):
    """A book as of one valuation. Money is in `base_currency`."""

    base_currency: str
    rows: tuple[ValuedPosition, ...]
    """In the order of the positions."""
    vouched_total: float
    """Sum over the vouched positions only; use `total` unless a partial sum is really wanted."""
    unvouched_total: float
    """Sum of the last known values of the others, as far as there are any: to look at, not to decide on."""
    vouched: int
    """Positions in `vouched_total`."""
    unvouched: int
    """Positions in `unvouched_total`."""
    unpriced: int
    """Positions in neither: no price or no rate is known at all."""
    positions_age_s: float | None = None
    """How old the table of positions was; None: the positions came without one."""

    @property
    def is_complete(self) -> bool:
        """Whether every position is vouched."""
        return self.vouched == len(self.rows)

    @property
    def refused(self) -> tuple[ValuedPosition, ...]:
        """The positions that are not vouched; `why` says what is in the way."""
        return tuple(row for row in self.rows if not row.is_vouched)

    @property
    def total(self) -> float:
        """The value of all positions.

        Raises:
            UnpricedPositions: some are not vouched; a sum without them would look like an answer.
        """
        refused = self.refused
        if refused:
            shown = ", ".join(f"{row.position.symbol} ({row.why})" for row in refused[:_NAMED])
            more = f" and {len(refused) - _NAMED} more" if len(refused) > _NAMED else ""
            verb = "position has" if len(refused) == 1 else "positions have"
            raise UnpricedPositions(f"{len(refused)} {verb} no acceptable price: {shown}{more}", refused)
        return self.vouched_total
