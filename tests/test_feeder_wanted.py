"""What is wanted of the feeder: contracts as configured, symbols that come and go, sessions that begin anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_51
from tests.feeder_rig import FeederRig, tenth
from tests.loop_thread import LoopThread
from tests.scripted_gateway import ScriptedGateway, contract_details
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.feeder import exits
from tickring.simulator.running import SimulatorProcess
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import ReqContractDetails, ReqMktData, StartApi
from tickring.states import ApiMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickring.simulator.wire.replies import Reply
    from tickring.simulator.wire.requests import Request

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A well gateway that nobody disturbs."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, lines=1000, generated=100) as running:
        yield running


def test_contracts_as_configured(simulator: SimulatorProcess, segment_name: str) -> None:
    """Ambiguous and unknown names are told with candidates; what is told apart streams, and so do all others."""
    symbols = ("SPY", "GDX", "GDX.L", "RY.TO", "SHOP2", "NOSUCH", "OTCM", "SPX1")
    contracts = {
        "GDX.L": {"symbol": "GDX", "primary_exchange": "LSEETF"},
        "RY.TO": {"symbol": "RY", "currency": "CAD"},
    }
    with FeederRig(IBAPI_9, segment_name, simulator.port, symbols, contracts=contracts) as rig:
        rig.start()
        rig.wait_live("SPY", "GDX.L", "RY.TO")
        words = rig.wait_words(lambda words: len(words.unresolved) == 5, "five are told", timeout_s=8)
        assert "GDX" in words.unresolved["GDX"]
        assert "LSEETF USD (con_id " in words.unresolved["GDX"]
        assert "primary_exchange or con_id" in words.unresolved["GDX"]
        assert "knows no 'NOSUCH'" in words.unresolved["NOSUCH"] or "200" in words.unresolved["NOSUCH"]
        assert "10168" in words.unresolved["OTCM"]
        assert "354" in words.unresolved["SPX1"]
        assert (words.desired, words.confirmed) == (8, 3)
        assert rig.said("GDX") == "missing/no_price"
        # The candidates' con_id, copied from the status, resolves it.
        con_id = int(words.unresolved["GDX"].split("con_id ")[1].split(")")[0])
        rig.add(GDX1=ContractConfig(symbol="GDX", con_id=con_id))
        rig.wait_live("GDX1")


def test_symbols_come_and_go_by_message(simulator: SimulatorProcess, segment_name: str) -> None:
    """What is nonsense is noted, what is there already stays as it is, and a closed pipe ends nothing."""
    with FeederRig(IBAPI_10_51, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        rig.add(QQQ=ContractConfig(), SPY=ContractConfig())
        rig.wait_live("QQQ", "SPY")
        rig.remove("SPY", "NEVER")
        rig.wait_said("SPY", "missing/retired")
        rig.tell_bytes(b"{nonsense")
        rig.add(**{"x" * 64: ContractConfig(), "IWM": ContractConfig()})
        rig.wait_live("QQQ", "IWM")
        words = rig.wait_words(lambda words: words.errors >= 2, "both mistakes are noted")
        assert words.desired == 2
        rig.hang_up()
        before = rig.reader["QQQ"].sequence
        wait_until(lambda: rig.reader["QQQ"].sequence > before + 5, "ticks go on", show=rig.show)
        assert rig.stop()[0] == exits.STOPPED


def test_no_old_value_is_live_after_a_reconnection(simulator: SimulatorProcess, segment_name: str) -> None:
    """Requests are paced; a symbol whose turn has not come yet is not live on the strength of another session."""
    symbols = tuple(f"SIM{number:05d}" for number in range(1, 31))
    changes = {"segment": {"vouch_limit_s": 60.0}, "feeder": {"messages_per_s": 30.0}}
    with FeederRig(IBAPI_9, segment_name, simulator.port, symbols, **changes) as rig:
        rig.start().wait_live(timeout_s=15)
        simulator.do("fin")
        rig.wait_said(symbols[-1], "stale/connection")
        begun = rig.reader.status().counters["subscriptions_begun"]
        wait_until(lambda: rig.reader.status().connection == "connected", "it is connected again", show=rig.show)
        while (now_begun := rig.reader.status().counters["subscriptions_begun"]) < begun + len(symbols):
            live = sum(rig.reader[symbol].verdict == "live" for symbol in symbols)
            assert live <= rig.reader.status().counters["subscriptions_begun"] - begun, (live, now_begun - begun)
            time.sleep(0.002)
        rig.wait_live()


def test_too_many_waiting_requests_do_not_end_the_feeder(simulator: SimulatorProcess, segment_name: str) -> None:
    """More wait than the limit: told, connected anew, alive."""
    symbols = tuple(f"SIM{number:05d}" for number in range(1, 101))
    changes: dict[str, dict[str, Any]] = {
        "gateway": {"outbound_limit_bytes": 4096},
        "feeder": {"messages_per_s": 1000.0},
    }
    with FeederRig(IBAPI_9, segment_name, simulator.port, symbols, **changes) as rig:
        rig.start()
        wait_until(lambda: rig.log().count("of requests wait") >= 2, "it is told and tried again", show=rig.show)
        assert rig.is_alive
        assert rig.stop()[0] == exits.STOPPED


def test_accounts_that_come_after_the_first_id(segment_name: str) -> None:
    """As observed at version 205: quotes are shown once the kind of account is known."""

    def script(request: Request) -> list[Reply]:
        match request:
            case StartApi():
                return [replies.NextValidId(order_id=1), replies.ManagedAccounts(accounts=("SIM1",))]
            case ReqMktData(req_id=req_id):
                return [
                    replies.MarketDataType(req_id=req_id, data_type=1),
                    replies.TickPrice(req_id=req_id, tick_type=1, price=600.0, size=3.0, attributes=1),
                ]
            case ReqContractDetails(req_id=req_id):
                return [contract_details(req_id), replies.ContractDetailsEnd(req_id=req_id)]
            case _:
                return []

    gateway = ScriptedGateway(157, script)
    with LoopThread() as loop, FeederRig(IBAPI_9, segment_name, 1, ()) as rig:
        loop.run(gateway.__aenter__())
        rig.config = tenth(int(gateway.place.split(":")[1]), segment_name, ("SPY",))
        rig.start()
        rig.wait_live("SPY")
        assert rig.reader.status().gateway_api_mode is ApiMode.MOCK
        assert (rig.reader["SPY"].bid, rig.reader["SPY"].bid_size) == (600.0, 300.0)
        assert rig.stop()[0] == exits.STOPPED
        loop.run(gateway.__aexit__())
