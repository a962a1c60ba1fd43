"""The lock of a job: one process has it, everybody else is told who, and death gives it back."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.processes.child import ChildError, identity_of, unshare_or_skip
from tickring.byte_lock import ByteLock
from tickring.errors import JobLockBusy, JobLockUnusable, StreamLockBusy, TickringError
from tickring.job_lock import JobLock, LockHolder, acquire_stream_lock

if TYPE_CHECKING:
    from tests.processes.child import Child, Processes

MOUNT = 'mount -t tmpfs -o size=256k tickring-test "$0" && exec "$@"'
BOOT_ID = Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@pytest.fixture
def other(processes: Processes) -> Child:
    """Another process that takes locks."""
    return processes.start("locking")


def lock_file(root: Path, job: str = "ib_stream") -> Path:
    """Where it lies."""
    return root / "locks" / f"{job}.lock"


def let_everybody_in(directory: Path) -> None:
    """Let other users go there, through all the directories above that are this user's alone."""
    for one in (directory, *directory.parents):
        mode = one.stat().st_mode
        if mode & 0o011 != 0o011:
            one.chmod(mode | 0o055)


# ---- one has it ------------------------------------------------------------------------------------------------------


def test_stream_lock_busy(tmp_path: Path) -> None:
    """A second start raises RuntimeError and says `ib_stream_lock_busy`; after the release it goes through."""
    with acquire_stream_lock(tmp_path), pytest.raises(RuntimeError, match=r"^ib_stream_lock_busy: "):
        acquire_stream_lock(tmp_path)
    acquire_stream_lock(tmp_path).release()


def test_whoever_comes_second_is_told_who_was_first(tmp_path: Path, other: Child) -> None:
    """Pid, command, start and run, in the message and as values, with the code and the next step."""
    other.ask("acquire", job="ib_stream", root=str(tmp_path), run_id="run-7", command="tickring run --sample")
    with pytest.raises(StreamLockBusy) as caught:
        acquire_stream_lock(tmp_path)
    busy = caught.value
    assert isinstance(busy, TickringError)
    assert (busy.code, busy.job, busy.path) == ("ib_stream_lock_busy", "ib_stream", str(lock_file(tmp_path)))
    assert busy.holder is not None
    assert (busy.holder.pid, busy.holder.start_ticks) == identity_of(other.pid)
    assert (busy.holder.run_id, busy.holder.command) == ("run-7", "tickring run --sample")
    for text in (str(other.pid), "tickring run --sample", "run-7", busy.holder.acquired_at, "tickring stop", busy.path):
        assert text in str(busy)
    copy = pickle.loads(pickle.dumps(busy))
    assert (copy.code, copy.holder, str(copy)) == (busy.code, busy.holder, str(busy))


def test_the_file_says_in_json_who_holds_it(tmp_path: Path) -> None:
    """For `cat`: everybody may read it, and without a command it is the command line."""
    before_s = time.time()
    with JobLock("ib_stream", tmp_path).acquire(run_id="run-1") as lock:
        path = lock_file(tmp_path)
        told = json.loads(path.read_text())
        assert path.stat().st_mode & 0o444 == 0o444
        assert (told["pid"], told["start_ticks"]) == identity_of(os.getpid())
        assert (told["boot_id"], told["run_id"]) == (BOOT_ID, "run-1")
        assert "python" in told["command"] or "pytest" in told["command"]
        assert told["started_at"] < told["acquired_at"]
        stamp_s = time.mktime(time.strptime(told["acquired_at"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone
        assert abs(stamp_s - before_s) < 60
        holder = lock.holder()
        assert holder is not None
        assert json.loads(path.read_text())["pid"] == holder.pid


def test_release_leaves_nothing_behind(tmp_path: Path) -> None:
    """The file goes with the lock; releasing again does nothing to the next holder."""
    first = JobLock("ib_stream", tmp_path)
    with first:
        pass
    assert list((tmp_path / "locks").iterdir()) == []
    with JobLock("ib_stream", tmp_path) as second:
        first.release()
        assert lock_file(tmp_path).exists()
        assert second.is_held
        with pytest.raises(StreamLockBusy):
            first.acquire()


def test_each_job_has_a_lock_of_its_own(tmp_path: Path) -> None:
    """Orders are locked apart from the stream, with their own code."""
    with JobLock("ib_stream", tmp_path), JobLock("execution", tmp_path):
        with pytest.raises(JobLockBusy) as caught:
            JobLock("execution", tmp_path).acquire()
        assert caught.value.code == "execution_lock_busy"
        assert not isinstance(caught.value, StreamLockBusy)
    with JobLock("ib_stream", tmp_path), JobLock("ib_stream", tmp_path / "elsewhere"):
        pass


@pytest.mark.parametrize("job", ["", "../x", "IB", "a b", "1st", "x" * 64])
def test_a_job_has_a_plain_name(tmp_path: Path, job: str) -> None:
    """It becomes a file's name."""
    with pytest.raises(ValueError, match="small letter"):
        JobLock(job, tmp_path)


def test_the_same_object_does_not_take_it_twice(tmp_path: Path) -> None:
    """A second start is always busy, and the first goes on."""
    with JobLock("ib_stream", tmp_path) as lock:
        with pytest.raises(StreamLockBusy) as caught:
            lock.acquire()
        assert caught.value.holder is not None
        assert caught.value.holder.pid == os.getpid()
        assert lock.is_held


# ---- many want it ----------------------------------------------------------------------------------------------------


def test_of_many_at_once_exactly_one_wins(tmp_path: Path, processes: Processes) -> None:
    """And all others name it."""
    children = [processes.start("locking") for _ in range(10)]
    for child in children:
        child.ask("ready")
    start_s = time.monotonic() + 0.3
    for child in children:
        child.tell("attempt", root=str(tmp_path), at_s=start_s)
    answers = {child.pid: child.answer() for child in children}
    winners = [pid for pid, answer in answers.items() if answer["won"]]
    assert len(winners) == 1
    for pid, answer in answers.items():
        if pid not in winners:
            assert answer == {"won": False, "code": "ib_stream_lock_busy", "holder": winners[0]}


def test_no_two_are_ever_inside(tmp_path: Path, processes: Processes) -> None:
    """Also while files are removed and made again under those who wait for them."""
    children = [processes.start("locking") for _ in range(4)]
    for child in children:
        child.tell("take_turns", root=str(tmp_path), rounds=150)
    assert [child.answer(50) for child in children] == [150] * 4


# ---- death gives it back ---------------------------------------------------------------------------------------------


def test_the_lock_of_a_killed_holder_is_free_at_once(tmp_path: Path, other: Child) -> None:
    """Its file stays and means nothing."""
    other.ask("acquire", job="ib_stream", root=str(tmp_path), run_id="killed")
    lock = JobLock("ib_stream", tmp_path)
    holder = lock.holder()
    assert holder is not None
    assert holder.is_alive()
    other.kill()
    assert lock_file(tmp_path).exists()
    assert not holder.is_alive()
    assert lock.holder() is None
    with lock.acquire(run_id="next"):
        assert json.loads(lock_file(tmp_path).read_text())["run_id"] == "next"


def test_a_stopped_holder_keeps_it_however_old_it_looks(tmp_path: Path, other: Child) -> None:
    """Age breaks nothing: the process lives."""
    other.ask("acquire", job="ib_stream", root=str(tmp_path))
    other.stop()
    os.utime(lock_file(tmp_path), (0, 0))
    with pytest.raises(StreamLockBusy) as caught:
        acquire_stream_lock(tmp_path)
    assert caught.value.holder is not None
    assert caught.value.holder.pid == other.pid
    other.resume()


def test_a_forked_child_does_not_keep_it(tmp_path: Path, other: Child, processes: Processes) -> None:
    """It outlives its killed parent, and the lock is free."""
    other.ask("acquire", job="ib_stream", root=str(tmp_path))
    child = processes.adopt(other.ask("fork"))
    other.kill()
    assert identity_of(child) is not None
    acquire_stream_lock(tmp_path).release()


def test_a_forked_child_gives_nothing_away(tmp_path: Path, other: Child) -> None:
    """Its `release` neither frees the lock nor removes the file."""
    other.ask("acquire", job="ib_stream", root=str(tmp_path))
    assert other.ask("fork_and_release") == 0
    assert lock_file(tmp_path).exists()
    assert other.ask("is_held")
    with pytest.raises(StreamLockBusy):
        acquire_stream_lock(tmp_path)


def test_a_program_that_was_started_does_not_keep_it(tmp_path: Path) -> None:
    """Not even one that inherits all descriptors it can."""
    lock = acquire_stream_lock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
        close_fds=False,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"\n"
        lock.release()
        acquire_stream_lock(tmp_path).release()


# ---- who holds it ----------------------------------------------------------------------------------------------------


def test_looking_takes_nothing(tmp_path: Path, other: Child) -> None:
    """Neither from the holder nor from the directory."""
    lock = JobLock("ib_stream", tmp_path / "new")
    assert lock.holder() is None
    assert not (tmp_path / "new").exists()
    other.ask("acquire", job="ib_stream", root=str(tmp_path / "new"))
    for _ in range(3):
        holder = lock.holder()
        assert holder is not None
        assert holder.pid == other.pid
    assert other.ask("is_held")
    other.ask("release")
    assert lock.holder() is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": 1}', b"\xff\xfe", b'{"later": ' + b"[" * 9000, None])
def test_a_holder_that_cannot_be_told_is_not_made_up(tmp_path: Path, content: bytes | None) -> None:
    """What a dead process left in the file names nobody, though the lock is held; busy it is all the same."""
    path = lock_file(tmp_path)
    path.parent.mkdir()
    dead = LockHolder(pid=os.getpid(), started_at="", boot_id=BOOT_ID, command="dead", run_id="", start_ticks=1)
    assert not dead.is_alive()
    held = ByteLock(path, 0, create_mode=0o644)
    try:
        assert held.try_acquire()
        path.write_bytes(msgspec.json.encode(dead) if content is None else content)
        with pytest.raises(StreamLockBusy, match="cannot be told") as caught:
            acquire_stream_lock(tmp_path)
        assert caught.value.holder is None
    finally:
        held.close()


def test_a_process_of_another_boot_is_not_alive() -> None:
    """Its pid and start time may fit a process of today."""
    pid, start_ticks = identity_of(os.getpid()) or (0, 0)
    today = LockHolder(pid=pid, started_at="", boot_id=BOOT_ID, command="", run_id="", start_ticks=start_ticks)
    assert today.is_alive()
    yesterday = LockHolder(pid=pid, started_at="", boot_id="00", command="", run_id="", start_ticks=start_ticks)
    assert not yesterday.is_alive()


# ---- where it cannot be taken ----------------------------------------------------------------------------------------


@pytest.fixture
def on_a_small_disk(tmp_path: Path, processes: Processes) -> Child:
    """A process in whose eyes `tmp_path/data` is a tmpfs of 256 kB."""
    root = tmp_path / "data"
    root.mkdir()
    return processes.start("locking", under=unshare_or_skip("--mount", "sh", "-c", MOUNT, str(root)))


def refusal_of(child: Child, root: Path) -> str:
    """The message with which the lock cannot be taken there."""
    with pytest.raises(ChildError) as caught:
        child.ask("acquire", job="ib_stream", root=str(root))
    assert caught.value.kind == "JobLockUnusable", caught.value
    assert str(root / "locks") in caught.value.message
    return caught.value.message


def test_a_full_disk_is_said_with_the_next_step(tmp_path: Path, on_a_small_disk: Child) -> None:
    """The lock is not held afterwards, and taken once there is room."""
    root = tmp_path / "data"
    on_a_small_disk.ask("fill", root=str(root))
    message = refusal_of(on_a_small_disk, root)
    assert "ENOSPC" in message
    assert "make room" in message
    assert not on_a_small_disk.ask("is_held")
    on_a_small_disk.ask("empty", root=str(root))
    on_a_small_disk.ask("acquire", job="ib_stream", root=str(root))
    assert on_a_small_disk.ask("is_held")


def test_a_read_only_disk_is_said_with_the_next_step(tmp_path: Path, on_a_small_disk: Child) -> None:
    """Path, errno's name, what to do."""
    root = tmp_path / "data"
    on_a_small_disk.ask("protect", root=str(root))
    message = refusal_of(on_a_small_disk, root)
    assert "EROFS" in message
    assert "another data root" in message


def test_a_directory_without_the_right_to_write(tmp_path: Path, other: Child) -> None:
    """As an ordinary user in somebody else's directory."""
    let_everybody_in(tmp_path)
    root = tmp_path / "root"
    root.mkdir(mode=0o555)
    other.ask("drop_rights")
    assert "EACCES" in refusal_of(other, root)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users: run as root")
def test_a_lock_of_another_user_is_busy_not_forbidden(tmp_path: Path, other: Child) -> None:
    """The file may be read, so its holder is named; without a holder it is a matter of rights."""
    let_everybody_in(tmp_path)
    other.ask("drop_rights")
    with acquire_stream_lock(tmp_path, run_id="mine"):
        with pytest.raises(ChildError, match="mine") as caught:
            other.ask("acquire", job="ib_stream", root=str(tmp_path))
        assert caught.value.kind == "StreamLockBusy"
        holder = other.ask("holder")
        assert holder["pid"] == os.getpid()


@pytest.mark.parametrize("what", ["a directory", "a link", "a file for a directory", "a pipe"])
def test_something_else_in_the_way_is_said(tmp_path: Path, what: str) -> None:
    """It is neither followed nor removed, and nothing waits for it."""
    path = lock_file(tmp_path)
    if what == "a file for a directory":
        path.parent.write_text("mine")
    else:
        path.parent.mkdir()
    if what == "a directory":
        path.mkdir()
    elif what == "a link":
        (tmp_path / "target").write_text("mine")
        path.symlink_to(tmp_path / "target")
    elif what == "a pipe":
        os.mkfifo(path)
    with pytest.raises(JobLockUnusable) as caught:
        acquire_stream_lock(tmp_path)
    assert caught.value.path == str(path)
    assert caught.value.error in str(caught.value)
    assert JobLock("ib_stream", tmp_path).holder() is None
    assert path.parent.is_file() or os.path.lexists(path)
    if what == "a link":
        assert (tmp_path / "target").read_text() == "mine"
