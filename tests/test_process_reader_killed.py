"""A reader that is SIGKILLed or stands still costs nobody anything: no byte, no lock, no tick, no wake-up for good."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.feeds import Feed
from tests.processes.checkable import bid_of, check_whole, pairs_of, symbol_of
from tests.processes.child import kill_and_wait, state_of, stop_and_wait
from tests.waiting import wait_until
from tickring.byte_lock import ByteLock
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from tests.processes.child import Child, Processes

SYMBOLS = [symbol_of(number) for number in range(1, 5)]


class Scene:
    """A feed in this process with four symbols, and readers in others."""

    def __init__(self, feed: Feed, processes: Processes) -> None:
        self.feed = feed
        self.processes = processes
        self.nursery: Child = processes.start("nursery")
        self.paths = SegmentPaths.of(feed.name)
        self.slots = {number: feed.stream(symbol_of(number)) for number in range(1, 5)}
        self._ticks = 0
        self.sequence = 0
        self.tick()

    def tick(self) -> int:
        """Publish one tick of every symbol as one batch; return the sequence, which is the same for all."""
        self._ticks += 1
        for number, slot in self.slots.items():
            pairs: tuple[Any, ...] = pairs_of(bid_of(number, self.feed.host.epoch, self._ticks))
            self.sequence = self.feed.writer.tick(slot, time.time_ns(), *pairs)
        self.feed.writer.commit()
        return self.sequence

    def start_reader(self, life: str) -> int:
        """Start one, and return its pid when it is at work - a waiter: when it sleeps."""
        pid = self.processes.fork(self.nursery, life, name=self.feed.name, symbols=SYMBOLS)
        if life == "wait":
            wait_until(lambda: state_of(pid) == "S", "the waiter sleeps", show=lambda: state_of(pid))
        return pid

    def files(self) -> dict[str, bytes]:
        """Return every file of the segment, byte by byte."""
        return {path.name: path.read_bytes() for path in self.paths.directory.iterdir()}


@pytest.fixture
def scene(feed: Feed, processes: Processes) -> Scene:
    """See Scene."""
    return Scene(feed, processes)


@pytest.mark.parametrize("life", ["read", "value", "follow", "wait"])
def test_a_killed_reader_leaves_no_trace_in_a_quiet_segment(scene: Scene, life: str) -> None:
    """Readers killed while they read, value, follow or sleep change no byte of the segment and hold no lock."""
    before = scene.files()
    for _ in range(5):
        pid = scene.start_reader(life)
        spin_until = time.monotonic() + random.random() * 0.01
        while time.monotonic() < spin_until:
            pass
        kill_and_wait(pid)
    assert scene.files() == before
    for byte in range(1, 64):
        lock = ByteLock(scene.paths.segment, byte)
        assert lock.try_acquire(), f"lock byte {byte} is held by a dead reader"
        lock.close()


def test_readers_killed_under_a_busy_writer_touch_nothing_of_the_header(scene: Scene) -> None:
    """While the writer publishes, killed readers change no line of the header that is not the writer's own."""

    def not_the_writers(header: bytes) -> bytes:
        # native/layout.h: 0x100 feeder, 0x180 wake, 0x200-0x3ff the feeder's counters.
        return header[:0x100] + header[0x400:4096]

    before = not_the_writers(scene.paths.segment.read_bytes())
    for life in ("read", "value", "follow", "wait") * 3:
        pid = scene.start_reader(life)
        for _ in range(200):
            scene.tick()
        kill_and_wait(pid)
    assert not_the_writers(scene.paths.segment.read_bytes()) == before
    quote = scene.feed.open_reader()[SYMBOLS[0]]
    check_whole(quote, 1)
    assert quote.verdict == "live"


def test_a_waiter_killed_fifty_times_leaves_nothing(scene: Scene) -> None:
    """Fifty waiters die in their sleep; the fifty-first is woken as the first was, and the writer has lost nothing."""
    before = scene.files()
    for _ in range(50):
        kill_and_wait(scene.start_reader("wait"))
    assert scene.files() == before

    follower = scene.processes.start("reader")
    follower.ask("open", name=scene.feed.name)
    follower.ask("follow", numbers=[1])
    sequence = scene.sequence
    for _ in range(20):
        follower.tell("next_after", number=1, sequence=sequence)
        sequence = scene.tick()
        assert follower.answer() == [[sequence, 0]]


def test_a_stopped_waiter_costs_nobody_else_anything(scene: Scene) -> None:
    """While one waiter stands still under SIGSTOP, another sees every tick, and the writer runs on."""
    stopped = scene.start_reader("wait")
    stop_and_wait(stopped)
    follower = scene.processes.start("reader")
    follower.ask("open", name=scene.feed.name)
    follower.ask("follow", numbers=[1])
    sequence = scene.sequence
    for _ in range(50):
        follower.tell("next_after", number=1, sequence=sequence)
        sequence = scene.tick()
        assert follower.answer() == [[sequence, 0]]
    assert follower.ask("collected")["missed_in_all"] == 0
    assert state_of(stopped) == "T"


@pytest.mark.parametrize("life", ["read", "value", "follow", "wait"])
def test_a_reader_holds_nothing_that_it_could_write(scene: Scene, life: str) -> None:
    """A reader has the segment mapped read-only, and keeps no descriptor of any file of it."""
    pid = scene.start_reader(life)
    directory = str(scene.paths.directory)
    mapped = [line for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if directory in line]
    assert [line.split()[1] for line in mapped] == ["r--s"]
    opened = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [path for path in opened if directory in path]


def test_killed_readers_leave_no_descriptor_in_the_writer(scene: Scene) -> None:
    """However many readers come and die, the writer's process holds the same descriptors as before."""

    def descriptors() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = descriptors()
    for _ in range(10):
        kill_and_wait(scene.start_reader("read"))
        scene.tick()
    assert descriptors() == before
