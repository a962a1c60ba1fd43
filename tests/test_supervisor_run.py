"""`tickring run` with real processes: gateway, TCP, feeder, segment, files; how it ends, and what it leaves."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.main_runs import MainRun
from tests.processes.child import state_of, stop_and_wait
from tests.waiting import wait_until
from tickring.errors import SegmentNotFound
from tickring.reader import QuoteReader, Verdict
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")


@pytest.fixture
def run(segment_name: str, tmp_path: Path) -> Iterator[Callable[..., MainRun]]:
    """Starts runs in the test's own segment and directory."""
    with ExitStack() as runs:
        yield lambda *arguments, **more: runs.enter_context(MainRun(segment_name, tmp_path, *arguments, **more))


# ---- it runs ---------------------------------------------------------------------------------------------------------


def test_quotes_travel_from_the_gateway_into_memory_and_files(run: Callable[..., MainRun]) -> None:
    """Every symbol becomes live from the stream of a gateway in another process, and stands in a file."""
    job = run("--symbols", "SPY,QQQ,BRK B")
    with job.live_reader() as reader:
        for symbol in ("QQQ", "BRK B"):
            job.wait_live(reader, symbol)
        quote = reader["SPY"]
        assert (quote.source, quote.data_type, quote.api_mode) == ("ib_stream", "realtime", "mock")
        status = reader.status()
        assert status.feeder_pid == job.pid_of("feeder")
        assert job.pid_of("gateway") in {one.pid for one in job.processes()}
        assert len({job.process.pid, *map(job.pid_of, ("gateway", "feeder", "flusher"))}) == 4

    file = job.place / "data" / "stream" / "SPY.json"
    wait_until(lambda: file.exists() and json.loads(file.read_text())["bid"] is not None, "the file of SPY has a bid")
    written = json.loads(file.read_text())
    assert (written["symbol"], written["source"], written["api_mode"]) == ("SPY", "ib_stream", "mock")
    assert job.process.stdout is not None
    assert any("3/3 good" in line for line in job.process.stdout)  # one a second, until the test's own timeout


def test_the_readmes_code_prints_a_quote_with_its_verdict(run: Callable[..., MainRun]) -> None:
    """The README's five lines, as they stand there, against a run."""
    job = run("--symbols", "SPY")
    job.live_reader().close()
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    code = next(block for block in blocks if "QuoteReader.open" in block)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code.replace('"sample"', repr(job.segment))],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"SPY live \d+\.\d+ \d+\.\d+ \d+\.\d{3} s\n", done.stdout)


def test_it_runs_on_the_gateway_that_is_named(run: Callable[..., MainRun]) -> None:
    """With --gateway no simulator is started, and its prices are those of the gateway's account."""
    with SimulatorProcess.start(always_open=True, pace=0.1) as gateway:
        place = f"{gateway.host}:{gateway.port}"
        job = run("--gateway", place, "--symbols", "SPY", "--set", "stream.api_mode=mock")
        job.live_reader().close()
        assert job.lives_of("gateway") == 0
        assert job.end()[0] == 0
        assert gateway.is_running
    job.check_nothing_left()


def test_without_top_it_only_logs(run: Callable[..., MainRun]) -> None:
    """--no-top leaves stdout empty."""
    job = run("--no-top", "--symbols", "SPY")
    job.live_reader().close()
    assert job.end() == (0, "")


# ---- it ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGHUP, True)],
)
def test_it_ends_in_order_and_leaves_nothing(
    run: Callable[..., MainRun], number: signal.Signals, whole_group: bool
) -> None:
    """SIGTERM, or the terminal's Ctrl-C and hang-up, which reach the whole group: feeder, flusher, gateway, segment."""
    job = run("--symbols", "SPY,QQQ")
    with job.live_reader() as reader:
        code, _ = job.end(number, whole_group=whole_group)
        assert code == 0
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
    job.check_nothing_left()
    with pytest.raises(SegmentNotFound):
        QuoteReader.open(job.segment)
    stops = [line for line in job.log.splitlines() if "child.stopped" in line]
    assert ["feeder" in stops[0], "flusher" in stops[1], "gateway" in stops[2]] == [True] * 3
    assert all("exit_code=0" in line for line in stops)
    assert "Traceback" not in job.log
    assert "child.exited" not in job.log
    status = json.loads((job.place / "data" / "stream" / "_status.json").read_text())
    assert status["status"] == "disconnected"


@pytest.mark.slow
def test_the_end_of_its_output_ends_it(run: Callable[..., MainRun]) -> None:
    """`tickring run | head -1` ends the run when head has seen enough."""
    job = run("--symbols", "SPY")
    assert job.process.stdout is not None
    assert "good" in job.process.stdout.readline()
    job.processes()
    job.process.stdout.close()
    job.process.wait(20)
    assert job.process.returncode == 0
    job.check_nothing_left()


@pytest.mark.slow
def test_a_child_that_hangs_does_not_keep_it_from_ending(run: Callable[..., MainRun]) -> None:
    """A feeder that stands still is killed after its time; the rest ends in order."""
    job = run("--symbols", "SPY", "--set", "feeder.stop_timeout_s=0.2")
    job.live_reader().close()
    job.processes()
    stop_and_wait(job.pid_of("feeder"))
    assert job.end()[0] == 0
    assert "child.stopped child=feeder" in job.log
    assert "exit_code=-9" in job.log
    job.check_nothing_left()


@pytest.mark.slow
def test_killed_its_children_die_and_the_next_run_cleans_up(run: Callable[..., MainRun]) -> None:
    """SIGKILL leaves no process; the next run takes the segment over - readers stay - and removes what lay about."""
    job = run("--symbols", "SPY")
    with job.live_reader() as reader:
        job.processes()
        job.process.kill()
        job.wait()
        job.check_processes_gone()
        wait_until(lambda: reader["SPY"].verdict is Verdict.FEED_DOWN, "feed_down", show=lambda: reader["SPY"])
        left = list(job.tmp.iterdir())
        assert left, "a run has files while it runs"

        second = run("--symbols", "SPY")
        second.wait_live(reader)
        assert not set(left) & set(second.tmp.iterdir())
        assert second.end()[0] == 0
    second.check_nothing_left()


# ---- children that end -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("child", ["feeder", "flusher", "gateway"])
def test_a_child_that_is_killed_is_started_again(run: Callable[..., MainRun], child: str) -> None:
    """The others go on; after a while every quote is live again, also the flusher's files are fresh."""
    job = run("--symbols", "SPY", "--set", "gateway.backoff_first_s=0.1")
    with job.live_reader() as reader:
        before = reader.status().epoch
        others = {name: job.pid_of(name) for name in ("feeder", "flusher", "gateway") if name != child}
        killed = next(one for one in job.processes() if one.pid == job.pid_of(child))
        killed.kill()
        wait_until(lambda: job.lives_of(child) == 2, f"{child} is started again", show=lambda: job.log[-2000:])
        wait_until(lambda: reader.status().epoch > before or child != "feeder", "another epoch")
        sequence = reader["SPY"].sequence
        job.wait_live(reader)
        wait_until(lambda: reader["SPY"].sequence > sequence and reader["SPY"].is_good, "SPY moves", timeout_s=30)
        assert {name: job.pid_of(name) for name in others} == others
    if child == "flusher":
        file = job.place / "data" / "stream" / "_status.json"
        wait_until(lambda: json.loads(file.read_text())["pid"] == job.pid_of("flusher"), "the new flusher writes")
    assert job.end()[0] == 0
    job.check_nothing_left()


def test_a_feeder_without_its_library_ends_the_run(run: Callable[..., MainRun], tmp_path: Path) -> None:
    """A configuration that another start would not cure is told once: exit code 78."""
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ibapi.py").write_text("raise ModuleNotFoundError('ibapi', name='ibapi')\n")
    job = run("--symbols", "SPY", "--no-top", env={"PYTHONPATH": str(broken)})
    assert job.wait() == (78, "")
    assert "child.refused child=feeder" in job.log
    assert job.lives_of("feeder") == 1
    job.check_nothing_left()


# ---- what cannot start -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_second_run_of_the_same_segment_is_refused(run: Callable[..., MainRun]) -> None:
    """It names the first one and ends with 2; the first goes on and nothing of the second is left."""
    job = run("--symbols", "SPY")
    with job.live_reader() as reader:
        second = run("--symbols", "SPY")
        assert second.wait() == (2, "")
        assert f"pid {job.process.pid}" in job.log
        assert reader["SPY"].verdict is Verdict.LIVE
    job.end()
    job.check_nothing_left()


def test_a_segment_that_does_not_fit_is_refused_before_anything_starts(run: Callable[..., MainRun]) -> None:
    """No room in the tmpfs: one line, exit code 2."""
    job = run("--symbols", "SPY", "--set", "segment.capacity=1048576", "--set", "segment.depth=65536")
    assert job.wait() == (2, "")
    assert "MB are free" in job.log
    assert job.lives_of("gateway") == 0


def test_a_child_is_not_stopped_with_the_terminals_group(run: Callable[..., MainRun]) -> None:
    """Ctrl-Z stops what the user sees; the feed goes on, and so does the run after `fg`."""
    job = run("--symbols", "SPY", "--no-top")
    with job.live_reader() as reader:
        job.process.send_signal(signal.SIGTSTP)
        wait_until(lambda: state_of(job.process.pid) == "T", "the run stands still")
        sequence = reader["SPY"].sequence
        wait_until(lambda: reader["SPY"].sequence > sequence + 3, "SPY moves", timeout_s=30)
        assert reader["SPY"].verdict is Verdict.LIVE
        job.process.send_signal(signal.SIGCONT)
        assert job.end()[0] == 0
    job.check_nothing_left()
