"""Clients of other people look up contracts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.talking import stock

if TYPE_CHECKING:
    from tests.clients.talking import TalkingClient

SPY, BRK_B = 756733, "BRK B"
HOURS = re.compile(r"(\d{8}:(CLOSED|\d{4}-\d{8}:\d{4}(,\d{8}:\d{4}-\d{8}:\d{4})*))(;|$)")


def details_of(talker: TalkingClient, req_id: int, contract: dict[str, Any]) -> list[dict[str, Any]]:
    """The details that a description brings."""
    talker.call("reqContractDetails", req_id, contract)
    talker.wait_for("contractDetailsEnd", reqId=req_id)
    return [told["contractDetails"] for told in talker.all("contractDetails", reqId=req_id)]


def test_details_tell_the_contract(talker: TalkingClient) -> None:
    """Contract id, exchanges, tick size and names come through as the catalogue has them."""
    (details,) = details_of(talker, 101, stock("SPY"))
    contract = details["contract"]
    assert {name: contract[name] for name in ("conId", "symbol", "secType", "exchange", "currency")} == {
        "conId": SPY,
        "symbol": "SPY",
        "secType": "STK",
        "exchange": "SMART",
        "currency": "USD",
    }
    assert contract["primaryExchange"] == "ARCA"
    assert (contract["localSymbol"], contract["tradingClass"]) == ("SPY", "SPY")
    assert (details["minTick"], details["longName"]) == (0.01, "SS SPDR S&P 500 ETF TRUST-US")
    assert (details["stockType"], details["timeZoneId"]) == ("ETF", "US/Eastern")
    assert details["validExchanges"].split(",")[0] == "SMART"
    assert len(details["validExchanges"].split(",")) == len(details["marketRuleIds"].split(","))


def test_liquid_hours_can_be_read(talker: TalkingClient) -> None:
    """Both kinds of hours are days in IB's form, ascending, and the liquid hours lie within the trading hours."""
    (details,) = details_of(talker, 101, stock("SPY"))
    for name in ("tradingHours", "liquidHours"):
        assert re.fullmatch(rf"({HOURS.pattern})+", details[name]), details[name]
        days = [day[:8] for day in details[name].split(";")]
        assert days == sorted(days)
        assert len(days) >= 5
    assert [day[:8] for day in details["tradingHours"].split(";")] == [
        day[:8] for day in details["liquidHours"].split(";")
    ]


def test_a_share_class_is_written_with_a_space(talker: TalkingClient) -> None:
    """`BRK B` is found, `BRK.B` is nobody (200)."""
    (details,) = details_of(talker, 101, stock(BRK_B))
    assert (details["contract"]["symbol"], details["contract"]["primaryExchange"]) == (BRK_B, "NYSE")
    talker.call("reqContractDetails", 102, stock("BRK.B"))
    talker.wait_for_code(200, reqId=102)
    assert not talker.all("contractDetailsEnd", reqId=102)


def test_a_symbol_nobody_has(talker: TalkingClient) -> None:
    """200 for details and for market data."""
    talker.call("reqContractDetails", 101, stock("NOSUCH"))
    talker.subscribe(102, stock("NOSUCH"))
    talker.wait_for_code(200, reqId=101)
    talker.wait_for_code(200, reqId=102)


@pytest.mark.parametrize(
    ("symbol", "exchanges", "primary"), [("SMH", {"NASDAQ", "LSEETF"}, "NASDAQ"), ("GDX", {"ARCA", "LSEETF"}, "ARCA")]
)
def test_an_ambiguous_symbol(talker: TalkingClient, symbol: str, exchanges: set[str], primary: str) -> None:
    """Details bring every listing, market data 200, and with the primary exchange all is well."""
    found = details_of(talker, 101, stock(symbol))
    assert {details["contract"]["primaryExchange"] for details in found} == exchanges
    talker.subscribe(102, stock(symbol))
    refused = talker.wait_for_code(200, reqId=102)
    assert "ambiguous" in refused["errorString"]
    assert len(details_of(talker, 103, stock(symbol, primaryExchange=primary))) == 1
    talker.subscribe(104, stock(symbol, primaryExchange=primary))
    talker.wait_for_ticks(104)
    assert not talker.all("tickPrice", reqId=102)


def test_a_contract_by_its_id(talker: TalkingClient) -> None:
    """Id and exchange are enough, for details and for market data; what is asked with an id wins over a symbol."""
    (details,) = details_of(talker, 101, {"Contract": {"conId": SPY, "exchange": "SMART"}})
    assert details["contract"]["symbol"] == "SPY"
    talker.subscribe(102, {"Contract": {"conId": SPY, "exchange": "SMART"}})
    talker.wait_for_ticks(102)


def test_a_search_for_symbols(talker: TalkingClient) -> None:
    """Matches by symbol and by name, with their exchanges."""
    talker.call("reqMatchingSymbols", 101, "BRK")
    told = talker.wait_for("symbolSamples", reqId=101)
    found = {
        one["contract"]["symbol"]: (one["contract"]["primaryExchange"], one["contract"]["secType"])
        for one in told["contractDescriptions"]
    }
    assert found == {BRK_B: ("NYSE", "STK"), "BRK A": ("NYSE", "STK")}
    by_symbol = {one["contract"]["symbol"]: one for one in told["contractDescriptions"]}
    assert by_symbol[BRK_B]["derivativeSecTypes"] == ["OPT"]
    talker.call("reqMatchingSymbols", 102, "apple")
    (apple,) = talker.wait_for("symbolSamples", reqId=102)["contractDescriptions"]
    assert apple["contract"]["symbol"] == "AAPL"
