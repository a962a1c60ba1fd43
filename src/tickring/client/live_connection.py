"""The WebSocket behind all followers of a client: connects, subscribes, has the service prove itself, and comes back.

Runs in one event loop: the user's, or a thread's of the client's own. Whatever ends a connection, the next one begins
with a fresh snapshot; nothing that came before it is shown as good in between.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from tickring.client.documents import (
    ErrorMessage,
    Hello,
    Pong,
    QuoteUpdate,
    Snapshot,
    StatusUpdate,
    decode_heard,
)
from tickring.client.reconnecting import Reconnecting
from tickring.client.remote_quote import admitted
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from tickring.client.documents import Heard
    from tickring.client.held_quotes import HeldQuotes
    from tickring.client.timing import ClientTiming
    from tickring.states import ApiMode

__all__ = ["ALL", "LiveConnection"]

ALL: Final = "*"
_PROTOCOL: Final = 1
_MESSAGE_BYTES: Final = 64 << 20  # a snapshot of 100,000 symbols
_FAULTS = (OSError, WebSocketException, TimeoutError, *JSON_FAULTS)


class _OutOfOrder(OSError):
    """The numbers of the messages have a gap, or the service speaks another protocol."""


class LiveConnection:
    """`run` goes on until cancelled. All methods belong to its event loop."""

    def __init__(
        self, url: str, token: str | None, held: HeldQuotes, timing: ClientTiming, modes: frozenset[ApiMode]
    ) -> None:
        """`url`: of the WebSocket."""
        self.fault: str | None = None
        """Why there is no connection now; None: there is one."""
        self._url = url
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._held = held
        self._timing = timing
        self._modes = modes
        self._wants: dict[str, int] = {}
        self._fresh: set[str] = set()
        self._changed = asyncio.Event()
        self._asked_at_s: dict[int, float] = {}
        self._numbers = itertools.count(1)

    def want(self, symbols: list[str]) -> None:
        """Subscribe to these too (`*`: all); as often as it is said, it has to be unsaid."""
        for symbol in symbols:
            if symbol not in self._wants:
                self._fresh.add(symbol)  # said even if the service was told before: what was held of it is gone
            self._wants[symbol] = self._wants.get(symbol, 0) + 1
        self._changed.set()

    def unwant(self, symbols: list[str]) -> None:
        """Unsay `want`."""
        for symbol in symbols:
            left = self._wants.get(symbol, 0) - 1
            if left > 0:
                self._wants[symbol] = left
            else:
                self._wants.pop(symbol, None)
        self._held.keep(self._is_wanted)
        self._changed.set()

    async def run(self) -> None:
        """Keep a connection up until cancelled."""
        reconnecting = Reconnecting(self._timing)
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                began_s = self._held.now_s()
                try:
                    await self._serve_once(began_s)
                except _FAULTS as error:
                    self.fault = _in_words(error)
                finally:
                    self._held.lost()
                held_s = self._held.now_s() - began_s
                await asyncio.sleep(reconnecting.wait_s(held_s))
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """Have followers hear of it when nothing comes any more."""
        while True:
            await asyncio.sleep(self._timing.ping_s)
            self._held.check()

    async def _serve_once(self, began_s: float) -> None:
        connecting = connect(
            self._url,
            additional_headers=self._headers,
            compression=None,
            open_timeout=self._timing.answer_s,
            close_timeout=1.0,
            ping_interval=None,  # our own questions prove more: they are answered in order
            max_size=_MESSAGE_BYTES,
            proxy=None,
        )
        async with connecting as connection:
            speaking = asyncio.create_task(self._speak(connection))
            try:
                await self._hear(connection, began_s)
            finally:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)  # being cancelled meanwhile counts

    async def _hear(self, connection: ClientConnection, began_s: float) -> None:
        self._asked_at_s.clear()
        seq = 0
        while True:
            # A service that stands still leaves its connections up: whoever has said nothing for so long is left.
            async with asyncio.timeout(2 * self._timing.proof_limit_s):
                text = await connection.recv()
            heard = decode_heard(text)
            seq += 1
            if heard.seq != seq:
                raise _OutOfOrder(f"message {heard.seq} where {seq} should be")
            self._take(heard, began_s)

    def _take(self, heard: Heard, began_s: float) -> None:
        match heard:
            case QuoteUpdate():
                if self._is_wanted(heard.symbol):  # one that is wanted no longer may still be on its way
                    self._held.put(admitted(heard.quote(), self._modes))
            case Snapshot():
                quotes = [admitted(quote, self._modes) for quote in heard.quotes if self._is_wanted(quote.symbol)]
                self._held.replace(quotes)
            case StatusUpdate():
                self._held.status_heard()
            case Pong():
                asked_at_s = self._asked_at_s.pop(heard.id, None)
                if asked_at_s is not None:
                    self._held.proved(asked_at_s)
            case Hello():
                if heard.protocol != _PROTOCOL:
                    raise _OutOfOrder(
                        f"protocol {heard.protocol}, this client speaks {_PROTOCOL}: use the same release"
                    )
                self._held.connected(began_s)
                self.fault = None
            case ErrorMessage():
                self.fault = f"{heard.code}: {heard.message}"
            case _:
                pass  # events and bars: for others

    async def _speak(self, connection: ClientConnection) -> None:
        told: set[str] = set()
        while True:
            self._changed.clear()
            wanted = {ALL} if ALL in self._wants else set(self._wants)
            fresh, self._fresh = self._fresh & wanted, set()
            await self._say(connection, "unsubscribe", told - wanted)  # first: `*` unsays everything
            await self._say(connection, "subscribe", (wanted - told) | fresh)
            told = wanted
            number = next(self._numbers)
            self._asked_at_s[number] = self._held.now_s()
            await connection.send(msgspec.json.encode({"type": "ping", "id": number}).decode())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.ping_s):
                    await self._changed.wait()

    def _is_wanted(self, symbol: str) -> bool:
        return symbol in self._wants or ALL in self._wants

    async def _say(
        self, connection: ClientConnection, what: Literal["subscribe", "unsubscribe"], symbols: set[str]
    ) -> None:
        if symbols:
            message: dict[str, Any] = {"type": what, "symbols": ALL if ALL in symbols else sorted(symbols)}
            await connection.send(msgspec.json.encode(message).decode())


def _in_words(error: BaseException) -> str:
    if isinstance(error, InvalidStatus):
        return f"the service answered the handshake with {error.response.status_code}"
    return str(error) or type(error).__name__
