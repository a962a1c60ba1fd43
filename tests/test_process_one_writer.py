"""One writer at a time, by death: whoever is second finds out, and whoever is old never gets a word in again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.checkable import check_whole, symbol_of
from tests.processes.child import ChildError, identity_of, kill_and_wait, state_of, unshare_or_skip
from tests.waiting import wait_until
from tickring import _core
from tickring.errors import SupervisorBusy
from tickring.names import SegmentPaths
from tickring.process_identity import ProcessIdentity
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes.child import Child, Processes

LIMITS = SegmentLimits(capacity=64, depth=16, heartbeat_limit_s=300, vouch_limit_s=300)
RUNNERS = 20


@pytest.fixture
def host(segment_name: str, processes: Processes) -> Iterator[SegmentHost]:  # noqa: ARG001 - closed before they end
    """The segment's owner, in this process."""
    with SegmentHost.open(segment_name, limits=LIMITS, api_mode="mock") as owner:
        owner.set_state("running")
        yield owner


@pytest.fixture
def reader(segment_name: str, host: SegmentHost) -> Iterator[QuoteReader]:  # noqa: ARG001 - makes the segment
    """A reader that was there before every writer."""
    with QuoteReader.open(segment_name, api_mode="mock") as opened:
        yield opened


def _start_writer(processes: Processes, host: SegmentHost, numbers: list[int]) -> Child:
    writer = processes.start("writer")
    writer.ask("attach", name=str(host.paths.directory), epoch=host.grant_epoch())
    writer.ask("stream", numbers=numbers)
    for number in numbers:
        writer.ask("tick", number=number)
    return writer


def _race(processes: Processes, contest: str, **arguments: object) -> tuple[int, list[dict[str, Any]]]:
    """Run a race and return the pid of its only winner, and what the losers met."""
    nursery = processes.start("nursery")
    outcomes = nursery.ask("race", contest=contest, runners=RUNNERS, arguments=arguments)
    assert len(outcomes) == RUNNERS
    winners = [outcome["own_pid"] for outcome in outcomes if outcome["error"] is None]
    assert len(winners) == 1, outcomes
    processes.adopt(winners[0])
    return winners[0], [outcome for outcome in outcomes if outcome["error"] is not None]


# ---- races ----


def test_of_twenty_starters_one_owns_the_segment(segment_name: str, processes: Processes) -> None:
    """Twenty supervisors that start at one moment: one wins, the others get SupervisorBusy and learn its pid."""
    winner, losers = _race(processes, "own_segment", name=segment_name, capacity=64, depth=16)
    assert {loser["error"] for loser in losers} == {"SupervisorBusy"}
    # 0: asked in the microseconds between the winner's lock and its name.
    assert {loser["named_pid"] for loser in losers} <= {winner, 0}
    with pytest.raises(SupervisorBusy) as caught:
        SegmentHost.open(segment_name, limits=LIMITS)
    assert caught.value.pid == winner
    with QuoteReader.open(segment_name, api_mode="mock") as reader:
        status = reader.status()
    assert (status.supervisor_pid, status.feeder_pid) == (winner, winner)


def test_twenty_starters_after_a_killed_owner(segment_name: str, processes: Processes) -> None:
    """The same over the segment of an owner that was SIGKILLed: one wins and takes the standing file over."""
    first, _ = _race(processes, "own_segment", name=segment_name, capacity=64, depth=16)
    inode = SegmentPaths.of(segment_name).segment.stat().st_ino
    kill_and_wait(first)
    second, losers = _race(processes, "own_segment", name=segment_name, capacity=64, depth=16)
    assert {loser["error"] for loser in losers} == {"SupervisorBusy"}
    print({loser["named_pid"] for loser in losers}, {second, first, 0})
    assert {loser["named_pid"] for loser in losers} <= {second, 0}
    assert SegmentPaths.of(segment_name).segment.stat().st_ino == inode
    with QuoteReader.open(segment_name, api_mode="mock") as reader:
        assert reader.status().feeder_pid == second


def test_an_owner_that_has_not_named_itself_is_not_taken_for_the_one_before(
    segment_name: str, processes: Processes
) -> None:
    """Who asks between a starter's lock and its name learns that the owner is unknown, not a pid that is long dead."""
    nursery = processes.start("nursery")
    kill_and_wait(processes.fork(nursery, "host", name=segment_name, capacity=64, depth=16))
    starter = processes.fork(
        nursery,
        "stopped",
        contest="own_segment",
        before="pwrite",
        arguments={"name": segment_name, "capacity": 64, "depth": 16},
    )
    wait_until(lambda: state_of(starter) == "T", "the starter holds the lock and has not written its pid")
    with pytest.raises(SupervisorBusy) as caught:
        SegmentHost.open(segment_name, limits=LIMITS)
    assert caught.value.pid in {0, starter}


def test_of_twenty_writers_with_one_epoch_one_attaches(
    segment_name: str, host: SegmentHost, reader: QuoteReader, processes: Processes
) -> None:
    """Twenty feeders with the same granted epoch: one attaches, the others get WriterBusy."""
    winner, losers = _race(processes, "attach", name=segment_name, epoch=host.grant_epoch())
    assert {loser["error"] for loser in losers} == {"WriterBusy"}
    assert {loser["named_pid"] for loser in losers} <= {winner, 0}
    assert reader.status().feeder_pid == winner
    late = processes.start("writer")
    with pytest.raises(ChildError) as caught:
        late.ask("attach", name=segment_name, epoch=host.epoch)
    assert (caught.value.kind, caught.value.named_pid) == ("WriterBusy", winner)


# ---- the old writer and the new one ----


def test_a_stopped_writer_is_ended_before_the_next_begins(
    segment_name: str, host: SegmentHost, reader: QuoteReader, processes: Processes
) -> None:
    """A writer that stands still is SIGKILLed by granting the next epoch; nothing it had in flight ever appears."""
    old = _start_writer(processes, host, [1, 2, 3])
    old.ask("run")
    wait_until(lambda: reader[symbol_of(3)].sequence > 100, "the old writer runs")
    old.stop()
    old_identity = identity_of(old.pid)

    epoch = host.grant_epoch()
    assert identity_of(old.pid) != old_identity or state_of(old.pid) == "Z"
    assert reader.status().counters["writers_killed"] == 1
    left_behind = {number: reader[symbol_of(number)] for number in (1, 2, 3)}
    assert {quote.verdict for quote in left_behind.values()} == {"feed_down"}

    new = processes.start("writer")
    new.ask("attach", name=segment_name, epoch=epoch)
    for number, left in left_behind.items():
        quote = reader[symbol_of(number)]
        assert (quote.verdict, quote.epoch, quote.sequence) == ("stale", epoch, left.sequence + 1)
        assert (quote.bid, quote.volume) == (left.bid, left.volume)
        check_whole(quote, number)
    new.ask("stream", numbers=[1])
    new.ask("tick", number=1)
    assert (reader[symbol_of(1)].verdict, reader[symbol_of(1)].epoch) == ("live", epoch)
    assert reader[symbol_of(2)].verdict == "stale"


def test_a_writer_whose_epoch_is_over_is_told_at_its_next_commit(
    segment_name: str, host: SegmentHost, reader: QuoteReader, processes: Processes
) -> None:
    """A writer that lives on while the epoch moves gets SegmentFenced from `commit`; what it wrote last is not live."""
    writer = _start_writer(processes, host, [1])
    assert reader[symbol_of(1)].verdict == "live"
    # A host never does this: it ends the writer first. It stands for a writer whose death was proven wrongly.
    fd = os.open(host.paths.segment, os.O_RDWR)
    own = ProcessIdentity.own()
    line = _core.SupervisorLine(fd, own.pid, own.start_ticks)
    os.close(fd)
    granted = line.grant_epoch()
    with pytest.raises(ChildError, match="epoch") as caught:
        writer.ask("tick", number=1)
    assert caught.value.kind == "SegmentFenced"
    assert (reader[symbol_of(1)].verdict, reader[symbol_of(1)].reason) == ("feed_down", "no_feeder")
    with pytest.raises(ChildError) as caught:
        processes.start("writer").ask("attach", name=segment_name, epoch=granted - 1)
    assert caught.value.kind in {"WriterBusy", "SegmentFenced"}
    line.close()


def test_an_epoch_of_the_past_is_refused(segment_name: str, host: SegmentHost, processes: Processes) -> None:
    """A feeder that was started long ago and comes late gets SegmentFenced, not the segment."""
    old_epoch = host.grant_epoch()
    host.grant_epoch()
    with pytest.raises(ChildError) as caught:
        processes.start("writer").ask("attach", name=segment_name, epoch=old_epoch)
    assert caught.value.kind == "SegmentFenced"


def test_a_process_that_gave_the_segment_back_is_not_ended_for_another(
    segment_name: str, host: SegmentHost, processes: Processes
) -> None:
    """A process that has closed its writer lives on, even if another holds the lock and has not named itself yet."""
    polite = processes.start("writer")
    polite.ask("attach", name=segment_name, epoch=host.grant_epoch())
    polite.ask("close")
    arguments = {"name": segment_name, "epoch": host.grant_epoch()}
    nursery = processes.start("nursery")
    unnamed = processes.fork(nursery, "stopped", contest="attach", before="getpid", arguments=arguments)
    wait_until(lambda: state_of(unnamed) == "T", "the next writer holds the lock and has not named itself")
    host.grant_epoch(fence_timeout_s=0.2)
    assert state_of(polite.pid) in {"R", "S"}


# ---- the owner dies ----


def test_the_next_owner_takes_the_segment_of_a_killed_one(segment_name: str, processes: Processes) -> None:
    """A SIGKILLed owner leaves its lock free at once; the next one takes the file over and ends the old writer first.

    Readers keep their mapping and their handles through all of it.
    """
    nursery = processes.start("nursery")
    owner = processes.fork(nursery, "host_alone", name=segment_name, capacity=64, depth=16)
    with QuoteReader.open(segment_name, api_mode="mock") as reader:
        old = processes.start("writer")
        old.ask("attach", name=segment_name, epoch=reader.status().epoch)
        old.ask("stream", numbers=[1])
        old.ask("tick", number=1)
        handle = reader.handle(symbol_of(1))
        assert handle.read().verdict == "live"
        segment_id, inode = reader.status().segment_id, SegmentPaths.of(segment_name).segment.stat().st_ino

        kill_and_wait(owner)
        with SegmentHost.open(segment_name, limits=LIMITS, api_mode="mock") as successor:
            epoch = successor.grant_epoch()
            assert state_of(old.pid) in {"-", "Z"}
            assert handle.read().verdict == "feed_down"
            successor.set_state("running")
            new = processes.start("writer")
            new.ask("attach", name=segment_name, epoch=epoch)
            assert handle.read().verdict == "stale"
            new.ask("stream", numbers=[1])
            new.ask("tick", number=1)
            assert (handle.read().verdict, handle.read().epoch) == ("live", epoch)
            assert reader.status().segment_id == segment_id
            assert reader.stats["reattached"] == 0
            assert SegmentPaths.of(segment_name).segment.stat().st_ino == inode


# ---- death that cannot be proven ----


def test_a_lock_that_stays_held_leads_to_a_new_segment(
    segment_name: str, host: SegmentHost, reader: QuoteReader, processes: Processes
) -> None:
    """If the writer lock outlives its writer, a new file takes over: readers move, handles go on, nothing old lives."""
    old = _start_writer(processes, host, [1, 2])
    keeper = processes.adopt(old.ask("lend_lock"))
    handles = {number: reader.handle(symbol_of(number)) for number in (1, 2)}
    before = {number: handle.read() for number, handle in handles.items()}
    assert {quote.verdict for quote in before.values()} == {"live"}
    inode = host.paths.segment.stat().st_ino
    # What the old file says to a reader that has not moved: a second one that is asked only at the end.
    with QuoteReader.open(segment_name, api_mode="mock") as elsewhere:
        old_id = elsewhere.status().segment_id
        epoch = host.grant_epoch(fence_timeout_s=0.2)
        assert state_of(keeper) == "S"
        assert host.paths.segment.stat().st_ino != inode
        assert epoch > before[1].epoch

        # The old segment's quotes are down for whoever still looks at it, and gone for whoever has moved.
        first_look = handles[1].read()
        assert first_look.verdict in {"feed_down", "missing"}
        wait_until(lambda: handles[2].read().verdict == "missing", "the reader has moved")
        assert reader.stats["reattached"] == 1

        new = processes.start("writer")
        host.set_state("running")
        new.ask("attach", name=segment_name, epoch=epoch)
        new.ask("stream", numbers=[2, 1])
        new.ask("tick", number=1)
        for held in (handles[1], elsewhere.handle(symbol_of(1))):
            wait_until(lambda held=held: held.read().verdict == "live", "the old handle shows the new segment")  # type: ignore[misc]
            quote = held.read()
            check_whole(quote, 1)
            assert (quote.epoch, quote.segment_id != old_id) == (epoch, True)
        # Quotes of the two segments are never the same, though slot and sequence may be.
        assert before[1] != handles[1].read()


UNREACHABLE = ("--pid", "--fork", "--kill-child", "--mount-proc")
"""A process that its supervisor cannot name, as in a container that shares the tmpfs but not the process numbers."""


def test_a_writer_that_cannot_be_reached_is_left_alone_with_its_old_file(
    segment_name: str, host: SegmentHost, reader: QuoteReader, processes: Processes
) -> None:
    """A writer that lives and cannot be ended loses its readers to a new segment, and is told at its next commit."""
    old = processes.start("writer", under=unshare_or_skip(*UNREACHABLE))
    old.ask("attach", name=segment_name, epoch=host.grant_epoch())
    old.ask("stream", numbers=[1])
    old.ask("tick", number=1)
    old_id = reader.status().segment_id
    assert reader[symbol_of(1)].verdict == "live"

    epoch = host.grant_epoch(fence_timeout_s=0.2)
    with pytest.raises(ChildError) as caught:
        old.ask("tick", number=1)
    assert caught.value.kind == "SegmentFenced"
    assert reader[symbol_of(1)].verdict in {"feed_down", "missing"}
    host.set_state("running")
    new = processes.start("writer")
    new.ask("attach", name=segment_name, epoch=epoch)
    new.ask("stream", numbers=[1])
    new.ask("tick", number=1)
    wait_until(lambda: reader[symbol_of(1)].verdict == "live", "the reader has moved")
    assert reader.status().segment_id != old_id
    assert reader[symbol_of(1)].epoch == epoch


def test_an_owner_killed_while_it_replaces_a_segment_leaves_no_second_truth(
    segment_name: str, processes: Processes
) -> None:
    """An owner that dies with the new file placed and the old one not yet declared over leaves one truth, not two.

    The old file's writer cannot be ended and goes on. Whatever it writes must not read live beside the new segment.
    """
    nursery = processes.start("nursery")
    owner = processes.fork(nursery, "host_alone", name=segment_name, capacity=64, depth=16)
    with QuoteReader.open(segment_name, api_mode="mock") as reader:
        old = processes.start("writer", under=unshare_or_skip(*UNREACHABLE))
        old.ask("attach", name=segment_name, epoch=reader.status().epoch)
        old.ask("stream", numbers=[1])
        old.ask("run")
        wait_until(lambda: reader[symbol_of(1)].verdict == "live", "the old writer runs")
        kill_and_wait(owner)

        dying = processes.fork(nursery, "host", name=segment_name, capacity=32, depth=16, die_before="supersede")
        wait_until(lambda: state_of(dying) == "-", "the second owner has killed itself")
        with SegmentHost.open(segment_name, limits=LIMITS._replace(capacity=32), api_mode="mock") as third:
            third.set_state("running")
            new = processes.start("writer")
            new.ask("attach", name=segment_name, epoch=third.grant_epoch())
            new.ask("stream", numbers=[1])
            new.ask("tick", number=1)
            with QuoteReader.open(segment_name, api_mode="mock") as fresh:
                new_id = fresh.status().segment_id
            quote = reader[symbol_of(1)]
            assert quote.verdict != "live" or quote.segment_id == new_id, f"live from an abandoned file: {quote!r}"
