"""One process at a time does a job: an operating-system lock on `<data_root>/locks/<job>.lock`.

The lock dies with its holder, at once and however it dies; it is never broken by age, and a file without a holder means
nothing. The file says in JSON who holds it, for `cat` and for whoever comes second. Do not remove it by hand while its
holder lives: another process would find no lock. On a network file system the lock holds as far as that one's do.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import stat
import struct
import time
from pathlib import Path
from typing import Self

import msgspec

from tickring.byte_lock import ByteLock
from tickring.errors import JobLockBusy, JobLockUnusable, StreamLockBusy
from tickring.iso_time import iso_from_ns
from tickring.json_faults import JSON_FAULTS
from tickring.process_identity import ProcessIdentity

__all__ = ["STREAM_JOB", "JobLock", "LockHolder", "acquire_stream_lock"]

STREAM_JOB = "ib_stream"

_JOB = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COMMAND_CHARACTERS = 200
_READ_BYTES = 1 << 16
_MODE = 0o644  # everybody may read who holds it
_NAMED_WITHIN_S = 0.2  # a holder names itself right after it took the lock
_FLOCK = struct.Struct("hh4xqqi4x")  # struct flock of 64-bit Linux, as in byte_lock
_NEXT_STEPS = {
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room in this user's quota",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EROFS: "mount it for writing, or choose another data root",
    errno.EACCES: "give this user the right to write there, or choose another data root",
    errno.EPERM: "give this user the right to write there, or choose another data root",
    errno.EINVAL: "remove it",
    errno.ELOOP: "remove the link that stands there",
    errno.EISDIR: "remove the directory that stands there",
    errno.ENOTDIR: "remove the file that stands in the way, or choose another data root",
    errno.EEXIST: "remove the file that stands in the way, or choose another data root",
}


class LockHolder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the lock of a job."""

    pid: int
    started_at: str
    """When its process started: ISO 8601, UTC."""
    boot_id: str
    """Of the machine's uptime that pid and start ticks belong to."""
    command: str
    run_id: str
    start_ticks: int = 0
    """Tell this process from a later one with its pid: field 22 of /proc/PID/stat."""
    acquired_at: str = ""
    """When it took the lock: ISO 8601, UTC."""

    @property
    def since(self) -> str:
        """Since when it has the lock: `acquired_at`; of a file without it, when its process started."""
        return self.acquired_at or self.started_at

    def is_alive(self) -> bool:
        """Return whether this very process exists here. One of another machine or container never does."""
        return self.boot_id == _boot_id() and ProcessIdentity(self.pid, self.start_ticks).exists()


class JobLock:
    """The lock of one job under one data root; `acquire`, or `with JobLock(...)`.

    Threads: one. Processes: any number may try, one has it. A child made by fork does not hold it and its `release`
    does nothing; spawned children never see it.
    """

    def __init__(self, job: str, data_root: str | os.PathLike[str]) -> None:
        """Touches nothing yet. `job`: a small letter, then up to 62 small letters, digits or `_`.

        Raises:
            ValueError: no such name.
        """
        if not _JOB.fullmatch(job):
            raise ValueError(f"job {job!r}: must be a small letter, then up to 62 small letters, digits or '_'")
        self.job = job
        self.path = Path(data_root) / "locks" / f"{job}.lock"
        self._lock: ByteLock | None = None

    @property
    def is_held(self) -> bool:
        """Whether this object holds the lock in this process."""
        return self._lock is not None and self._lock.is_held

    def acquire(self, *, run_id: str = "", command: str = "") -> Self:
        """Take the lock and write down who has it; never waits for another holder. Returns itself.

        `command` empty: this process's command line, the beginning of it.

        Raises:
            JobLockBusy: somebody has it, be it this object; for the job `ib_stream` it is a StreamLockBusy.
            JobLockUnusable: the file cannot be made or written: full disk, read-only directory, no permission.
        """
        if self.is_held:
            raise self._busy()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = self._take()
            try:
                _write_holder(lock, _this_process(run_id, command))
            except BaseException:
                self._remove(lock)
                raise
        except OSError as error:
            if isinstance(error, PermissionError) and self._look() is not None:
                raise self._busy() from error
            raise self._unusable(error) from error
        self._lock = lock
        return self

    def release(self) -> None:
        """Give it back and remove the file. Idempotent; in a forked child it does nothing."""
        lock, self._lock = self._lock, None
        if lock is not None and lock.is_held:
            self._remove(lock)

    def holder(self) -> LockHolder | None:
        """Return who has the lock now, without touching it; None if nobody has, or if it cannot be told who.

        Only a process that is there counts: what a dead holder left in the file is never returned.
        """
        deadline_s = time.monotonic() + _NAMED_WITHIN_S
        while (content := self._look()) is not None:
            found = _holder_in(content)
            if found is not None and found.is_alive():
                return found
            if time.monotonic() >= deadline_s:
                return None
            time.sleep(0.002)
        return None

    def _take(self) -> ByteLock:
        while True:
            lock = ByteLock(self.path, 0, create_mode=_MODE)
            try:
                if not stat.S_ISREG(os.fstat(lock.fd).st_mode):
                    raise OSError(errno.EINVAL, "another kind of file stands there")
                if not lock.try_acquire():
                    raise self._busy()
                # The holder before may have removed the file between our open and our lock: it guards nothing then.
                with contextlib.suppress(FileNotFoundError):
                    if self.path.stat().st_ino == os.fstat(lock.fd).st_ino:
                        return lock
            except BaseException:
                lock.close()
                raise
            lock.close()

    def _remove(self, lock: ByteLock) -> None:
        # While it is locked: nobody else's file can stand there. One that stays behind is without meaning.
        with contextlib.suppress(OSError):
            self.path.unlink()
        lock.close()

    def _look(self) -> bytes | None:
        """Return what a locked file says; None if it is not locked, not there, or may not be read."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 1, 0)
            (kind, *_) = _FLOCK.unpack(fcntl.fcntl(fd, fcntl.F_OFD_GETLK, asked))
            return None if kind == fcntl.F_UNLCK else os.pread(fd, _READ_BYTES, 0)
        except OSError:  # another kind of file stands there; taking the lock will say so
            return None
        finally:
            os.close(fd)

    def _busy(self) -> JobLockBusy:
        kind = StreamLockBusy if self.job == STREAM_JOB else JobLockBusy
        return kind(self.job, str(self.path), self.holder())

    def _unusable(self, error: OSError) -> JobLockUnusable:
        number = error.errno or 0
        return JobLockUnusable(
            self.job,
            str(self.path),
            error=errno.errorcode.get(number, type(error).__name__),
            text=error.strerror or str(error),
            next_step=_NEXT_STEPS.get(number, "put that right, or choose another data root"),
        )

    def __enter__(self) -> Self:
        return self if self.is_held else self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()


def acquire_stream_lock(data_root: str | os.PathLike[str], *, run_id: str = "", command: str = "") -> JobLock:
    """Return the held lock of the one stream under this data root.

    Raises:
        StreamLockBusy: a RuntimeError; a stream runs already.
        JobLockUnusable: as `JobLock.acquire`.
    """
    return JobLock(STREAM_JOB, data_root).acquire(run_id=run_id, command=command)


def _this_process(run_id: str, command: str) -> LockHolder:
    own = ProcessIdentity.own()
    now_ns = time.time_ns()
    age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - own.start_ticks / os.sysconf("SC_CLK_TCK")
    return LockHolder(
        pid=own.pid,
        started_at=iso_from_ns(now_ns - round(age_s * 1e9)),
        boot_id=_boot_id(),
        command=command or _own_command(),
        run_id=run_id,
        start_ticks=own.start_ticks,
        acquired_at=iso_from_ns(now_ns),
    )


def _own_command() -> str:
    words = Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").split()
    return " ".join(words)[:_COMMAND_CHARACTERS]


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _write_holder(lock: ByteLock, holder: LockHolder) -> None:
    rest = memoryview(msgspec.json.encode(holder) + b"\n")
    size = len(rest)
    os.ftruncate(lock.fd, 0)
    while rest:
        rest = rest[os.pwrite(lock.fd, rest, size - len(rest)) :]


def _holder_in(content: bytes) -> LockHolder | None:
    try:
        return msgspec.json.decode(content, type=LockHolder)
    except JSON_FAULTS:
        return None  # not written yet
