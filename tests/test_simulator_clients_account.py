"""Clients of other people ask the simulator for accounts, positions and orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.clients.environments import IBAPI_9

if TYPE_CHECKING:
    from tests.clients.talking import TalkingClient

ACCOUNT = "SIM1000001"
HOLDINGS = {"SPY": (200, 480.25), "AAPL": (100, 171.5), "TSLA": (-50, 265.0)}


def test_positions(talker: TalkingClient) -> None:
    """The holdings of the settings, then the end."""
    since = len(talker.heard)
    talker.call("reqPositions")
    talker.wait_for("positionEnd", since)
    told = talker.all("position", since)
    assert {one["contract"]["symbol"]: (one["position"], one["avgCost"]) for one in told} == HOLDINGS
    assert {one["account"] for one in told} == {ACCOUNT}
    calls = [one["call"] for one in talker.heard[since:] if one["call"].startswith("position")]
    assert calls == ["position"] * 3 + ["positionEnd"]


def test_account_updates(talker: TalkingClient) -> None:
    """Values, portfolio, time, end; the values fit together."""
    since = len(talker.heard)
    talker.call("reqAccountUpdates", True, ACCOUNT)
    talker.wait_for("accountDownloadEnd", since)
    values = {one["key"]: one["val"] for one in talker.all("updateAccountValue", since)}
    assert values["AccountCode"] == ACCOUNT
    portfolio = talker.all("updatePortfolio", since)
    held = {one["contract"]["symbol"]: one["position"] for one in portfolio}
    assert held == {symbol: quantity for symbol, (quantity, _) in HOLDINGS.items()}
    worth = sum(one["marketValue"] for one in portfolio)
    assert abs(float(values["NetLiquidation"]) - float(values["TotalCashValue"]) - worth) < 0.05
    for one in portfolio:
        quantity = one["position"]
        assert abs(one["marketValue"] - quantity * one["marketPrice"]) < 0.01
        assert abs(one["unrealizedPNL"] - quantity * (one["marketPrice"] - one["averageCost"])) < 0.01
    (at,) = talker.all("updateAccountTime", since)
    assert len(next(iter(at.values()))) == len("09:30")
    talker.call("reqAccountUpdates", False, ACCOUNT)


def test_an_account_nobody_has(talker: TalkingClient) -> None:
    """321, and no value."""
    since = len(talker.heard)
    talker.call("reqAccountUpdates", True, "DU0000000")
    talker.wait_for_code(321, since)
    talker.call("reqAccountUpdatesMulti", 101, "DU0000000", "", False)
    talker.wait_for_code(321, since, reqId=101)
    assert not talker.all("updateAccountValue", since)


def test_updates_of_several_accounts(talker: TalkingClient) -> None:
    """The values under the request's id, then its end."""
    talker.call("reqAccountUpdatesMulti", 101, ACCOUNT, "", False)
    talker.wait_for("accountUpdateMultiEnd", reqId=101)
    told = talker.all("accountUpdateMulti", reqId=101)
    keys = {one["key"]: one["value"] for one in told}
    assert float(keys["NetLiquidation"]) > 0
    assert {one["account"] for one in told} == {ACCOUNT}
    talker.call("cancelAccountUpdatesMulti", 101)


def test_a_summary(talker: TalkingClient) -> None:
    """The tags asked for that exist, then the end."""
    talker.call("reqAccountSummary", 101, "All", "NetLiquidation,TotalCashValue,NoSuchTag")
    talker.wait_for("accountSummaryEnd", reqId=101)
    told = {one["tag"]: (one["value"], one["currency"]) for one in talker.all("accountSummary", reqId=101)}
    assert told.keys() == {"NetLiquidation", "TotalCashValue"}
    assert told["TotalCashValue"] == ("250000.00", "USD")
    talker.call("cancelAccountSummary", 101)


def test_empty_books(talker: TalkingClient) -> None:
    """No executions, no open and no completed orders: nothing but the end of each."""
    for call, args, end in (
        ("reqExecutions", [101, {"ExecutionFilter": {}}], "execDetailsEnd"),
        ("reqOpenOrders", [], "openOrderEnd"),
        ("reqAllOpenOrders", [], "openOrderEnd"),
        ("reqCompletedOrders", [False], "completedOrdersEnd"),
    ):
        since = len(talker.heard)
        talker.call(call, *args)
        talker.wait_for(end, since)
    assert not [told for told in talker.heard if told["call"] in {"execDetails", "openOrder", "completedOrder"}]


def test_an_order_is_refused(talker: TalkingClient) -> None:
    """201 with the order's id; the session goes on. A cancel of it finds nothing (10147)."""
    order = {"action": "BUY", "totalQuantity": 1, "orderType": "LMT", "lmtPrice": 1.0}
    if talker.name == IBAPI_9:
        order |= {"eTradeOnly": False, "firmQuoteOnly": False}
    contract = {"Contract": {"symbol": "SPY", "secType": "STK", "exchange": "SMART", "currency": "USD"}}
    talker.call("placeOrder", 7, contract, {"Order": order})
    talker.wait_for_code(201, reqId=7)
    if talker.name == IBAPI_9:
        talker.call("cancelOrder", 7)
    else:
        talker.call("cancelOrder", 7, {"OrderCancel": {}} if talker.is_ibapi else "")
    talker.wait_for_code(10147, reqId=7)
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime")
