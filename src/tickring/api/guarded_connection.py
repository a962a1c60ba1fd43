"""One HTTP connection with limits that uvicorn has not: how many there are, how long and how slow a head may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tickring.api.error_document import ErrorBody, ErrorDocument
from tickring.api.transport import with_transport
from tickring.config.structs import ApiConfig

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

__all__ = ["connection_class"]

_HEAD_BYTES: Final = 64 * 1024
_LINGER_S: Final = 1.0
"""A head or a body that nobody reads any more is taken so long, so that its sender comes to read the answer."""


def _head_too_long() -> bytes:
    error = ErrorBody(
        code="head_too_long",
        message=f"address and headers have more than {_HEAD_BYTES:,} bytes",
        next_step="ask for less at a time: without `symbols` all come",
    )
    body = msgspec.json.encode(ErrorDocument(error=error))
    head = (
        "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


_HEAD_TOO_LONG: Final = _head_too_long()


def connection_class(limits: ApiConfig) -> type[asyncio.Protocol]:
    """Return the class of connections that keep these limits."""
    return type("GuardedConnection", (_GuardedConnection,), {"limits": limits})


class _GuardedConnection(HttpToolsProtocol):
    limits = ApiConfig()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._is_in_body = False
        self._is_refused = False
        self._head_bytes = 0
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = with_transport(self.app_state, transport)
        if len(self.connections) > self.limits.connections_max:
            transport.abort()
        else:
            self._wait(self.limits.head_timeout_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._calm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if not self._is_in_body:
            if self._head_bytes > _HEAD_BYTES:
                self._refuse_head()
                return
            self._head_bytes += len(data)
            if self._patience is None:  # the next request of this connection
                self._wait(self.limits.head_timeout_s)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._is_in_body, self._head_bytes = True, 0
        self._calm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_body = False
        self._calm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_in_body and not self.transport.is_closing():
            self._wait(_LINGER_S)

    def _refuse_head(self) -> None:
        self._is_refused = True
        self.transport.write(_HEAD_TOO_LONG)
        self._wait(_LINGER_S)

    def _wait(self, limit_s: float) -> None:
        self._calm()
        self._patience = self.loop.call_later(limit_s, self.transport.abort)

    def _calm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
