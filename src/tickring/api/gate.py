"""What stands before every route: limits of size, time and number, place and token, headers of every answer.

A plain ASGI middleware: nothing of a request that is refused here is looked at any further. WebSockets pass; they ask
`Access` themselves, because a browser sends their token another way.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from tickring.api.access import is_data
from tickring.api.error_document import error_response
from tickring.api.transport import transport_of
from tickring.errors import ApiRefused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tickring.api.access import Access
    from tickring.config.structs import ApiConfig

__all__ = ["Gate"]

_LOG = logging.getLogger("tickring.api")
_REFUSAL_S = 1.0
"""Answers before it that nobody reads are not waited for: the place among the requests in work is for others."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Gate:
    """Lets a request through or answers it."""

    def __init__(self, app: ASGIApp, *, access: Access, limits: ApiConfig) -> None:
        self._app = app
        self._access = access
        self._limits = limits
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection of ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, is_data=is_data(scope["path"]))
        self._open += 1
        try:
            self._check(scope)
            async with asyncio.timeout(self._limits.request_timeout_s):
                await self._app(scope, self._limited(receive), answer.send)
        except ApiRefused as error:
            await answer.refuse(error, scope, receive)
        except TimeoutError:
            await answer.refuse(_too_slow(self._limits.request_timeout_s), scope, receive)
        except ClientDisconnect:  # nobody is there to be answered
            return
        except Exception:  # noqa: BLE001 - whatever it is, its client gets an answer of our shape
            _LOG.exception("api.failed method=%s path=%r", scope["method"], scope["path"])
            await answer.refuse(_failed(), scope, receive)
        finally:
            self._open -= 1

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        self._access.check_place(headers)
        if self._open > self._limits.requests_open_max:
            raise ApiRefused(
                503,
                "too_busy",
                f"more than {self._limits.requests_open_max} requests are in work",
                "ask again in a second; api.requests_open_max is the limit",
            )
        self._access.check_token(headers, method=scope["method"], path=scope["path"])
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > self._limits.request_limit_bytes:
            raise _too_long(self._limits.request_limit_bytes)

    def _limited(self, receive: Receive) -> Receive:
        """Count what comes without saying its length before."""
        left = self._limits.request_limit_bytes

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _too_long(self._limits.request_limit_bytes)
            return message

        return counted


class _Answer:
    """The way out of one request."""

    def __init__(self, send: Send, *, is_data: bool) -> None:
        self._send = send
        self._is_data = is_data
        self._has_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            if self._is_data or "cache-control" not in headers:
                headers["Cache-Control"] = "no-store"
        await self._send(message)

    async def refuse(self, error: ApiRefused, scope: Scope, receive: Receive) -> None:
        if self._has_begun:  # half an answer is out: all that is left is to cut the connection, which is not read
            await _cut(scope, error)
            return
        response = error_response(error)
        if error.status in {408, 413}:
            response.headers["Connection"] = "close"  # what still comes of the body is not read
        try:
            async with asyncio.timeout(_REFUSAL_S):
                await response(scope, receive, self.send)
        except TimeoutError:
            await _cut(scope, error)


async def _cut(scope: Scope, error: ApiRefused) -> None:
    transport = transport_of(scope)
    if transport is None:
        raise error
    transport.abort()
    await asyncio.sleep(0)  # the server hears of it, and does not complain of an answer without an end


def _too_long(limit_bytes: int) -> ApiRefused:
    return ApiRefused(
        413, "body_too_long", f"the body has more than {limit_bytes:,} bytes", "send less; no request needs more"
    )


def _too_slow(limit_s: float) -> ApiRefused:
    return ApiRefused(
        503, "timeout", f"not answered within {limit_s:g} s", "ask again; api.request_timeout_s is the limit"
    )


def _failed() -> ApiRefused:
    return ApiRefused(500, "internal_error", "the service has failed to answer", "its log has the traceback")
