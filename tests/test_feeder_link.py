"""The codes of the gateway over a real socket: one episode each, told once, healed by data and never by a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9
from tests.feeder_world import FeederWorld, shared_world
from tests.waiting import wait_until
from tickring.episodes import EpisodeKind, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.episodes import Episode
    from tickring.feeder_status import FeederStatus

pytestmark = pytest.mark.slow
LIVE = "live/vouched"


@pytest.fixture(scope="module")
def one_world() -> Iterator[FeederWorld]:
    """One simulator and one feeder for all of this file."""
    with shared_world(IBAPI_9) as running:
        yield running


@pytest.fixture
def world(one_world: FeederWorld) -> Iterator[FeederWorld]:
    """The shared world; afterwards it is live again with the same feeder, whose stamp was always young."""
    with one_world.observed():
        yield one_world


def told(world: FeederWorld, kind: EpisodeKind) -> list[Episode]:
    """The episodes of one kind so far, oldest first."""
    words = world.rig.words()
    return [] if words is None else [one for one in words.episodes if one.kind is kind]


def wait_told(
    world: FeederWorld, kind: EpisodeKind, holds: Callable[[list[Episode]], object], what: str
) -> list[Episode]:
    """Return the episodes of one kind once they are so; the status is written once a second."""
    wait_until(lambda: holds(told(world, kind)), what, timeout_s=5.0, show=world.rig.show)
    return told(world, kind)


def sessions_begun(world: FeederWorld) -> int:
    """How many sessions the gateway has had."""
    return world.asked("StartApi")


# ---- the link behind the gateway -------------------------------------------------------------------------------------


def test_a_night_of_1100_is_one_episode(world: FeederWorld) -> None:
    """Two hundred of them: opened once, counted, closed by the first price after the link is back."""
    before, sessions = len(told(world, EpisodeKind.LINK_DOWN)), sessions_begun(world)
    for _ in range(2):
        world.do("link_down", repeat=100)
    world.rig.wait_said("SPY", "stale/connection", 2.0)
    opened = wait_told(world, EpisodeKind.LINK_DOWN, lambda found: len(found) == before + 1, "it is told")[-1]
    assert (opened.code, opened.is_open, opened.scope) == (1100, True, "gateway")
    world.do("link_up", code=1102)
    world.rig.wait_live()
    closed = wait_told(world, EpisodeKind.LINK_DOWN, lambda found: not found[-1].is_open, "its end is told")
    assert len(closed) == before + 1
    assert closed[-1].count == 200
    assert closed[-1].episode_id == opened.episode_id
    assert sessions_begun(world) == sessions


@pytest.mark.parametrize(("code", "data"), [(1101, True), (1102, False)])
def test_a_link_that_came_back_without_its_streams_is_one_episode(world: FeederWorld, code: int, data: bool) -> None:
    """Streams that were lost, or are said to be kept and are mute: asked for again; the episode ends with a price."""
    before, asked = len(told(world, EpisodeKind.LINK_DOWN)), world.asked()
    world.do("link_down")
    world.rig.wait_said("SPY", "stale/connection", 2.0)
    world.do("link_up", code=code, **({} if data else {"data": False}))
    world.rig.wait_live()
    found = wait_told(
        world, EpisodeKind.LINK_DOWN, lambda found: len(found) > before and not found[-1].is_open, "it is closed"
    )
    assert len(found) == before + 1
    assert world.asked() > asked


@pytest.mark.parametrize("code", [1101, 1102])
def test_a_link_that_comes_back_and_never_went_is_doubted(world: FeederWorld, code: int) -> None:
    """1101 or 1102 alone: nothing is believed before its own tick, and one episode has begun and ended."""
    before = len(told(world, EpisodeKind.LINK_DOWN))
    world.do("link_up", code=code)
    found = wait_told(
        world, EpisodeKind.LINK_DOWN, lambda found: len(found) > before and not found[-1].is_open, "it is told"
    )
    assert len(found) == before + 1
    assert found[-1].code == code


# ---- farms -----------------------------------------------------------------------------------------------------------


def farms_of(words: FeederStatus) -> dict[str, tuple[str, str, int]]:
    """Kind, state and number of outages by name."""
    return {farm.name: (farm.kind, farm.state, farm.outages) for farm in words.farms}


def test_twenty_flaps_of_a_farm_close_no_connection(world: FeederWorld) -> None:
    """One episode for all of them, no new session, and every symbol live again by its own tick."""
    before, sessions = len(told(world, EpisodeKind.FARM_DOWN)), sessions_begun(world)
    for _ in range(20):
        world.do("farm", code=2103, farm="usfarm")
        world.do("farm", code=2104, farm="usfarm")
    world.rig.wait_live()
    found = wait_told(
        world, EpisodeKind.FARM_DOWN, lambda found: len(found) > before and not found[-1].is_open, "it is over"
    )
    assert len(found) == before + 1
    assert (found[-1].scope, found[-1].code) == ("farm usfarm", 2103)
    words = world.rig.wait_words(lambda words: farms_of(words).get("usfarm", ("", "", 0))[1] == "ok", "usfarm is well")
    assert farms_of(words)["usfarm"][2] >= 20
    assert sessions_begun(world) == sessions


def test_every_notice_of_a_farm_stands_in_the_status(world: FeederWorld) -> None:
    """Each under its own name, with what it serves and how it is; none of them touches a quote."""
    expected = {
        2105: ("ushmds", ("history", "broken", 1)),
        2107: ("euhmds", ("history", "idle", 0)),
        2108: ("cashfarm", ("market", "idle", 0)),
        2119: ("eufarm", ("market", "connecting", 0)),
        2157: ("secdefil", ("contracts", "broken", 1)),
    }
    for code, (name, _) in expected.items():
        world.do("farm", code=code, farm=name)
    words = world.rig.wait_words(
        lambda words: all(farms_of(words).get(name) == kind for name, kind in expected.values()), "all stand there"
    )
    assert world.rig.said("SPY") == LIVE
    broken = [one for one in words.episodes if one.scope == "farm secdefil" and one.is_open]
    assert [one.severity for one in broken] == [Severity.INFO]
    for code, name in ((2106, "ushmds"), (2158, "secdefil")):
        world.do("farm", code=code, farm=name)
    world.rig.wait_words(
        lambda words: not any(one.is_open for one in words.episodes if one.kind is EpisodeKind.FARM_DOWN), "all ended"
    )


# ---- codes -----------------------------------------------------------------------------------------------------------


def test_an_unknown_code_is_counted_and_shown(world: FeederWorld) -> None:
    """Nobody knows what it means: the quotes go on, and the status says how often it came."""
    for _ in range(3):
        world.do("error", code=424242, text="from a release to come", req_id=-1)
    words = world.rig.wait_words(lambda words: words.errors_by_code.get(424242) == 3, "it is counted")
    assert sum(words.errors_by_code.values()) == words.errors
    assert world.rig.said("SPY") == LIVE


def test_a_connection_that_is_said_to_be_gone_is_made_anew(world: FeederWorld) -> None:
    """502, 504, 507, whoever says so: a new session, and live by its ticks."""
    sessions = sessions_begun(world)
    world.do("error", code=507, text="Bad message length", req_id=-1)
    wait_until(lambda: sessions_begun(world) == sessions + 1, "a new session", show=world.rig.show)
    world.rig.wait_live()


def test_a_moved_port_is_told_and_not_followed(world: FeederWorld) -> None:
    """1300 without `gateway.follow_port`: a message with the next step, and the same connection."""
    sessions = sessions_begun(world)
    world.do("error", code=1300, text="Please reconnect on the new port - 4999", req_id=-1)
    wait_until(lambda: "set gateway.port" in world.rig.log(), "it is told", show=world.rig.show)
    assert world.rig.said("SPY") == LIVE
    assert sessions_begun(world) == sessions
