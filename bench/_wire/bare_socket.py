"""A socket and nothing else: whoever writes puts the time into each message, whoever reads looks at the clock.

Served by `agent_process`; every public method is a command.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["BareReads", "make_bare_reader", "make_bare_writer"]

_MESSAGE = struct.Struct("q40x")  # as long as a tick in the text form
_OVER = _MESSAGE.pack(0)
_RECEIVE_BYTES = 1 << 16


class BareReads(NamedTuple):
    """One sample."""

    latencies_ns: list[int]
    """From just before the write until the bytes are in hand; of the newest message of each read."""
    cpu_ns: int
    """Of the process that reads."""
    took_ns: int


def make_bare_writer(pipe: Connection[Any, Any]) -> BareWriter:
    """Begin in a fresh process."""
    del pipe
    return BareWriter()


def make_bare_reader(pipe: Connection[Any, Any]) -> BareReader:
    """Begin in a fresh process."""
    del pipe
    return BareReader()


class BareWriter:
    """One connection."""

    def open(self) -> int:
        """Listen; return the port."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        return int(self._listener.getsockname()[1])

    def accept(self) -> None:
        """Wait for the reader."""
        self._client, _ = self._listener.accept()
        self._client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, seconds: float, writes_per_s: float) -> None:
        """Write one message after the other, evenly, and the end."""
        ends_s = time.monotonic() + seconds
        while time.monotonic() < ends_s:
            self._client.sendall(_MESSAGE.pack(time.monotonic_ns()))
            time.sleep(1.0 / writes_per_s)
        self._client.sendall(_OVER)

    def close(self) -> None:
        """Hang up."""
        self._listener.close()


class BareReader:
    """One connection."""

    def connect(self, port: int) -> None:
        """To the writer."""
        self._socket = socket.create_connection(("127.0.0.1", port))

    def read(self) -> BareReads:
        """Take what comes until the end."""
        buffer = bytearray(_RECEIVE_BYTES)
        latencies_ns: list[int] = []
        receive, clock = self._socket.recv_into, time.monotonic_ns
        began_ns, used_ns = clock(), time.process_time_ns()
        while True:
            count = receive(buffer)
            at_ns = clock()
            (sent_ns,) = _MESSAGE.unpack_from(buffer, count - _MESSAGE.size)
            if sent_ns == 0:
                return BareReads(latencies_ns, time.process_time_ns() - used_ns, clock() - began_ns)
            latencies_ns.append(at_ns - sent_ns)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
