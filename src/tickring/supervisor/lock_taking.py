"""Take a job's lock, whose file lies on a disk that may not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from tickring.errors import JobLockUnusable
from tickring.supervisor.bounded_work import done_within

if TYPE_CHECKING:
    from tickring.job_lock import JobLock, LockHolder

__all__ = ["look_at_lock", "take_lock"]


def take_lock(lock: JobLock, within_s: float, run_id: str = "") -> LockHolder | None:
    """Take it and return what its file says of this process. One that comes too late is given back at once.

    Raises:
        JobLockBusy: as `JobLock.acquire`.
        JobLockUnusable: as that, and for a disk that does not answer within the time.
    """
    try:
        return done_within(
            within_s, lambda: lock.acquire(run_id=run_id).holder(), lambda _holder: lock.release(), "lock-acquire"
        )
    except TimeoutError:
        _refuse(lock, within_s)


def look_at_lock(lock: JobLock, within_s: float) -> LockHolder | None:
    """Return who has it, None if nobody has. Raises JobLockUnusable for a disk that does not answer within the time."""
    try:
        return done_within(within_s, lock.holder, lambda _holder: None, "lock-look")
    except TimeoutError:
        _refuse(lock, within_s)


def _refuse(lock: JobLock, within_s: float) -> NoReturn:
    raise JobLockUnusable(
        lock.job,
        str(lock.path),
        error="ETIMEDOUT",
        text=f"its disk has not answered within {within_s:g} s",
        next_step="look at that disk, or choose another data root and restart the service",
    ) from None
