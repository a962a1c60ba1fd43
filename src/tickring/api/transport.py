"""The transport below a request or a WebSocket, for whoever has to cut it: ASGI itself can only close in good order."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

__all__ = ["acked_bytes", "transport_of", "with_transport"]

_KEY: Final = "tickring.transport"
_ACKED: Final = struct.Struct("=120xQ")


def with_transport(app_state: Mapping[str, Any], transport: asyncio.Transport) -> dict[str, Any]:
    """Return the state that a server copies into the scope of every request of a connection, with its transport."""
    return {**app_state, _KEY: transport}


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    """Return the transport of a connection, None under another server."""
    return cast("asyncio.Transport | None", scope.get("state", {}).get(_KEY))


def acked_bytes(transport: asyncio.Transport) -> int | None:
    """Return how much the other side's kernel has taken in all, None where that cannot be told.

    The field `tcpi_bytes_acked` of Linux's `struct tcp_info`: it moves as long as anything arrives, however much waits.
    """
    connection = transport.get_extra_info("socket")
    if connection is None or transport.is_closing():
        return None
    try:
        info: bytes = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _ACKED.size)
    except OSError:  # no TCP, or closed meanwhile
        return None
    return int(_ACKED.unpack(info)[0]) if len(info) == _ACKED.size else None
