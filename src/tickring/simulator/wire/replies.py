"""What the gateway says, independent of the form it is sent in (wire/text_replies.py, wire/protobuf_replies.py).

Source of ids and fields: the TWS API client libraries and recorded traffic; docs/simulator.md lists them.
"""

import msgspec

from tickring.simulator.wire.requests import Contract

__all__ = [
    "AccountDownloadEnd",
    "AccountSummary",
    "AccountSummaryEnd",
    "AccountUpdateMulti",
    "AccountUpdateMultiEnd",
    "AccountUpdateTime",
    "AccountValue",
    "Bar",
    "CompletedOrdersEnd",
    "ContractDetails",
    "ContractDetailsEnd",
    "CurrentTime",
    "CurrentTimeInMillis",
    "ErrorReply",
    "ExecDetailsEnd",
    "HeadTimestamp",
    "HistoricalData",
    "HistoricalDataEnd",
    "HistoricalDataUpdate",
    "ManagedAccounts",
    "MarketDataType",
    "NextValidId",
    "OpenOrder",
    "OpenOrderEnd",
    "OrderStatus",
    "PortfolioValue",
    "Position",
    "PositionEnd",
    "Reply",
    "SymbolSample",
    "SymbolSamples",
    "TickGeneric",
    "TickPrice",
    "TickReqParams",
    "TickSize",
    "TickSnapshotEnd",
    "TickString",
]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all replies."""


# ---- session ----


class ManagedAccounts(Reply, frozen=True, kw_only=True):
    """15."""

    accounts: tuple[str, ...]


class NextValidId(Reply, frozen=True, kw_only=True):
    """9."""

    order_id: int


class ErrorReply(Reply, frozen=True, kw_only=True):
    """4: an error or a notice. `req_id` -1 belongs to no request; `time_ms` since 1970 is sent from version 194 on."""

    req_id: int
    code: int
    text: str
    time_ms: int = 0
    advanced_order_reject_json: str = ""


class CurrentTime(Reply, frozen=True, kw_only=True):
    """49: seconds since 1970."""

    time_s: int


class CurrentTimeInMillis(Reply, frozen=True, kw_only=True):
    """109."""

    time_ms: int


# ---- market data ----


class MarketDataType(Reply, frozen=True, kw_only=True):
    """58: what kind of data this request now gets."""

    req_id: int
    data_type: int


class TickReqParams(Reply, frozen=True, kw_only=True):
    """81."""

    req_id: int
    min_tick: float
    bbo_exchange: str = ""
    snapshot_permissions: int = 3


class TickPrice(Reply, frozen=True, kw_only=True):
    """1: `size` in the unit of the session's version; `attributes`: 1 canAutoExecute, 2 pastLimit, 4 preOpen."""

    req_id: int
    tick_type: int
    price: float
    size: float | None = None
    attributes: int = 0


class TickSize(Reply, frozen=True, kw_only=True):
    """2."""

    req_id: int
    tick_type: int
    size: float


class TickGeneric(Reply, frozen=True, kw_only=True):
    """45."""

    req_id: int
    tick_type: int
    value: float


class TickString(Reply, frozen=True, kw_only=True):
    """46."""

    req_id: int
    tick_type: int
    value: str


class TickSnapshotEnd(Reply, frozen=True, kw_only=True):
    """57."""

    req_id: int


# ---- contracts ----


class ContractDetails(Reply, frozen=True, kw_only=True):
    """10: one listing. Hours are IB's text, `yyyymmdd:hhmm-yyyymmdd:hhmm;yyyymmdd:CLOSED`."""

    req_id: int
    contract: Contract
    market_name: str
    min_tick: float
    long_name: str
    order_types: str
    valid_exchanges: str
    market_rule_ids: str
    industry: str = ""
    category: str = ""
    subcategory: str = ""
    time_zone_id: str = "US/Eastern"
    trading_hours: str = ""
    liquid_hours: str = ""
    stock_type: str = "COMMON"
    isin: str = ""
    price_magnifier: int = 1
    agg_group: int = 1
    min_size: float = 1.0
    size_increment: float = 1.0
    suggested_size_increment: float = 100.0


class ContractDetailsEnd(Reply, frozen=True, kw_only=True):
    """52."""

    req_id: int


class SymbolSample(msgspec.Struct, frozen=True, kw_only=True):
    """One line of SymbolSamples."""

    con_id: int
    symbol: str
    sec_type: str
    primary_exchange: str
    currency: str
    derivative_types: tuple[str, ...] = ()
    description: str = ""
    issuer_id: str = ""


class SymbolSamples(Reply, frozen=True, kw_only=True):
    """79."""

    req_id: int
    samples: tuple[SymbolSample, ...]


# ---- history ----


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One bar; `date` as the client asked for it (formatDate), `volume` in the unit of the session's version."""

    date: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    wap: float
    count: int


class HistoricalData(Reply, frozen=True, kw_only=True):
    """17, followed by 108 from version 196 on: all bars of a request."""

    req_id: int
    start: str
    end: str
    bars: tuple[Bar, ...]


class HistoricalDataEnd(Reply, frozen=True, kw_only=True):
    """108: sent with HistoricalData by the encoder, nobody else needs it."""

    req_id: int
    start: str
    end: str


class HistoricalDataUpdate(Reply, frozen=True, kw_only=True):
    """90: the running bar of a request with keepUpToDate."""

    req_id: int
    bar: Bar


class HeadTimestamp(Reply, frozen=True, kw_only=True):
    """88."""

    req_id: int
    text: str


# ---- account ----


class Position(Reply, frozen=True, kw_only=True):
    """61."""

    account: str
    contract: Contract
    position: float
    average_cost: float


class PositionEnd(Reply, frozen=True, kw_only=True):
    """62."""


class AccountValue(Reply, frozen=True, kw_only=True):
    """6."""

    key: str
    value: str
    currency: str
    account: str


class PortfolioValue(Reply, frozen=True, kw_only=True):
    """7."""

    contract: Contract
    position: float
    market_price: float
    market_value: float
    average_cost: float
    unrealized_pnl: float
    realized_pnl: float
    account: str


class AccountUpdateTime(Reply, frozen=True, kw_only=True):
    """8: `HH:MM`."""

    text: str


class AccountDownloadEnd(Reply, frozen=True, kw_only=True):
    """54."""

    account: str


class AccountSummary(Reply, frozen=True, kw_only=True):
    """63."""

    req_id: int
    account: str
    tag: str
    value: str
    currency: str


class AccountSummaryEnd(Reply, frozen=True, kw_only=True):
    """64."""

    req_id: int


class AccountUpdateMulti(Reply, frozen=True, kw_only=True):
    """73."""

    req_id: int
    account: str
    model: str
    key: str
    value: str
    currency: str


class AccountUpdateMultiEnd(Reply, frozen=True, kw_only=True):
    """74."""

    req_id: int


# ---- orders: empty books for now ----


class OpenOrder(Reply, frozen=True, kw_only=True):
    """5: a limit order that is good till cancelled."""

    order_id: int
    client_id: int
    perm_id: int
    """IB's number for it, the same in every session."""
    account: str
    contract: Contract
    action: str
    """BUY or SELL."""
    quantity: float
    """All of it, filled or not."""
    limit_price: float
    status: str


class OrderStatus(Reply, frozen=True, kw_only=True):
    """3."""

    order_id: int
    client_id: int
    perm_id: int
    status: str
    filled: float
    remaining: float


class OpenOrderEnd(Reply, frozen=True, kw_only=True):
    """53."""


class ExecDetailsEnd(Reply, frozen=True, kw_only=True):
    """55."""

    req_id: int


class CompletedOrdersEnd(Reply, frozen=True, kw_only=True):
    """102."""
