"""What can be asked of a running supervisor: runs, symbols, children, configuration, its simulator, its end."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.control.messages import Refusal, Restart, SimulatorCommand, Start, Started, Subscribe
from tickring.errors import RequestRefused, StreamLockBusy
from tickring.job_lock import JobLock
from tickring.reader import Verdict
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IDLE = {"begins_run": False}


@pytest.fixture
def rig(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., SupervisorRig]]:
    """Starts a supervisor whose feeder's lives follow a plan."""
    with ExitStack() as rigs:
        yield lambda *plan, **more: rigs.enter_context(SupervisorRig(segment_name, tmp_path, *plan, **more))


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_a_run_ends_and_another_begins_under_the_same_supervisor(rig: Callable[..., SupervisorRig]) -> None:
    """Stop ends the feeder alone and frees the lock; start begins a new run with its own name and parameters."""
    running = rig("stream")
    with running.live_reader() as reader, running.client() as client:
        running.wait(lambda: reader.status().supervisor_state is RunState.RUNNING, "it says running")
        first = client.status()
        assert first.run is not None
        flusher = first.children[0].pid
        holder = JobLock("ib_stream", running.place / "data").holder()
        assert holder is not None
        assert (holder.pid, holder.run_id) == (running.process.pid, first.run.run_id)

        assert client.stop(by="test").run_id == first.run.run_id
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
        assert reader.status().supervisor_state is RunState.STOPPED
        assert JobLock("ib_stream", running.place / "data").holder() is None
        report = client.status()
        assert (report.run, report.stream.status, report.stream.state) == (None, "disconnected", "stopped")
        assert [child.state for child in report.children] == ["running", "stopped"]
        assert client.stop().run_id is None

        started = client.ask(Start(project_id=7, symbols=("TLT", "SPY", "QQQ"), max_symbols=2, by="test"))
        assert isinstance(started, Started)
        assert started.run_id > first.run.run_id
        running.wait_live(reader, "TLT")
        second = client.status()
        assert second.run is not None
        assert (second.run.project_id, second.run.symbols, second.run.by) == (7, 2, "test")
        assert second.children[0].pid == flusher
        assert reader.stats["reattached"] == 0
        assert reader["QQQ"].verdict is not Verdict.LIVE
    assert running.end() == 0
    running.check_nothing_left()


def test_of_twenty_that_start_at_once_one_wins(rig: Callable[..., SupervisorRig]) -> None:
    """The others get ib_stream_lock_busy, with the holder."""
    running = rig("stream", manner=IDLE)
    running.wait_serving()
    assert running.report().stream.state == "stopped"
    replies: list[Any] = []
    gate = threading.Barrier(20)

    def start() -> None:
        with running.client() as client:
            gate.wait()
            replies.append(client.ask(Start(by="crowd")))

    crowd = [threading.Thread(target=start) for _ in range(20)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    won = [reply for reply in replies if isinstance(reply, Started)]
    lost = [reply for reply in replies if isinstance(reply, Refusal)]
    assert (len(won), len(lost)) == (1, 19)
    assert {reply.code for reply in lost} == {"ib_stream_lock_busy"}
    assert all(reply.holder is not None and reply.holder.run_id == won[0].run_id for reply in lost)
    running.live_reader().close()
    assert len(running.lives) == 1


@pytest.mark.parametrize("wrong", [Start(max_symbols=0), Start(symbols=("SPY", "a/b")), Start(symbols=("",))])
def test_a_start_that_makes_no_sense_is_refused_and_leaves_the_lock_free(
    rig: Callable[..., SupervisorRig], wrong: Start
) -> None:
    """The value and its rule are named; the next start, with what is configured, begins."""
    running = rig("stream", manner=IDLE)
    running.wait_serving()
    with running.client() as client:
        refused = client.ask(wrong)
        assert isinstance(refused, Refusal)
        assert refused.code == "bad_request"
        assert JobLock("ib_stream", running.place / "data").holder() is None
        assert client.start().run_id


def test_a_run_of_another_process_is_named(rig: Callable[..., SupervisorRig], tmp_path: Path) -> None:
    """The lock of the job is taken by whoever: start is refused with that holder, and possible once it is free."""
    running = rig("stream", manner=IDLE)
    running.wait_serving()
    with running.client() as client:
        with JobLock("ib_stream", tmp_path / "data").acquire(run_id="somebody"):
            with pytest.raises(StreamLockBusy) as caught:
                client.start()
            assert caught.value.holder is not None
            assert caught.value.holder.run_id == "somebody"
        assert client.start().run_id
    running.live_reader().close()


@pytest.mark.parametrize("other", ["segment", "data_root"])
def test_a_second_supervisor_is_told_who_is_first(
    rig: Callable[..., SupervisorRig], segment_name: str, tmp_path: Path, other: str
) -> None:
    """The same data root or the same segment: ib_stream_lock_busy with the pid; the first goes on."""
    running = rig("stream")
    with running.live_reader() as reader:
        changes: dict[str, dict[str, Any]] = (
            {"segment": {"name": f"{segment_name}-2"}}
            if other == "segment"
            else {"files": {"data_root": str(tmp_path / "other")}}
        )
        second = running.start_process(**changes)
        assert second.wait(30) == 2
        assert "ib_stream_lock_busy" in running.log
        assert f"pid {running.process.pid}" in running.log
        running.wait_live(reader)
    assert running.end() == 0
    running.check_nothing_left()


# ---- children --------------------------------------------------------------------------------------------------------


def test_a_child_is_restarted_on_request(rig: Callable[..., SupervisorRig]) -> None:
    """In order, at once, and without being counted as an end; a name that is none is refused."""
    running = rig("stream", supervisor={"restart_max": 0})
    with running.live_reader() as reader, running.client() as client:
        before = reader.status()
        client.restart("feeder")
        running.wait(lambda: reader.status().feeder_pid != before.feeder_pid, "another feeder")
        running.wait_live(reader)
        old = client.status().children[0].pid
        client.restart("flusher")
        running.wait_report(lambda report: report.children[0].pid not in {None, old}, "another flusher")
        refused = client.ask(Restart("alerter"))
        assert isinstance(refused, Refusal)
        assert (refused.code, "flusher, feeder" in refused.message) == ("unknown_child", True)
        assert client.status().notes == ()
        client.stop()
        with pytest.raises(RequestRefused) as caught:
            client.restart("feeder")
        assert caught.value.code == "no_run"
    assert "child.exited" not in running.log


def test_the_report_has_figures_of_every_child(rig: Callable[..., SupervisorRig]) -> None:
    """Memory, threads and open files of each process that runs; heartbeats against their limits."""
    running = rig("stream")
    running.live_reader().close()
    report = running.wait_report(  # a process has less than that while it is being made
        lambda report: all(
            (child.rss_bytes or 0) > 1 << 20 and child.heartbeat_age_s is not None for child in report.children
        ),
        "figures of all",
    )
    for child in report.children:
        assert child.threads is not None
        assert child.threads >= 1
        assert child.open_files is not None
        assert child.open_files >= 3
        assert child.heartbeat_limit_s is not None
        assert child.heartbeat_age_s is not None
        assert 0 <= child.heartbeat_age_s < child.heartbeat_limit_s
    wait_until(lambda: report.at < running.report().at, "another report")


# ---- symbols ---------------------------------------------------------------------------------------------------------


def test_symbols_come_and_go_in_a_run(rig: Callable[..., SupervisorRig]) -> None:
    """Subscribed with the real feeder and simulator: live; over the feeder's death too; unsubscribed: missing."""
    running = rig(is_embedded=True, stream={"symbols": ("SPY",)}, supervisor={"heartbeat_limit_s": 5.0})
    with running.live_reader() as reader, running.client() as client:
        assert reader["QQQ"].verdict is Verdict.MISSING
        client.subscribe({"QQQ": ContractConfig()})
        running.wait_live(reader, "QQQ")
        assert running.report().run.symbols == 2  # type: ignore[union-attr]
        client.unsubscribe(["SPY"])
        wait_until(lambda: reader["SPY"].verdict is Verdict.MISSING, "SPY is gone", show=lambda: reader["SPY"])
        client.restart("feeder")
        epoch = reader.status().epoch
        running.wait(lambda: reader.status().epoch > epoch, "another feeder")
        running.wait_live(reader, "QQQ")
        assert reader["SPY"].verdict is Verdict.MISSING
        refused = client.ask(Subscribe({"no/symbol": ContractConfig()}))
        assert isinstance(refused, Refusal)
        assert refused.code == "bad_request"
        refused = client.ask(Subscribe({f"X{number}": ContractConfig() for number in range(70)}))
        assert isinstance(refused, Refusal)
        assert "segment.capacity" in refused.message
    assert running.end() == 0
    running.check_nothing_left()


def test_a_feeder_that_hangs_takes_no_supervisor_along(rig: Callable[..., SupervisorRig]) -> None:
    """Thousands of subscriptions that nobody reads are answered all the same, and the next life knows them."""
    running = rig("stream", segment={"capacity": 8192}, supervisor={"heartbeat_limit_s": 300.0})
    with running.live_reader() as reader, running.client() as client:
        stop_and_wait(reader.status().feeder_pid)
        for start in range(0, 4000, 500):
            client.subscribe({f"SYMBOL{number}": ContractConfig() for number in range(start, start + 500)})
        report = client.status()
        assert report.run is not None
        assert report.run.symbols == 4002
        client.restart("feeder")
        running.wait_live(reader, "SYMBOL3999")


# ---- its simulator ---------------------------------------------------------------------------------------------------


def test_commands_reach_the_embedded_simulator_and_no_other_gateway(
    rig: Callable[..., SupervisorRig], tmp_path: Path
) -> None:
    """A fault on command in mock mode; refused where the gateway is not ours."""
    running = rig(is_embedded=True)
    with running.live_reader(), running.client() as client:
        assert client.simulator("status")
        with pytest.raises(RequestRefused) as caught:
            client.simulator("no_such_command")
        assert caught.value.code == "bad_request"
    assert running.end() == 0
    other = SupervisorRig(running.segment, tmp_path, "stream")
    with other:
        other.wait_serving()
        with other.client() as client:
            refused = client.ask(SimulatorCommand("status"))
            assert isinstance(refused, Refusal)
            assert refused.code == "not_mock"


# ---- signals ---------------------------------------------------------------------------------------------------------


def test_a_signal_puts_the_report_into_the_log(rig: Callable[..., SupervisorRig]) -> None:
    """SIGUSR1: the whole report as JSON in one line; nothing else changes."""
    running = rig("stream")
    with running.live_reader() as reader:
        running.process.send_signal(signal.SIGUSR1)
        running.wait(lambda: "supervisor.state report=" in running.log, "the report is in the log")
        line = next(line for line in running.log.splitlines() if "supervisor.state report=" in line)
        report = json.loads(line.partition("report=")[2])
        assert (report["pid"], report["segment"]) == (running.process.pid, running.segment)
        running.wait_live(reader)
    assert running.end() == 0


def test_the_state_file_counts_the_runs_updates(rig: Callable[..., SupervisorRig]) -> None:
    """`streaming.json` beats while the feeder does, and says that a run was ended on purpose."""
    running = rig("stream")
    running.live_reader().close()
    file = running.state_dir / "streaming.json"

    def entry() -> dict[str, Any]:
        streams: dict[str, Any] = json.loads(file.read_text())["streaming_heartbeats"]
        return dict(streams["ib_stream"])

    running.wait(lambda: file.exists() and entry()["total_updates"] > 0, "updates are counted")
    assert entry()["symbols"] == ["QQQ", "SPY"]
    assert entry()["stopped_at"] is None
    assert running.end() == 0
    assert entry()["stopped_at"] is not None
