"""The flusher as the process it is: how it ends, what it leaves, and what its successor finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.json_files import drafts_in, quote_at, status_at
from tests.processes.child import stop_and_wait
from tests.waiting import wait_until
from tickring.config.structs import Config, FilesConfig, SegmentConfig, StreamConfig
from tickring.flusher.process import BUSY
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.feeds import Feed

PROGRAM = "import os, sys; from tickring.flusher import run_flusher; run_flusher(sys.argv[1].encode(), os.getppid())"


def config_for(feed: Feed, root: Path, **files: float) -> bytes:
    """The whole configuration, as the supervisor hands it to the child."""
    config = Config(
        segment=SegmentConfig(name=feed.name),
        stream=StreamConfig(api_mode="mock"),
        files=FilesConfig(data_root=str(root), **files),  # type: ignore[arg-type]
    )
    return msgspec.json.encode(config)


@contextmanager
def flushing(feed: Feed, root: Path, **files: float) -> Iterator[subprocess.Popen[bytes]]:
    """A running flusher; killed at the end."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM, config_for(feed, root, **files).decode()]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(root: Path, symbol: str, **values: object) -> None:
    """Until the file says so."""
    path = root / "stream" / f"{symbol}.json"
    wait_until(
        lambda: path.exists() and values.items() <= quote_at(root / "stream", symbol).items(),
        f"{symbol} says {values}",
        show=lambda: path.exists() and quote_at(root / "stream", symbol),
    )


def test_it_ends_on_sigterm_within_a_second_and_says_so(feed: Feed, tmp_path: Path) -> None:
    """The last value is in the file, the status is `disconnected`, the line of the header `stopped`."""
    slot = feed.stream("SPY", "bid", 1.0)
    feed.say_data_flows()
    reader = feed.open_reader()
    with flushing(feed, tmp_path, writes_per_s=0.01) as process:
        wait_for(tmp_path, "SPY", bid=1.0)
        wait_until((tmp_path / "stream" / "_status.json").exists, "a status")
        wait_until(lambda: status_at(tmp_path / "stream")["status"] == "connected", "connected")
        assert status_at(tmp_path / "stream")["pid"] == process.pid
        assert [(line.name, line.state) for line in reader.status().children] == [("flusher", RunState.RUNNING)]
        feed.tick(slot, "bid", 2.0)
        started_s = time.monotonic()
        process.send_signal(signal.SIGINT)  # Ctrl-C in the terminal is the parent's to answer
        process.terminate()
        assert process.wait(10) == 0
        took_s = time.monotonic() - started_s
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert took_s < 1.0
    assert quote_at(tmp_path / "stream", "SPY")["bid"] == 2.0
    assert status_at(tmp_path / "stream")["status"] == "disconnected"
    assert reader.status().children[0].state is RunState.STOPPED


def test_its_heartbeat_goes_on_while_nothing_moves(feed: Feed, tmp_path: Path) -> None:
    """The loop turns ten times a second at least."""
    feed.stream("SPY", "bid", 1.0)
    reader = feed.open_reader()
    with flushing(feed, tmp_path):
        wait_for(tmp_path, "SPY", bid=1.0)
        wait_until(lambda: bool(reader.status().children), "its line")
        for _ in range(10):
            time.sleep(0.1)
            assert reader.status().children[0].heartbeat_age_s < 1.0


def test_a_second_flusher_ends_with_an_exit_code_of_its_own(feed: Feed, tmp_path: Path) -> None:
    """The message names the first, which goes on undisturbed."""
    feed.stream("SPY", "bid", 1.0)
    with flushing(feed, tmp_path) as first:
        wait_for(tmp_path, "SPY", bid=1.0)
        with flushing(feed, tmp_path) as second:
            assert second.wait(20) == BUSY
            assert second.stderr is not None
            assert f"(pid {first.pid})" in second.stderr.read().decode()
        assert first.poll() is None


def test_a_flusher_that_hangs_keeps_its_place_until_it_is_killed(feed: Feed, tmp_path: Path) -> None:
    """No successor of a later life can write beside it; the lock goes with the process, and the next one has it."""
    slot = feed.stream("SPY", "bid", 1.0)
    with flushing(feed, tmp_path) as hung:
        wait_for(tmp_path, "SPY", bid=1.0)
        stop_and_wait(hung.pid)
        feed.tick(slot, "bid", 2.0)
        with flushing(feed, tmp_path) as second:
            assert second.wait(20) == BUSY
        assert quote_at(tmp_path / "stream", "SPY")["bid"] == 1.0
        os.kill(hung.pid, signal.SIGKILL)
        with flushing(feed, tmp_path) as third:
            wait_for(tmp_path, "SPY", bid=2.0)
            _wait_until_written_by(tmp_path, third.pid)


@pytest.mark.slow
def test_a_flusher_that_is_killed_leaves_whole_files_and_its_successor_no_litter(feed: Feed, tmp_path: Path) -> None:
    """SIGKILL at any moment, again and again: every file parses, the next one clears the drafts away."""
    slots = [feed.stream(f"S{number}", "bid", 1.0) for number in range(20)]
    last = 1.0
    for round_number in range(6):
        with flushing(feed, tmp_path, writes_per_s=1000.0) as process:
            last = float(round_number * 1000)
            _wait_until_written_by(tmp_path, process.pid)
            assert drafts_in(tmp_path / "stream") == [] or all(
                f".{process.pid}." in name for name in drafts_in(tmp_path / "stream")
            )
            for count in range(30):
                last += 1.0
                for slot in slots:
                    feed.tick(slot, "bid", last)
                if count == 10 + round_number:
                    break
            os.kill(process.pid, signal.SIGKILL)
            process.wait(20)
        for number in range(20):
            quote_at(tmp_path / "stream", f"S{number}")
    with flushing(feed, tmp_path):
        for number in range(20):
            wait_for(tmp_path, f"S{number}", bid=last)
        wait_until(lambda: drafts_in(tmp_path / "stream") == [], "no litter")


def _wait_until_written_by(root: Path, pid: int) -> None:
    path = root / "stream" / "_status.json"
    wait_until(lambda: path.exists() and status_at(root / "stream")["pid"] == pid, f"{pid} writes")


def test_it_dies_with_its_parent(feed: Feed, tmp_path: Path) -> None:
    """Started by a parent that is gone already, it does not begin."""
    command = [sys.executable, "-c", PROGRAM.replace("os.getppid()", "1 + os.getppid()")]
    done = subprocess.run([*command, config_for(feed, tmp_path).decode()], capture_output=True, timeout=30, check=False)
    assert done.returncode != 0
    assert not (tmp_path / "stream").exists()
