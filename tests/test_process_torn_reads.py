"""A process that loses the processor at any moment: a reader within a copy, a writer within a record."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import state_of
from tests.processes.effort import attempts
from tests.processes.quote_watch import QuoteWatch
from tests.waiting import wait_until
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes.child import Child, Processes

DEPTH = 32


class Scene:
    """One symbol, and a writer process that can tick it."""

    def __init__(self, name: str, processes: Processes, reader: QuoteReader, epoch: int) -> None:
        self.reader = reader
        self.handle = reader.handle("SYM1")
        self.writer = processes.start("writer")
        self.writer.ask("attach", name=name, epoch=epoch)
        self.writer.ask("stream", numbers=[1])
        seed = random.SystemRandom().randrange(2**32)
        print(f"seed {seed}")
        self._rng = random.Random(seed)

    def wait_until_wrapped(self) -> None:
        """Return when the writer has gone round its ring, and nothing of before is left in it."""
        wait_until(lambda: self.handle.read().sequence > 2 * DEPTH, "the writer runs")

    def stop_somewhere(self, child: Child) -> None:
        """SIGSTOP a child at a random moment, and return when it stands still."""
        stop_at = time.perf_counter() + self._rng.random() * 0.0003
        while time.perf_counter() < stop_at:
            pass
        os.kill(child.pid, signal.SIGSTOP)
        while state_of(child.pid) not in "TZ-":
            os.sched_yield()


@pytest.fixture
def scene(segment_name: str, processes: Processes) -> Iterator[Scene]:
    """See Scene."""
    limits = SegmentLimits(capacity=4, depth=DEPTH, heartbeat_limit_s=300, vouch_limit_s=300)
    with (
        SegmentHost.open(segment_name, limits=limits, api_mode="mock") as host,
        QuoteReader.open(segment_name, api_mode="mock") as reader,
    ):
        host.set_state("running")
        yield Scene(segment_name, processes, reader, host.grant_epoch())


def _stop_a_reader(scene: Scene, name: str, processes: Processes, stops: int, within_s: float) -> None:
    scene.writer.ask("run_narrow")
    scene.wait_until_wrapped()
    watching = processes.start("reader")
    watching.ask("open", name=name)
    watching.ask("watch_history", number=1)
    for _ in attempts(stops, within_s=within_s):
        scene.stop_somewhere(watching)
        overwritten = scene.handle.read().sequence + DEPTH
        while scene.handle.read().sequence <= overwritten:
            os.sched_yield()
        watching.resume()
    assert watching.ask("watched_history") > 0
    scene.writer.ask("pause")


def _stop_a_writer(scene: Scene, stops: int, within_s: float) -> None:
    watch = QuoteWatch(scene.reader, [1])
    scene.writer.ask("run_narrow")
    scene.wait_until_wrapped()
    for _ in attempts(stops, within_s=within_s):
        scene.stop_somewhere(scene.writer)
        watch.look_while_nobody_writes()
        scene.writer.resume()
    assert watch.live_looks > 0
    scene.writer.ask("pause")


def test_a_reader_stopped_at_any_moment_shows_whole_quotes(
    scene: Scene, segment_name: str, processes: Processes
) -> None:
    """Stopped up to two thousand times while its ring is overwritten, a reader shows whole quotes, in their order."""
    _stop_a_reader(scene, segment_name, processes, 2000, 3)


def test_a_writer_stopped_at_any_moment_leaves_whole_quotes(scene: Scene) -> None:
    """Stopped up to two thousand times, a writer never leaves a symbol unreadable, or half of a quote to be seen."""
    _stop_a_writer(scene, 2000, 3)


@pytest.mark.stress
def test_a_reader_stopped_a_hundred_thousand_times(scene: Scene, segment_name: str, processes: Processes) -> None:
    """The same for minutes."""
    _stop_a_reader(scene, segment_name, processes, 100_000, 600)


@pytest.mark.stress
def test_a_writer_stopped_a_hundred_thousand_times(scene: Scene) -> None:
    """The same for minutes."""
    _stop_a_writer(scene, 100_000, 600)
