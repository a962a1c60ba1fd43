"""What the gateway sent is what readers see: every value, in order, nothing else. All releases, text and protobuf."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.fixtures import IBAPI_SESSIONS, Session
from tests.feeder_rig import FeederRig
from tests.feeder_story import Follower, State, expected_states, newest_request, state_of_quote, ticks_of
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
SYMBOLS = ("SPY", "QQQ", "FRCB")


@pytest.fixture(params=IBAPI_SESSIONS, ids=str)
def release(request: pytest.FixtureRequest) -> Session:
    """A release of ibapi and the gateway's highest version."""
    chosen: Session = request.param
    return chosen


@pytest.fixture
def simulator(release: Session, start_simulator: Callable[..., SimulatorProcess]) -> SimulatorProcess:
    """A gateway of one's own."""
    return start_simulator(
        always_open=True, pace=0.1, sample_s=0.02, max_server_version=release.max_server_version, message_rate=0
    )


@pytest.fixture
def make_rig(release: Session, segment_name: str, simulator: SimulatorProcess) -> Iterator[Callable[..., FeederRig]]:
    """Starts a feeder, ended with the test."""
    made: list[FeederRig] = []

    def make(*symbols: str, **changes: dict[str, Any]) -> FeederRig:
        made.append(FeederRig(release.client, segment_name, simulator.port, symbols, **changes))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


def sent_states(simulator: SimulatorProcess, rig: FeederRig, symbol: str, version: int) -> list[State]:
    """What the newest request of a symbol must have shown."""
    client_id = rig.config.gateway.client_id
    return expected_states(
        ticks_of(simulator, client_id, symbol, newest_request(simulator, client_id, symbol)), version
    )


def assert_newest_is_the_last_sent(simulator: SimulatorProcess, rig: FeederRig, symbol: str, version: int) -> None:
    """Field by field, in shares. Mute the market first."""

    def both() -> tuple[State, State]:
        return state_of_quote(rig.reader[symbol]), sent_states(simulator, rig, symbol, version)[-1]

    wait_until(lambda: len(set(both())) == 1, f"the newest {symbol} is the last sent", timeout_s=5, show=both)


def test_every_value_in_order_and_no_other(
    release: Session, simulator: SimulatorProcess, make_rig: Callable[..., FeederRig]
) -> None:
    """Records and messages are the same, one by one: price and size of a message together, units in shares."""
    rig = make_rig(*SYMBOLS)
    rig.start()
    with Follower(rig.name, *SYMBOLS) as follower:
        rig.wait_live()
        time.sleep(1.0)
        simulator.do("halt", symbol="SPY", value=2)
        wait_until(lambda: rig.reader["SPY"].is_halted, "the halt is seen", show=rig.show)
        simulator.do("halt", symbol="SPY", value=0)
        wait_until(lambda: not rig.reader["SPY"].is_halted, "its end is seen", show=rig.show)
        simulator.do("market", phase="closed")
        wait_until(lambda: rig.reader["SPY"].bid is None, "bids go away", show=rig.show)
        simulator.do("market", phase="auto")
        wait_until(lambda: rig.reader["SPY"].bid is not None, "bids come back", show=rig.show)
        simulator.do("mute")
        time.sleep(0.3)  # for the log to be written
        for symbol in SYMBOLS:
            assert_newest_is_the_last_sent(simulator, rig, symbol, release.server_version)
        wait_until(
            lambda: all(
                follower.states(symbol)[-1:] == sent_states(simulator, rig, symbol, release.server_version)[-1:]
                for symbol in SYMBOLS
            ),
            "the follower has everything",
        )
        for symbol in SYMBOLS:
            sent, seen = sent_states(simulator, rig, symbol, release.server_version), follower.states(symbol)
            differs = next((at for at, pair in enumerate(zip(sent, seen, strict=False)) if len(set(pair)) > 1), None)
            at = min(len(sent), len(seen)) if differs is None else differs
            assert seen == sent, f"{symbol} differs at {at}: {sent[at : at + 2]} seen as {seen[at : at + 2]}"
        assert follower.missed == 0
        assert len(follower.states("SPY")) > 20
        rig.wait_words(
            lambda words: (words.errors, words.server_version, words.confirmed) == (0, release.server_version, 3),
            "no error, three confirmed",
        )
    assert rig.stop()[0] == 0


def test_a_burst_loses_no_last_value(
    release: Session, simulator: SimulatorProcess, make_rig: Callable[..., FeederRig]
) -> None:
    """20,000 ticks as fast as the socket takes them: the newest quote is the last tick."""
    rig = make_rig("SPY", "QQQ").start()
    rig.wait_live()
    simulator.do("mute")
    simulator.do("burst", count=20_000)
    time.sleep(0.3)  # for the log to be written
    for symbol in ("SPY", "QQQ"):
        assert_newest_is_the_last_sent(simulator, rig, symbol, release.server_version)
    assert rig.reader.status().counters["ticks_published"] > 10_000


def test_delayed_ticks_are_mapped_and_marked(
    release: Session, simulator: SimulatorProcess, make_rig: Callable[..., FeederRig]
) -> None:
    """Other numbers, the same fields; never `live`."""
    simulator.do("permission", code=10167)
    rig = make_rig("SPY", gateway={"market_data_type": 3}).start()
    with Follower(rig.name, "SPY") as follower:
        rig.wait_said("SPY", "delayed/delayed_data")
        time.sleep(0.5)
        simulator.do("mute")
        time.sleep(0.3)  # for the log to be written
        assert_newest_is_the_last_sent(simulator, rig, "SPY", release.server_version)
        assert {quote.verdict for quote in follower.seen} <= {"missing", "stale", "delayed", "past"}
        sent = sent_states(simulator, rig, "SPY", release.server_version)
        wait_until(lambda: follower.states("SPY") == sent, "delayed ticks are seen as sent", timeout_s=5)
    rig.wait_words(lambda words: words.market_data_type == "delayed", "the status says delayed")


@pytest.mark.parametrize("release", [IBAPI_SESSIONS[0], IBAPI_SESSIONS[-1]], ids=str)
def test_an_advisory_before_delayed_ticks_is_no_refusal(
    simulator: SimulatorProcess, make_rig: Callable[..., FeederRig]
) -> None:
    """10089 says that delayed data is available; where it follows, it is shown as that."""
    simulator.do("permission", code=10089)
    rig = make_rig("SPY", gateway={"market_data_type": 3}, feeder={"retry_s": 60.0}).start()
    rig.wait_said("SPY", "delayed/delayed_data")
    rig.wait_words(lambda words: words.confirmed == 1 and not words.unresolved, "it counts as confirmed")


@pytest.mark.parametrize("release", [IBAPI_SESSIONS[0], IBAPI_SESSIONS[-1]], ids=str)
def test_a_symbol_that_comes_again_starts_from_nothing(
    simulator: SimulatorProcess, make_rig: Callable[..., FeederRig]
) -> None:
    """Removed it is gone at once and stays so while its late ticks come; added again it shows new values only."""
    rig = make_rig("SPY", "QQQ").start()
    rig.wait_live()
    rig.remove("SPY")
    rig.wait_said("SPY", "missing/retired")
    until_s = time.monotonic() + 0.3  # the gateway sends ticks of a cancelled request for some more time
    while time.monotonic() < until_s:
        assert rig.said("SPY") == "missing/retired"
    simulator.do("mute", symbol="SPY")
    with Follower(rig.name, "SPY") as follower:
        rig.add(SPY=ContractConfig())
        rig.wait_said("SPY", "missing/no_price")
        assert follower.states("SPY") == []
        simulator.do("unmute")
        rig.wait_live("SPY", "QQQ")
    requests = [line for line in simulator.sent() if line.kind == "CancelMktData"]
    assert len(requests) == 1
