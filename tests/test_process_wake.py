"""Followers in one process see what another publishes: woken when asleep, and told exactly what they missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes.child import state_of
from tests.waiting import wait_until
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes.child import Child, Processes

DEPTH = 16
KEPT = DEPTH - 2
"""Records that a follower can still take when it comes late (docs of `history` and `follow`)."""
WAIT_CAP_S = 0.1  # native/wake.h: no wait is longer


class Scene:
    """An owner here, a writer of two symbols and a follower of the first in processes of their own."""

    def __init__(self, host: SegmentHost, processes: Processes) -> None:
        self.host = host
        self.name = str(host.paths.directory)
        self.processes = processes
        self.writer = processes.start("writer")
        self.writer.ask("attach", name=self.name, epoch=host.grant_epoch())
        self.writer.ask("stream", numbers=[1, 2])
        self.sequence = self.writer.ask("tick", number=1)
        self.reader = QuoteReader.open(self.name, api_mode="mock")

    def start_follower(self) -> Child:
        """Start a process that follows symbol 1 and has taken all there is."""
        follower = self.processes.start("reader")
        follower.ask("open", name=self.name)
        follower.ask("follow", numbers=[1])
        return follower

    def rounds(self, follower: Child, count: int, *, batch: int = 1) -> None:
        """Publish only after the follower has told of everything before; it must miss nothing."""
        for _ in range(count):
            follower.tell("next_after", number=1, sequence=self.sequence + batch - 1)
            first = self.sequence + 1
            self.sequence = self.writer.ask("tick", number=1, times=batch)
            assert follower.answer() == [[sequence, 0] for sequence in range(first, self.sequence + 1)]

    def counters(self) -> dict[str, int]:
        """The writer's counters."""
        return self.reader.status().counters


@pytest.fixture
def scene(segment_name: str, processes: Processes) -> Iterator[Scene]:
    """See Scene."""
    limits = SegmentLimits(capacity=64, depth=DEPTH, heartbeat_limit_s=300, vouch_limit_s=300)
    with SegmentHost.open(segment_name, limits=limits, api_mode="mock") as host:
        host.set_state("running")
        scene = Scene(host, processes)
        yield scene
        scene.reader.close()


def test_sleeping_followers_are_woken_round_after_round(scene: Scene) -> None:
    """Two hundred times a follower sleeps, one tick is published, and it comes out by itself: it does not only poll."""
    follower = scene.start_follower()
    naps_s = []
    for _ in range(200):
        follower.tell("sleep_until_news")
        assert follower.answer() == "asleep soon"
        wait_until(lambda: state_of(follower.pid) == "S", "the follower sleeps", show=lambda: state_of(follower.pid))
        scene.sequence = scene.writer.ask("tick", number=1)
        nap = follower.answer()
        assert nap["rows"] == [[scene.sequence, 0]]
        naps_s.append(nap["slept_s"])
    # A follower that nobody wakes finds the tick at the end of a wait. A slow machine cannot make all naps that long.
    assert min(naps_s) < WAIT_CAP_S / 2


def test_a_follower_that_keeps_up_misses_nothing(scene: Scene) -> None:
    """Batches as large as a ring keeps, each answered before the next: every single record arrives, in order."""
    follower = scene.start_follower()
    scene.rounds(follower, 50, batch=KEPT)
    tally = follower.ask("collected")
    assert tally["missed_in_all"] == 0


def test_what_a_follower_saw_and_missed_is_what_was_published(scene: Scene) -> None:
    """Against a writer at full speed nothing is lost without being counted: seen + missed == published."""
    followers = [scene.start_follower() for _ in range(2)]
    first = scene.sequence
    for follower in followers:
        follower.ask("collect")
    scene.writer.ask("run")
    wait_until(lambda: scene.counters()["ticks_published"] > 20_000, "the writer has published a lot")
    scene.writer.ask("pause")
    last = scene.writer.ask("tick", number=1)
    for follower in followers:
        tally = follower.ask("collected")
        # The present quote that it began with is counted too.
        assert tally["seen"] + tally["missed"] == last - first + 1
        assert tally["missed"] == tally["missed_in_all"]


def test_a_follower_that_was_stopped_counts_exactly_what_it_missed(scene: Scene) -> None:
    """A follower stands still for 100 ticks of a ring that keeps 14: it gets the last 14 and is told of 86."""
    follower = scene.start_follower()
    follower.tell("next_after", number=1, sequence=scene.sequence + 99)
    follower.stop()
    last = scene.writer.ask("tick", number=1, times=100)
    follower.resume()
    rows = follower.answer()
    assert rows == [[last - KEPT + 1, 100 - KEPT], *([sequence, 0] for sequence in range(last - KEPT + 2, last + 1))]


def test_a_stopped_follower_does_not_slow_the_writer_or_another(scene: Scene) -> None:
    """While one follower stands still, another takes part in every round; the first then counts all of it."""
    slow, quick = scene.start_follower(), scene.start_follower()
    first = scene.sequence
    slow.ask("collect")
    slow.stop()
    scene.rounds(quick, 60)
    slow.resume()
    wait_until(lambda: slow.ask("sequence", number=1) == scene.sequence, "the slow one has caught up")
    tally = slow.ask("collected")
    assert tally["seen"] + tally["missed"] == scene.sequence - first + 1
    assert tally["missed"] == 60 - KEPT
