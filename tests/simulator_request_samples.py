"""Calls of the clients' request methods, and the requests they must arrive as."""

from __future__ import annotations

from typing import Any

from tests.clients.environments import IB_ASYNC, IBAPI_9
from tickring.simulator.wire import requests
from tickring.simulator.wire.requests import Contract, NamedRequest, Request, UnknownRequest

Call = list[Any]

STOCK_ATTRIBUTES = {
    "conId": 265598,
    "symbol": "BRK B",
    "secType": "STK",
    "exchange": "SMART",
    "primaryExchange": "NYSE",
    "currency": "USD",
    "localSymbol": "BRK B",
    "tradingClass": "BRKB",
}
STOCK = Contract(
    con_id=265598,
    symbol="BRK B",
    sec_type="STK",
    exchange="SMART",
    primary_exchange="NYSE",
    currency="USD",
    local_symbol="BRK B",
    trading_class="BRKB",
)
OPTION_ATTRIBUTES = {
    "symbol": "SPY",
    "secType": "OPT",
    "lastTradeDateOrContractMonth": "20261218",
    "strike": 512.5,
    "right": "P",
    "multiplier": "100",
    "exchange": "CBOE",
    "currency": "EUR",
}
OPTION = Contract(
    symbol="SPY",
    sec_type="OPT",
    last_trade_date="20261218",
    strike=512.5,
    right="P",
    multiplier="100",
    exchange="CBOE",
    currency="EUR",
)
LEGS = [
    {"ComboLeg": {"conId": 1, "ratio": 2, "action": "BUY", "exchange": "SMART"}},
    {"ComboLeg": {"conId": 3, "ratio": 4, "action": "SELL", "exchange": "CBOE"}},
]
NEUTRAL = {"DeltaNeutralContract": {"conId": 9, "delta": 0.5, "price": 101.25}}
OPTIONS = [{"TagValue": {"tag": "a", "value": "b"}}]


def _requests(client: str, version: int) -> list[tuple[Call, Request]]:
    stock = {"Contract": STOCK_ATTRIBUTES}
    option = {"Contract": OPTION_ATTRIBUTES}
    options = OPTIONS if client == IB_ASYNC or version >= 206 else []  # ibapi sends none of them as text
    combination = {"Contract": {"symbol": "A,B", "secType": "BAG", "comboLegs": LEGS, "deltaNeutralContract": NEUTRAL}}
    bag = Contract(symbol="A,B", sec_type="BAG")
    described: dict[str, Any] = {"includeExpired": True, "secIdType": "ISIN", "secId": "US0846707026"}
    descriptions = {"include_expired": True, "sec_id_type": "ISIN", "sec_id": "US0846707026"}
    issuer = "e7" if version >= 176 and client != IBAPI_9 else ""
    if issuer:
        described["issuerId"] = issuer
    details = {"Contract": STOCK_ATTRIBUTES | described}
    stock_details = Contract(**{name: getattr(STOCK, name) for name in STOCK.__struct_fields__} | descriptions)
    stock_details = Contract(
        **{name: getattr(stock_details, name) for name in STOCK.__struct_fields__ if name != "issuer_id"},
        issuer_id=issuer,
    )
    expired_option = Contract(
        **{name: getattr(OPTION, name) for name in OPTION.__struct_fields__ if name != "include_expired"},
        include_expired=True,
    )
    expired = {"Contract": OPTION_ATTRIBUTES | {"includeExpired": True}}
    return [
        (["startApi"], requests.StartApi(client_id=77, capabilities="options")),
        (
            ["reqMktData", 5, stock, "233,236", False, False, []],
            requests.ReqMktData(req_id=5, contract=STOCK, generic_ticks="233,236"),
        ),
        (
            ["reqMktData", 6, option, "", True, False, options],
            requests.ReqMktData(req_id=6, contract=OPTION, is_snapshot=True),
        ),
        (
            ["reqMktData", 7, combination, "165", False, True, options],
            requests.ReqMktData(req_id=7, contract=bag, generic_ticks="165", is_regulatory_snapshot=True),
        ),
        (["cancelMktData", 5], requests.CancelMktData(req_id=5)),
        (["reqMarketDataType", 4], requests.ReqMarketDataType(data_type=4)),
        (["reqContractDetails", 8, details], requests.ReqContractDetails(req_id=8, contract=stock_details)),
        (["reqMatchingSymbols", 9, "BRK"], requests.ReqMatchingSymbols(req_id=9, pattern="BRK")),
        (
            ["reqHistoricalData", 10, expired, "20260105 16:00:00 UTC", "1 D", "1 min", "TRADES", 1, 2, False, OPTIONS],
            requests.ReqHistoricalData(
                req_id=10,
                contract=expired_option,
                end="20260105 16:00:00 UTC",
                bar_size="1 min",
                duration="1 D",
                use_rth=True,
                what_to_show="TRADES",
                format_date=2,
            ),
        ),
        (
            ["reqHistoricalData", 11, combination, "", "2 W", "1 day", "BID_ASK", 0, 1, True, []],
            requests.ReqHistoricalData(
                req_id=11,
                contract=bag,
                bar_size="1 day",
                duration="2 W",
                use_rth=False,
                what_to_show="BID_ASK",
                format_date=1,
                keep_up_to_date=True,
            ),
        ),
        (["cancelHistoricalData", 10], requests.CancelHistoricalData(req_id=10)),
        (
            ["reqHeadTimeStamp", 12, expired, "BID", 0, 2],
            requests.ReqHeadTimestamp(
                req_id=12, contract=expired_option, use_rth=False, what_to_show="BID", format_date=2
            ),
        ),
        (["reqIds", 3], requests.ReqIds()),
        (["reqAccountUpdates", True, "SIM1"], requests.ReqAccountUpdates(subscribe=True, account="SIM1")),
        (["reqAccountUpdates", False, ""], requests.ReqAccountUpdates(subscribe=False)),
        (
            ["reqAccountUpdatesMulti", 13, "SIM1", "M", True],
            requests.ReqAccountUpdatesMulti(req_id=13, account="SIM1", model="M", ledger_and_nlv=True),
        ),
        (
            ["reqAccountSummary", 14, "All", "NetLiquidation,BuyingPower"],
            requests.ReqAccountSummary(req_id=14, group="All", tags="NetLiquidation,BuyingPower"),
        ),
        (["reqExecutions", 15, {"ExecutionFilter": {"symbol": "SPY"}}], requests.ReqExecutions(req_id=15)),
        (
            ["placeOrder", 16, stock, {"Order": {"action": "BUY", "totalQuantity": 10, "orderType": "MKT"}}],
            requests.PlaceOrder(order_id=16),
        ),
    ]


def _named() -> list[tuple[Call, Request]]:
    return [
        (["reqCurrentTime"], NamedRequest(name="current_time")),
        (["reqManagedAccts"], NamedRequest(name="managed_accounts")),
        (["reqPositions"], NamedRequest(name="positions")),
        (["cancelPositions"], NamedRequest(name="cancel_positions")),
        (["reqOpenOrders"], NamedRequest(name="open_orders")),
        (["reqAllOpenOrders"], NamedRequest(name="all_open_orders")),
        (["reqAutoOpenOrders", True], NamedRequest(name="auto_open_orders")),
        (["reqCompletedOrders", True], NamedRequest(name="completed_orders")),
        (["setServerLogLevel", 5], NamedRequest(name="set_server_log_level")),
        (["cancelAccountUpdatesMulti", 17], NamedRequest(name="cancel_account_updates_multi", req_id=17)),
        (["cancelAccountSummary", 18], NamedRequest(name="cancel_account_summary", req_id=18)),
        (["cancelHeadTimeStamp", 19], NamedRequest(name="cancel_head_timestamp", req_id=19)),
    ]


def _unserved() -> list[tuple[Call, Request]]:
    stock = {"Contract": STOCK_ATTRIBUTES}
    return [
        (["reqMktDepth", 20, stock, 5, False, []], UnknownRequest(message_id=10, req_id=20)),
        (["cancelMktDepth", 20, False], UnknownRequest(message_id=11, req_id=20)),
        (["reqRealTimeBars", 21, stock, 5, "TRADES", True, []], UnknownRequest(message_id=50, req_id=21)),
        (["cancelRealTimeBars", 21], UnknownRequest(message_id=51, req_id=21)),
        (["reqPnL", 22, "SIM1", ""], UnknownRequest(message_id=92, req_id=22)),
        (["cancelPnL", 22], UnknownRequest(message_id=93, req_id=22)),
        (["reqPositionsMulti", 23, "SIM1", ""], UnknownRequest(message_id=74, req_id=23)),
        (["cancelPositionsMulti", 23], UnknownRequest(message_id=75, req_id=23)),
        (["reqSecDefOptParams", 24, "SPY", "", "STK", 756733], UnknownRequest(message_id=78, req_id=24)),
        (["reqSoftDollarTiers", 25], UnknownRequest(message_id=79, req_id=25)),
        (["reqSmartComponents", 26, "a6"], UnknownRequest(message_id=83, req_id=26)),
        (["reqHistogramData", 27, stock, True, "3 days"], UnknownRequest(message_id=88, req_id=27)),
        (["reqTickByTickData", 28, stock, "Last", 0, True], UnknownRequest(message_id=97, req_id=28)),
        (["cancelTickByTickData", 28], UnknownRequest(message_id=98, req_id=28)),
        (["reqFamilyCodes"], UnknownRequest(message_id=80)),
        (["reqMarketRule", 26], UnknownRequest(message_id=91)),
        (["reqNewsProviders"], UnknownRequest(message_id=85)),
        (["reqScannerParameters"], UnknownRequest(message_id=24)),
        (["reqMktDepthExchanges"], UnknownRequest(message_id=82)),
    ]


def calls_at(client: str, version: int) -> list[tuple[Call, Request]]:
    """What a client can ask at a version, with the arguments its release wants."""
    cancelling: list[Any] = []
    if client == IB_ASYNC:
        cancelling = [""]
    elif client != IBAPI_9:
        cancelling = [{"OrderCancel": {}}]
    calls = _requests(client, version) + _named() + _unserved()
    calls.append((["cancelOrder", 16, *cancelling], requests.CancelOrder(order_id=16)))
    is_ibapi_10 = client not in {IBAPI_9, IB_ASYNC}
    calls.append((["reqGlobalCancel", *(cancelling if is_ibapi_10 else [])], NamedRequest(name="global_cancel")))
    if is_ibapi_10 and version >= 197:
        calls.append((["reqCurrentTimeInMillis"], NamedRequest(name="current_time_in_millis")))
    if is_ibapi_10 and version >= 215:
        calls.append((["cancelContractData", 8], NamedRequest(name="cancel_contract_data", req_id=8)))
        calls.append((["cancelHistoricalTicks", 29], UnknownRequest(message_id=107, req_id=29)))
    return calls
