"""What the stream does not serve is served by a snapshot or by history, marked; over a real socket, all releases."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.feeder_heartbeat import HeartbeatSampler
from tests.feeder_rig import FeederRig
from tests.feeder_world import HEARTBEAT_LIMIT_S
from tests.waiting import wait_until
from tickring.feeder import exits
from tickring.states import QuoteState, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
FORMS = [(IBAPI_9, 157), (IBAPI_10_46, 200), (IBAPI_10_51, 226)]
"""Releases, and text or protobuf."""
SYMBOLS = ("SPY", "QQQ", "IWM")
LIVE, SNAPSHOT, HISTORY = "live/vouched", "fallback/from_snapshot", "fallback/from_history"
TENTH: dict[str, Any] = {
    "fallback_after_s": 0.5,
    "fallback_period_s": 2.0,
    "snapshot_timeout_s": 1.2,
    "history_identical_s": 1.5,
}


@pytest.fixture
def gateway(start_simulator: Callable[..., SimulatorProcess]) -> Callable[[int], SimulatorProcess]:
    """A gateway of a version, a tenth as slow as a real one."""

    def start(version: int = 200) -> SimulatorProcess:
        return start_simulator(always_open=True, pace=0.1, sample_s=0.02, max_server_version=version)

    return start


def rig_of(client: str, name: str, simulator: SimulatorProcess, **feeder: Any) -> FeederRig:
    """A feeder with the timers of fallback at a tenth."""
    return FeederRig(client, name, simulator.port, SYMBOLS, feeder={**TENTH, **feeder})


def asked(simulator: SimulatorProcess, kind: str) -> int:
    """How many requests of a kind the gateway has had."""
    time.sleep(0.25)  # for the log to be written
    return sum(line.direction == "received" and line.kind == kind for line in simulator.sent())


@pytest.mark.parametrize(("client", "version"), FORMS)
def test_a_mute_symbol_is_served_by_history_and_returns(
    gateway: Callable[[int], SimulatorProcess], segment_name: str, client: str, version: int
) -> None:
    """A snapshot brings nothing either; the last bar's close is the last price, its end the time; others stream."""
    simulator = gateway(version)
    simulator.do("mute", symbol="SPY")
    with rig_of(client, segment_name, simulator, subscribe_timeout_s=3.0) as rig:
        rig.start()
        with HeartbeatSampler(rig.name, rig.pid) as heartbeat:
            rig.wait_live("QQQ", "IWM")
            quote = rig.wait_said("SPY", HISTORY)
            assert quote.source is Source.IB_HISTORY
            assert quote.state is QuoteState.FALLBACK
            assert quote.last is not None
            assert (quote.bid, quote.ask, quote.volume, quote.high) == (None, None, None, None)
            assert 0 <= time.time() - quote.ts_recv_ns / 1e9 < 120
            words = rig.wait_words(lambda words: words.fallback == {"SPY": "ib_history"}, "the status says so")
            assert words.sources == {"ib_stream": 2, "ib_history": 1}
            assert (words.desired, words.confirmed, words.pending) == (3, 2, 1)
            first = quote.sequence
            wait_until(lambda: rig.reader["SPY"].sequence > first + 1, "it is asked for again", show=rig.show)
            assert rig.said("SPY") == HISTORY
            simulator.do("unmute")
            quote = rig.wait_said("SPY", LIVE)
            assert quote.source is Source.IB_STREAM
            rig.wait_words(lambda words: words.fallback == {} and words.sources == {"ib_stream": 3}, "all stream")
        assert heartbeat.worst_s < HEARTBEAT_LIMIT_S
        assert rig.reader.status().feeder_pid == rig.pid


@pytest.mark.parametrize(("client", "version"), FORMS)
def test_a_stream_that_cannot_be_proven_is_served_by_a_snapshot(
    gateway: Callable[[int], SimulatorProcess], segment_name: str, client: str, version: int
) -> None:
    """Its ticks come without their kind, so they prove nothing: the snapshot's stand alone until a new request's do."""
    simulator = gateway(version)
    simulator.do("mute", symbol="SPY")
    with rig_of(client, segment_name, simulator, fallback_after_s=1.0, subscribe_timeout_s=4.0) as rig:
        rig.start().wait_live("QQQ", "IWM")
        time.sleep(0.3)
        simulator.do("unmute")
        quote = rig.wait_said("SPY", SNAPSHOT)
        assert quote.source is Source.IB_SNAPSHOT
        wait_until(lambda: None not in _sides(rig), "both sides and the last trade have come", show=rig.show)
        rig.wait_words(lambda words: words.fallback == {"SPY": "ib_snapshot"}, "the status says so")
        while (said := rig.said("SPY")) != LIVE:
            assert said in {SNAPSHOT, "stale/marked_stale"}
            time.sleep(0.002)


def _sides(rig: FeederRig) -> tuple[float | None, ...]:
    quote = rig.reader["SPY"]
    return quote.bid, quote.ask, quote.last


def test_no_line_left_is_served_by_history_without_a_storm(
    gateway: Callable[[int], SimulatorProcess], segment_name: str
) -> None:
    """101 for stream and snapshot alike: one of each per round, one bar request; a free line brings the stream back."""
    simulator = gateway(200)
    simulator.do("lines", limit=1)
    with rig_of(IBAPI_9, segment_name, simulator, retry_s=2.0) as rig:
        rig.start()
        wait_until(
            lambda: sorted(rig.said(symbol) for symbol in SYMBOLS) == [HISTORY, HISTORY, LIVE],
            "two are served by history",
            show=rig.show,
        )
        words = rig.wait_words(lambda words: len(words.fallback) == 2, "the status names them")
        assert all("101" in reason for reason in words.unresolved.values())
        before_s, before = time.monotonic(), asked(simulator, "ReqMktData")
        time.sleep(3.0)
        rounds = (time.monotonic() - before_s) / 2.0 + 1
        assert asked(simulator, "ReqMktData") - before <= 2 * 2 * rounds
        simulator.do("lines", limit=100)
        rig.wait_live()


def test_a_competing_session_is_served_as_far_as_the_gateway_lets_us(
    gateway: Callable[[int], SimulatorProcess], segment_name: str
) -> None:
    """10197 refuses streams and snapshots; history serves; when the other one leaves the streams come back."""
    simulator = gateway(200)
    with rig_of(IBAPI_10_51, segment_name, simulator, retry_s=6.0) as rig:
        rig.start().wait_live()
        simulator.do("competing_session")
        for symbol in SYMBOLS:
            rig.wait_said(symbol, HISTORY, timeout_s=5.0)  # not only after the next try of the stream
        assert rig.reader.status().connection == "connected"
        simulator.do("competing_session", start=False, resume=False)
        rig.wait_live()


def test_a_symbol_can_go_while_something_else_serves_it(
    gateway: Callable[[int], SimulatorProcess], segment_name: str
) -> None:
    """Removed it is missing; added again it starts from nothing, as any other."""
    simulator = gateway(200)
    simulator.do("mute", symbol="SPY")
    with rig_of(IBAPI_9, segment_name, simulator) as rig:
        rig.start()
        rig.wait_said("SPY", HISTORY)
        rig.remove("SPY")
        rig.wait_said("SPY", "missing/retired")
        rig.wait_words(lambda words: words.desired == 2 and not words.fallback, "nothing is left of it")
        simulator.do("unmute")
        rig.add(SPY=rig.config.contracts.get("SPY") or _default())
        rig.wait_said("SPY", LIVE)
        assert rig.stop()[0] == exits.STOPPED


def test_what_fallback_has_brought_is_stale_once_the_link_is_gone(
    gateway: Callable[[int], SimulatorProcess], segment_name: str
) -> None:
    """1100 and a lost connection alike; afterwards a new round is needed before it is served again."""
    simulator = gateway(200)
    simulator.do("mute", symbol="SPY")
    with rig_of(IBAPI_9, segment_name, simulator) as rig:
        rig.start()
        rig.wait_said("SPY", HISTORY)
        simulator.do("link_down")
        rig.wait_said("SPY", "stale/connection")
        simulator.do("link_up", code=1102)
        rig.wait_said("SPY", HISTORY)
        simulator.do("fin")
        rig.wait_said("SPY", "stale/connection")
        wait_until(lambda: rig.reader.status().connection == "connected", "connected again", show=rig.show)
        assert rig.said("SPY") != LIVE
        rig.wait_said("SPY", HISTORY)


def test_after_a_restart_nothing_old_is_live_and_what_is_mute_falls_back(
    gateway: Callable[[int], SimulatorProcess], segment_name: str
) -> None:
    """The values of the earlier life are stale until something of this one takes their place."""
    simulator = gateway(200)
    with rig_of(IBAPI_9, segment_name, simulator) as rig:
        rig.start().wait_live()
        rig.signal(9)
        rig.wait_exit()
        simulator.do("mute", symbol="SPY")
        old = rig.reader["SPY"]
        rig.start()
        seen: dict[str, float | None] = {}
        while (said := rig.said("SPY")) != HISTORY:
            seen[said] = rig.reader["SPY"].bid
            assert said.split("/")[0] in {"stale", "feed_down"}, rig.show()
            time.sleep(0.002)
        assert set(seen.values()) == {old.bid}
        assert rig.reader["SPY"].bid is None
        rig.wait_live("QQQ", "IWM")


def _default() -> Any:
    from tickring.config.structs import ContractConfig

    return ContractConfig()
