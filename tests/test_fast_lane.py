"""Both lanes make the same of every message: each field of each record, in order, for every release of ibapi."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.both_lanes_story import Story
from tests.clients.environments import SCRIPTS, run
from tests.clients.fixtures import IBAPI_SESSIONS, Session

if TYPE_CHECKING:
    from tests.clients.both_lanes_story import Step

MESSAGES = 6_000


@pytest.fixture(params=IBAPI_SESSIONS, ids=str)
def release(request: pytest.FixtureRequest) -> Session:
    """A release and the version it agrees on."""
    chosen: Session = request.param
    return chosen


def both(release: Session, steps: list[Step]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the slow lane and the fast lane tell of the same story."""
    script = SCRIPTS / "both_lanes.py"
    slow, fast = json.loads(run(release.client, script, str(release.server_version), standard_input=json.dumps(steps)))
    return slow, fast


def assert_alike(slow: dict[str, Any], fast: dict[str, Any], seed: object) -> None:
    """Everything told is the same, but which lane it took."""
    for symbol, records in slow["history"].items():
        assert len(records) > 1, f"seed {seed}: nothing was told of {symbol}"
        pairs = zip(records, fast["history"][symbol], strict=False)
        assert [pair for pair in pairs if pair[0] != pair[1]] == [], f"seed {seed}: the lanes differ for {symbol}"
    assert {**fast, "fast": 0} | {"history": {}} == slow | {"history": {}}, f"seed {seed}"
    assert fast["history"] == slow["history"], f"seed {seed}"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_lanes_agree_on_anything(release: Session) -> None:
    """Ticks of all types and kinds, odd and malformed ones, other messages, doubts and new requests, split anywhere."""
    seed = random.randrange(1 << 32)
    slow, fast = both(release, Story(release.server_version, seed).steps(MESSAGES))
    assert_alike(slow, fast, seed)
    assert fast["fast"] > MESSAGES / 10, f"seed {seed}: hardly anything took the fast lane"
    assert slow["refused"] > 0, f"seed {seed}: nothing malformed was sent"
    assert slow["late"] > 0, f"seed {seed}: nothing was sent to requests that are gone"


def test_a_message_may_be_split_at_every_byte(release: Session) -> None:
    """Each byte a read of its own."""
    story = Story(release.server_version, 7)
    pieces: list[Step] = [["bytes", bytes([one]).hex()] for one in story.ordinary(60)]
    steps = [*story.beginning(), *pieces]
    slow, fast = both(release, steps)
    assert_alike(slow, fast, 7)
    assert fast["fast"] >= 60


def test_ordinary_ticks_take_the_fast_lane(release: Session) -> None:
    """What a trading day consists of does not touch ibapi once a stream is confirmed."""
    story = Story(release.server_version, 11)
    slow, fast = both(release, [*story.beginning(), ["bytes", story.ordinary(2_000).hex()]])
    assert_alike(slow, fast, 11)
    assert fast["fast"] == 2_000
