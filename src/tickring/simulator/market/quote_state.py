"""What is known of a listing at one moment, as a gateway would tell it."""

import msgspec

__all__ = ["QuoteState"]


class QuoteState(msgspec.Struct, frozen=True, gc=False):
    """Prices in the listing's currency, sizes and volume in shares; None is absent.

    The order of the fields is part of the speed: the market makes these by position.
    """

    bid: float | None
    ask: float | None
    last: float | None
    bid_size: int | None
    ask_size: int | None
    last_size: int | None
    volume: int | None
    """Of all trades since the day began at 04:00; it falls back to 0 there."""
    high: float | None
    """Of the regular hours, as are `low` and `open`; absent before their first trade."""
    low: float | None
    open: float | None
    close: float
    """The previous session's last price."""
    last_trade_s: int | None
    """Whole seconds since 1970."""
    halted: int
    """0 no, 1 halted (no quotes), 2 volatility pause (quotes stand still)."""
    bid_exchanges: str
    """One letter per exchange at the best bid, "" without a bid."""
    ask_exchanges: str
    last_exchange: str
