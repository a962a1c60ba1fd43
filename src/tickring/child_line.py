"""A child's own line in the header: who it is, that it turns, what state it is in.

Every child of the supervisor other than the feeder (flusher, planner, alerter, api) stamps one of sixteen lines. The
line belongs to whoever holds its lock byte, so a child that hangs and its successor can never write the same line.
"""

from pathlib import Path
from typing import Self

from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.errors import LineBusy
from tickring.names import SegmentPaths
from tickring.process_identity import ProcessIdentity
from tickring.segment_file import lock_segment_byte
from tickring.states import RunState

__all__ = ["ChildLine"]


class ChildLine:
    """Holds line `number` (0-15) of a segment's header until `close`; the lock dies with the process."""

    def __init__(self, lock: ByteLock, line: _core.ChildLine) -> None:
        """Use `ChildLine.claim`."""
        self._lock = lock
        self._line = line

    @classmethod
    def claim(cls, segment: str | Path, number: int, name: str) -> Self:
        """Become the child that this line speaks of. `name` has 1-31 bytes.

        Raises:
            LineBusy: another living process holds the line.
            SegmentError: the segment cannot be used; see the message.
            ValueError: no such line, or no such name.
        """
        if not 0 <= number < _core.CHILD_LINES:
            raise ValueError(f"child line {number}: must be 0 to {_core.CHILD_LINES - 1}")
        paths = SegmentPaths.of(segment)
        lock = lock_segment_byte(paths, _core.LOCK_BYTE_CHILD + number)
        try:
            if not lock.try_acquire():
                raise LineBusy(f"line {number} belongs to another living child", path=str(paths.segment))
            own = ProcessIdentity.own()
            with lock.another_descriptor() as fd:
                return cls(lock, _core.ChildLine(fd, number, name, own.pid, own.start_ticks))
        except BaseException:
            lock.close()
            raise

    def set_state(self, state: RunState | str) -> None:
        """Say what the child is doing."""
        self._line.set_state(RunState(state))

    def heartbeat(self) -> None:
        """Stamp that the child's loop turns."""
        self._line.heartbeat()

    def close(self) -> None:
        """Give the line back; what it says last stays readable. Idempotent."""
        self._line.close()
        self._lock.close()
