"""A feeder that is dead, stopped or stuck: its quotes stop being live in time, and nothing old comes back as new."""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes.checkable import check_whole, symbol_of
from tests.processes.child import state_of
from tests.waiting import wait_until
from tickring import _core
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader, Verdict
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes.child import Child, Processes

LIMIT_S = 0.2
LIMITS = SegmentLimits(capacity=64, depth=16, heartbeat_limit_s=LIMIT_S, vouch_limit_s=300)
NUMBERS = [1, 2, 3]


class Scene:
    """An owner and a reader here, a feeder that ticks at full speed in a process of its own."""

    def __init__(self, name: str, processes: Processes) -> None:
        self.name = name
        self.processes = processes
        self.host = SegmentHost.open(name, limits=LIMITS, api_mode="mock")
        self.host.set_state("running")
        self.writer = self.start_writer()
        self.writer.ask("run")
        self.reader = QuoteReader.open(name, api_mode="mock")
        self.handle = self.reader.handle(symbol_of(1))
        wait_until(
            lambda: all(self.reader[symbol_of(number)].verdict is Verdict.LIVE for number in NUMBERS),
            "the feed is live",
        )

    def start_writer(self) -> Child:
        """Grant the next epoch and start a feeder for it, with all symbols but no tick yet."""
        writer = self.processes.start("writer")
        writer.ask("attach", name=self.name, epoch=self.host.grant_epoch())
        writer.ask("stream", numbers=NUMBERS)
        return writer

    def new_owner(self, limits: SegmentLimits = LIMITS) -> None:
        """Close the owner and open the next."""
        self.host.close()
        self.host = SegmentHost.open(self.name, limits=limits, api_mode="mock")
        self.host.set_state("running")

    def watch_it_go_down(self) -> None:
        """Read until the quote is down, while the feeder stands still: live up to the limit, down behind it."""
        heartbeat_ns = self.reader.header()["feeder"]["heartbeat_ns"]
        sequence = self.handle.read().sequence
        deadline = time.monotonic() + 20
        while True:
            before_ns = _core.boot_ns()
            quote = self.handle.read()
            check_whole(quote, 1)
            assert quote.sequence == sequence
            if quote.verdict is Verdict.LIVE:
                assert quote.read_ns - heartbeat_ns <= LIMIT_S * 1e9, f"live without a heartbeat: {quote!r}"
                assert before_ns - heartbeat_ns <= LIMIT_S * 1e9, f"live without a heartbeat: {quote!r}"
            else:
                assert (quote.verdict, quote.reason) == ("feed_down", "heartbeat")
                break
            assert time.monotonic() < deadline, f"still {quote!r}"
        assert self.reader.header()["feeder"]["heartbeat_ns"] == heartbeat_ns
        assert _core.boot_ns() - heartbeat_ns > LIMIT_S * 1e9

    def settle(self, *expected: str) -> None:
        """Wait until the symbols read so; until then none may be live that shall not be."""

        def has_settled() -> bool:
            verdicts = [self.reader[symbol_of(number)].verdict for number in NUMBERS]
            for number, verdict, wanted in zip(NUMBERS, verdicts, expected, strict=True):
                assert verdict in {wanted, "feed_down"}, f"symbol {number} reads {verdict}"
            return verdicts == list(expected)

        wait_until(has_settled, f"the symbols read {expected}")

    def close(self) -> None:
        """Close what is open in this process."""
        self.reader.close()
        self.host.close()


@pytest.fixture
def scene(segment_name: str, processes: Processes) -> Iterator[Scene]:
    """See Scene."""
    made = Scene(segment_name, processes)
    yield made
    made.close()


# ---- silence ----


def _still(writer: Child, how: str) -> None:
    if how == "killed":
        writer.kill()
    elif how == "stopped":
        writer.stop()
    else:
        writer.ask("hang")


@pytest.mark.parametrize("how", ["killed", "stopped", "hung"])
def test_quotes_of_a_silent_feeder_go_down_at_the_heartbeat_limit(scene: Scene, how: str) -> None:
    """Killed, stopped or stuck: no quote is live with a heartbeat older than the limit, though its record stands."""
    _still(scene.writer, how)
    scene.watch_it_go_down()
    for number in NUMBERS:
        assert scene.reader[symbol_of(number)].verdict == "feed_down"
    valuation = scene.reader.batch([symbol_of(number) for number in NUMBERS]).value([1.0, 1.0, 1.0])
    assert [row.verdict for row in valuation.unpriced] == ["feed_down"] * 3


def test_a_sleeping_follower_is_told_that_the_feed_went_down(scene: Scene) -> None:
    """A follower hears of the feeder's death as the newest quote again, feed_down, though no record is published."""
    follow = scene.reader.follow([symbol_of(1)], timeout_s=20)
    scene.writer.kill()
    last = None
    for quote, _ in follow:
        last = quote
        if quote.verdict is Verdict.FEED_DOWN:
            break
    assert last is not None
    assert (last.verdict, last.reason) == ("feed_down", "heartbeat")
    assert last.sequence == scene.handle.read().sequence


def test_a_feeder_that_stutters_is_never_live_in_its_pauses(scene: Scene) -> None:
    """A feeder that is stopped and goes on, again and again: down in every pause, live with its first new tick."""
    for _ in range(4):
        scene.writer.stop()
        scene.watch_it_go_down()
        scene.writer.resume()
        wait_until(lambda: scene.handle.read().verdict is Verdict.LIVE, "the feed is live again")


def test_short_stops_are_judged_by_the_heartbeat_alone(scene: Scene) -> None:
    """Stops around the limit, at random: whatever is live has a heartbeat within the limit as of its read."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(10):
        scene.writer.stop()
        heartbeat_ns = scene.reader.header()["feeder"]["heartbeat_ns"]
        until = time.monotonic() + rng.random() * 2 * LIMIT_S
        while time.monotonic() < until:
            quote = scene.handle.read()
            assert (quote.verdict is Verdict.LIVE) == (quote.read_ns - heartbeat_ns <= LIMIT_S * 1e9), quote
        scene.writer.resume()


# ---- the next epoch ----


@pytest.mark.parametrize("how", ["killed", "stopped", "hung"])
def test_nothing_old_is_live_until_its_own_tick(scene: Scene, how: str) -> None:
    """After the next feeder has begun, every old quote is stale or missing until that symbol's own first tick."""
    _still(scene.writer, how)
    scene.watch_it_go_down()
    old = scene.writer
    writer = scene.processes.start("writer")
    epoch = scene.host.grant_epoch()
    assert state_of(old.pid) in {"-", "Z"}
    assert {scene.reader[symbol_of(number)].verdict for number in NUMBERS} == {"feed_down"}
    writer.ask("attach", name=scene.name, epoch=epoch)
    writer.ask("beat")
    scene.settle("stale", "stale", "stale")
    writer.ask("stream", numbers=[1, 2])
    scene.settle("missing", "missing", "stale")  # a new subscription starts from an empty quote
    writer.ask("tick", number=1)
    scene.settle("live", "missing", "stale")
    assert scene.handle.read().epoch == epoch


# ---- another file ----


@pytest.mark.parametrize("stands", ["nothing", "directory", "half_made_file"])
def test_a_reader_that_came_first_waits_for_the_segment(segment_name: str, processes: Processes, stands: str) -> None:
    """A reader opened with `wait_s` before there is a segment gets it when it is made, complete."""
    paths = SegmentPaths.of(segment_name)
    if stands != "nothing":
        paths.directory.mkdir()
    if stands == "half_made_file":
        paths.segment.write_bytes(bytes(8192))
    reader = processes.start("reader")
    reader.tell("open", name=segment_name, wait_s=30)
    wait_until(lambda: state_of(reader.pid) == "S", "the reader waits")
    with SegmentHost.open(segment_name, limits=LIMITS, api_mode="mock") as host:
        segment_id = reader.answer()
        writer = processes.start("writer")
        host.set_state("running")
        writer.ask("attach", name=segment_name, epoch=host.grant_epoch())
        writer.ask("stream", numbers=[1])
        writer.ask("run")
        wait_until(lambda: reader.ask("quote", number=1)["verdict"] == "live", "the reader sees the feed")
        assert reader.ask("quote", number=1)["segment_id"] == segment_id


@pytest.mark.parametrize("how", ["replaced", "other_capacity", "directory_removed"])
def test_a_follower_moves_to_the_segment_that_replaces_its_own(scene: Scene, how: str) -> None:
    """A follower asleep on one segment goes on with the one that takes its place; so do handles made before."""
    follower = scene.processes.start("reader")
    old_id = follower.ask("open", name=scene.name)
    follower.ask("follow", numbers=[1, 2])
    old_epoch = scene.host.epoch
    follower.tell("follow_to_another_segment", number=1, segment_id=old_id)

    if how == "replaced":
        scene.host.replace()
    elif how == "other_capacity":
        scene.new_owner(LIMITS._replace(capacity=200))
    else:
        scene.writer.kill()
        scene.watch_it_go_down()
        scene.host.close()
        shutil.rmtree(SegmentPaths.of(scene.name).directory)
        assert scene.handle.read().verdict == "feed_down"
        assert scene.handle.read().bid is not None
        scene.new_owner()
    assert state_of(scene.writer.pid) in {"-", "Z"}
    writer = scene.start_writer()
    writer.ask("run")

    moved = follower.answer()
    assert moved["segment_id"] != old_id
    assert moved["verdict"] == "live"
    if how != "directory_removed":  # else nobody is left who knows how far epochs had come
        assert scene.host.epoch > old_epoch
    wait_until(lambda: scene.handle.read().verdict is Verdict.LIVE, "an old handle shows the new segment")
    assert scene.handle.read().segment_id == moved["segment_id"]
    assert scene.reader.stats["reattached"] == 1


def test_a_follower_moves_again_and_again(scene: Scene) -> None:
    """Five segments one after the other: a follower and an old handle arrive at each."""
    follow = scene.reader.follow([symbol_of(1)], timeout_s=20)
    for _ in range(5):
        scene.host.replace()
        scene.host.set_state("running")
        writer = scene.start_writer()
        writer.ask("run")
        with QuoteReader.open(scene.name, api_mode="mock") as fresh:
            segment_id = fresh.status().segment_id
        arrived = next(quote for quote, _ in follow if quote.segment_id == segment_id and quote.verdict is Verdict.LIVE)
        check_whole(arrived, 1)
        assert scene.handle.read().segment_id == segment_id
