"""How many requests of one client must have arrived within one second, however late they were read.

A request is read some time after it has arrived: this process may have waited for its turn. What is known is that it
came after the newest look that found nothing of the client, and before it was read. Only what has both in one second
counts, so a client that keeps its pace is never counted above it; while requests come in quick succession the looks
are so frequent that hardly any is left out.
"""

from __future__ import annotations

import fcntl
import struct
import termios
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

__all__ = ["Arrivals"]

_SECOND_NS = 1_000_000_000
_BUSY = 10
"""Requests within a second."""
_NONE_WAITING = struct.pack("i", 0)


class Arrivals:
    """Of one client's socket. Times: CLOCK_MONOTONIC, nanoseconds."""

    def __init__(self, client: socket.socket) -> None:
        self._socket = client
        self._since_ns: deque[int] = deque()
        self.empty_ns = time.monotonic_ns()
        """When a look found nothing: whatever is read later has arrived after it."""

    def look(self) -> None:
        """See whether anything waits to be read. Not after the socket was closed."""
        before_ns = time.monotonic_ns()
        if fcntl.ioctl(self._socket.fileno(), termios.FIONREAD, _NONE_WAITING) == _NONE_WAITING:
            self.empty_ns = before_ns

    def took(self, read_ns: int) -> int:
        """Count one request that was read at that moment; return how many must have arrived in the second before it."""
        since_ns = self._since_ns
        since_ns.append(self.empty_ns)
        while since_ns and since_ns[0] <= read_ns - _SECOND_NS:
            since_ns.popleft()
        return len(since_ns)

    def is_busy(self, now_ns: int) -> bool:
        """Whether requests come so quickly that it is worth to look often."""
        return len(self._since_ns) > _BUSY and self._since_ns[-_BUSY] > now_ns - _SECOND_NS
