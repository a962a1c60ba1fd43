"""Every fault of the simulator once: the feeder lives, tells the truth meanwhile, and recovers by itself."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9
from tests.feeder_rig import FeederRig
from tests.feeder_world import FeederWorld, shared_world
from tests.waiting import wait_until
from tickring.simulator.control.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
LIVE = "live/vouched"
ON_ITS_OWN_BYTES = {"garbage", "absurd_length", "truncate", "split", "exact_4096", "unknown_message", "bad_number"}
"""In test_feeder_bytes.py, with every release."""


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


def says(world: FeederWorld, said: str, symbol: str = "SPY", within_s: float = 5.0) -> None:
    """Readers are told so, soon."""
    world.rig.wait_said(symbol, said, within_s)


# ---- silence ---------------------------------------------------------------------------------------------------------


def test_mute_makes_every_quote_stale_at_the_vouch_limit(world: FeederWorld) -> None:
    """Silence is not told: nothing vouches any more, and nobody is told anything else."""
    world.do("mute")
    says(world, "stale/not_vouched")
    says(world, "stale/not_vouched", "QQQ")
    assert world.rig.reader["SPY"].vouched_age_s >= 1.0


def test_mute_of_one_symbol_leaves_the_others(world: FeederWorld) -> None:
    """Each symbol is proved by its own ticks."""
    world.do("mute", symbol="SPY")
    says(world, "stale/not_vouched")
    assert world.rig.said("QQQ") == LIVE


def test_half_open_is_as_silence(world: FeederWorld) -> None:
    """The socket stands and brings nothing: stale at the vouch limit; a new session when it breaks."""
    world.do("half_open")
    says(world, "stale/not_vouched")
    world.do("fin")
    says(world, LIVE)


def test_slow_answers_delay_but_break_nothing(world: FeederWorld) -> None:
    """Requests that are answered late are not sent twice."""
    world.do("slow", seconds=0.3)
    world.do("rst")
    says(world, "stale/connection")
    says(world, LIVE)


# ---- connections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["rst", "fin"])
def test_a_lost_connection_is_told_at_once(world: FeederWorld, word: str) -> None:
    """Stale within a moment, live again by ticks of a new session."""
    world.do("mute")  # so that the new session cannot hide the loss
    world.do(word)
    says(world, "stale/connection", within_s=0.5)
    says(world, "stale/marked_stale")
    world.do("unmute")
    says(world, LIVE)


def test_a_closed_port_is_tried_again(world: FeederWorld) -> None:
    """Stale while it is away, with the reason in the status."""
    world.do("refuse", seconds=0.8)
    world.do("rst")
    says(world, "stale/connection", within_s=0.5)
    world.rig.wait_words(
        lambda words: words.last_error is not None and "refused" in words.last_error.text.lower(), "the reason is told"
    )
    says(world, LIVE)


def test_a_restart_with_its_ghosts_is_waited_out(world: FeederWorld) -> None:
    """326 while the gateway still holds the client id: backed off, then live."""
    errors = world.rig.log().count("326")
    world.do("restart", seconds=0.3, ghost_seconds=0.8)
    says(world, "stale/connection", within_s=1.0)
    says(world, LIVE)
    assert world.rig.log().count("326") > errors
    attempts = re.findall(r"next_s=(\d+\.\d)", world.rig.log())[-3:]
    assert max(map(float, attempts)) > 0.1


# ---- links behind the gateway ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1100, 2110])
def test_a_broken_link_is_told_at_once(world: FeederWorld, code: int) -> None:
    """All quotes are stale although the socket stands; 1102 alone proves nothing, ticks do."""
    asked = world.asked()
    world.do("link_down", code=code, repeat=5)
    says(world, "stale/connection", within_s=0.5)
    world.do("link_up", code=1102)
    says(world, LIVE)
    says(world, LIVE, "QQQ")
    assert world.asked() == asked


def test_lost_requests_are_asked_for_again(world: FeederWorld) -> None:
    """1101: the gateway has forgotten them."""
    asked = world.asked()
    world.do("link_down")
    says(world, "stale/connection", within_s=0.5)
    world.do("link_up", code=1101)
    says(world, LIVE)
    says(world, LIVE, "QQQ")
    wait_until(lambda: world.asked() == asked + 2, "both are asked for once", show=world.asked)


def test_a_1101_without_a_1100_claims_nothing_old(world: FeederWorld) -> None:
    """What was live is not live again before a tick of the new request, and neither is the link beyond doubt."""
    world.do("mute")
    world.do("link_up", code=1101)
    says(world, "stale/connection", within_s=0.8)
    world.do("unmute")
    says(world, LIVE)


def test_a_link_that_is_said_to_be_up_and_is_not(world: FeederWorld) -> None:
    """1102 without data: nothing is claimed, and after a while everything is asked for again, within the lines."""
    world.do("lines", limit=2)
    world.do("link_down")
    says(world, "stale/connection", within_s=0.5)
    world.do("link_up", code=1102, data=False)
    time.sleep(0.2)
    assert world.rig.said("SPY") == "stale/connection"
    says(world, LIVE)
    says(world, LIVE, "QQQ", within_s=0.5)


def test_a_broken_farm_is_stale_until_own_ticks(world: FeederWorld) -> None:
    """2103; a farm that is said to be well again proves nothing yet."""
    world.do("farm", code=2103)
    says(world, "stale/marked_stale", within_s=0.5)
    world.do("mute", symbol="QQQ")
    world.do("farm", code=2104)
    says(world, LIVE)
    assert world.rig.said("QQQ") == "stale/marked_stale"


def test_a_farm_that_comes_back_without_data_is_asked_again(world: FeederWorld) -> None:
    """2104 and nothing follows on the old requests."""
    world.do("farm", code=2103)
    says(world, "stale/marked_stale", within_s=0.5)
    world.do("farm", code=2104, data=False)
    says(world, LIVE)
    says(world, LIVE, "QQQ")


def test_notices_of_farms_that_bring_no_quotes_change_nothing(world: FeederWorld) -> None:
    """They are neither errors nor news."""
    errors = errors_after(world, 9996)
    asked = world.asked()
    for code in (2105, 2106, 2107, 2108, 2119, 2157, 2158):
        world.do("farm", code=code, farm="ushmds")
        assert world.rig.said("SPY") == LIVE
    assert errors_after(world, 9997) == errors + 1
    assert world.rig.said("SPY") == LIVE
    assert world.asked() == asked


def errors_after(world: FeederWorld, code: int) -> int:
    """Have the gateway send this error; return how many there are with it."""
    world.do("error", code=code, text="a mark", req_id=-1)
    words = world.rig.wait_words(
        lambda words: words.last_error is not None and words.last_error.code == code, "it came"
    )
    return words.errors


# ---- clock and market ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-86_400.0, 1e6])
def test_a_wrong_clock_of_the_gateway_hurts_nobody(world: FeederWorld, seconds: float) -> None:
    """Only our own clocks decide."""
    world.do("clock_offset", seconds=seconds)
    sequence = world.rig.reader["SPY"].sequence
    wait_until(lambda: world.rig.reader["SPY"].sequence > sequence + 5, "ticks go on", show=world.rig.show)
    assert world.rig.said("SPY") == LIVE


def test_a_closed_market_is_as_silence(world: FeederWorld) -> None:
    """Bids and asks go away; without sessions from outside nothing more is claimed."""
    world.do("market", phase="closed")
    wait_until(lambda: world.rig.reader["SPY"].bid is None, "bids go away", show=world.rig.show)
    says(world, "stale/not_vouched")


def test_a_halt_is_told(world: FeederWorld) -> None:
    """Of its symbol only."""
    world.do("halt", symbol="SPY", value=1)
    wait_until(lambda: world.rig.reader["SPY"].is_halted, "the halt is told", show=world.rig.show)
    assert not world.rig.reader["QQQ"].is_halted
    world.do("halt", symbol="SPY", value=0)
    wait_until(lambda: not world.rig.reader["SPY"].is_halted, "its end is told", show=world.rig.show)


def test_a_jump_of_the_price_is_passed_on(world: FeederWorld) -> None:
    """No clamp, no filter: the gateway's word."""
    before = world.rig.reader["SPY"].bid
    assert before is not None
    world.do("price", symbol="SPY", factor=0.1)
    wait_until(lambda: (world.rig.reader["SPY"].bid or before) < before / 5, "the price falls", show=world.rig.show)
    world.do("price", symbol="SPY", factor=1.0)


def test_a_burst_is_absorbed(world: FeederWorld) -> None:
    """30,000 ticks at once; looking at the simulator meanwhile costs nothing."""
    world.do("burst", count=30_000)
    assert world.do("status")["phase"] == "regular"
    assert world.rig.said("SPY") == LIVE


# ---- the gateway's end, and whether that was all ---------------------------------------------------------------------


def test_the_end_of_the_gateway_is_told_and_waited_out(
    segment_name: str, start_simulator: Callable[..., SimulatorProcess]
) -> None:
    """The process goes away for good; one that comes on the same port is taken."""
    first = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, first.port) as rig:
        rig.start().wait_live()
        first.do("quit")
        rig.wait_said("SPY", "stale/connection")
        wait_until(lambda: not first.is_running, "the simulator ends")
        start_simulator(always_open=True, pace=0.1, sample_s=0.02, port=first.port)
        rig.wait_live()


def test_every_command_is_here() -> None:
    """A new fault of the simulator needs a test of the feeder."""
    others = ("test_feeder_refusals.py", "test_feeder_inquiries.py")
    text = "".join(Path(__file__).with_name(name).read_text() for name in (Path(__file__).name, *others))
    words = {command.__struct_config__.tag for command in COMMANDS}
    tried = set(re.findall(r'do\("(\w+)"', text)) | set(re.findall(r'\["(rst)", "(fin)"\]', text)[0])
    assert words - ON_ITS_OWN_BYTES <= tried, words - ON_ITS_OWN_BYTES - tried
