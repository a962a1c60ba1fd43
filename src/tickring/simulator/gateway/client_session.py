"""One client's connection: hello, startApi, then its requests one after the other.

A client that sends what cannot be read gets an error, or loses its connection when the stream cannot be followed any
further; the other clients notice nothing.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from typing import TYPE_CHECKING, Literal, cast

from tickring.simulator.gateway.arrivals import Arrivals
from tickring.simulator.gateway.dispatch import answer
from tickring.simulator.gateway.greeting import greet, time_text
from tickring.simulator.gateway.market_data_desk import MarketDataDesk
from tickring.simulator.gateway.message_rate import MessageRate
from tickring.simulator.gateway.outbox import Outbox
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.gateway.ticks import Said, TickTarget
from tickring.simulator.wire.decode_requests import BadRequest, decode_request
from tickring.simulator.wire.frames import BadHello, FrameCutter, FrameTooLong, HelloReader, server_hello
from tickring.simulator.wire.replies import ErrorReply, Reply
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.requests import ReqAccountUpdates, Request, StartApi
from tickring.simulator.wire.versions import LOWEST, negotiate

if TYPE_CHECKING:
    from tickring.simulator.gateway.world import World

__all__ = ["ClientSession"]

_LOG = logging.getLogger("tickring.simulator")

_UNSENT_BYTES_MAX = 1 << 20
_FAREWELL_S = 5.0
_LOOK_S = 0.002
_LONGEST_REQUEST = 1 << 20  # bytes; real ones have some hundred, and a list of a million fields costs memory


class ClientSession(asyncio.Protocol):
    """States: hello (nothing read yet), greeted (version agreed), ready (startApi seen), frozen (half-open), closed."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.state: Literal["hello", "greeted", "ready", "frozen", "closed"] = "hello"
        self.client_id: int | None = None
        self.server_version = 0
        self.market_data_type = 1
        self.account_updates: ReqAccountUpdates | None = None
        self.follows_positions = False
        self.last_current_time_s = float("-inf")
        self.encoder = ReplyEncoder(LOWEST)
        self.desk = MarketDataDesk(self)
        self.open_history: set[int] = set()
        self._hello = HelloReader()
        self._cutter = FrameCutter(_LONGEST_REQUEST)
        self._rate = MessageRate()
        self._is_paced = False
        self._target = TickTarget()
        self._flush_is_due = False
        self._look_is_due = False
        self._held_until_s = 0.0
        self._can_write = asyncio.Event()
        self._can_write.set()

    # ---- asyncio's calls ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket: socket.socket = transport.get_extra_info("socket")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.arrivals = Arrivals(self._socket)
        self.outbox = Outbox(
            self._transport, self.world.faults, self.world.settings.seed + self.number, self._drop_slow_reader
        )
        self.world.clients.append(self)

    def data_received(self, data: bytes) -> None:
        """Bytes in any pieces."""
        if self.state in {"frozen", "closed"}:
            return
        try:
            if self.state == "hello":
                hello = self._hello.feed(data)
                if hello is None:
                    return
                self._is_paced = "+PACEAPI" in hello.options
                highest = self.world.settings.max_server_version
                version = negotiate(hello.min_version, hello.max_version, highest)
                if version is None:
                    asked = f"{hello.min_version} to {hello.max_version}"
                    self._end(f"it speaks versions {asked}, this gateway {LOWEST} to {highest}")
                    return
                self._agree(version)
                data = self._hello.rest
            payloads = self._cutter.feed(data)
        except BadHello as error:
            self._end(str(error))
            return
        except FrameTooLong as error:
            self._take_all(error.payloads)
            self._end(str(error))
            return
        self._take_all(payloads)
        self.flush()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or was sent away."""
        del exc
        self.state = "closed"
        self.desk.forget_all()
        self._can_write.set()
        if self in self.world.clients:
            self.world.clients.remove(self)

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent."""
        self._can_write.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._can_write.set()

    # ---- taking ----

    def _look(self) -> None:
        """See whether more has come, and while requests come quickly do it again and again."""
        if self.state == "closed":
            return
        self.arrivals.look()
        if not self._look_is_due and self.arrivals.is_busy(time.monotonic_ns()):
            self._look_is_due = True
            asyncio.get_running_loop().call_later(_LOOK_S, self._look_again)

    def _look_again(self) -> None:
        self._look_is_due = False
        self._look()

    def _agree(self, server_version: int) -> None:
        self.server_version = server_version
        self.encoder = ReplyEncoder(server_version)
        self.state = "greeted"
        self.outbox.add(server_hello(server_version, time_text(self.world.clock.now_s())))

    def _take_all(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            if self.state not in {"greeted", "ready"}:
                return
            self._take(payload)

    def _take(self, payload: bytes) -> None:
        self.world.requests_taken += 1
        self.world.busiest_second = max(self.world.busiest_second, self.arrivals.took(time.monotonic_ns()))
        if not self._is_paced:
            too_many = self._rate.take(time.monotonic(), self.world.message_rate)
            if too_many is not None:
                self.send_error(-1, 100, too_many)
                if self._rate.is_over:
                    self._end("third violation of the message rate")
                return
        try:
            request = decode_request(payload, self.server_version)
        except BadRequest as error:
            self.send_error(-1 if error.req_id is None else error.req_id, 320, f"Error reading request. {error}")
            return
        if self.world.log is not None:
            self.world.log.received(
                self.number,
                self.client_id,
                type(request).__name__,
                time.monotonic_ns(),
                req_id=getattr(request, "req_id", None),
            )
        slow_s = self.world.faults.slow_s
        if slow_s > 0.0 and self.state == "ready":
            asyncio.get_running_loop().call_later(slow_s, self._serve, request)
        else:
            self._serve(request)

    def _serve(self, request: Request) -> None:
        if self.state == "ready":
            answer(self, request)
        elif self.state == "greeted" and isinstance(request, StartApi):
            self._start(request.client_id)
        # Anything else before startApi is not answered (IB: recorded).

    def _start(self, client_id: int) -> None:
        if self.world.client_id_is_taken(client_id):
            self.send_error(-1, 326, error_text(326))
            self._end(f"client id {client_id} is taken")
            return
        if self.world.clients_started >= self.world.settings.clients:
            self._end(f"{self.world.settings.clients} clients are connected already")
            return
        self.client_id = client_id
        self.state = "ready"
        greet(self)

    # ---- sending ----

    def send(self, reply: Reply) -> None:
        """Send with everything else of this event."""
        if self.state in {"frozen", "closed"}:
            return
        self.outbox.add(self.encoder.encode(reply))
        if self.world.log is not None:
            self.world.log.sent(
                self.number,
                self.client_id,
                type(reply).__name__,
                time.monotonic_ns(),
                req_id=getattr(reply, "req_id", None),
            )
        if not self._flush_is_due:
            self._flush_is_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    def send_error(self, req_id: int, code: int, text: str) -> None:
        """Send an error or notice."""
        self.send(ErrorReply(req_id=req_id, code=code, text=text, time_ms=int(self.world.clock.now_s() * 1000)))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, after what is waiting and in a write of their own."""
        self.flush()
        self.outbox.add(data)
        self.flush()

    def send_ticks_raw(self, data: bytes, said: list[Said]) -> None:
        """Send ticks that were put together elsewhere, in a write of their own."""
        self.flush()
        self._target.data.append(data)
        self._target.said += said
        self.flush()

    @property
    def takes_ticks(self) -> bool:
        """Whether ticks may be collected: not while the client is behind with reading, or nothing may leave."""
        return self.state == "ready" and not self.outbox.is_held and self.outbox.unsent_bytes <= _UNSENT_BYTES_MAX

    @property
    def target(self) -> TickTarget:
        """Where ticks are collected; `flush` writes and logs them."""
        return self._target

    def flush(self) -> None:
        """Write everything that waits."""
        self._flush_is_due = False
        if self.state == "closed":
            return
        target = self._target
        if target.data:
            self.world.ticks_sent += len(target.said)
            self.outbox.add_all(target.data)
            log = self.world.log
            if log is not None:
                now_ns = time.monotonic_ns()
                for symbol, req_id, number, value in target.said:
                    log.tick(self.number, self.client_id, symbol, number, value, req_id, now_ns)
            self._target = TickTarget()
        self.outbox.flush()

    async def writable(self) -> None:
        """Return when the socket takes more."""
        await self._can_write.wait()

    # ---- ending ----

    def freeze(self) -> None:
        """Half-open: the socket stays, nothing goes through it any more in either direction."""
        self.flush()
        self.state = "frozen"
        self.outbox.is_held = True
        self._transport.pause_reading()
        self.desk.forget_all()

    def hold(self, seconds: float) -> None:
        """Send nothing at all for so long, then everything that has gathered. A later hold does not shorten it."""
        loop = asyncio.get_running_loop()
        self.outbox.is_held = True
        self._held_until_s = max(self._held_until_s, loop.time() + seconds)
        loop.call_at(self._held_until_s, self._let_go)

    def _let_go(self) -> None:
        if self.state != "frozen" and asyncio.get_running_loop().time() >= self._held_until_s:
            self.outbox.is_held = False
            self.flush()

    def finish(self) -> None:
        """Close in order: what was sent arrives, then FIN; or RST where the client does not take it within 5 s."""
        if self.state == "closed":
            return
        self.flush()
        self.state = "closed"
        self._transport.close()
        asyncio.get_running_loop().call_later(_FAREWELL_S, self._transport.abort)

    def reset(self) -> None:
        """Close with RST: what was not read is lost."""
        self.state = "closed"
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _end(self, why: str) -> None:
        _LOG.info("simulator.client_ended client_id=%d connection=%d why=%r", self.client_id or 0, self.number, why)
        self.finish()

    def _drop_slow_reader(self) -> None:
        _LOG.warning("simulator.client_dropped connection=%d: it does not read", self.number)
        self.reset()
