"""Clients of other people ask for more than they get: ids in use, lines, permissions, cancels, snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_10_51
from tests.clients.fixtures import NEWEST_SESSIONS
from tests.clients.talking import TalkingClient, new_client_id, stock
from tests.clients.tick_story import heard_ticks, tick_values, wait_until_all_is_heard
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess

each_client_once = pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)

BID, ASK, LAST, VOLUME = 1, 2, 4, 8
DELAYED = {*range(66, 77), 88, 90}


# ---- ids and limits ----


def test_a_cancel_ends_the_ticks_and_a_second_one_is_300(talker: TalkingClient) -> None:
    """There is no acknowledgement; the id is free again; a cancel of nothing is told."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 20)
    talker.call("cancelMktData", 101)
    talker.call("cancelMktData", 101)
    talker.wait_for_code(300, reqId=101)
    assert talker.codes(req_id=101) == [300]
    assert talker.quiet_for(0.3, "tickPrice", "tickSize", "tickString")
    since = len(talker.heard)
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 5, since)


def test_ticks_may_come_after_the_cancel(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """A slow gateway sends a tick or two of a request that was cancelled before."""
    simulator = start_simulator(always_open=True, pace=2, sample_s=0.01)
    with TalkingClient(IBAPI_10_51) as talker:
        talker.connect(simulator.port, new_client_id())
        talker.subscribe(101, stock("NVDA"))
        talker.wait_for_ticks(101, 20)
        talker.call("cancelMktData", 101)

        def sent_after_the_cancel() -> bool:
            lines = simulator.sent()
            cancelled = [line.mono_ns for line in lines if line.kind == "CancelMktData"]
            return bool(cancelled) and any(line.kind == "tick" and line.mono_ns > cancelled[0] for line in lines)

        wait_until(sent_after_the_cancel, "a tick is sent after the cancel was read")
        wait_until(lambda: talker.quiet_for(0.4, "tickPrice", "tickSize", "tickString"), "the ticks end")
        wait_until_all_is_heard(talker, simulator, 101)


@each_client_once
def test_a_request_id_that_is_in_use(talker: TalkingClient) -> None:
    """322, and the first request goes on."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 5)
    talker.subscribe(101, stock("AAPL"))
    talker.wait_for_code(322, reqId=101)
    since = len(talker.heard)
    talker.wait_for_ticks(101, 5, since)


@each_client_once
def test_one_line_too_many(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """101 for the newest request; a cancelled line can be used again."""
    gateway.do("lines", limit=2)
    for req_id, symbol in enumerate(("SPY", "AAPL", "MSFT"), 101):
        talker.subscribe(req_id, stock(symbol))
    talker.wait_for_code(101, reqId=103)
    talker.wait_for_ticks(101)
    talker.wait_for_ticks(102)
    assert not talker.all("tickPrice", reqId=103)
    talker.call("cancelMktData", 101)
    talker.subscribe(104, stock("MSFT"))
    talker.wait_for_ticks(104)


# ---- permissions ----


@each_client_once
def test_permissions_that_refuse(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """354, 10089, 10091, 10168, 10186, 10197 and 200 come with the request's id, and no tick does."""
    codes = (354, 10089, 10091, 10168, 10186, 10197, 200)
    for req_id, code in enumerate(codes, 101):
        gateway.do("permission", code=code, symbol="SPY")
        talker.subscribe(req_id, stock("SPY"))
        talker.wait_for_code(code, reqId=req_id)
    gateway.do("permission", code=None, symbol="SPY")
    talker.subscribe(110, stock("SPY"))
    talker.wait_for_ticks(110, 20)
    assert {told["args"]["reqId"] for told in talker.heard if told["call"].startswith("tickP")} == {110}
    assert talker.codes(req_id=110) == []


@each_client_once
def test_permissions_that_let_ticks_flow(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """10090 before live ticks; 10167 before delayed ones; with type 3 also 10089 and 10091 before delayed ones."""
    gateway.do("permission", code=10090, symbol="SPY")
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_code(10090, reqId=101)
    wait_until(lambda: tick_values(talker, 101, BID), "a bid")
    talker.call("reqMarketDataType", 3)
    for req_id, code in enumerate((10167, 10089, 10091), 102):
        gateway.do("permission", code=code, symbol="SPY")
        talker.subscribe(req_id, stock("SPY"))
        talker.wait_for_code(code, reqId=req_id)
        talker.wait_for("marketDataType", reqId=req_id, marketDataType=3)
        wait_until(lambda req_id=req_id: tick_values(talker, req_id, 66), "a delayed bid")  # type: ignore[misc]
        assert {number for number, _ in heard_ticks(talker, req_id)} <= DELAYED


@each_client_once
def test_a_listing_without_permission(talker: TalkingClient) -> None:
    """354 for what is not subscribed at all; 10168 where delayed data would be there but was not asked for."""
    talker.subscribe(101, stock("SPX1"))
    talker.subscribe(102, stock("OTCM"))
    talker.wait_for_code(354, reqId=101)
    talker.wait_for_code(10168, reqId=102)
    assert not talker.all("tickPrice")


# ---- snapshots ----


def test_a_snapshot_ends(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """The values of the moment, tickSnapshotEnd, nothing more; its line and id are free again."""
    talker.subscribe(101, stock("SPY"), snapshot=True)
    talker.wait_for("tickSnapshotEnd", reqId=101)
    assert {BID, ASK, LAST, VOLUME} <= {number for number, _ in heard_ticks(talker, 101)}
    assert gateway.do("status")["subscriptions"] == 0
    assert talker.quiet_for(0.2, "tickPrice", "tickSize")
    talker.call("cancelMktData", 101)
    talker.wait_for_code(300, reqId=101)


def test_a_snapshot_takes_no_generic_ticks(talker: TalkingClient) -> None:
    """321."""
    talker.subscribe(101, stock("SPY"), "233", snapshot=True)
    talker.wait_for_code(321, reqId=101)
    assert not talker.all("marketDataType")
