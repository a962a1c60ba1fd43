"""The transport below a request or a WebSocket, for whoever has to cut it: ASGI itself can only close in good order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

__all__ = ["transport_of", "with_transport"]

_KEY: Final = "tickring.transport"


def with_transport(app_state: Mapping[str, Any], transport: asyncio.Transport) -> dict[str, Any]:
    """Return the state that a server copies into the scope of every request of a connection, with its transport."""
    return {**app_state, _KEY: transport}


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    """Return the transport of a connection, None under another server."""
    return cast("asyncio.Transport | None", scope.get("state", {}).get(_KEY))
