"""The pipe to one life of the planner. Nothing here waits: neither for the rest of a frame nor for room to write.

A planner that hangs, floods or talks nonsense costs the supervisor's loop one short read a turn and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import select
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tickring.control.framing import FrameCutter, framed
from tickring.control.planner_messages import FromPlanner, ToPlanner
from tickring.errors import FrameTooLong, TickringError
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    import multiprocessing as multiprocess
else:
    import multiprocess

__all__ = ["LinkUnreadable", "PlannerLink"]

_BYTES_AT_MOST = 4 << 20
"""Of one message: five hundred symbols with the longest contracts are two million."""
_READ_AT_ONCE = 1 << 16
_MESSAGES: msgspec.json.Decoder[FromPlanner] = msgspec.json.Decoder(cast("Any", FromPlanner))


class LinkUnreadable(TickringError):
    """What the planner says cannot be understood; nothing that comes after it can be trusted."""


class PlannerLink:
    """The supervisor's end, for one life of the planner. One thread."""

    def __init__(self) -> None:
        """Make the pipe. Give `theirs` to the child, then call `started`."""
        self._ours, self.theirs = multiprocess.get_context("spawn").Pipe(duplex=True)
        os.set_blocking(self._ours.fileno(), False)
        self._cutter = FrameCutter(bytes_at_most=_BYTES_AT_MOST)
        self._unsent = bytearray()

    def started(self) -> None:
        """Close the child's end here: the child has its own now."""
        self.theirs.close()

    @property
    def is_open(self) -> bool:
        """Whether anybody may still be told."""
        return not self._ours.closed

    @property
    def fds(self) -> list[tuple[int, int]]:
        """What to poll for, with the events; nothing once it is closed."""
        if self._ours.closed:
            return []
        return [(self._ours.fileno(), select.POLLIN | (select.POLLOUT if self._unsent else 0))]

    def send(self, message: ToPlanner) -> None:
        """Queue a message and write what the pipe takes now; nothing once it is closed."""
        if self._ours.closed:
            return
        self._unsent += framed(msgspec.json.encode(message), bytes_at_most=_BYTES_AT_MOST)
        self.flush()

    def flush(self) -> None:
        """Write what the pipe takes now. A planner that is gone loses nothing: the next one is told everything anew."""
        if self._ours.closed:
            return
        try:
            while self._unsent:
                del self._unsent[: os.write(self._ours.fileno(), self._unsent)]
        except BlockingIOError:
            return
        except OSError:
            self.close()

    def take(self) -> list[FromPlanner]:
        """Return the messages that are complete, after one read.

        Raises:
            LinkUnreadable: a frame that is too long, or no message that we know.
        """
        try:
            data = b"" if self._ours.closed else os.read(self._ours.fileno(), _READ_AT_ONCE)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self.close()
            return []
        self._cutter.add(data)
        messages: list[FromPlanner] = []
        try:
            while (payload := self._cutter.next()) is not None:
                messages.append(_MESSAGES.decode(payload))
        except (FrameTooLong, *JSON_FAULTS) as error:
            raise LinkUnreadable(
                f"the planner said what cannot be understood: {error}; it is started again, the set stays as it is"
            ) from None
        return messages

    def close(self) -> None:
        """Close the pipe. Idempotent."""
        self._unsent.clear()
        for end in (self.theirs, self._ours):
            with contextlib.suppress(OSError):
                end.close()
