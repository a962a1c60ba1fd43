"""The documents of positions: what they are worth, and how much of that may be believed."""

from __future__ import annotations

import msgspec

from tickring.api.schemas import FeedLook
from tickring.verdict import Verdict

__all__ = ["PositionDocument", "PositionsDocument"]


class PositionDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One position at the price that closing it would meet. Null: no price or no rate is known."""

    account: str
    symbol: str
    quantity: float
    """Negative: short."""
    currency: str
    average_cost: float
    multiplier: float
    con_id: int
    seen_at: str
    side: str | None
    """`bid` or `ask`; null: flat, no price is needed."""
    price: float | None
    """The last known one where it is not accepted."""
    verdict: Verdict | None
    """Of the price; null: flat."""
    reason: str | None
    """Which rule gave the verdict, or why it is not enough."""
    age_s: float | None
    vouched_age_s: float | None
    fx_pair: str | None
    fx_rate: float | None
    fx_verdict: Verdict | None
    value: float | None
    """quantity x price x multiplier, in its own currency."""
    value_base: float | None
    unrealised_base: float | None
    is_vouched: bool
    """Price and rate were accepted; otherwise the values are last known ones."""
    why: str
    """What is in the way; empty: nothing."""


class PositionsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All positions, and their sum with what may be believed and what may not kept apart."""

    positions: tuple[PositionDocument, ...]
    base_currency: str
    total: float | None
    """Null: a position is not vouched, or the positions are too old."""
    vouched_total: float | None
    """Of the vouched positions only."""
    unvouched_total: float | None
    """Last known values of the others: to look at, not to decide on."""
    vouched: int
    unvouched: int
    unpriced: int
    written_at: str
    """When the positions were told."""
    positions_age_s: float | None
    positions_limit_s: float
    is_too_old: bool
    """Whoever tells the positions is dead or stuck."""
    feed: FeedLook
    at: str
