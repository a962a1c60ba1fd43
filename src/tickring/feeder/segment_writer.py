"""The writer of one segment: the native writer, and the lock that makes it the only one.

The lock is on a byte of the segment file and dies with the process. Taking it is not enough to write: the epoch must be
the one granted last, so that a writer that was started long ago and stood still cannot begin now.
"""

from pathlib import Path
from typing import Self

from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.errors import WriterBusy
from tickring.names import SegmentPaths
from tickring.process_identity import ProcessIdentity
from tickring.segment_file import lock_segment_byte

__all__ = ["SegmentWriter"]


class SegmentWriter(_core.Writer):
    """Publishes quotes; see the native methods (`add`, `begin`, `tick`, `set_state`, `vouch`, `commit`, `heartbeat`).

    Threads: one. Processes: the one that attached; a forked child is refused. Ticks become visible at once, sleeping
    readers are woken by `commit`, once per batch.
    """

    _lock: ByteLock

    @classmethod
    def attach(cls, name: str | Path, *, epoch: int) -> Self:
        """Become the writer of the segment for `epoch`; every known symbol is republished as stale.

        Raises:
            WriterBusy: another living process holds the writer lock.
            SegmentFenced: `epoch` is not the one granted last, or the segment was superseded.
            SegmentNotFound, SegmentNotReady, SegmentVersionMismatch, SegmentSizeMismatch, NotASegment,
            SegmentPermissionDenied: the file cannot be used.
        """
        paths = SegmentPaths.of(name)
        lock = lock_segment_byte(paths, _core.LOCK_BYTE_WRITER)
        try:
            if not lock.try_acquire():
                raise WriterBusy(
                    "has a living writer; stop it, or let the supervisor grant a new epoch, which ends it",
                    path=str(paths.segment),
                    pid=_core.feeder_identity(lock.fd)[0],
                )
            own = ProcessIdentity.own()
            with lock.another_descriptor() as fd:
                writer = cls(str(paths.segment), fd, epoch, own.pid, own.start_ticks)
        except BaseException:
            lock.close()
            raise
        writer._lock = lock
        return writer

    def close(self) -> None:
        """Say `stopped`, unmap and give the lock back. What was published stays and reads `feed_down`. Idempotent."""
        super().close()
        self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
