"""One WebSocket client: what it asks is read by one task, what it is to be told sent by another.

A client that takes nothing for too long is ended: with a close code that says so, if it comes back soon enough to read
it, else by cutting the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final

from starlette.websockets import WebSocketDisconnect, WebSocketState

from tickring import _core
from tickring.api.transport import acked_bytes, transport_of
from tickring.api.ws_fanout import ALL
from tickring.api.ws_mailbox import Mailbox
from tickring.api.ws_messages import (
    ErrorMessage,
    Ping,
    Pong,
    Subscribe,
    Subscribed,
    decode_asked,
    encoded,
    quote_update,
    quote_updates,
    with_seq,
)
from tickring.errors import InvalidSymbol
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from tickring.api.ws_hub import WSHub
    from tickring.api.ws_messages import Asked, Unsubscribe

__all__ = ["SLOW_CLIENT", "WSSession"]

SLOW_CLIENT: Final = 4408
_LOG = logging.getLogger(__name__)
_TURN: Final = 64  # updates sent before others get their turn
_BATCH: Final = 256  # updates in one message
_SHOWN: Final = 100


class WSSession:
    """From `hello` to the end; `run` returns when it is over."""

    def __init__(self, websocket: WebSocket, hub: WSHub) -> None:
        """`websocket`: accepted."""
        self.mailbox = Mailbox(max_bytes=hub.config.mailbox_bytes)
        self._websocket = websocket
        self._hub = hub
        self._seq = 0
        self._is_batched = False
        self._sending_since_s: float | None = None
        self._acked_bytes: int | None = None
        self._eviction: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Serve until the client goes or is ended."""
        self._hub.join(self)
        self.mailbox.put(self._hub.hello())
        self.mailbox.want_status()
        tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._speak())]
        ends: list[asyncio.Future[None] | asyncio.Future[str]] = [*tasks, self._eviction]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self)
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                _LOG.error("websocket.session_failed", exc_info=outcome)
        if self._eviction.done():
            await self._end(SLOW_CLIENT, self._eviction.result())
        self._eviction.cancel()

    def check(self, now_s: float) -> None:
        """End the client if it is too slow; `now_s` is monotonic."""
        if self._eviction.done():
            return
        if self.mailbox.has_overflown:
            self._evict(f"more than {self._hub.config.mailbox_bytes} bytes of events wait")
        elif self._sending_since_s is None or self._has_taken_more():
            self._sending_since_s = None if self._sending_since_s is None else now_s
        elif now_s - self._sending_since_s >= self._hub.config.stuck_s:
            self._evict(f"nothing was taken for {self._hub.config.stuck_s:g} s")

    def _has_taken_more(self) -> bool:
        """Whether anything has arrived since the last look: a snapshot of thousands takes its time on a slow line."""
        transport = transport_of(self._websocket.scope)
        before, self._acked_bytes = self._acked_bytes, None if transport is None else acked_bytes(transport)
        return before is not None and self._acked_bytes is not None and self._acked_bytes > before

    def _evict(self, why: str) -> None:
        self._hub.evicted += 1
        self.mailbox.clear()
        _LOG.warning("websocket.client_evicted client=%s why=%s", self._websocket.client, why)
        self._eviction.set_result(f"too slow: {why}; connect again for a fresh snapshot")

    async def _end(self, code: int, why: str) -> None:
        """Say why, if the client still reads, and let the connection go in any case."""
        if self._websocket.client_state is not WebSocketState.CONNECTED:
            return
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(self._hub.config.close_s):
                await self._websocket.close(code, why)
                return
        transport = transport_of(self._websocket.scope)
        if transport is not None:
            transport.abort()

    # ---- speaking ----

    async def _speak(self) -> None:
        while True:
            await self.mailbox.news.wait()
            parcel = self.mailbox.take(_BATCH if self._is_batched else _TURN)
            for word in parcel.words:
                await self._send(word)
            if parcel.wants_snapshot:
                await self._send(self._hub.snapshot(self.mailbox))
            if parcel.wants_status:
                await self._send(self._hub.status())
            if self._is_batched and parcel.symbols:
                await self._send(quote_updates(self._hub.document(symbol) for symbol in parcel.symbols))
                await asyncio.sleep(0 if self.mailbox.news.is_set() else self._hub.config.batch_s)
                continue
            for symbol in parcel.symbols:
                await self._send(quote_update(self._hub.document(symbol)))
            await asyncio.sleep(0)  # sending does not wait while there is room: the others must get their turn

    async def _send(self, body: bytes) -> None:
        self._seq += 1
        self._sending_since_s = time.monotonic()
        await self._websocket.send({"type": "websocket.send", "text": with_seq(body, self._seq)})
        self._sending_since_s = None

    # ---- hearing ----

    async def _hear(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            asked = self._decoded(message.get("bytes") or b"" if text is None else text)
            if asked is not None:
                self._answer(asked)

    def _decoded(self, text: str | bytes) -> Asked | None:
        try:
            return decode_asked(text)
        except JSON_FAULTS as error:
            shown = repr(text[:_SHOWN])
            self._refuse("bad_message", f"{shown} is no message here: {error}", "see docs/websocket.md")
            return None

    def _answer(self, asked: Asked) -> None:
        if isinstance(asked, Ping):
            self.mailbox.put(encoded(Pong(id=asked.id)))
            return
        symbols = self._symbols_of(asked)
        if symbols is None:
            return
        if isinstance(asked, Subscribe):
            self._is_batched = asked.batched
            self._hub.subscribe(self.mailbox, symbols)
        else:
            self._hub.unsubscribe(self.mailbox, symbols)
        wanted = self._hub.wants(self.mailbox)
        self.mailbox.put(encoded(Subscribed(symbols="*" if ALL in wanted else sorted(wanted))))

    def _symbols_of(self, asked: Subscribe | Unsubscribe) -> set[str] | None:
        """Return which symbols are meant, None if it was refused."""
        wanted = self._hub.wants(self.mailbox)
        if asked.symbols == ALL:
            return {ALL} if isinstance(asked, Subscribe) else set(wanted)
        symbols = set(asked.symbols)
        try:
            for symbol in symbols:
                _core.check_symbol(symbol)
        except InvalidSymbol as error:
            self._refuse("invalid_symbol", str(error), "nothing of this message was done: ask again without it")
            return None
        most = self._hub.config.symbols_max
        if isinstance(asked, Subscribe) and len(symbols | wanted) > most:
            how_many = len(symbols | wanted)
            self._refuse(
                "too_many_symbols",
                f"{how_many:,} symbols, must be at most {most:,}",
                'ask for fewer, or for all with "symbols": "*"',
            )
            return None
        return symbols

    def _refuse(self, code: str, message: str, next_step: str) -> None:
        self.mailbox.put(encoded(ErrorMessage(code=code, message=message, next_step=next_step)))
