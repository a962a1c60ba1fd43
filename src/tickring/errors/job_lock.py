"""Why a job's lock was not taken: somebody has it, or its file cannot be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.errors.base import TickringError

if TYPE_CHECKING:
    from tickring.job_lock import LockHolder

__all__ = ["JobLockBusy", "JobLockUnusable", "StreamLockBusy"]


class JobLockBusy(TickringError, RuntimeError):
    """A living process holds the lock of `job`. `holder` tells who; None if it could not be told.

    `code` is the stable word for programs: `<job>_lock_busy`.
    """

    _next_step = "stop it first, or use another data root"

    def __init__(self, job: str, path: str, holder: LockHolder | None) -> None:
        if holder is None:
            who, next_step = "a process that cannot be told", "find it with `lslocks`, and stop it first"
        else:
            run = f", run {holder.run_id}" if holder.run_id else ""
            who = f"pid {holder.pid} (`{holder.command}`, since {holder.since}{run})"
            next_step = self._next_step
        self.code = f"{job}_lock_busy"
        super().__init__(f"{self.code}: {path} is held by {who}; {next_step}")
        self.job = job
        self.path = path
        self.holder = holder


class StreamLockBusy(JobLockBusy):
    """A stream runs already for this data root: `ib_stream_lock_busy`."""

    _next_step = "end that run with `tickring stop`, or use another files.data_root"


class JobLockUnusable(TickringError):
    """The lock's file cannot be made, opened or written. `path` names it, `error` is errno.h's name."""

    def __init__(self, job: str, path: str, *, error: str, text: str, next_step: str) -> None:
        super().__init__(f"{path}: the lock of {job} cannot be taken: {text} ({error}); {next_step}")
        self.job = job
        self.path = path
        self.error = error
