"""The control channel's server: lines in, commands applied, answers out.

Runs in the simulator's loop. Each connection is served in order, one command at a time; several connections take turns
wherever applying a command waits. Nothing that a peer sends or leaves unread ends the server or holds up another peer.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from tickring.simulator.control.commands import Command
from tickring.simulator.control.line_cutter import LineCutter
from tickring.simulator.control.lines import LINE_BYTES_AT_MOST, BadCommand, CommandRefused, ack, decode_line, nack
from tickring.simulator.control.listening import listening_socket, remove_socket_file
from tickring.simulator.control.parting import part
from tickring.simulator.control.place import TcpPlace, UnixPlace, parse_place

__all__ = ["ControlServer"]

_logger = logging.getLogger(__name__)

_READ_BYTES = 64 * 1024
_TOO_LONG = f"the line is longer than {LINE_BYTES_AT_MOST} bytes and was not read"
_HTTP_REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/\d")


class ControlServer:
    """Serves one place from `listen` to `close`.

    `apply` does a command and returns what the answer's `result` holds. Its CommandRefused becomes a nack; any other
    exception becomes a nack that names its type, and is logged with its traceback.
    """

    def __init__(self, apply: Callable[[Command], Awaitable[dict[str, Any]]]) -> None:
        self._apply = apply
        self._server: asyncio.Server | None = None
        self._socket_file: tuple[UnixPlace, int] | None = None
        self._peers: set[asyncio.Task[None]] = set()

    async def listen(self, place: str) -> str:
        """Listen at `unix:/path`, a path with a slash or `127.0.0.1:0`; return the real place.

        A unix socket has mode 0600; the file of a dead simulator is replaced.

        Raises:
            BadPlace: the text names no place, or one that other machines could reach.
            PlaceTaken: a living process listens there.
            OSError: no such directory, port in use.
        """
        if self._server is not None:
            raise RuntimeError("this control server listens already")
        where = parse_place(place)
        listener = listening_socket(where)
        if isinstance(where, UnixPlace):
            self._socket_file = (where, where.path.lstat().st_ino)
            self._server = await asyncio.start_unix_server(self._welcome, sock=listener)
        else:
            self._server = await asyncio.start_server(self._welcome, sock=listener)
            where = TcpPlace(where.host, listener.getsockname()[1])
        _logger.info("simulator.control_listening place=%s", where)
        return str(where)

    async def close(self) -> None:
        """Stop listening, end all connections after their last answer, remove the socket file. Twice is once."""
        server, self._server = self._server, None
        if server is None:
            return
        if self._socket_file is not None:
            place, inode = self._socket_file
            remove_socket_file(place.path, inode)
            self._socket_file = None
        server.close()
        for peer in self._peers:
            peer.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)
        await server.wait_closed()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = asyncio.create_task(self._serve(reader, writer))
        self._peers.add(peer)
        peer.add_done_callback(self._peers.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cutter = LineCutter()
        is_first = True
        try:
            while data := await reader.read(_READ_BYTES):
                for line in cutter.feed(data):
                    if is_first and line is not None and _HTTP_REQUEST.match(line):
                        # A web page can make its reader's browser post lines to a loopback port.
                        writer.write(nack(None, "this is no HTTP server; one JSON object a line, please"))
                        return
                    is_first = False
                    if line is None or line.strip():
                        writer.write(await self._answer(line))
                        await writer.drain()
        except OSError as error:  # the peer is gone; there is nobody to tell
            _logger.debug("simulator.control_lost_peer error=%r", error)
        finally:
            await part(writer)

    async def _answer(self, line: bytes | None) -> bytes:
        if line is None:
            return nack(None, _TOO_LONG)
        try:
            id, command = decode_line(line)
        except BadCommand as error:
            return nack(error.id, str(error))
        try:
            return ack(id, await self._apply(command))
        except CommandRefused as error:
            return nack(id, str(error))
        except Exception as error:  # the edge of one command: said, logged, and the next line is served
            _logger.exception("simulator.command_failed command=%r", command)
            return nack(id, f"{type(error).__name__}: {error}")
