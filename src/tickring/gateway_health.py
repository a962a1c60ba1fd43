"""Whether a gateway answers: asked once over a connection of its own, with nothing but a socket.

A port that is open proves little: the login behind it may wait for a person, or the program may hang. Healthy is who
answers hello, gives the next order id and its accounts, and tells the time. Speaks the text protocol of versions that
every gateway takes; needs no ibapi, so that a container's health check is small. Blocks its caller; thread-safe.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["GatewayHealth", "HealthState", "check_gateway"]

_HELLO = b"API\0" + struct.pack(">I", 9) + b"v100..176"
_HELLO_ANSWER = re.compile(rb"(\d{1,9})\0([^\0]*)\0")
_LONGEST = 0xFFFFFF
_ORDER_ID, _ACCOUNTS, _TIME, _ERROR = b"9", b"15", b"49", b"4"
_ID_TAKEN = 326


class HealthState(StrEnum):
    """How far it came, the worst first."""

    CLOSED = "closed"
    """Nothing listens there, or the network does not lead there."""
    NO_API = "no_api"
    """The port is open and no gateway answers: it hangs, has its API switched off, or is another program."""
    NOT_LOGGED_IN = "not_logged_in"
    """The API says hello and names no accounts: a login is under way, or waits for a person."""
    ID_TAKEN = "id_taken"
    """Every client id that may be used belongs to somebody else."""
    MUTE = "mute"
    """A session stands, and a question is not answered."""
    READY = "ready"
    """It answers."""


class GatewayHealth(NamedTuple):
    """One check."""

    state: HealthState
    text: str
    """For a person: what is so, and what to look at."""
    took_s: float
    server_version: int | None = None
    accounts: tuple[str, ...] = ()
    clock_skew_s: float | None = None
    """The gateway's clock minus this machine's, good to about a second."""

    @property
    def is_ready(self) -> bool:
        """Whether it is healthy."""
        return self.state is HealthState.READY


class _Stopped(Exception):
    def __init__(self, state: HealthState, text: str) -> None:
        super().__init__(text)
        self.state = state


def check_gateway(host: str, port: int, client_ids: Iterable[int], timeout_s: float) -> GatewayHealth:
    """Ask the gateway; `timeout_s` is for all of it. Ids that are taken (326) are passed over. Raises nothing."""
    began_s = time.monotonic()
    check = _Check(host, port, began_s + timeout_s)
    state, text = HealthState.ID_TAKEN, "no client id may be used"
    for client_id in client_ids:
        try:
            check.run(client_id)
            state, text = HealthState.READY, "the API answers"
        except _Stopped as stopped:
            state, text = stopped.state, str(stopped)
        if state is not HealthState.ID_TAKEN:
            break
    took_s = time.monotonic() - began_s
    return GatewayHealth(state, text, took_s, check.server_version, check.accounts, check.clock_skew_s)


class _Check:
    """Times: seconds, monotonic clock."""

    def __init__(self, host: str, port: int, deadline_s: float) -> None:
        self._host = host
        self._port = port
        self._deadline_s = deadline_s
        self.server_version: int | None = None
        self.accounts: tuple[str, ...] = ()
        self.clock_skew_s: float | None = None

    def run(self, client_id: int) -> None:
        place = f"{self._host}:{self._port}"
        try:
            peer = socket.create_connection((self._host, self._port), timeout=self._left_s())
        except OSError as error:
            raise _Stopped(HealthState.CLOSED, f"cannot connect to {place}: {error}; is the gateway up?") from error
        with peer:
            frames = self._frames(peer)
            self._say_hello(peer, frames)
            self._begin(peer, frames, client_id)
            self._ask_time(peer, frames)
            with contextlib.suppress(OSError):  # the other side may have closed first
                peer.shutdown(socket.SHUT_RDWR)

    def _left_s(self) -> float:
        return max(0.001, self._deadline_s - time.monotonic())

    def _say_hello(self, peer: socket.socket, frames: Iterator[bytes]) -> None:
        why = "the port is open and no gateway answers; is its API enabled, is it stuck?"
        payload = self._next(peer, frames, _HELLO, HealthState.NO_API, why)
        found = _HELLO_ANSWER.fullmatch(payload)
        if found is None:
            raise _Stopped(HealthState.NO_API, f"what answers is no gateway: {payload[:40]!r}")
        self.server_version = int(found[1])

    def _begin(self, peer: socket.socket, frames: Iterator[bytes], client_id: int) -> None:
        asked, has_order_id, accounts = _framed(b"71", b"2", b"%d" % client_id, b""), False, tuple[str, ...]()
        while not (has_order_id and accounts):
            missing = "accounts" if has_order_id else "order id"
            why = f"the API says hello and gives no {missing}; does the login wait for a person (second factor)?"
            number, *fields = self._next(peer, frames, asked, HealthState.NOT_LOGGED_IN, why).split(b"\0")
            asked = b""
            if number == _ORDER_ID:
                has_order_id = True
            elif number == _ACCOUNTS and len(fields) > 1:
                accounts = tuple(name.strip() for name in fields[1].decode("latin-1").split(",") if name.strip())
            elif number == _ERROR and len(fields) > 2 and fields[2] == b"%d" % _ID_TAKEN:
                raise _Stopped(HealthState.ID_TAKEN, f"client id {client_id} is in use; name another one")
        self.accounts = accounts

    def _ask_time(self, peer: socket.socket, frames: Iterator[bytes]) -> None:
        asked = _framed(b"49", b"1")
        why = "a session stands and the gateway does not tell the time; is it stuck?"
        while True:
            number, *fields = self._next(peer, frames, asked, HealthState.MUTE, why).split(b"\0")
            asked = b""
            if number == _TIME and len(fields) > 1 and fields[1].isdigit():
                self.clock_skew_s = round(int(fields[1]) + 0.5 - time.time(), 1)
                return

    def _next(
        self, peer: socket.socket, frames: Iterator[bytes], asked: bytes, otherwise: HealthState, why: str
    ) -> bytes:
        """Send what is asked and return the next message, or stop in the state that its absence means."""
        try:
            if asked:
                peer.settimeout(self._left_s())
                peer.sendall(asked)
            payload = next(frames, None)
        except OSError as error:
            raise _Stopped(otherwise, f"{why} ({error})") from error
        if payload is None:
            raise _Stopped(otherwise, f"{why} (it closed the connection)")
        return payload

    def _frames(self, peer: socket.socket) -> Iterator[bytes]:
        """Yield payloads until the other side closes; OSError at the deadline, and for what is no message."""
        data = b""
        while True:
            while len(data) >= 4 and len(data) >= 4 + (length := int.from_bytes(data[:4], "big")):
                yield data[4 : 4 + length]
                data = data[4 + length :]
            if len(data) >= 4 and int.from_bytes(data[:4], "big") > _LONGEST:
                raise ConnectionError(f"what came is no message: {data[:20]!r}")
            if time.monotonic() >= self._deadline_s:
                raise TimeoutError("timed out")
            peer.settimeout(self._left_s())
            more = peer.recv(65_536)
            if not more:
                return
            data += more


def _framed(*fields: bytes) -> bytes:
    payload = b"".join(field + b"\0" for field in fields)
    return struct.pack(">I", len(payload)) + payload
