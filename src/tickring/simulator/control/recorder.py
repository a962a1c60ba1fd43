"""A proxy between a gateway and its clients that writes down what passes.

Bytes are passed on at once and unchanged; what is written is a sanitised copy (see sanitise.py). Of a connection
nothing is written before its managedAccounts has told which ids to take out. A capture that fails (a full disk, bytes
that are no frames) ends for good or for that connection, and says so; the proxy goes on.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from tickring.simulator.control.capture import CaptureWriter
from tickring.simulator.control.listening import listening_socket
from tickring.simulator.control.parting import part
from tickring.simulator.control.place import BadPlace, TcpPlace, parse_place
from tickring.simulator.control.sanitise import Sanitiser
from tickring.simulator.control.tape import Tape

__all__ = ["Recorder", "record"]

_logger = logging.getLogger(__name__)

_READ_BYTES = 64 * 1024


async def record(
    gateway: str,
    path: Path | str,
    *,
    listen: str = "127.0.0.1:0",
    on_listening: Callable[[str], None] | None = None,
) -> None:
    """Record every connection to `listen` until cancelled; clients connect there instead of to `gateway`.

    `gateway` is host:port of a gateway or simulator, on any machine; `listen` is a loopback port. `on_listening` is
    told the real place.

    Raises:
        FileExistsError: `path` is there already.
        BadPlace: one of the places is none.
    """
    async with Recorder(gateway, path, listen=listen) as recorder:
        if on_listening is not None:
            on_listening(recorder.place)
        await asyncio.get_running_loop().create_future()  # nobody sets it: only cancelling ends a recording


class Recorder:
    """One proxy and its capture file, as an async context manager. `place` is where clients connect."""

    def __init__(self, gateway: str, path: Path | str, *, listen: str = "127.0.0.1:0") -> None:
        self._gateway = _tcp(gateway, loopback_only=False)
        self._listen = _tcp(listen, loopback_only=True)
        self._path = path
        self._sanitiser = Sanitiser()
        self._connections: set[asyncio.Task[None]] = set()
        self._count = 0
        self.place = ""

    async def __aenter__(self) -> Self:
        self._writer = CaptureWriter(self._path)
        try:
            listener = listening_socket(self._listen)
            self._server = await asyncio.start_server(self._welcome, sock=listener)
        except BaseException:
            self._writer.close()
            self._writer.path.unlink()
            raise
        self.place = str(TcpPlace(self._listen.host, listener.getsockname()[1]))
        _logger.info("record.listening place=%s gateway=%s path=%s", self.place, self._gateway, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        with contextlib.suppress(OSError):  # a full disk has been said before
            self._writer.close()
        _logger.info("record.ended frames=%d path=%s", self._writer.frames_written, self._path)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        connection = asyncio.create_task(self._proxy(self._count, reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _proxy(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = time.monotonic()
        try:
            there, back = await asyncio.open_connection(self._gateway.host, self._gateway.port)
        except OSError as error:
            _logger.warning("record.gateway_unreachable gateway=%s error=%s", self._gateway, error)
            writer.transport.abort()
            return
        tape = Tape(number, self._sanitiser, self._writer)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(_pump(reader, back, lambda data: tape.from_client(data, time.monotonic() - begun)))
                pumps.create_task(_pump(there, writer, lambda data: tape.from_server(data, time.monotonic() - begun)))
        except* OSError as errors:
            _logger.info("record.connection_lost connection=%d errors=%r", number, errors.exceptions)
        finally:
            tape.end()
            await asyncio.gather(part(writer), part(back))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]) -> None:
    while data := await reader.read(_READ_BYTES):
        writer.write(data)
        note(data)
        await writer.drain()
    writer.write_eof()


def _tcp(text: str, *, loopback_only: bool) -> TcpPlace:
    place = parse_place(text, loopback_only=loopback_only)
    if not isinstance(place, TcpPlace):
        raise BadPlace(f"{text!r} is a socket file, must be host:port: API clients speak TCP")
    return place
