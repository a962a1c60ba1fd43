"""Commands from the process that started the feeder, read without ever waiting for the rest of one.

`multiprocessing` would wait for a message that was begun and not ended, and a loop that waits does not stamp its
heartbeat. The form on the wire is its own: four bytes of length (big-endian, signed) and the message.
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from tickring.errors import TickringError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

__all__ = ["CommandPipe", "PipeUnreadable"]

_LENGTH = struct.Struct("!i")
_LONGEST = 1 << 26  # bytes; ten thousand symbols with their contracts are a few million
_READ_AT_ONCE = 1 << 18


class PipeUnreadable(TickringError):
    """What comes has no beginning and end that could be found."""


class CommandPipe:
    """Takes the reading end over; the sender uses `send_bytes` of `multiprocessing`, whole or in pieces."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._buffer = bytearray()
        os.set_blocking(pipe.fileno(), False)

    def fileno(self) -> int:
        """Readable when there is something to take."""
        return self._pipe.fileno()

    def take(self) -> list[bytes]:
        """Return the messages that are complete, after one read.

        Raises:
            EOFError: whoever sent commands is gone.
            OSError: the pipe is broken.
            PipeUnreadable: a length that no message has; nothing after it can be understood.
        """
        try:
            data = os.read(self._pipe.fileno(), _READ_AT_ONCE)
        except BlockingIOError:
            return []
        if not data:
            raise EOFError
        self._buffer += data
        return self._cut()

    def _cut(self) -> list[bytes]:
        messages: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if not 0 <= length <= _LONGEST:
                raise PipeUnreadable(
                    f"a command of {length} bytes was announced, at most {_LONGEST} are taken: commands are not heard "
                    "any more until the feeder is started again"
                )
            end = start + _LENGTH.size + length
            if end > len(self._buffer):
                break
            messages.append(bytes(self._buffer[start + _LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return messages

    def close(self) -> None:
        """Nothing more is taken."""
        self._pipe.close()
