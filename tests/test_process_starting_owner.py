"""An owner that is SIGKILLed while it starts or removes its segment leaves nothing that stops the next one."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import kill_and_wait, state_of
from tests.processes.effort import attempts
from tests.waiting import wait_until
from tickring.feeder import SegmentWriter
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tests.processes.child import Processes

KILLS = 30


def _check_next_start(name: str, capacity: int, *, epoch_before: int) -> int:
    """Start the next owner and feeder, check that all of it works and no half-made file is left; return its epoch."""
    limits = SegmentLimits(capacity, 16, 300, 300)
    with SegmentHost.open(name, limits=limits, api_mode="mock") as host:
        assert {path.name for path in host.paths.directory.iterdir()} == {"segment", "supervisor.lock"}
        host.set_state("running")
        epoch = host.grant_epoch()
        assert epoch > epoch_before
        with SegmentWriter.attach(name, epoch=epoch) as writer, QuoteReader.open(name, api_mode="mock") as reader:
            writer.set_line(state="running", connection="connected", api_mode="mock")
            writer.heartbeat()
            slot = writer.add("SPY")
            writer.begin(slot)
            writer.set_state(slot, state="live", source="ib_stream", data_type="realtime", publish=False)
            writer.tick(slot, time.time_ns(), "bid", 1.0, "ask", 2.0)
            writer.commit()
            assert reader["SPY"].verdict == "live"
            assert reader.status().capacity == capacity
    return epoch


def test_owners_killed_at_random_moments_of_their_start(segment_name: str, processes: Processes) -> None:
    """Up to thirty owners die at random moments of taking over or replacing a segment; each next one starts."""
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    nursery = processes.start("nursery")
    start_s = 0.0
    for _ in range(2):  # the first start waits for the nursery to come up
        began = time.monotonic()
        kill_and_wait(processes.fork(nursery, "host", name=segment_name, capacity=64, depth=16))
        start_s = time.monotonic() - began
    epoch = 0
    for _ in attempts(KILLS, within_s=4):
        pid = processes.fork(nursery, "host", wait=False, name=segment_name, capacity=rng.choice((32, 64)), depth=16)
        kill_at = time.monotonic() + rng.random() * start_s * 1.5
        while time.monotonic() < kill_at:
            pass
        kill_and_wait(pid)
        epoch = _check_next_start(segment_name, rng.choice((32, 64)), epoch_before=epoch)


@pytest.mark.parametrize("standing", [None, 64, 32], ids=["nothing", "the_same", "another_capacity"])
def test_owners_killed_before_every_call_of_their_start(
    segment_name: str, processes: Processes, standing: int | None
) -> None:
    """The same for each call into the system: an owner dies just before it, from the first to the last of a start."""
    nursery = processes.start("nursery")
    call = 0
    for call in itertools.count():
        epoch = 0
        if standing is None:
            shutil.rmtree(SegmentPaths.of(segment_name).directory, ignore_errors=True)
        else:
            epoch = _check_next_start(segment_name, standing, epoch_before=0)
        pid = processes.fork(nursery, "host", name=segment_name, capacity=64, depth=16, die_at_call=call)
        wait_until(lambda pid=pid: state_of(pid) in "-S", "the owner has died or sleeps")  # type: ignore[misc]
        has_started = state_of(pid) == "S"
        kill_and_wait(pid)
        _check_next_start(segment_name, 64, epoch_before=epoch)
        if has_started:
            break
    assert call > 20, "hardly any call was tried"


def test_owners_killed_before_every_call_of_their_removal(segment_name: str, processes: Processes) -> None:
    """The same for an owner that removes its segment when it closes; once it got through, nothing is left of it."""
    nursery = processes.start("nursery")
    directory = SegmentPaths.of(segment_name).directory
    call = 0
    for call in itertools.count():
        pid = processes.fork(nursery, "remover", name=segment_name, capacity=64, depth=16, die_at_call=call)
        wait_until(lambda pid=pid: state_of(pid) == "-", "the owner has died, or ended")  # type: ignore[misc]
        has_removed = not directory.exists()
        _check_next_start(segment_name, 64, epoch_before=0)
        if has_removed:
            break
    assert call >= 4, "hardly any call was tried"


@pytest.mark.parametrize("before", ["mkdir", "stat", "open", "fcntl"])
def test_an_owner_starts_while_another_removes_the_directory(
    segment_name: str, processes: Processes, before: str
) -> None:
    """Wherever a starting owner stands when the directory goes away under it, it makes its own and goes on."""
    nursery = processes.start("nursery")
    limits = SegmentLimits(64, 16, 300, 300)
    with SegmentHost.open(segment_name, limits=limits, api_mode="mock") as leaving:
        arguments = {"name": segment_name, "capacity": 64, "depth": 16}
        starter = processes.fork(nursery, "stopped", contest="own_segment", before=before, arguments=arguments)
        wait_until(lambda: state_of(starter) == "T", f"the starter stands before {before}")
        leaving.close(remove=True)
        os.kill(starter, signal.SIGCONT)
        wait_until(lambda: state_of(starter) in "S-", "the starter is through, or dead")
        assert state_of(starter) == "S"
        with QuoteReader.open(segment_name, api_mode="mock") as reader:
            assert reader.status().feeder_pid == starter


def test_owners_that_come_and_go_at_one_moment(segment_name: str, processes: Processes) -> None:
    """Twenty owners start at one moment and remove the segment as soon as they have it: in turn, or SupervisorBusy."""
    nursery = processes.start("nursery")
    arguments = {"name": segment_name, "capacity": 64, "depth": 16}
    for _ in attempts(10, within_s=3):
        outcomes = nursery.ask("race", contest="come_and_go", runners=20, arguments=arguments)
        errors = [outcome["error"] for outcome in outcomes]
        assert set(errors) <= {None, "SupervisorBusy"}
        assert None in errors
    _check_next_start(segment_name, 64, epoch_before=0)
