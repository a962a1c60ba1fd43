"""The server's side of a WebSocket connection, with a bound on what waits for its client and a way to cut it.

Without a bound the kernel takes megabytes for a client that does not read, and it is noticed late. Without a way to
cut, a client that never reads again keeps its connection: an orderly close waits for its turn behind all the rest. And
what uvicorn's own protocol leaves open or lets grow is ended here: a handshake that is none, and answers to pings that
nobody reads.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tickring.api.transport import with_transport

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

        def handle_ping(self) -> None:
            if self.writable.is_set():
                super().handle_ping()
            else:
                self.conn.data_to_send()  # the answer is dropped: who does not read would have us pile them up

    return BoundedProtocol
