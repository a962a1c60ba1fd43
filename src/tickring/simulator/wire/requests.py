"""What a client asks for, independent of the form it was sent in.

Fields a client left unset are "" (text), 0 (conId) or None (numbers). Source of ids and fields: the TWS API client
libraries (ibapi 9.81.1, 10.46.1, 10.51.1); docs/simulator.md lists them.
"""

import msgspec

__all__ = [
    "CancelHistoricalData",
    "CancelMktData",
    "CancelOrder",
    "Contract",
    "NamedRequest",
    "PlaceOrder",
    "ReqAccountSummary",
    "ReqAccountUpdates",
    "ReqAccountUpdatesMulti",
    "ReqContractDetails",
    "ReqExecutions",
    "ReqHeadTimestamp",
    "ReqHistoricalData",
    "ReqIds",
    "ReqMarketDataType",
    "ReqMatchingSymbols",
    "ReqMktData",
    "Request",
    "StartApi",
    "UnknownRequest",
]


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """How a client names an instrument."""

    con_id: int = 0
    symbol: str = ""
    sec_type: str = ""
    last_trade_date: str = ""
    strike: float = 0.0
    right: str = ""
    multiplier: str = ""
    exchange: str = ""
    primary_exchange: str = ""
    currency: str = ""
    local_symbol: str = ""
    trading_class: str = ""
    include_expired: bool = False
    sec_id_type: str = ""
    sec_id: str = ""
    issuer_id: str = ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all requests."""


class StartApi(Request, frozen=True, kw_only=True):
    """71: the first request of a session."""

    client_id: int
    capabilities: str = ""


class ReqMktData(Request, frozen=True, kw_only=True):
    """1: stream or snapshot of one instrument."""

    req_id: int
    contract: Contract
    generic_ticks: str = ""
    is_snapshot: bool = False
    is_regulatory_snapshot: bool = False


class CancelMktData(Request, frozen=True, kw_only=True):
    """2."""

    req_id: int


class ReqMarketDataType(Request, frozen=True, kw_only=True):
    """59: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""

    data_type: int


class ReqContractDetails(Request, frozen=True, kw_only=True):
    """9."""

    req_id: int
    contract: Contract


class ReqMatchingSymbols(Request, frozen=True, kw_only=True):
    """81."""

    req_id: int
    pattern: str


class ReqHistoricalData(Request, frozen=True, kw_only=True):
    """20: bars."""

    req_id: int
    contract: Contract
    end: str = ""
    bar_size: str = ""
    duration: str = ""
    use_rth: bool = True
    what_to_show: str = ""
    format_date: int = 1
    keep_up_to_date: bool = False


class CancelHistoricalData(Request, frozen=True, kw_only=True):
    """25."""

    req_id: int


class ReqHeadTimestamp(Request, frozen=True, kw_only=True):
    """87: how far back the bars of an instrument go."""

    req_id: int
    contract: Contract
    use_rth: bool = True
    what_to_show: str = ""
    format_date: int = 1


class ReqIds(Request, frozen=True, kw_only=True):
    """8: the next order id; the count is ignored, as by IB."""


class ReqAccountUpdates(Request, frozen=True, kw_only=True):
    """6: subscribe to, or leave, the account's values and portfolio."""

    subscribe: bool
    account: str = ""


class ReqAccountUpdatesMulti(Request, frozen=True, kw_only=True):
    """76."""

    req_id: int
    account: str = ""
    model: str = ""
    ledger_and_nlv: bool = False


class ReqAccountSummary(Request, frozen=True, kw_only=True):
    """62."""

    req_id: int
    group: str = ""
    tags: str = ""


class ReqExecutions(Request, frozen=True, kw_only=True):
    """7."""

    req_id: int


class PlaceOrder(Request, frozen=True, kw_only=True):
    """3: refused for now; only what a refusal needs is taken apart."""

    order_id: int


class CancelOrder(Request, frozen=True, kw_only=True):
    """4."""

    order_id: int


class NamedRequest(Request, frozen=True, kw_only=True):
    """A request that is its name and at most an id.

    Names: current_time, current_time_in_millis, managed_accounts, positions, cancel_positions, open_orders,
    all_open_orders, auto_open_orders, completed_orders, global_cancel, set_server_log_level,
    cancel_account_updates_multi, cancel_account_summary, cancel_head_timestamp, cancel_contract_data (from 215 on).
    """

    name: str
    req_id: int | None = None


class UnknownRequest(Request, frozen=True, kw_only=True):
    """A message id that the simulator does not serve; answered as a gateway answers what it cannot read."""

    message_id: int
    req_id: int | None = None
