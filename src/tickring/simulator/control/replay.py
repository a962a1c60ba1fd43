"""Play a capture to clients: a server that answers what was asked in the capture with what was answered then.

It is a recording, no simulator: a request that nobody made in the capture is refused (321) where it has an id, and
otherwise stays without an answer; orders are never filled; a cancel ends its replies. Only the time of day is answered
from this machine's clock once the captured answers are used up, because clients probe with it. Requests may come in
another order and with other ids than in the capture. The server version is the captured one, so the client must be able
to speak it.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tickring.simulator.control.capture import read_capture
from tickring.simulator.control.listening import listening_socket
from tickring.simulator.control.parting import part
from tickring.simulator.control.place import BadPlace, TcpPlace, parse_place
from tickring.simulator.control.replay_plan import ReplayPlan, plans_of
from tickring.simulator.control.replay_session import ReplaySession
from tickring.simulator.wire import versions
from tickring.simulator.wire.frames import BadHello, FrameCutter, FrameTooLong, HelloReader, frame, server_hello
from tickring.simulator.wire.replies import ErrorReply
from tickring.simulator.wire.reply_encoder import ReplyEncoder

__all__ = ["Replayer", "replay"]

_logger = logging.getLogger(__name__)

_READ_BYTES = 64 * 1024
_VERSION_REFUSED = 503  # "the TWS is out of date": what client libraries say about versions


async def replay(
    path: Path | str,
    *,
    listen: str = "127.0.0.1:0",
    speed: float = 1.0,
    on_listening: Callable[[str], None] | None = None,
) -> None:
    """Play a capture to every client until cancelled.

    `speed` 2 is twice the captured pace, `inf` as fast as it goes. The n-th client gets the n-th captured connection,
    and after the last the first again. `on_listening` is told the real place.

    Raises:
        BadCapture: the file is none, or holds no session.
        BadPlace: `listen` is no loopback port.
    """
    async with Replayer(path, listen=listen, speed=speed) as replayer:
        if on_listening is not None:
            on_listening(replayer.place)
        await asyncio.get_running_loop().create_future()  # nobody sets it: only cancelling ends a replay


class Replayer:
    """One capture on one port, as an async context manager. `place` is where clients connect."""

    def __init__(self, path: Path | str, *, listen: str = "127.0.0.1:0", speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed is {speed!r}, must be above 0 (1 is the captured pace, inf as fast as it goes)")
        place = parse_place(listen)
        if not isinstance(place, TcpPlace):
            raise BadPlace(f"{listen!r} is a socket file, must be a loopback port: API clients speak TCP")
        self._listen = place
        self._speed = speed
        self._plans = plans_of(list(read_capture(path)))
        self._clients = 0
        self._connections: set[asyncio.Task[None]] = set()
        self.place = ""

    async def __aenter__(self) -> Self:
        listener = listening_socket(self._listen)
        self._server = await asyncio.start_server(self._welcome, sock=listener)
        self.place = str(TcpPlace(self._listen.host, listener.getsockname()[1]))
        _logger.info("replay.listening place=%s connections=%d", self.place, len(self._plans))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello_reader = HelloReader()
        cutter = FrameCutter()
        session: ReplaySession | None = None
        try:
            while data := await reader.read(_READ_BYTES):
                if session is None:
                    hello = hello_reader.feed(data)
                    if hello is None:
                        continue
                    plan = self._plans[self._clients % len(self._plans)]
                    if not hello.min_version <= plan.server_version <= hello.max_version:
                        _refuse(writer, plan, hello.min_version, hello.max_version)
                        return
                    self._clients += 1
                    writer.write(frame(plan.hello))
                    session = ReplaySession(plan, writer, self._speed)
                    data = hello_reader.rest
                for payload in cutter.feed(data):
                    session.take(payload)
                await writer.drain()
        except (BadHello, FrameTooLong) as error:
            _logger.warning("replay.client_refused reason=%s", error)
        except OSError as error:
            _logger.info("replay.client_lost error=%r", error)
        finally:
            if session is not None:
                await session.end()
            await part(writer)


def _refuse(writer: asyncio.StreamWriter, plan: ReplayPlan, lowest: int, highest: int) -> None:
    """Say in the client's own version why it is not served, where that can be said."""
    reason = (
        f"the capture was made with server version {plan.server_version}, this client speaks {lowest} to {highest}: "
        "replay it to a client of the release that it was made with"
    )
    _logger.warning("replay.client_refused reason=%s", reason)
    version = versions.negotiate(lowest, highest)
    if version is not None:
        writer.write(server_hello(version, plan.hello.partition(b"\0")[2].rstrip(b"\0").decode("latin-1")))
        writer.write(ReplyEncoder(version).encode(ErrorReply(req_id=-1, code=_VERSION_REFUSED, text=reason)))
