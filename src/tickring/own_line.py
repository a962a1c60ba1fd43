"""A child's line in the header of whichever segment stands there, kept over a replacement of the segment."""

from __future__ import annotations

from pathlib import Path

from tickring.child_line import ChildLine
from tickring.errors import SegmentError
from tickring.names import segment_file
from tickring.states import RunState

__all__ = ["OwnLine"]


class OwnLine:
    """Claims line `number` of whichever segment stands there. Not having it is a `fault`, never an end."""

    def __init__(self, segment: str, number: int | None, name: str) -> None:
        """Without a number nothing is claimed and nothing stamped. `name`: what the child is called there."""
        self.fault: str | None = None
        self._segment = segment
        self._path = Path(segment_file(segment))
        self._number = number
        self._name = name
        self._inode = 0
        self._line: ChildLine | None = None
        self._state = RunState.STARTING

    def keep(self) -> None:
        """Claim the line of the segment that stands there now, if it is not held yet."""
        if self._number is None:
            return
        try:
            inode = self._path.stat().st_ino
        except OSError as error:
            self.fault = f"{self._path}: {error.strerror}"
            return
        if self._line is not None and inode == self._inode:
            return
        self._drop()
        try:
            self._line = ChildLine.claim(self._segment, self._number, self._name)
        except SegmentError as error:
            self.fault = str(error)
            return
        self.fault = None
        self._inode = inode
        self._line.set_state(self._state)
        self._line.heartbeat()

    def beat(self, state: RunState = RunState.RUNNING) -> None:
        """Stamp that the loop turns, and say how it is."""
        if self._line is not None:
            if state is not self._state:
                self._line.set_state(state)
            self._line.heartbeat()
        self._state = state

    def close(self) -> None:
        """Say `stopped` and give the line back. Idempotent."""
        if self._line is not None:
            self._line.set_state(RunState.STOPPED)
        self._drop()

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
