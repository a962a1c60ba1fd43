"""A file is replaced as a whole, with its mode, and what a dead process left is cleared away."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tickring.atomic_file import draft_owner, is_draft, remove_dead_drafts, replace_file
from tickring.process_identity import ProcessIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """What the process inherited."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o664])
@pytest.mark.usefixtures("umask")
def test_the_mode_is_what_was_asked_for(tmp_path: Path, mode: int) -> None:
    """Whatever the umask, and whatever the file before had."""
    path = tmp_path / "a.json"
    path.write_text("before")
    path.chmod(0o400)
    replace_file(path, b"after", mode=mode)
    assert path.stat().st_mode & 0o7777 == mode
    assert path.read_bytes() == b"after"


@pytest.mark.parametrize("fsync", [False, True])
def test_who_has_the_old_file_open_keeps_it(tmp_path: Path, fsync: bool) -> None:
    """A reader in the middle of the old file is not disturbed."""
    path = tmp_path / "a.json"
    replace_file(path, b"old")
    with path.open("rb") as reader:
        replace_file(path, b"new and longer", fsync=fsync)
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new and longer"
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_after_an_error_the_old_file_stands_and_no_draft(tmp_path: Path) -> None:
    """A file that may not grow so far (EFBIG, as a full disk half-way through)."""
    path = tmp_path / "a.json"
    replace_file(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            replace_file(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_a_directory_in_the_way_is_an_error_and_leaves_no_draft(tmp_path: Path) -> None:
    """The rename fails; what stands there stays."""
    (tmp_path / "a.json").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "a.json", b"x")
    assert [found.name for found in tmp_path.iterdir()] == ["a.json"]


def test_drafts_of_the_dead_go_and_all_else_stays(tmp_path: Path) -> None:
    """Also when another process has the pid by now; nothing that is not exactly our pattern is touched."""
    own = ProcessIdentity.own()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    dead = [f"_tmp.{gone.pid}.1.0.00000000", f"_tmp.{own.pid}.{own.start_ticks + 1}.7.0123abcd"]
    kept = [f"_tmp.{own.pid}.{own.start_ticks}.7.0123abcd", "_tmp.notes", f"_tmp.{gone.pid}.1.0.0", "SPY.json"]
    for name in dead + kept:
        (tmp_path / name).write_text("x")
    assert remove_dead_drafts(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


WRITER = """
import resource, signal, sys
from tickring.atomic_file import replace_file
replace_file(sys.argv[1], b"x" * 200_000)
print("ready", flush=True)
if sys.argv[2:]:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), -1))
while True:
    replace_file(sys.argv[1], b"y" * 200_000)
"""


def check_what_is_left(directory: Path, pid: int) -> int:
    """The file is whole, every draft says that this process made it; clear them away and return how many there were."""
    assert set((directory / "a.json").read_bytes()) in ({ord("x")}, {ord("y")})
    assert (directory / "a.json").stat().st_size == 200_000
    drafts = [path.name for path in directory.iterdir() if path.name != "a.json"]
    for name in drafts:
        assert is_draft(name)
        owner = draft_owner(name)
        assert owner is not None
        assert owner.pid == pid
    assert remove_dead_drafts(directory) == len(drafts)
    assert [path.name for path in directory.iterdir()] == ["a.json"]
    return len(drafts)


@pytest.mark.parametrize("bytes_written", [0, 1, 4096, 150_000])
def test_a_writer_that_dies_within_a_write_leaves_the_old_file_and_one_draft(
    tmp_path: Path, bytes_written: int
) -> None:
    """The kernel ends it (SIGXFSZ) after exactly so many bytes; the next one clears the draft away."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "a.json"), str(bytes_written)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writer:
        assert writer.wait(30) == -signal.SIGXFSZ
    assert (tmp_path / "a.json").read_bytes() == b"x" * 200_000
    assert check_what_is_left(tmp_path, writer.pid) == 1


def test_writers_that_are_killed_at_any_moment_leave_whole_files(tmp_path: Path) -> None:
    """SIGKILL wherever it strikes."""
    chance = random.Random(1)
    for _ in range(10):
        command = [sys.executable, "-c", WRITER, str(tmp_path / "a.json")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline()
            time.sleep(chance.uniform(0, 0.01))
            writer.kill()
            writer.wait(20)
        check_what_is_left(tmp_path, writer.pid)
