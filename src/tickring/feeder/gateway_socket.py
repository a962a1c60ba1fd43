"""The socket to the gateway: ours, non-blocking both ways, with a limit on everything.

ibapi's own connection waits without limit for connection and hello, loses reads of exactly 4096 bytes, collects absurd
lengths for ever and needs a second to close; nothing of it is used here.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.frame_reader import FrameReader
from tickring.feeder.gateway_lost import GatewayLost
from tickring.feeder.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tickring.config.structs import GatewayConfig
    from tickring.feeder.fast_lane import FastLane, PumpEnd

__all__ = ["GatewaySocket", "Hello", "parse_hello"]

_HELLO = re.compile(rb"(\d{1,9})\0([^\0]*)\0")


class Hello(NamedTuple):
    """The gateway's answer to ours."""

    server_version: int
    time_text: str


class GatewaySocket:
    """One connection. `start` begins it; readiness is the loop's to watch (`fd`, `wants_write`)."""

    def __init__(self, config: GatewayConfig, left: Callable[[float, bool], None]) -> None:
        """`left` is told when bytes were handed over (monotonic), and whether those were all."""
        self._config = config
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self._reader = FrameReader(config.receive_bytes)
        self._outbound = Outbound(config.outbound_limit_bytes, config.outbound_deadline_s)
        self._left = left
        self.is_connected = False

    @property
    def fd(self) -> int:
        """The descriptor to watch."""
        return self._socket.fileno()

    @property
    def wants_write(self) -> bool:
        """Whether writability is waited for."""
        return not self.is_connected or len(self._outbound) > 0

    def start(self) -> None:
        """Begin to connect.

        Raises:
            GatewayLost: refused at once, or no such host.
        """
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        unheard_ms = int(self._config.probe_limit_s * 1000)  # a machine that vanished acknowledges nothing
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unheard_ms)
        try:
            code = self._socket.connect_ex((_address_of(self._config.host), self._config.port))
        except OSError as error:  # the name could not be resolved
            raise GatewayLost(f"{self._place}: {error}") from error
        if code not in {0, errno.EINPROGRESS}:
            raise GatewayLost(f"{self._place}: {os.strerror(code)}")

    @property
    def _place(self) -> str:
        return f"cannot connect to {self._config.host}:{self._config.port}"

    def finish_connecting(self) -> None:
        """Take the result of `start` once the socket is writable.

        Raises:
            GatewayLost: the connection was refused.
        """
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code != 0:
            raise GatewayLost(f"{self._place}: {os.strerror(code)}")
        self.is_connected = True

    def send(self, data: bytes, now_s: float) -> None:
        """Send bytes as soon as the gateway takes them.

        Raises:
            GatewayLost: too many wait.
        """
        self._outbound.add(data, now_s)

    def flush(self, now_s: float) -> None:
        """Write what waits.

        Raises:
            GatewayLost: the gateway does not read, or the connection is broken.
        """
        if not self._outbound:
            return
        try:
            self._outbound.flush(self._socket, now_s)
        except OSError as error:
            raise GatewayLost(f"the connection broke while sending: {error}") from error
        self._left(time.monotonic(), not self._outbound)

    def receive(self) -> bool:
        """Take what has come; return whether anything has.

        Raises:
            GatewayLost: the connection is closed or broken.
        """
        try:
            self._reader.receive(self._socket)
        except BlockingIOError:
            return False
        except OSError as error:
            raise GatewayLost(f"the connection broke: {error}") from error
        return True

    def pump(self, lane: FastLane, epoll_fd: int, until_ns: int) -> PumpEnd:
        """Have the lane take what comes until something else is due (`FastLane.pump`).

        Raises:
            GatewayLost: the connection is closed or broken.
        """
        try:
            end = self._reader.pump(lane, epoll_fd, self._socket.fileno(), until_ns)
        except OSError as error:
            raise GatewayLost(f"the connection broke: {error}") from error
        if end == "closed":
            raise GatewayLost("the gateway closed the connection")
        return end

    def frames(self, skip: Callable[[bytearray, int, int], int] | None = None) -> Iterator[bytes]:
        """Yield the payloads of complete messages, but for those that `skip` takes (`FrameReader.frames`).

        Raises:
            GatewayLost: the stream cannot be followed.
        """
        return self._reader.frames(skip)

    @property
    def is_amid_frame(self) -> bool:
        """Whether the beginning of a message has come and its end has not."""
        return self._reader.is_amid_frame

    def close(self) -> None:
        """Close at once: the gateway sees it within a millisecond, so that the client id is free again. Idempotent."""
        with contextlib.suppress(OSError):  # not connected
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.is_connected = False


@functools.lru_cache(maxsize=8)
def _address_of(host: str) -> str:
    """Look a name up once in the life of the process: it blocks, and the loop must not wait for it at every attempt."""
    return str(socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])


def parse_hello(payload: bytes) -> Hello:
    """Take the gateway's hello apart.

    Raises:
        GatewayLost: this is no gateway.
    """
    found = _HELLO.fullmatch(payload)
    if found is None:
        raise GatewayLost(f"what answers is no gateway: {payload[:40]!r}")
    return Hello(int(found[1]), found[2].decode("latin-1"))
