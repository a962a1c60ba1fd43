"""The server's side of a WebSocket connection, with a bound on what waits in the kernel and a way to cut it.

Without a bound the kernel takes megabytes for a client that does not read, and it is noticed late. Without a way to
cut, a client that never reads again keeps its connection: an orderly close waits for its turn behind all the rest.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

__all__ = ["bounded_protocol", "transport_of"]

_TRANSPORT: Final = "tickring.transport"


def bounded_protocol(send_buffer_bytes: int) -> type[WebSocketsSansIOProtocol]:
    """Return what to give uvicorn as `ws`; the kernel may hold so many bytes for each client, we a quarter of it."""

    class BoundedProtocol(WebSocketsSansIOProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            connection = transport.get_extra_info("socket")
            if connection is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)
            self.transport.set_write_buffer_limits(high=max(1024, send_buffer_bytes // 4))
            # The scope's state is made of this: the way in which a server hands something to its application.
            self.app_state = {**self.app_state, _TRANSPORT: transport}

    return BoundedProtocol


def transport_of(scope: Mapping[str, Any]) -> asyncio.WriteTransport | None:
    """Return the transport of a connection, None under another server."""
    return cast("asyncio.WriteTransport | None", scope.get("state", {}).get(_TRANSPORT))
