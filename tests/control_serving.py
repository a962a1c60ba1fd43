"""A control server in a loop of its own, as the supervisor's: poll, serve, tend."""

from __future__ import annotations

import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tickring.control.messages import Done, Refusal, Restart, Stop, Stopped
from tickring.control.socket_address import socket_address
from tickring.supervisor.control_server import ControlServer

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer


class Answers:
    """A supervisor of few words: what it was asked, by whom, in order; answers that depend on the request."""

    def __init__(self) -> None:
        self.asked: list[tuple[RequestBody, Peer]] = []

    def __call__(self, body: RequestBody, peer: Peer) -> ReplyBody:
        self.asked.append((body, peer))
        match body:
            case Restart(child="broken"):
                raise KeyError("no such drawer")
            case Restart(child=size) if size.isdigit():
                return Done("x" * int(size))
            case Restart(child=child):
                return Refusal(code="unknown_child", message=f"no child {child!r}", next_step="choose feeder")
            case Stop():
                return Stopped("run-1")
            case _:
                return Done("yes")


class Serving:
    """The server and the thread that owns it. It starts with `with`, and everything is closed afterwards."""

    def __init__(self, path: Path, answers: Any = None, **arguments: Any) -> None:
        self.path = path
        self.answers = Answers() if answers is None else answers
        self.server = ControlServer(path, self.answers, **arguments)
        self.turns = 0
        self.connections = 0
        """How many clients it watched in its last turn."""
        self.longest_turn_s = 0.0
        self._is_ending = False
        self._thread = threading.Thread(target=self._turn)

    def _turn(self) -> None:
        while not self._is_ending:
            poll = select.poll()
            for fd, events in self.server.fds:
                poll.register(fd, events)
            reported = poll.poll(10)
            begun_s = time.monotonic()
            for fd, events in reported:
                self.server.serve(fd, events)
            self.server.tend()
            self.turns += 1
            self.connections = len(self.server.fds) - 1
            self.longest_turn_s = max(self.longest_turn_s, time.monotonic() - begun_s)

    def __enter__(self) -> Self:
        self.server.listen()
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending = True
        self._thread.join(20)
        assert not self._thread.is_alive()
        self.server.close()


class RawClient:
    """Bytes to the socket and from it, with the framing by hand."""

    def __init__(self, path: Path, *, receive_bytes: int | None = None) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(20)
        with socket_address(path) as address:
            self.socket.connect(address)

    def send(self, payload: bytes) -> None:
        """Send one frame."""
        self.socket.sendall(len(payload).to_bytes(4, "big") + payload)

    def ask(self, **body: Any) -> Any:
        """Send a request with id 7 and return the reply's body."""
        self.send(msgspec.json.encode({"id": 7, "body": body}))
        reply = self.reply()
        assert reply["id"] == 7
        return reply["body"]

    def reply(self) -> Any:
        """Return the next reply as plain values."""
        return msgspec.json.decode(self._exactly(int.from_bytes(self._exactly(4), "big")))

    def is_closed(self) -> bool:
        """Wait until the server has closed it, and return whether it has, with nothing more to read."""
        try:
            return not self.socket.recv(1)
        except ConnectionResetError:
            return True

    def _exactly(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            data = self.socket.recv(size - len(parts))
            assert data, f"closed after {bytes(parts)!r}"
            parts += data
        return bytes(parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()
