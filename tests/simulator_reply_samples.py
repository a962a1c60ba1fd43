"""Replies of every kind, every field with a value of its own, and what each client must make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.clients.environments import IB_ASYNC, IBAPI_9
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import Contract

if TYPE_CHECKING:
    from collections.abc import Callable

Calls = list[list[Any]]

OPTION = Contract(
    con_id=265598,
    symbol="AAPL",
    sec_type="OPT",
    last_trade_date="20260619",
    strike=512.5,
    right="C",
    multiplier="100",
    exchange="SMART",
    primary_exchange="NASDAQ",
    currency="USD",
    local_symbol="AAPL  260619C",
    trading_class="NMS",
)
"""No stock, so that no field of a contract is empty."""

NAME = "Société Générale \\ Ω 🎉 & Co"
TEXT = "No security définition · \\u0041 €"
REFUSAL = '{"reason":"größer"}'
TIME_MS = 1_777_777_777_123


@dataclass(frozen=True)
class Session:
    """A client at a server version."""

    client: str
    version: int

    @property
    def is_ibapi_9(self) -> bool:
        """The oldest: integers for sizes, its own names for some attributes."""
        return self.client == IBAPI_9

    @property
    def is_ib_async(self) -> bool:
        """Not an ibapi: one callback for price and size, texts as they were sent."""
        return self.client == IB_ASYNC

    def named(self, ibapi_10: str, others: str) -> str:
        """An attribute that ibapi 10 calls differently."""
        return others if self.is_ibapi_9 or self.is_ib_async else ibapi_10


def contract_attributes(contract: Contract, *but: str) -> dict[str, Any]:
    """The contract under the names of the clients."""
    attributes = {
        "conId": contract.con_id,
        "symbol": contract.symbol,
        "secType": contract.sec_type,
        "lastTradeDateOrContractMonth": contract.last_trade_date,
        "strike": contract.strike,
        "right": contract.right,
        "multiplier": contract.multiplier,
        "exchange": contract.exchange,
        "primaryExchange": contract.primary_exchange,
        "currency": contract.currency,
        "localSymbol": contract.local_symbol,
        "tradingClass": contract.trading_class,
    }
    return {name: value for name, value in attributes.items() if name not in but}


def _price_calls(tick: replies.TickPrice) -> Callable[[Session], Calls]:
    sizes = {1: 0, 2: 3, 4: 5, 66: 69, 67: 70, 68: 71}

    def calls(session: Session) -> Calls:
        absent: Any = "unset" if session.version >= 206 else 0
        size = absent if tick.size is None else tick.size
        if session.is_ib_async:
            return [["priceSizeTick", tick.req_id, tick.tick_type, tick.price, size]]
        attributes = {
            "canAutoExecute": bool(tick.attributes & 1),
            "pastLimit": bool(tick.attributes & 2),
            "preOpen": bool(tick.attributes & 4),
        }
        price = ["tickPrice", tick.req_id, tick.tick_type, tick.price, attributes]
        if tick.tick_type not in sizes:
            return [price]
        return [price, ["tickSize", tick.req_id, sizes[tick.tick_type], size]]

    return calls


def _error_calls(session: Session) -> Calls:
    if session.is_ib_async:
        escaped = "No security d\\u00e9finition \\u00b7 \\u005cu0041 \\u20ac"
        return [["error", 7, 200, escaped, '{"reason":"gr\\u00f6\\u00dfer"}' if session.version >= 166 else ""]]
    if session.is_ibapi_9:
        return [["error", 7, 200, TEXT]]
    time_ms = TIME_MS if session.version >= 194 else 0
    return [["error", 7, time_ms, 200, TEXT, REFUSAL if session.version >= 166 else ""]]


DETAILS = replies.ContractDetails(
    req_id=11,
    contract=OPTION,
    market_name="NMSX",
    min_tick=0.0001,
    long_name=NAME,
    order_types="ACTIVETIM,AD,ADJUST",
    valid_exchanges="SMART,AMEX,NYSE",
    market_rule_ids="26,27,28",
    industry="Technology",
    category="Computers",
    subcategory="Computers, Hardware",
    time_zone_id="America/New_York",
    trading_hours="20260105:0400-20260105:2000;20260106:CLOSED",
    liquid_hours="20260105:0930-20260105:1600;20260106:CLOSED",
    stock_type="ADR",
    isin="US0378331005",
    price_magnifier=3,
    agg_group=2,
    min_size=0.25,
    size_increment=0.125,
    suggested_size_increment=150.0,
)


def _details_calls(session: Session) -> Calls:
    version = session.version
    details: dict[str, Any] = {
        "contract": contract_attributes(OPTION),
        "marketName": "NMSX",
        "minTick": 0.0001,
        "longName": NAME,
        "orderTypes": "ACTIVETIM,AD,ADJUST",
        "validExchanges": "SMART,AMEX,NYSE",
        "marketRuleIds": "26,27,28",
        "industry": "Technology",
        "category": "Computers",
        "subcategory": "Computers, Hardware",
        "timeZoneId": "America/New_York",
        "tradingHours": DETAILS.trading_hours,
        "liquidHours": DETAILS.liquid_hours,
        "stockType": "ADR",
        "secIdList": [{"tag": "ISIN", "value": "US0378331005"}],
        "priceMagnifier": 3,
        "aggGroup": 2,
        "underConId": 0,
        "evMultiplier": 0,
        "contractMonth": "",
        "evRule": "",
        "underSymbol": "",
        "underSecType": "",
        "realExpirationDate": "",
    }
    if session.is_ibapi_9:
        details["mdSizeMultiplier"] = 100
    if session.is_ib_async and version == 163:
        details["suggestedSizeIncrement"] = 0.125
    if version >= 164:
        details |= {"minSize": 0.25, "sizeIncrement": 0.125, "suggestedSizeIncrement": 150}
    if version >= 182:
        details["contract"]["lastTradeDate"] = "20260619"
    if version >= 186:
        details["ineligibilityReasonList"] = None
    return [["contractDetails", 11, details]]


SAMPLES = replies.SymbolSamples(
    req_id=12,
    samples=(
        replies.SymbolSample(
            con_id=5,
            symbol="BRK B",
            sec_type="STK",
            primary_exchange="NYSE",
            currency="USD",
            derivative_types=("OPT", "WAR"),
            description="Berkshire",
            issuer_id="e123",
        ),
        replies.SymbolSample(con_id=6, symbol="X", sec_type="IND", primary_exchange="CBOE", currency="CAD"),
    ),
)


def _samples_calls(session: Session) -> Calls:
    described = []
    for sample in SAMPLES.samples:
        contract: dict[str, Any] = {
            "conId": sample.con_id,
            "symbol": sample.symbol,
            "secType": sample.sec_type,
            "primaryExchange": sample.primary_exchange,
            "currency": sample.currency,
        }
        if session.version >= 176:
            contract |= {"description": sample.description, "issuerId": sample.issuer_id}
        described.append({"contract": contract, "derivativeSecTypes": list(sample.derivative_types)})
    return [["symbolSamples", 12, described]]


BARS = (
    replies.Bar(date="20260105", open=1.5, high=4.25, low=0.0005, close=2.0, volume=123456789, wap=2.125, count=77),
    replies.Bar(date="1767628800", open=11.0, high=14.0, low=10.0, close=12.0, volume=0, wap=12345678.5, count=0),
)


def _bar(session: Session, bar: replies.Bar) -> dict[str, Any]:
    return {
        "date": bar.date,
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
        session.named("wap", "average"): bar.wap,
        "barCount": bar.count,
    }


def _history_calls(session: Session) -> Calls:
    bars: Calls = [["historicalData", 13, _bar(session, bar)] for bar in BARS]
    return [*bars, ["historicalDataEnd", 13, "20260104  10:00:00", "20260105  10:00:00"]]


def _update_calls(session: Session) -> Calls:
    return [["historicalDataUpdate", 14, _bar(session, BARS[0])]]


POSITION = replies.Position(account="SIM1", contract=OPTION, position=-250, average_cost=1234.5678)
PORTFOLIO = replies.PortfolioValue(
    contract=OPTION,
    position=300,
    market_price=1.25,
    market_value=2.5e7,
    average_cost=3.75,
    unrealized_pnl=-4.5,
    realized_pnl=5.625,
    account="SIM1",
)


def _position_calls(_session: Session) -> Calls:
    return [["position", "SIM1", contract_attributes(OPTION, "primaryExchange"), -250, 1234.5678]]


def _portfolio_calls(_session: Session) -> Calls:
    contract = contract_attributes(OPTION, "exchange")
    return [["updatePortfolio", contract, 300, 1.25, 2.5e7, 3.75, -4.5, 5.625, "SIM1"]]


OPEN_ORDER = replies.OpenOrder(
    order_id=12,
    client_id=3,
    perm_id=1_234_567_890,
    account="SIM1",
    contract=OPTION,
    action="SELL",
    quantity=250.0,
    limit_price=12.25,
    status="Submitted",
)
ORDER_STATUS = replies.OrderStatus(
    order_id=12, client_id=3, perm_id=1_234_567_890, status="Submitted", filled=50.0, remaining=200.0
)


def _open_order_calls(_session: Session) -> Calls:
    order = {
        "orderId": 12,
        "clientId": 3,
        "permId": 1_234_567_890,
        "account": "SIM1",
        "action": "SELL",
        "totalQuantity": 250,
        "orderType": "LMT",
        "lmtPrice": 12.25,
        "tif": "GTC",
    }
    contract = contract_attributes(OPTION, "primaryExchange")
    return [["openOrder", 12, contract, order, {"status": "Submitted"}]]


def _order_status_calls(_session: Session) -> Calls:
    return [["orderStatus", 12, "Submitted", 50, 200, 0, 1_234_567_890, 0, 0, 3, "", 0]]


def _always(*call: Any) -> Callable[[Session], Calls]:
    return lambda _session: [list(call)]


PRICES = [
    replies.TickPrice(req_id=9001, tick_type=1, price=202.5, size=300, attributes=1),
    replies.TickPrice(req_id=9002, tick_type=2, price=0.0001, size=1, attributes=3),
    replies.TickPrice(req_id=2**31 - 2, tick_type=4, price=712345.67, size=12345678, attributes=0),
    replies.TickPrice(req_id=1, tick_type=9, price=12345678.25),
    replies.TickPrice(req_id=2, tick_type=66, price=-1.0, size=0, attributes=7),
    replies.TickPrice(req_id=3, tick_type=67, price=1.0, size=2.0, attributes=4),
    replies.TickPrice(req_id=4, tick_type=68, price=100.0, size=None),
    replies.TickPrice(req_id=5, tick_type=14, price=99.99, attributes=2),
]

CASES: list[tuple[replies.Reply, Callable[[Session], Calls]]] = [
    *[(tick, _price_calls(tick)) for tick in PRICES],
    (replies.TickSize(req_id=21, tick_type=8, size=323886), _always("tickSize", 21, 8, 323886)),
    (replies.TickSize(req_id=22, tick_type=0, size=0), _always("tickSize", 22, 0, 0)),
    (replies.TickGeneric(req_id=23, tick_type=49, value=0.0), _always("tickGeneric", 23, 49, 0)),
    (replies.TickGeneric(req_id=24, tick_type=46, value=-2.5), _always("tickGeneric", 24, 46, -2.5)),
    (replies.TickString(req_id=25, tick_type=45, value="1767628800"), _always("tickString", 25, 45, "1767628800")),
    (replies.TickString(req_id=26, tick_type=32, value=""), _always("tickString", 26, 32, "")),
    (replies.TickSnapshotEnd(req_id=27), _always("tickSnapshotEnd", 27)),
    (replies.MarketDataType(req_id=28, data_type=3), _always("marketDataType", 28, 3)),
    (
        replies.TickReqParams(req_id=29, min_tick=0.01, bbo_exchange="9c0001", snapshot_permissions=2),
        _always("tickReqParams", 29, 0.01, "9c0001", 2),
    ),
    (replies.ManagedAccounts(accounts=("SIM1", "SIM22")), _always("managedAccounts", "SIM1,SIM22")),
    (replies.NextValidId(order_id=345), _always("nextValidId", 345)),
    (
        replies.ErrorReply(req_id=7, code=200, text=TEXT, time_ms=TIME_MS, advanced_order_reject_json=REFUSAL),
        _error_calls,
    ),
    (replies.CurrentTime(time_s=1767628801), _always("currentTime", 1767628801)),
    (DETAILS, _details_calls),
    (replies.ContractDetailsEnd(req_id=31), _always("contractDetailsEnd", 31)),
    (SAMPLES, _samples_calls),
    (
        replies.HistoricalData(req_id=13, start="20260104  10:00:00", end="20260105  10:00:00", bars=BARS),
        _history_calls,
    ),
    (
        replies.HistoricalData(req_id=15, start="a", end="b", bars=()),
        _always("historicalDataEnd", 15, "a", "b"),
    ),
    (replies.HistoricalDataUpdate(req_id=14, bar=BARS[0]), _update_calls),
    (replies.HeadTimestamp(req_id=32, text="19801212-14:30:00"), _always("headTimestamp", 32, "19801212-14:30:00")),
    (POSITION, _position_calls),
    (replies.PositionEnd(), _always("positionEnd")),
    (
        replies.AccountValue(key="NetLiquidation", value="1000.25", currency="USD", account="SIM1"),
        _always("updateAccountValue", "NetLiquidation", "1000.25", "USD", "SIM1"),
    ),
    (PORTFOLIO, _portfolio_calls),
    (replies.AccountUpdateTime(text="16:05"), _always("updateAccountTime", "16:05")),
    (replies.AccountDownloadEnd(account="SIM1"), _always("accountDownloadEnd", "SIM1")),
    (
        replies.AccountSummary(req_id=33, account="SIM1", tag="BuyingPower", value="4000", currency="EUR"),
        _always("accountSummary", 33, "SIM1", "BuyingPower", "4000", "EUR"),
    ),
    (replies.AccountSummaryEnd(req_id=34), _always("accountSummaryEnd", 34)),
    (
        replies.AccountUpdateMulti(req_id=35, account="SIM1", model="M", key="Cash", value="12", currency="CHF"),
        _always("accountUpdateMulti", 35, "SIM1", "M", "Cash", "12", "CHF"),
    ),
    (replies.AccountUpdateMultiEnd(req_id=36), _always("accountUpdateMultiEnd", 36)),
    (OPEN_ORDER, _open_order_calls),
    (ORDER_STATUS, _order_status_calls),
    (replies.OpenOrderEnd(), _always("openOrderEnd")),
    (replies.ExecDetailsEnd(req_id=37), _always("execDetailsEnd", 37)),
    (replies.CompletedOrdersEnd(), _always("completedOrdersEnd")),
]
"""Each reply and what a client calls for it."""

LATER_CASES: dict[int, list[tuple[replies.Reply, Callable[[Session], Calls]]]] = {
    163: [(replies.TickSize(req_id=41, tick_type=8, size=0.5), _always("tickSize", 41, 8, 0.5))],
    197: [(replies.CurrentTimeInMillis(time_ms=TIME_MS), _always("currentTimeInMillis", TIME_MS))],
}
"""What clients understand from a version on."""


def cases_at(version: int) -> list[tuple[replies.Reply, Callable[[Session], Calls]]]:
    """All that a session of this version may say."""
    return CASES + [case for since, cases in LATER_CASES.items() if since <= version for case in cases]
