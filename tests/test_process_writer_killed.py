"""A writer that is SIGKILLed at any moment leaves nothing to repair, and nothing of it is ever taken for news."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import kill_and_wait
from tests.processes.effort import attempts
from tests.processes.quote_watch import QuoteWatch
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tests.processes.child import Processes

NUMBERS = list(range(1, 25))
LIMITS = SegmentLimits(capacity=26, depth=8, heartbeat_limit_s=300, vouch_limit_s=300)
"""Hardly more slots than symbols and short rings: slots change hands and rings wrap all the time."""


def _kill_writers(name: str, processes: Processes, lives: int, within_s: float) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    nursery, other_reader = processes.start("nursery"), processes.start("reader")
    with (
        SegmentHost.open(name, limits=LIMITS, api_mode="mock") as host,
        QuoteReader.open(name, api_mode="mock") as reader,
    ):
        host.set_state("running")
        watch = QuoteWatch(reader, NUMBERS)
        other_reader.ask("open", name=name)
        other_reader.ask("watch", numbers=NUMBERS)
        for life in attempts(lives, within_s=within_s):
            # The first half of the lives ends before the next begins, the others are ended by granting the next epoch.
            epoch = host.grant_epoch()
            watch.look_while_nobody_writes()
            attaches_first = rng.random() < 0.8
            pid = processes.fork(
                nursery, "publish", wait=attaches_first, name=name, epoch=epoch, numbers=NUMBERS, seed=seed + life
            )
            for _ in range(rng.randrange(2 ** rng.randrange(8))):
                watch.look()
            if rng.random() < 0.5:
                kill_and_wait(pid)
                watch.look_while_nobody_writes()
        host.grant_epoch()
        watch.look_while_nobody_writes()
        seen_elsewhere = other_reader.ask("watched")
    print(f"live looks here {watch.live_looks}, elsewhere {seen_elsewhere}")
    assert watch.live_looks > 0
    assert seen_elsewhere["live_looks"] > 0


def test_writers_killed_at_random_moments(segment_name: str, processes: Processes) -> None:
    """Over up to a hundred lives of a writer, each ended by SIGKILL at a random moment, every symbol stays readable.

    No quote is torn, no sequence goes back within a use of a slot, no handle shows another symbol, and nothing of a
    dead epoch is live once the next was granted - in this process and in another that reads through all of it.
    """
    _kill_writers(segment_name, processes, 100, 4)


@pytest.mark.stress
def test_writers_killed_a_thousand_times(segment_name: str, processes: Processes) -> None:
    """The same over a thousand lives, or as many as TICKRING_KILLS says."""
    _kill_writers(segment_name, processes, int(os.environ.get("TICKRING_KILLS", "1000")), 1200)
