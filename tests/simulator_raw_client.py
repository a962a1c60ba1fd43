"""A client made of a socket: what it sends is any bytes, what it got is looked at field by field."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from tickring.simulator.wire.frames import FrameCutter, FrameTooLong, frame

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TICKS", "Message", "RawClient"]

TICKS = {"1", "2", "45", "46"}
VERSION = 176


class Message(NamedTuple):
    """The fields of one message in text form, its id first, and when it was read (CLOCK_MONOTONIC)."""

    fields: tuple[str, ...]
    received_ns: int

    @property
    def is_tick(self) -> bool:
        return self.fields[0] in TICKS

    @property
    def req_id(self) -> int:
        """Of a tick."""
        return int(self.fields[2])

    @property
    def tick_type(self) -> int:
        """Of a tick."""
        return int(self.fields[3])


class RawClient:
    """Connects at once and says nothing before it is told to. `messages` is all that came, oldest first."""

    def __init__(self, port: int, *, receive_buffer_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(10.0)
        try:
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.messages: list[Message] = []
        self.raw = bytearray()
        self.is_over = False
        self.was_reset = False
        self._cutter = FrameCutter()

    @classmethod
    def ready(cls, port: int, client_id: int = 1, **more: int) -> Self:
        """Return a client with a session; the farm notices have come."""
        client = cls(port, **more)
        client.greet()
        client.start(client_id)
        secdef = {"2158", "2157"}  # the last notice of the greeting: well, or broken because a fault stands
        client.until(lambda message: message.fields[0] == "4" and message.fields[3] in secdef, "farm notices")
        return client

    # ---- out ----

    def send(self, data: bytes) -> None:
        self.socket.settimeout(30.0)
        self.socket.sendall(data)

    def greet(self, versions: str = f"v157..{VERSION}") -> None:
        self.send(b"API\0" + frame(versions.encode()))

    def ask(self, *fields: object) -> None:
        """Send one request in text form."""
        self.send(request(*fields))

    def start(self, client_id: int) -> None:
        self.ask(71, 2, client_id, "")

    def subscribe(self, req_id: int, symbol: str, *, generic: str = "", is_snapshot: bool = False) -> None:
        self.send(market_data(req_id, symbol, generic=generic, is_snapshot=is_snapshot))

    def cancel(self, req_id: int) -> None:
        self.ask(2, 2, req_id)

    # ---- in ----

    def read(self, timeout_s: float = 0.0) -> bool:
        """Read what is there, waiting so long for something; return whether anything has come."""
        self.socket.settimeout(max(timeout_s, 0.001))
        try:
            data = self.socket.recv(1 << 20)
        except TimeoutError:
            return False
        except ConnectionResetError:
            self.is_over = self.was_reset = True
            return False
        now_ns = time.monotonic_ns()
        if not data:
            self.is_over = True
            return False
        self.raw += data
        payloads: list[bytes] = []
        with contextlib.suppress(FrameTooLong):  # broken bytes: only `raw` makes sense from here on
            payloads = self._cutter.feed(data)
        for payload in payloads:
            self.messages.append(Message(tuple(payload.decode().split("\0")[:-1]), now_ns))
        return True

    def until(
        self, match: Callable[[Message], bool], what: str = "", timeout_s: float = 10.0, since: int = 0
    ) -> Message:
        """Return the first message from number `since` on that fits; read on until it is there."""
        deadline = time.monotonic() + timeout_s
        at = since
        while True:
            while at < len(self.messages):
                if match(self.messages[at]):
                    return self.messages[at]
                at += 1
            if self.is_over or time.monotonic() > deadline:
                raise AssertionError(f"no {what or 'such message'}; over: {self.is_over}; last: {self.messages[-8:]}")
            self.read(0.05)

    def until_error(self, code: int, req_id: int = -1, *, since: int = 0) -> str:
        """Return the text of an error with this code and id."""
        key = ("4", "2", str(req_id), str(code))
        return self.until(lambda message: message.fields[:4] == key, f"error {code}", since=since).fields[4]

    def until_tick(self, req_id: int, tick_type: int | None = None, *, since: int = 0) -> Message:
        return self.until(
            lambda message: message.is_tick and message.req_id == req_id and tick_type in {None, message.tick_type},
            f"tick {tick_type} of {req_id}",
            since=since,
        )

    def until_over(self, timeout_s: float = 10.0) -> None:
        """Read until the other side has closed."""
        deadline = time.monotonic() + timeout_s
        while not self.is_over:
            assert time.monotonic() < deadline, f"still connected; last: {self.messages[-5:]}"
            self.read(0.05)

    def listen(self, seconds: float) -> list[Message]:
        """Read for so long; return what has come meanwhile."""
        before, deadline = len(self.messages), time.monotonic() + seconds
        while (left_s := deadline - time.monotonic()) > 0 and not self.is_over:
            self.read(left_s)
        return self.messages[before:]

    def answers(self) -> bool:
        """Whether the session still serves requests."""
        since = len(self.messages)
        self.ask(8, 1, 1)
        self.until(lambda message: message.fields[0] == "9", "nextValidId", since=since)
        return True

    def errors(self, since: int = 0) -> list[tuple[int, int]]:
        """Return (id, code) of all errors and notices."""
        return [(int(m.fields[2]), int(m.fields[3])) for m in self.messages[since:] if m.fields[0] == "4"]

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def request(*fields: object) -> bytes:
    """Return one framed request in text form."""
    return frame("".join(f"{field}\0" for field in fields).encode())


def market_data(req_id: object, symbol: str, *, generic: str = "", is_snapshot: bool = False) -> bytes:
    """Return a framed reqMktData for a US stock over SMART."""
    contract = ("0", symbol, "STK", "", "0.0", "", "", "SMART", "", "USD", "", "")
    return request(1, 11, req_id, *contract, "0", generic, int(is_snapshot), "0", "")
