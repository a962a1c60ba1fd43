"""The flusher's line in the segment's header, kept over a replacement of the segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.child_line import ChildLine
from tickring.errors import SegmentError
from tickring.states import RunState

if TYPE_CHECKING:
    from tickring.reader import ReaderStatus

__all__ = ["OwnLine"]

_NAME = "flusher"


class OwnLine:
    """Claims line `number` of whichever segment is being read. Not having it is a `fault`, never an end."""

    def __init__(self, segment: str, number: int | None) -> None:
        """Without a number nothing is claimed and nothing stamped."""
        self.fault: str | None = None
        self._segment = segment
        self._number = number
        self._segment_id = ""
        self._line: ChildLine | None = None

    def keep(self, status: ReaderStatus | None) -> None:
        """Claim the line of the segment that is read now, if it is not held yet."""
        if self._number is None or status is None or status.is_superseded:
            return
        if self._line is not None and self._segment_id == status.segment_id:
            return
        self._drop()
        try:
            self._line = ChildLine.claim(self._segment, self._number, _NAME)
        except SegmentError as error:
            self.fault = str(error)
            return
        self.fault = None
        self._segment_id = status.segment_id
        self._line.set_state(RunState.RUNNING)
        self._line.heartbeat()

    def beat(self) -> None:
        """Stamp that the loop turns."""
        if self._line is not None:
            self._line.heartbeat()

    def close(self) -> None:
        """Say `stopped` and give the line back. Idempotent."""
        if self._line is not None:
            self._line.set_state(RunState.STOPPED)
        self._drop()

    def _drop(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
