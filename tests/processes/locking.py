"""A process that takes the lock of a job, and keeps state files, on command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import msgspec

from tests.processes.serving import Servant
from tickring.errors import JobLockBusy
from tickring.job_lock import JobLock, LockHolder
from tickring.state_manager import StateManager, StreamingHealth

_OVERFLOW_ID = 65534  # nobody


class LockingProcess:
    """Every method that is served is a command."""

    def __init__(self) -> None:
        self._lock: JobLock

    def serve(self) -> None:
        """Obey until stdin closes."""
        Servant().serve(
            *(
                self.ready,
                self.acquire,
                self.attempt,
                self.take_turns,
                self.release,
                self.holder,
                self.is_held,
                self.fork,
            ),
            *(self.fork_and_release, self.drop_rights, self.fill, self.empty, self.protect, self.record, self.health),
        )

    def ready(self) -> None:
        """Answer, which takes until everything is imported."""

    def acquire(self, job: str, root: str, run_id: str = "", command: str = "") -> None:
        """Take the lock."""
        self._lock = JobLock(job, root)
        self._lock.acquire(run_id=run_id, command=command)

    def attempt(self, root: str, at_s: float) -> dict[str, object]:
        """At this time on CLOCK_MONOTONIC try to take the stream's lock; return who has it."""
        self._lock = JobLock("ib_stream", root)
        time.sleep(max(0.0, at_s - time.monotonic()))
        try:
            self._lock.acquire()
        except JobLockBusy as error:
            return {"won": False, "code": error.code, "holder": error.holder and error.holder.pid}
        return {"won": True}

    def take_turns(self, root: str, rounds: int) -> int:
        """Take and release the lock so many times; fail if anybody else is inside at the same time."""
        inside = Path(root) / "inside"
        taken = 0
        while taken < rounds:
            with contextlib.suppress(JobLockBusy), JobLock("execution", root):
                os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
                inside.unlink()
                taken += 1
        return taken

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    def holder(self) -> LockHolder | None:
        """Return who has it, as plain values."""
        found = self._lock.holder()
        return None if found is None else msgspec.to_builtins(found)

    def is_held(self) -> bool:
        """Return whether it is this process."""
        return self._lock.is_held

    def fork(self) -> int:
        """Fork a child that waits for its end; return its pid once it has come to itself."""
        its_end, own_end = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(0)
            os.close(1)
            os.write(own_end, b".")
            signal.pause()
        os.read(its_end, 1)
        return pid

    def fork_and_release(self) -> int:
        """Have a forked child release what it has inherited; return its exit status."""
        pid = os.fork()
        if pid == 0:
            was_held = self._lock.is_held
            self._lock.release()
            os._exit(1 if was_held else 0)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def drop_rights(self) -> None:
        """Be an ordinary user from now on."""
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresgid(_OVERFLOW_ID, _OVERFLOW_ID, _OVERFLOW_ID)
            os.setresuid(_OVERFLOW_ID, _OVERFLOW_ID, _OVERFLOW_ID)

    def fill(self, root: str) -> None:
        """Leave no byte free."""
        with (Path(root) / "ballast").open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    def empty(self, root: str) -> None:
        """Make room again."""
        (Path(root) / "ballast").unlink()

    def protect(self, root: str) -> None:
        """Make the disk read-only for whoever goes there by its path."""
        subprocess.run(["mount", "-o", "remount,ro", root], check=True)

    def record(self, path: str, stream_type: str, count: int) -> None:
        """Record so many heartbeats with one update each."""
        state = StateManager(path, lock_timeout_s=20.0)
        for updates in range(1, count + 1):
            state.record_streaming_heartbeat(stream_type, ["SPY"], {"updates": updates})

    def health(self, path: str, stream_type: str) -> StreamingHealth:
        """Return what the file says of a stream."""
        return StateManager(path).get_streaming_health(stream_type)


if __name__ == "__main__":
    LockingProcess().serve()
