"""Bytes that no gateway should send, with every release of ibapi, text and protobuf: the stream goes on or is new."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.fixtures import IBAPI_SESSIONS, Session
from tests.feeder_rig import FeederRig
from tests.feeder_story import expected_states, newest_request, state_of_quote, ticks_of
from tests.feeder_world import FeederWorld, shared_world
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
LIVE = "live/vouched"


@pytest.fixture(scope="module", params=IBAPI_SESSIONS, ids=str)
def one_world(request: pytest.FixtureRequest) -> Iterator[FeederWorld]:
    """One simulator and one feeder for each release and version."""
    release: Session = request.param
    with shared_world(release.client, release.max_server_version) as running:
        yield running


@pytest.fixture
def world(one_world: FeederWorld) -> Iterator[FeederWorld]:
    """The shared world; afterwards it is live again with the same feeder, whose stamp was always young."""
    with one_world.observed():
        yield one_world


def sessions(world: FeederWorld) -> int:
    """How many the feeder has had."""
    return world.rig.log().count("session.ready")


def test_random_bytes_end_the_session_and_not_the_feeder(world: FeederWorld) -> None:
    """Nothing after them can be trusted: stale, and a new session."""
    lines = world.rig.log().count("next_s=")
    world.do("garbage", count=512)
    wait_until(lambda: world.rig.log().count("next_s=") > lines, "the session ends", show=world.rig.show)
    world.rig.wait_said("SPY", LIVE)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x1000000])
def test_an_absurd_length_ends_the_session_at_once(world: FeederWorld, length: int) -> None:
    """Nobody waits for two gigabytes."""
    world.do("absurd_length", length=length)
    wait_until(lambda: f"of {length} bytes" in world.rig.log(), "it is told", timeout_s=1.0, show=world.rig.show)
    world.rig.wait_said("SPY", LIVE)


def test_a_length_that_is_only_wrong_is_noticed_too(world: FeederWorld) -> None:
    """What is within the limit and never comes to its end: given up after half_message_timeout_s."""
    lines = world.rig.log().count("the end of a message has not come")
    world.do("absurd_length", length=0xFFFFF0)
    wait_until(
        lambda: world.rig.log().count("the end of a message has not come") > lines, "it is told", show=world.rig.show
    )
    world.rig.wait_said("SPY", LIVE)


@pytest.mark.parametrize("close", [True, False])
def test_half_a_message_is_not_waited_for(world: FeederWorld, close: bool) -> None:
    """Whether the socket closes or not, the session ends; a gateway that hangs holds the client id until it lets go."""
    lines = world.rig.log().count("next_s=")
    world.do("truncate", close=close)
    wait_until(lambda: world.rig.log().count("next_s=") > lines, "the session ends", show=world.rig.show)
    world.do("fin")
    world.rig.wait_said("SPY", LIVE)


@pytest.mark.parametrize("mode", ["bytes", "odd"])
def test_messages_in_pieces_are_whole_again(world: FeederWorld, mode: str) -> None:
    """Byte by byte or in odd pieces, hello included; no error is counted."""
    world.do("split", mode=mode)
    world.do("fin")
    world.rig.wait_said("SPY", "stale/connection", 0.5)
    world.rig.wait_said("SPY", LIVE)
    before, poisoned = world.rig.reader["SPY"].sequence, world.rig.log().count("could not be taken apart")
    wait_until(lambda: world.rig.reader["SPY"].sequence > before + 10, "ticks go on", show=world.rig.show)
    assert world.rig.log().count("could not be taken apart") == poisoned


@pytest.mark.parametrize("cut", [False, True])
def test_exactly_4096_bytes_are_read_like_any_other(world: FeederWorld, cut: bool) -> None:
    """What ibapi's reader loses (ib-protocol facts 7.1) arrives before the silence ends: the last size shows."""
    world.do("mute")
    time.sleep(0.1)
    world.do("exact_4096", seconds=0.5, cut=cut)
    time.sleep(0.3)  # for the log to be written

    client_id = world.rig.config.gateway.client_id
    symbol = next(line.symbol for line in reversed(world.simulator.sent()) if line.kind == "tick") or ""
    ticks = ticks_of(world.simulator, client_id, symbol, newest_request(world.simulator, client_id, symbol))
    version = world.rig.wait_words(lambda words: words.server_version, "the version is told").server_version or 0
    last = expected_states(ticks, version)[-1]
    assert sum(line.field == "bid_size" for line in ticks[-300:]) > 50
    wait_until(lambda: state_of_quote(world.rig.reader[symbol]) == last, "the last one is seen", timeout_s=2.0)


def test_an_unknown_message_is_passed_over(world: FeederWorld) -> None:
    """The stream goes on in the same session."""
    ready = sessions(world)
    for message_id in (190, 0, 199, 2**31 - 1):
        world.do("unknown_message", message_id=message_id)
    before = world.rig.reader["SPY"].sequence
    wait_until(lambda: world.rig.reader["SPY"].sequence > before + 10, "ticks go on", show=world.rig.show)
    assert world.rig.said("SPY") == LIVE
    assert sessions(world) == ready


@pytest.mark.parametrize("text", ["abc", ""])
def test_a_price_that_is_no_number_costs_its_message_only(world: FeederWorld, text: str) -> None:
    """Counted and told at most now and then; the quote keeps what it had, the session stands."""
    ready = sessions(world)
    for _ in range(20):
        world.do("bad_number", text=text)
    before = world.rig.reader["SPY"].sequence
    wait_until(lambda: world.rig.reader["SPY"].sequence > before + 10, "ticks go on", show=world.rig.show)
    bid = world.rig.reader["SPY"].bid
    assert bid is None or bid > 1.0
    assert world.rig.said("SPY") == LIVE
    assert sessions(world) == ready


def test_poison_is_counted_and_kept_with_its_bytes(
    segment_name: str, tmp_path: Path, start_simulator: Callable[..., SimulatorProcess]
) -> None:
    """A hundred bad ticks: one file, a few lines in the log, a hundred errors in the status."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(
        "ibapi-10.51.1", segment_name, simulator.port, ("SPY",), feeder={"poison_dir": str(tmp_path / "poison")}
    ) as rig:
        rig.start().wait_live()
        for _ in range(100):
            simulator.do("bad_number", text="abc")
        words = rig.wait_words(lambda words: words.errors >= 100, "all are counted")
        assert words.last_error is not None
        assert "abc" in words.last_error.text
        kept = list((tmp_path / "poison").glob("*.bin"))
        assert len(kept) == 1
        assert b"abc" in kept[0].read_bytes()
        assert rig.log().count("could not be taken apart") == 1
        assert rig.said("SPY") == LIVE
