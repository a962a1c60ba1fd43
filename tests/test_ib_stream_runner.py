"""The plan's runner: the front over segment, writer and files."""

from __future__ import annotations

import gc
import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tickring.flusher import FilesBusy, NoFileName
from tickring.flusher.checking import check_directory
from tickring.supervisor import SegmentHost, SegmentLimits
from tickring.supervisor.abandoned_segments import remove_abandoned_segments
from tickring.supervisor.ib_stream_runner import IBStreamRunner

SHM = Path("/dev/shm")


def private_segments() -> set[Path]:
    """The directories of runners' own segments."""
    return set(SHM.glob("tickring-runner-*"))


def test_stream_runner_mock_writes_files(tmp_path: Path) -> None:
    """A partial tick makes the symbol's file."""
    runner = IBStreamRunner(project_id=1, data_root=tmp_path, api_mode="mock")
    runner._write_tick("SPY", {"last": 480.0})
    assert (tmp_path / "stream" / "SPY.json").exists()
    document = json.loads((tmp_path / "stream" / "SPY.json").read_text())
    assert (document["symbol"], document["last"], document["bid"]) == ("SPY", 480.0, None)
    assert (document["source"], document["verdict"], document["api_mode"]) == ("ib_stream", "live", "mock")


def test_ticks_add_up_to_one_quote(tmp_path: Path) -> None:
    """A tick changes what it names and leaves the rest, as the feeder's do."""
    runner = IBStreamRunner(1, tmp_path, "mock")
    runner._write_tick("SPY", {"bid": 479.9, "ask": 480.1, "volume": 1200.0})
    path = runner._write_tick("SPY", {"ask": None, "last": 480.0})
    document = json.loads(path.read_text())
    assert (document["bid"], document["ask"], document["last"], document["volume"]) == (479.9, None, 480.0, 1200)
    assert [file.faults for file in check_directory(path.parent) if file.kind == "quote"] == [[]]


@pytest.mark.parametrize("mode", ["live", "paper", "mock"])
def test_the_kind_of_account_stands_in_the_file(tmp_path: Path, mode: str) -> None:
    """All modes are the same code; only the word differs."""
    runner = IBStreamRunner(1, tmp_path, mode)
    assert json.loads(runner._write_tick("SPY", {"last": 1.0}).read_text())["api_mode"] == mode


def test_what_is_no_tick_is_refused(tmp_path: Path) -> None:
    """The message names what there is; nothing is written."""
    runner = IBStreamRunner(1, tmp_path)
    with pytest.raises(ValueError, match="prise: no field of a tick; there are bid, ask"):
        runner._write_tick("SPY", {"prise": 1.0})
    with pytest.raises(NoFileName, match="reserved for the stream"):
        runner._write_tick("_status", {"last": 1.0})
    with pytest.raises(ValueError, match="simulated"):
        IBStreamRunner(1, tmp_path, "simulated")
    assert [path.name for path in (tmp_path / "stream").iterdir()] == ["_flusher.lock"]


def test_two_runners_do_not_share_a_directory(tmp_path: Path) -> None:
    """The second is told who has it; after the first has gone it may."""
    before = private_segments()
    first, second = IBStreamRunner(1, tmp_path), IBStreamRunner(1, tmp_path)
    first._write_tick("SPY", {"last": 1.0})
    with pytest.raises(FilesBusy, match="is written by another flusher"):
        second._write_tick("SPY", {"last": 2.0})
    first.close()
    first.close()
    second._write_tick("SPY", {"last": 2.0})
    second.close()
    gc.collect()
    assert private_segments() <= before


def test_a_runner_that_is_forgotten_leaves_no_segment(tmp_path: Path) -> None:
    """Who never calls close loses nothing but the time until the object goes."""
    before = private_segments()
    runner = IBStreamRunner(1, tmp_path)
    runner._write_tick("SPY", {"last": 1.0})
    assert private_segments() - before
    del runner
    gc.collect()
    assert private_segments() <= before


RUNNER = (
    "import sys, time; from tickring.supervisor.ib_stream_runner import IBStreamRunner; "
    "runner = IBStreamRunner(1, sys.argv[1]); runner._write_tick('SPY', {'last': 1.0}); "
    "print(flush=True); time.sleep(60)"
)


def test_the_next_runner_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    """The directory of a runner that got SIGKILL goes with the next runner; that of a living one stays."""
    before = private_segments()
    living = IBStreamRunner(1, tmp_path / "living")
    living._write_tick("SPY", {"last": 1.0})
    kept = private_segments() - before
    with subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path / "killed")], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        left = private_segments() - before - kept
        process.kill()
    assert len(kept) == len(left) == 1
    runner = IBStreamRunner(1, tmp_path / "next")
    runner._write_tick("SPY", {"last": 1.0})
    assert not left & private_segments()
    assert kept <= private_segments()
    runner.close()
    living.close()


def test_only_what_is_abandoned_is_removed() -> None:
    """An owner, another name, a lock that is just being taken, and youth each keep a directory where it is."""
    name = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    directory, ours = SHM / f"tickring-{name}", re.compile(re.escape(name))
    host = SegmentHost.open(name, limits=SegmentLimits(16, 4), api_mode="mock")
    try:
        assert remove_abandoned_segments(ours) == []
        host.close()
        (directory / "supervisor.lock").write_text("")
        assert remove_abandoned_segments(ours) == []
        (directory / "supervisor.lock").write_text("4194304 1")
        assert remove_abandoned_segments(re.compile("other")) == []
        assert remove_abandoned_segments(ours, older_than_s=3600) == []
        hours_ago = time.time() - 7200
        os.utime(directory, (hours_ago, hours_ago))
        assert remove_abandoned_segments(ours, older_than_s=3600) == [name]
        assert not directory.exists()
        directory.mkdir()
        assert remove_abandoned_segments(ours) == []
        os.utime(directory, (hours_ago, hours_ago))
        assert remove_abandoned_segments(ours) == [name]
    finally:
        host.close(remove=True)
