"""The server's side of a WebSocket connection, with a bound on what waits for its client and a way to cut it.

Without a bound the kernel takes megabytes for a client that does not read, and it is noticed late. Without a way to
cut, a client that never reads again keeps its connection: an orderly close waits for its turn behind all the rest. A
ping waits there too: it can be answered only when a long snapshot before it has arrived, which is nobody's fault. And
what uvicorn's own protocol leaves open or lets grow is ended here: a handshake that is none, and answers to pings that
nobody reads.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import socket
import termios
from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tickring.api.transport import acked_bytes, with_transport

if TYPE_CHECKING:
    import asyncio

__all__ = ["bounded_protocol"]


def bounded_protocol(send_buffer_bytes: int) -> type[WebSocketsSansIOProtocol]:
    """Return what to give uvicorn as `ws`; the kernel may hold so many bytes for each client, we a quarter of it."""

    class BoundedProtocol(WebSocketsSansIOProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            if connection is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
            self.transport.set_write_buffer_limits(high=max(1024, send_buffer_bytes // 4))
            self.app_state = with_transport(self.app_state, self.transport)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self.handshake_initiated:  # the head was whole, and is none to websockets: it says nothing of it
                self.transport.abort()

        def send_keepalive_ping(self) -> None:
            super().send_keepalive_ping()
            acked = acked_bytes(self.transport)
            self._acked_at_look = acked or 0
            self._ping_end = (acked or 0) + _waiting_bytes(self.transport)

        def keepalive_timeout(self) -> None:
            acked = acked_bytes(self.transport)
            if acked is None or not self._acked_at_look < min(acked, self._ping_end) or self.ping_timeout is None:
                super().keepalive_timeout()
                return
            # It had not arrived when it was last looked at, and more has arrived since: as much time again.
            self._acked_at_look = acked
            self.pong_timer = self.loop.call_later(self.ping_timeout, self.keepalive_timeout)

        def handle_ping(self) -> None:
            if self.writable.is_set():
                super().handle_ping()
            else:
                self.conn.data_to_send()  # the answer is dropped: who does not read would have us pile them up

    return BoundedProtocol


def _waiting_bytes(transport: asyncio.Transport) -> int:
    """Return what has been written and has not arrived: here, and in the kernel."""
    connection = transport.get_extra_info("socket")
    if connection is None or transport.is_closing():
        return 0
    held = array.array("i", [0])
    with contextlib.suppress(OSError):  # closed meanwhile: nothing waits any more
        fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, held)
    return transport.get_write_buffer_size() + held[0]
