"""A disk that does not answer holds up neither the alerter nor the supervisor's loop."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.waiting import wait_until
from tickring.alerter.store import Kept, Store
from tickring.alerter.store_file import StoreFile, read_kept
from tickring.config.structs import Config, FilesConfig
from tickring.control.messages import Start
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.supervisor.stream_run import StreamRun

if TYPE_CHECKING:
    import pytest


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
