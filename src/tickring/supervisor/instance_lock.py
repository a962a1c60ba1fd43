"""One service for a data root and a segment: who is second is told who is first.

Held for the supervisor's life, also while no run is on; `JobLock("ib_stream")` beside it is that of the run. To whoever
wants a stream both mean the same, so both say `ib_stream_lock_busy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.errors import JobLockBusy, StreamLockBusy, SupervisorBusy
from tickring.job_lock import STREAM_JOB, JobLock
from tickring.states import ApiMode
from tickring.supervisor.lock_taking import look_at_lock, take_lock
from tickring.supervisor.segment_host import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["SUPERVISOR_JOB", "SegmentServed", "ServiceBusy", "open_segment", "take_instance_lock"]

SUPERVISOR_JOB = "supervisor"


class ServiceBusy(StreamLockBusy):
    """Another living supervisor serves this data root. `holder` tells which."""

    _next_step = "stop that service first, or use another files.data_root"


class SegmentServed(SupervisorBusy):
    """Another living supervisor serves this segment, for another data root. `pid` is its."""

    code = "ib_stream_lock_busy"


def take_instance_lock(data_root: str, within_s: float) -> JobLock:
    """Return the lock of the one supervisor of this data root, held.

    Raises:
        StreamLockBusy: another process streams or is ready to; names it.
        JobLockUnusable: see its message; a disk that does not answer within the time is one.
    """
    stream = JobLock(STREAM_JOB, data_root)
    if (holder := look_at_lock(stream, within_s)) is not None:
        raise StreamLockBusy(STREAM_JOB, str(stream.path), holder)
    lock = JobLock(SUPERVISOR_JOB, data_root)
    try:
        take_lock(lock, within_s)
    except JobLockBusy as error:
        raise ServiceBusy(STREAM_JOB, error.path, error.holder) from error
    return lock


def open_segment(config: Config) -> SegmentHost:
    """Own the segment.

    Raises:
        SegmentServed: another living supervisor owns it.
        SegmentError: as `SegmentHost.open`.
    """
    segment = config.segment
    try:
        return SegmentHost.open(
            segment.name,
            limits=SegmentLimits(segment.capacity, segment.depth, segment.heartbeat_limit_s, segment.vouch_limit_s),
            api_mode=ApiMode(config.stream.api_mode),
            fence_timeout_s=config.supervisor.fence_timeout_s,
        )
    except SupervisorBusy as error:
        raise SegmentServed(
            f"ib_stream_lock_busy: it is owned by another supervisor (pid {error.pid or 'unknown'}); "
            "stop that one first, or use another segment name",
            path=error.path,
            pid=error.pid,
        ) from error
