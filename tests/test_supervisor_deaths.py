"""Children that die, hang and refuse, under a real supervisor: what readers see at once, and how it heals."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.kernel_groups import freezer_group, memory_group
from tests.processes.child import identity_of, kill_and_wait, state_of, stop_and_wait
from tests.processes.feeding import MEMORY_GROUP
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.job_lock import JobLock
from tickring.names import SegmentPaths
from tickring.reader import Verdict
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor whose feeder's lives follow a plan."""
    with ExitStack() as rigs:
        yield lambda *plan, **more: rigs.enter_context(SupervisorRig(segment_name, tmp_path, *plan, **more))


def test_a_killed_feeder_is_declared_at_once_and_replaced(rig: Callable[..., SupervisorRig]) -> None:
    """SIGKILL: the header says degraded before the next life begins, no old value reads live, then it heals."""
    running = rig("stream")
    with running.live_reader() as reader:
        running.wait(lambda: reader.status().supervisor_state is RunState.RUNNING, "it says running")
        before = reader.status()
        kill_and_wait(before.feeder_pid)
        seen: list[tuple[RunState, int, bool]] = []

        def has_healed() -> bool:
            status = reader.status()
            quote = reader["SPY"]
            is_old = quote.epoch == before.epoch
            seen.append((status.supervisor_state, status.epoch, is_old and quote.verdict is Verdict.LIVE))
            return quote.verdict is Verdict.LIVE and quote.epoch > before.epoch

        running.wait(has_healed, "SPY is live again")
        states = [state for state, *_ in seen]
        assert RunState.DEGRADED in states
        running.wait(lambda: reader.status().supervisor_state is RunState.RUNNING, "it says running again")
        # From the new epoch on nothing of the old one is live.
        assert not any(is_old_and_live for _, epoch, is_old_and_live in seen if epoch > before.epoch)
        after = reader.status()
        assert after.epoch == before.epoch + 1
        assert after.segment_id == before.segment_id
    # Said before it was even logged, let alone before another one was started.
    lines = running.log.splitlines()
    said = next(number for number, line in enumerate(lines) if "state_changed state=degraded" in line)
    assert "child.exited child=feeder" in lines[said + 1]
    report = running.report()
    assert [one.code for one in report.stream.transitions if "SIGKILL" in one.cause] == ["feeder_lost"]
    child = report.children[-1]
    assert (child.restarts, child.pid) == (1, after.feeder_pid)
    assert child.last_exit is not None
    assert "SIGKILL" in child.last_exit
    assert "out of memory?" in child.last_exit
    assert running.end() == 0
    running.check_nothing_left()


def test_a_stopped_feeder_is_replaced_and_changes_nothing_any_more(rig: Callable[..., SupervisorRig]) -> None:
    """SIGSTOP: it is ended though it stands still; continued in vain, no record of it follows."""
    running = rig("stream")
    with running.live_reader() as reader:
        before = reader.status()
        old = identity_of(before.feeder_pid)
        stop_and_wait(before.feeder_pid)
        wait_until(lambda: reader["SPY"].verdict is not Verdict.LIVE, "SPY is not live")
        running.wait(lambda: reader.status().feeder_pid != before.feeder_pid, "another feeder")
        if identity_of(before.feeder_pid) == old:
            os.kill(before.feeder_pid, signal.SIGCONT)
        running.wait_live(reader)
        assert reader["SPY"].epoch == before.epoch + 1
        assert state_of(before.feeder_pid) == "-" or identity_of(before.feeder_pid) != old
    assert "child.silent child=feeder" in running.log
    assert "it was silent for" in (running.child("feeder").last_exit or "")
    assert running.end() == 0


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        pytest.param("hang_in_a_callback", "_a_callback_that_never_returns", id="callback"),
        pytest.param("hang_in_a_c_call", "_a_call_that_never_returns", id="C call"),
    ],
)
def test_a_feeder_that_hangs_tells_where_and_is_replaced(
    rig: Callable[..., SupervisorRig], plan: str, where: str
) -> None:
    """Its stacks are in the log, also out of a call that holds the interpreter; then another one streams."""
    running = rig(plan, "stream")
    with running.live_reader() as reader:
        running.wait(lambda: len(running.lives) == 2, "a second life")
        running.wait_live(reader)
        (old_pid, old_epoch), (new_pid, new_epoch) = running.lives
        assert (reader.status().feeder_pid, reader["SPY"].epoch) == (new_pid, new_epoch)
        assert new_epoch > old_epoch
    assert state_of(old_pid) == "-"
    assert where in running.log
    assert "most recent call first" in running.log
    assert running.end() == 0


def test_a_feeder_that_never_stamps_is_replaced(rig: Callable[..., SupervisorRig]) -> None:
    """A start that comes to nothing has a limit of its own."""
    running = rig("never_stamp", "stream", supervisor={"start_limit_s": 4.0})
    with running.live_reader():
        assert len(running.lives) == 2
    assert "child.silent child=feeder" in running.log


def test_a_feeder_that_ends_by_itself_is_started_again(rig: Callable[..., SupervisorRig]) -> None:
    """Exit code 0 without having been asked is told as what it is."""
    running = rig("end_with_zero", "stream")
    with running.live_reader() as reader:
        running.wait(lambda: len(running.lives) == 2, "a second life")
        running.wait_live(reader)
    assert "nobody asked it to" in (running.child("feeder").last_exit or "")


def test_a_feeder_that_takes_all_memory_is_started_again(rig: Callable[..., SupervisorRig]) -> None:
    """A limit on its memory ends it with a traceback; the next life streams."""
    running = rig("balloon", "stream")
    with running.live_reader() as reader:
        running.wait(lambda: len(running.lives) == 2, "a second life")
        running.wait_live(reader)
    assert "MemoryError" in running.log
    assert running.end() == 0


def test_a_feeder_that_the_kernel_ends_for_its_memory_is_started_again(rig: Callable[..., SupervisorRig]) -> None:
    """A memory group's limit, as of a container or MemoryMax: SIGKILL by the kernel, said in words, and a new life."""
    with memory_group(f"{MEMORY_GROUP}-{os.getpid()}") as group:
        running = rig("grow_when_confined", "stream")
        with running.live_reader() as reader:
            pid = reader.status().feeder_pid
            group.set(str(psutil.Process(pid).memory_info().rss + (64 << 20)))
            group.take_in(pid)
            running.wait(lambda: len(running.lives) == 2, "a second life")
            running.wait_live(reader)
        assert "out of memory?" in (running.child("feeder").last_exit or "")
        assert running.end() == 0


def test_over_the_intensity_it_says_so_and_tries_slowly_until_it_heals(rig: Callable[..., SupervisorRig]) -> None:
    """Too many ends: degraded, said in log and report, slow retries for ever; a good life is found when it comes."""
    running = rig("raise_at_start", supervisor={"restart_max": 2, "restart_period_s": 60.0})
    running.wait(lambda: "supervisor.gave_up child=feeder" in running.log, "it gave up quick starts")
    report = running.wait_report(lambda report: report.notes, "a note")
    assert "ended more than 2 times" in report.notes[0]
    assert report.stream.status == "degraded"
    assert "this feeder cannot start" in running.log
    lives = len(running.lives)
    running.wait(lambda: len(running.lives) >= lives + 2, "it goes on trying")
    assert running.log.count("supervisor.gave_up") == 1
    running.set_plan("stream")
    running.live_reader().close()
    assert running.end() == 0
    running.check_nothing_left()


def test_a_refused_configuration_waits_for_somebody_and_is_tried_again_when_told(
    rig: Callable[..., SupervisorRig],
) -> None:
    """Exit code 78: not started again, the service goes on and says so; a restart by hand or a reload tries again."""
    running = rig("refuse")
    report = running.wait_report(lambda report: report.children[-1].state == RunState.FAILED, "failed")
    assert "configuration is wrong" in report.notes[0]
    assert (report.stream.status, report.stream.state) == ("disconnected", "failed")
    with running.client() as client:
        client.restart("feeder")
        running.wait(lambda: len(running.lives) == 2, "tried again by hand")
        running.wait_report(lambda report: report.children[-1].state == RunState.FAILED, "failed again")
        running.set_plan("stream")
        client.reload()
    running.live_reader().close()
    assert len(running.lives) == 3
    assert running.end() == 0


def test_a_stopped_flusher_is_replaced_and_quotes_go_on(rig: Callable[..., SupervisorRig]) -> None:
    """Silence of a child with a line of its own: the feed is good meanwhile."""
    running = rig("stream", supervisor={"child_heartbeat_limit_s": 1.0})
    with running.live_reader() as reader:
        flusher = running.wait_report(lambda report: report.children[0].state == RunState.RUNNING, "the flusher runs")
        old = flusher.children[0]
        assert old.name == "flusher"
        assert old.pid is not None
        stop_and_wait(old.pid)
        feeder_pid = reader.status().feeder_pid
        report = running.wait_report(
            lambda report: (
                report.children[0].pid not in {None, old.pid} and report.children[0].state == RunState.RUNNING
            ),
            "another flusher runs",
        )
        assert report.children[0].restarts == 1
        assert reader.status().feeder_pid == feeder_pid
        running.wait_live(reader)
    assert running.end() == 0


def test_a_killed_supervisor_takes_its_children_along_and_the_next_one_takes_over(
    rig: Callable[..., SupervisorRig],
) -> None:
    """SIGKILL: no child lives, the locks are free, readers see feed_down; the next one uses the same segment."""
    running = rig("stream")
    with running.live_reader() as reader:
        before = reader.status()
        running.process.kill()
        running.process.wait()
        running.check_processes_gone()
        wait_until(lambda: reader["SPY"].verdict is Verdict.FEED_DOWN, "feed_down", show=lambda: reader["SPY"])
        for job in ("ib_stream", "supervisor"):
            with JobLock(job, running.place / "data"):
                pass
        running.start_another()
        running.wait_live(reader)
        after = reader.status()
        assert after.segment_id == before.segment_id
        assert after.epoch > before.epoch
        assert reader.stats["reattached"] == 0
    assert running.end() == 0
    running.check_nothing_left()


def test_a_feeder_that_outlives_its_supervisor_is_ended_by_the_next_one(rig: Callable[..., SupervisorRig]) -> None:
    """A writer of the life before holds the lock: it is proven dead before the next feeder starts."""
    running = rig("outlive_its_parent", "stream", manner={"keeps_segment": True})
    with running.live_reader() as reader:
        before = reader.status()
        running.process.kill()
        running.process.wait()
        assert state_of(before.feeder_pid) not in {"-", "Z"}
        running.start_another()
        running.wait(lambda: reader.status().feeder_pid != before.feeder_pid, "another feeder")
        running.wait_live(reader)
        assert state_of(before.feeder_pid) in {"-", "Z"}
        assert reader.status().counters["writers_killed"] == before.counters["writers_killed"] + 1
        assert reader.status().segment_id == before.segment_id
    assert running.end() == 0
    assert SegmentPaths.of(running.segment).segment.exists()


def test_where_death_cannot_be_proven_a_new_segment_takes_over_and_the_loop_turns_on(
    rig: Callable[..., SupervisorRig],
) -> None:
    """Somebody keeps the dead feeder's lock: readers move to a new file, and the supervisor answers meanwhile."""
    running = rig("lend_its_lock", "stream", supervisor={"fence_timeout_s": 2.0})
    with running.live_reader() as reader:
        before = reader.status()
        keeper = running.state_dir / "keeper"
        running.wait(keeper.exists, "somebody keeps the lock")
        try:
            kill_and_wait(before.feeder_pid)
            answers = 0
            while reader.status().segment_id == before.segment_id:
                answers += running.report().children[-1].state in {RunState.BACKING_OFF, RunState.STARTING}
            assert answers > 3
            running.wait_live(reader)
            assert reader["SPY"].epoch > before.epoch
            assert reader.stats["reattached"] == 1
        finally:
            kill_and_wait(int(keeper.read_text()))
    assert running.end() == 0
    running.check_nothing_left()


def test_a_feeder_that_not_even_sigkill_ends_gets_a_new_segment(rig: Callable[..., SupervisorRig]) -> None:
    """Stuck in the kernel: declared, never believed again, and readers move; when it comes loose it is dead."""
    with freezer_group(f"tickring-test-{os.getpid()}") as group:
        running = rig("stream", supervisor={"fence_timeout_s": 1.0})
        with running.live_reader() as reader:
            before = reader.status()
            stuck = identity_of(before.feeder_pid)
            group.take_in(before.feeder_pid)
            group.set("FROZEN")
            running.wait(lambda: reader["SPY"].verdict is Verdict.FEED_DOWN, "nobody is believed")
            running.wait(lambda: reader.status().segment_id != before.segment_id, "a new segment")
            assert identity_of(before.feeder_pid) == stuck
            running.wait_live(reader)
            assert reader["SPY"].epoch > before.epoch
            group.set("THAWED")
            wait_until(lambda: state_of(before.feeder_pid) in "Z-", "it is dead")
            assert reader["SPY"].verdict is Verdict.LIVE
        assert running.end() == 0


@pytest.mark.parametrize("step_s", [86_400.0, -86_400.0])
def test_a_step_of_the_wall_clock_changes_nothing(rig: Callable[..., SupervisorRig], step_s: float) -> None:
    """No child is ended, none is held back, and a kill is healed as ever."""
    running = rig("stream")
    with running.live_reader() as reader:
        pid = reader.status().feeder_pid
        running.wall_step_file.write_text(str(step_s))
        report = running.report()
        heartbeats = reader.status().counters["batches"]
        wait_until(lambda: reader.status().counters["batches"] > heartbeats + 100, "it goes on")
        assert reader.status().feeder_pid == pid
        assert running.report().uptime_s - report.uptime_s < 600
        kill_and_wait(pid)
        running.wait(lambda: reader.status().feeder_pid != pid, "another feeder")
        running.wait_live(reader)
    assert running.end() == 0


def test_a_feeder_that_does_not_end_when_asked_is_killed_after_its_grace(rig: Callable[..., SupervisorRig]) -> None:
    """The way down is bounded: SIGTERM, the grace, SIGKILL."""
    running = rig("ignore_sigterm", feeder={"stop_timeout_s": 0.2}, supervisor={"grace_s": 0.3})
    running.live_reader().close()
    assert running.end() == 0
    assert "child.stopped child=feeder" in running.log
    assert "exit_code=-9" in running.log
    running.check_nothing_left()
