"""What the gateway refuses, and how much of it: the feeder says so, tries again, and everybody else streams on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9
from tests.feeder_world import FeederWorld, shared_world
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def says(world: FeederWorld, said: str, symbol: str = "SPY", within_s: float = 5.0) -> None:
    """Readers are told so, soon."""
    world.rig.wait_said(symbol, said, within_s)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (354, "stale/no_permission"),
        (10089, "stale/no_permission"),
        (10091, "stale/no_permission"),
        (10168, "stale/no_permission"),
        (200, "stale/unresolved"),
        (10197, "stale/competing_session"),
        (10167, "delayed/delayed_data"),
        (10090, LIVE),
    ],
)
def test_a_permission_code_is_told_and_tried_again(world: FeederWorld, code: int, said: str) -> None:
    """Of one symbol; the other one streams."""
    world.do("permission", code=code, symbol="SPY")
    world.do("fin")
    says(world, "stale/connection", within_s=0.5)
    says(world, said)
    says(world, LIVE, "QQQ")
    if code not in {10167, 10090}:
        world.rig.wait_words(lambda words: str(code) in words.unresolved.get("SPY", ""), "the status tells why")
    world.do("permission", code=None, symbol="SPY")
    if code == 10167:
        world.do("fin")  # what is delayed stays so until it is asked for anew


@pytest.mark.parametrize("resume", [True, False])
def test_a_competing_session_is_told_and_outlived(world: FeederWorld, resume: bool) -> None:
    """10197 for each request; data comes back by trying again, whether or not the gateway resumes by itself."""
    world.do("competing_session")
    says(world, "stale/competing_session", within_s=0.5)
    says(world, "stale/competing_session", "QQQ", within_s=0.5)
    world.do("competing_session", start=False, resume=resume)
    says(world, LIVE)
    says(world, LIVE, "QQQ")


def test_a_silent_competing_session_is_as_silence(world: FeederWorld) -> None:
    """Nothing is said, nothing vouches."""
    world.do("competing_session", silent=True)
    says(world, "stale/not_vouched")


def test_lines_used_up_are_told_and_tried_again(world: FeederWorld) -> None:
    """101 refuses the newest; the others stream."""
    world.do("lines", limit=1)
    world.do("fin")
    world.rig.wait_words(lambda words: words.last_error is not None and words.last_error.code == 101, "101 is told")
    wait_until(
        lambda: sorted(world.rig.said(symbol) == LIVE for symbol in ("SPY", "QQQ")) == [False, True],
        "one streams",
        show=world.rig.show,
    )
    world.do("lines", limit=100)
    says(world, LIVE)
    says(world, LIVE, "QQQ")


def test_a_rate_that_is_too_high_is_survived(world: FeederWorld) -> None:
    """Error 100 is noted; whatever the gateway dropped is asked for again."""
    world.do("message_rate", limit=2)
    world.do("fin")
    says(world, "stale/connection", within_s=0.5)
    wait_until(lambda: "gateway.said code=100 " in world.rig.log(), "100 is told", show=world.rig.show)
    world.do("message_rate", limit=0)
    says(world, LIVE)


@pytest.mark.parametrize("code", [100, 162, 321, 1300, 9999])
def test_any_error_code_of_no_request_is_only_noted(world: FeederWorld, code: int) -> None:
    """Codes are hints; the ticks go on."""
    world.do("error", code=code, text="whatever", req_id=-1)
    world.rig.wait_words(lambda words: words.last_error is not None and words.last_error.code == code, "it is told")
    assert world.rig.said("SPY") == LIVE


def test_an_unknown_error_of_a_request_leaves_it_to_its_ticks(world: FeederWorld) -> None:
    """It may be dead; its ticks say that it is not."""
    world.do("error", code=9998, text="whatever", symbol="SPY")
    words = world.rig.wait_words(lambda words: words.last_error is not None and words.last_error.code == 9998, "told")
    assert words.last_error is not None
    assert words.last_error.symbol == "SPY"
    assert world.rig.said("SPY") == LIVE
