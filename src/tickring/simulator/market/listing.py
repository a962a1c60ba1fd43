"""One tradable listing, as contract details tell of it."""

from typing import Literal

import msgspec

__all__ = ["Listing", "Temper"]


class Temper(msgspec.Struct, frozen=True, kw_only=True):
    """How a listing's market behaves."""

    price: float
    """Level around which it moves, in its currency."""
    volatility: float = 0.25
    """Standard deviation of a year's logarithmic returns."""
    spread_ticks: int = 1
    """Typical spread in minimum ticks."""
    shares_a_day: float = 5e6
    activity: float = 1.0
    """Chance that a sample of the market (250 ms) changes something; thin names are below 0.01."""
    lot: int = 100


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument on its primary exchange. `farm` is the data farm whose outage silences it."""

    con_id: int
    symbol: str
    primary_exchange: str
    temper: Temper
    currency: str = "USD"
    local_symbol: str = ""
    trading_class: str = ""
    long_name: str = ""
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    stock_type: str = "COMMON"
    isin: str = ""
    min_tick: float = 0.01
    exchanges: tuple[str, ...] = ("SMART", "NYSE", "ARCA", "NASDAQ", "BATS", "IEX")
    market_rule_ids: str = "26,26,26,26,26,26"
    permission: Literal["live", "delayed", "none"] = "live"
    farm: str = "usfarm"
