"""A disk that does not answer holds up neither the alerter nor the supervisor's loop."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.alerter.store import Kept, Store
from tickring.alerter.store_file import StoreFile, read_kept
from tickring.config.structs import Config, FilesConfig, SupervisorConfig
from tickring.control.messages import Start
from tickring.errors import JobLockUnusable, RequestRefused
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.supervisor.instance_lock import SUPERVISOR_JOB, take_instance_lock
from tickring.supervisor.stream_run import StreamRun

if TYPE_CHECKING:
    from collections.abc import Generator

    from tickring.control.client import SupervisorClient


def test_a_disk_that_hangs_is_said_and_healed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that does not come back is a fault while it lasts; once the disk answers everything is there."""
    answers = threading.Event()
    real = os.fsync

    def fsync(fd: int) -> None:
        answers.wait(60)
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)  # the kernel's, on a dead disk
    path = tmp_path / "alerts.json"
    store = Store(Kept(), queue_max=10, keep_s=3600)
    saving = StoreFile(path, store, stuck_s=0.2)
    saving.start()
    assert saving.fault is None
    with store.lock:
        store.kept.sequence = 7
        store.note_change()
    wait_until(lambda: "no answer for" in str(saving.fault), "the fault is told")
    answers.set()
    wait_until(lambda: saving.fault is None, "it heals")
    saving.close(20)
    assert read_kept(path).sequence == 7


def test_a_run_ends_on_a_disk_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock goes when the disk answers; nobody waits for that, and who holds it is known without the disk."""
    answers = threading.Event()
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        answers.wait(60)
        real(path, missing_ok)

    run = StreamRun.begin(Config(files=FilesConfig(data_root=str(tmp_path))), Start(symbols=("SPY",)))
    with monkeypatch.context() as dead:
        dead.setattr(Path, "open", None)
        dead.setattr(os, "open", None)
        assert run.holder is not None
        assert run.holder.pid == os.getpid()
    monkeypatch.setattr(Path, "unlink", unlink)
    run.end()
    assert not answers.is_set(), "it came back though the disk did not"
    assert JobLock(STREAM_JOB, tmp_path).holder() is not None
    answers.set()
    wait_until(lambda: JobLock(STREAM_JOB, tmp_path).holder() is None, "the lock is free")
    JobLock(STREAM_JOB, tmp_path).acquire().release()


@contextmanager
def hanging(path: Path) -> Generator[None]:
    """A file that nobody else can open: the kernel keeps them waiting for this process's lease, as for a dead disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)  # that somebody waits is told by a signal; this one is ignored
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        yield
    finally:
        os.close(fd)


def test_a_run_begins_on_a_disk_that_hangs_or_is_refused_in_time(tmp_path: Path) -> None:
    """Its lock is not taken behind anybody's back: what comes too late is given back."""
    config = Config(files=FilesConfig(data_root=str(tmp_path)), supervisor=SupervisorConfig(lock_wait_s=0.2))
    lock = JobLock(STREAM_JOB, tmp_path)
    with hanging(lock.path), pytest.raises(JobLockUnusable, match=r"not answered within 0\.2 s \(ETIMEDOUT\)"):
        StreamRun.begin(config, Start(symbols=("SPY",)))
    wait_until(_is_given_back, "the lock is given back")
    run = StreamRun.begin(config, Start(symbols=("SPY",)))
    assert run.holder is not None
    run.end()


def test_a_service_does_not_hang_with_its_disk(tmp_path: Path) -> None:
    """Nobody can end a start that waits for a disk, so it ends by itself."""
    path = JobLock(SUPERVISOR_JOB, tmp_path).path
    with hanging(path), pytest.raises(JobLockUnusable, match="not answered within"):
        take_instance_lock(str(tmp_path), 0.2)
    wait_until(_is_given_back, "the lock is given back")
    with hanging(JobLock(STREAM_JOB, tmp_path).path):
        take_instance_lock(str(tmp_path), 20.0).release()


def test_the_supervisors_loop_turns_while_a_start_waits_for_the_disk(segment_name: str, tmp_path: Path) -> None:
    """`tickring start` is refused in words, everything else is answered, and the next start is an ordinary one."""
    with (
        SupervisorRig(segment_name, tmp_path, "stream", supervisor={"lock_wait_s": 0.3}) as rig,
        rig.client() as client,
    ):
        rig.wait_report(lambda report: report.run is not None, "a run is on")
        client.stop()
        with hanging(tmp_path / "data" / "locks" / f"{STREAM_JOB}.lock"):
            with pytest.raises(RequestRefused) as refused:
                client.start()
            assert refused.value.code == "lock_unusable"
            assert client.status().run is None
        wait_until(lambda: _has_begun(client), "the next start is an ordinary one")
        rig.end()


def _is_given_back() -> bool:
    return "lock-acquire" not in {thread.name for thread in threading.enumerate()}


def _has_begun(client: SupervisorClient) -> bool:
    try:
        client.start()
    except RequestRefused as error:  # the first one is still giving the lock back
        if error.code == "ib_stream_lock_busy":
            return False
        raise
    return True
