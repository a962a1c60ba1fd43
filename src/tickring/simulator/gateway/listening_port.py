"""The gateway's port: open, or closed so that connection attempts are refused, and ours all the time.

A closed port stays bound, because one that is given back may be somebody else's when the gateway wants it again: most
of all one that the system had chosen.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import TYPE_CHECKING, Any

from tickring.errors import TickringError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ListeningPort", "PortTaken"]

_BACKLOG = 512


class PortTaken(TickringError):
    """The port cannot be listened on."""


class ListeningPort:
    """`take`, then `open` and `close` as often as wanted, then `release`."""

    def __init__(self, host: str, number: int) -> None:
        self._host = host
        self._server: asyncio.Server | None = None
        self._socket: socket.socket | None = None
        self.number = number
        """0 until `take` has found a free one."""

    @property
    def is_open(self) -> bool:
        """Whether clients can connect."""
        return self._server is not None

    def take(self) -> None:
        """Bind the port.

        Raises:
            PortTaken: it is in use or not allowed, or the host is not this machine's.
            OSError: the host is unknown.
        """
        found = socket.getaddrinfo(self._host, self.number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, *_, address = found[0]
        try:
            taken = _bound(family, address)
            if not self.number:
                self.number = taken.getsockname()[1]
                with taken:  # only a port that was asked for by its number stays bound while it is closed (Linux)
                    taken = _bound(family, (address[0], self.number, *address[2:]))
            self._socket = taken
            taken.listen(_BACKLOG)  # with SO_REUSEADDR only this finds out that somebody else listens
        except OSError as error:
            self.release()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                raise
            raise PortTaken(
                f"{self._host}:{self.number} cannot be listened on ({error.strerror}); perhaps a real gateway or "
                "another simulator has it: choose another with --port, or 0 for any"
            ) from error

    async def open(self, new_session: Callable[[], asyncio.Protocol]) -> None:
        """Let clients connect."""
        assert self._socket is not None, "take the port first"
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(new_session, sock=self._socket.dup(), backlog=_BACKLOG)

    def close(self) -> None:
        """Refuse connections from now on; the port stays ours. Those that wait to be accepted are reset."""
        if self._server is not None and self._socket is not None:
            self._server.close()
            self._server = None
            self._socket.shutdown(socket.SHUT_RDWR)  # Linux: a listening socket goes back to being a bound one

    def release(self) -> None:
        """Give the port back. Twice is once."""
        self.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _bound(family: int, address: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        made.close()
        raise
    return made
