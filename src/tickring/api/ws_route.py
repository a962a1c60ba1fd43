"""The route `/ws`: who may connect, and the session of who does.

A handshake that is refused is accepted and closed with a code of its own: a browser tells a page nothing of a refusal
before that, so the page could not say what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import WebSocketRoute

from tickring.api.context import context_of
from tickring.api.ws_hub import WSHub
from tickring.api.ws_session import WSSession
from tickring.errors import ApiRefused

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.websockets import WebSocket

    from tickring.api.access import Access

__all__ = ["close_websocket", "register_websocket"]

_TOKEN: Final = 4401
_PLACE: Final = 4403
_CROWDED: Final = 4409
_PROTOCOL: Final = "tickring"
_TOKEN_PREFIX: Final = "token."
_BEARER: Final = "bearer "
_REASON_BYTES: Final = 123  # of a control frame: RFC 6455, 5.5


def register_websocket(app: FastAPI) -> None:
    """Add `/ws`. Its hub is `app.state.websocket`, made with the first client."""
    app.state.websocket = None
    app.router.routes.insert(0, WebSocketRoute("/ws", _serve, name="websocket"))


async def close_websocket(app: FastAPI) -> None:
    """End the hub's work, before the segment is given back. Idempotent."""
    hub: WSHub | None = app.state.websocket
    app.state.websocket = None
    if hub is not None:
        await hub.close()


async def _serve(websocket: WebSocket) -> None:
    context = context_of(websocket)
    hub: WSHub | None = websocket.app.state.websocket
    if hub is None:
        hub = websocket.app.state.websocket = WSHub(context.config, context.segment, context.supervisor)
    await websocket.accept(_PROTOCOL if _PROTOCOL in websocket.scope["subprotocols"] else None)
    refusal = _refusal(websocket, context.access)
    if refusal is not None:
        await websocket.close(*refusal)
    elif hub.is_full:
        await websocket.close(_CROWDED, f"{hub.config.clients_max} clients are connected, the most there may be")
    else:
        await WSSession(websocket, hub).run()


def _refusal(websocket: WebSocket, access: Access) -> tuple[int, str] | None:
    """Return the close code and why, None for who may connect."""
    try:
        access.check_place(websocket.headers)
    except ApiRefused as error:
        return _PLACE, _cut(str(error))
    token = _token_of(websocket)
    if token is None:
        return (_TOKEN, "this needs the token of the service") if access.needs_token_to_read else None
    return None if access.is_token(token) else (_TOKEN, "the token is not that of this service")


def _token_of(websocket: WebSocket) -> str | None:
    """Return the token that was offered: as a subprotocol, which is all that a browser can send, or as a header."""
    for word in websocket.scope["subprotocols"]:
        if word.startswith(_TOKEN_PREFIX):
            return str(word.removeprefix(_TOKEN_PREFIX))
    given = websocket.headers.get("authorization", "")
    return given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else None


def _cut(text: str) -> str:
    return text.encode()[:_REASON_BYTES].decode(errors="ignore")
