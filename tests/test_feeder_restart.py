"""What one life of the feeder leaves to the next: contracts, so that a restart asks for ticks at once."""

from __future__ import annotations

import re
import signal
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.feeder_rig import FeederRig
from tests.loop_thread import LoopThread
from tests.scripted_gateway import ScriptedGateway
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig, FeederConfig
from tickring.feeder.contract_store import ContractStore
from tickring.feeder.earlier_life import EarlierLife
from tickring.known_contract import KnownContract
from tickring.names import FEEDER_CONTRACTS_FILE, SegmentPaths
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import Contract, ReqContractDetails, ReqMktData, StartApi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tickring.simulator.running import SimulatorProcess
    from tickring.simulator.wire.replies import Reply
    from tickring.simulator.wire.requests import Request

SPY = KnownContract(con_id=756733, symbol="SPY", sec_type="STK", exchange="SMART", currency="USD")
PARTS = ("entered", "imported", "attached", "connecting", "connected", "ready", "first_price", "all_prices")


def requests_of(simulator: SimulatorProcess, kind: str) -> int:
    """How many requests of a kind the gateway has had."""
    time.sleep(0.25)  # for the log to be written
    return sum(line.direction == "received" and line.kind == kind for line in simulator.sent())


@pytest.mark.slow
@pytest.mark.parametrize("client", [IBAPI_9, IBAPI_10_46, IBAPI_10_51])
def test_a_restart_asks_for_no_contract_again(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, client: str
) -> None:
    """After SIGKILL as well; every part of the start is told with its time."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02, generated=20)
    symbols = tuple(f"SIM{number:05d}" for number in range(1, 21))
    with FeederRig(client, segment_name, simulator.port, symbols, log={"level": "debug"}) as rig:
        rig.start().wait_live()
        assert requests_of(simulator, "ReqContractDetails") == 20
        rig.signal(signal.SIGKILL)
        rig.wait_exit()
        before = len(rig.log())
        rig.start().wait_live()
        assert requests_of(simulator, "ReqContractDetails") == 20
        wait_until(lambda: "part=all_prices" in rig.log()[before:], "the last part is told", show=rig.show)
        told = re.findall(r"feeder\.start part=(\w+) at_ns=(\d+)", rig.log()[before:])
        assert tuple(part for part, _ in told) == PARTS
        assert [int(at_ns) for _, at_ns in told] == sorted(int(at_ns) for _, at_ns in told)


@pytest.mark.slow
def test_another_description_is_resolved_anew(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """A kept contract counts only for the very words that led to it."""
    simulator = start_simulator(always_open=True, pace=0.1)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        rig.stop()
        changed = {"SPY": ContractConfig(primary_exchange="ARCA")}
        rig.config = msgspec.structs.replace(rig.config, contracts=changed)
        rig.start().wait_live()
        assert requests_of(simulator, "ReqContractDetails") == 2


@pytest.mark.slow
def test_a_kept_contract_that_is_none_any_more_is_resolved_anew(segment_name: str) -> None:
    """Error 200 for what was kept is no verdict on the symbol: it is looked up as if nothing had been kept."""

    def script(request: Request) -> list[Reply]:
        match request:
            case StartApi():
                return [replies.ManagedAccounts(accounts=("SIM1",)), replies.NextValidId(order_id=1)]
            case ReqMktData(req_id=req_id, contract=Contract(con_id=1)):
                return [replies.ErrorReply(req_id=req_id, code=200, text="No security definition has been found")]
            case ReqMktData(req_id=req_id):
                return [
                    replies.MarketDataType(req_id=req_id, data_type=1),
                    replies.TickPrice(req_id=req_id, tick_type=1, price=600.0, size=3.0, attributes=1),
                ]
            case ReqContractDetails(req_id=req_id):
                return [_details(req_id), replies.ContractDetailsEnd(req_id=req_id)]
            case _:
                return []

    gateway = ScriptedGateway(157, script)
    with LoopThread() as loop:
        loop.run(gateway.__aenter__())
        with FeederRig(IBAPI_9, segment_name, int(gateway.place.split(":")[1]), ("SPY",)) as rig:
            store = ContractStore(rig.host.paths.directory / FEEDER_CONTRACTS_FILE, "mock")
            store.keep("SPY", ContractConfig(), msgspec.structs.replace(SPY, con_id=1))
            store.save()
            rig.start().wait_live()
            rig.stop()
            assert [type(request) for request in gateway.requests[2:5]] == [ReqMktData, ReqContractDetails, ReqMktData]
            kept = ContractStore(rig.host.paths.directory / FEEDER_CONTRACTS_FILE, "mock").find("SPY", ContractConfig())
            assert kept is not None
            assert kept.con_id == 756733
        loop.run(gateway.__aexit__())


def _details(req_id: int) -> replies.ContractDetails:
    return replies.ContractDetails(
        req_id=req_id,
        contract=Contract(con_id=756733, symbol="SPY", sec_type="STK", exchange="ARCA", currency="USD"),
        market_name="SPY",
        min_tick=0.01,
        long_name="SPDR S&P 500",
        order_types="",
        valid_exchanges="SMART,ARCA",
        market_rule_ids="26,26",
    )


# ---- the files -------------------------------------------------------------------------------------------------------


def test_contracts_are_found_by_the_words_that_led_to_them(tmp_path: Path) -> None:
    """What was saved is found by the next one; dropped or differently wanted it is not."""
    path = tmp_path / "contracts.json"
    store = ContractStore(path, "mock")
    assert store.find("SPY", ContractConfig()) is None
    store.keep("SPY", ContractConfig(), SPY)
    store.keep("QQQ", ContractConfig(), SPY)
    store.save()
    store.drop("QQQ")
    store.save()
    later = ContractStore(path, "mock")
    assert later.find("SPY", ContractConfig()) == SPY
    assert later.find("SPY", ContractConfig(currency="EUR")) is None
    assert later.find("QQQ", ContractConfig()) is None
    assert ContractStore(path, "live").find("SPY", ContractConfig()) is None, "another gateway's ids"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"version":1,"api_mode":"mock","contracts":{"SPY":{}}}',
        b'{"version":1,"api_mode":"mock","contracts":[1]}',
        b'{"version":2,"api_mode":"mock","contracts":{}}',
        b'{"version":1,"api_mode":"\xff","contracts":{}}',
        b'{"later":' + b"[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_as_good_as_nothing(tmp_path: Path, content: bytes) -> None:
    """And the next save replaces it."""
    path = tmp_path / "contracts.json"
    path.write_bytes(content)
    store = ContractStore(path, "mock")
    assert store.find("SPY", ContractConfig()) is None
    store.keep("SPY", ContractConfig(), SPY)
    store.save()
    assert ContractStore(path, "mock").find("SPY", ContractConfig()) == SPY


@pytest.mark.parametrize("con_id", [0, -5, 2**31])
def test_a_contract_id_that_is_none_is_not_used(tmp_path: Path, con_id: int) -> None:
    """It is resolved as if it had not been kept."""
    store = ContractStore(tmp_path / "contracts.json", "mock")
    store.keep("SPY", ContractConfig(), msgspec.structs.replace(SPY, con_id=con_id))
    assert store.find("SPY", ContractConfig()) is None


def test_a_directory_that_is_gone_costs_the_file_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Told once, tried again with the next change."""
    directory = tmp_path / "gone"
    store = ContractStore(directory / "contracts.json", "mock")
    for symbol in ("SPY", "QQQ"):
        store.keep(symbol, ContractConfig(), SPY)
        store.save()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    directory.mkdir()
    store.keep("IWM", ContractConfig(), SPY)
    store.save()
    assert ContractStore(directory / "contracts.json", "mock").find("QQQ", ContractConfig()) == SPY


def test_history_that_was_asked_for_counts_in_the_next_life(tmp_path: Path) -> None:
    """The limits are the gateway's, and it knows nothing of our restarts."""
    from tickring.config.structs import Config, SegmentConfig

    directory = tmp_path / "segment"
    directory.mkdir()
    config = Config(segment=SegmentConfig(name=f"{directory}/"), feeder=FeederConfig(history_window_max=2))
    earlier, now_s = EarlierLife(config), time.monotonic()
    assert earlier.ledger.take("a", "a", now_s)
    assert earlier.ledger.take("b", "b", now_s)
    earlier.save(at_once=True)
    later = EarlierLife(config)
    assert not later.ledger.take("c", "c", time.monotonic())
    assert later.ledger.wait_s("c", "c", now_s) == pytest.approx(600.0)
    assert SegmentPaths.of(f"{directory}/").directory == directory
