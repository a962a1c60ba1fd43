"""A small synchronous client of the control channel, for tests and scripts.

with ControlClient("unix:/run/user/1000/sim.control") as simulator:
    simulator.do("mute", symbol="SPY")
"""

import itertools
import socket
import time
from typing import Any, Self, cast

import msgspec

from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.control.place import UnixPlace, parse_place

__all__ = ["ControlClient"]

_READ_BYTES = 64 * 1024


class ControlClient:
    """One connection. `timeout_s` bounds connecting and each answer. Threads: one at a time."""

    def __init__(self, place: str, *, timeout_s: float = 10.0) -> None:
        """Connect to `unix:/path`, a path with a slash or `127.0.0.1:port`.

        Raises:
            BadPlace: the text names no place.
            OSError: nobody listens there, or not within `timeout_s`.
        """
        where = parse_place(place)
        self.place = str(where)
        self._timeout_s = timeout_s
        self._ids = itertools.count(1)
        self._received = bytearray()
        if isinstance(where, UnixPlace):
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.settimeout(timeout_s)
                self._socket.connect(str(where.path))
            except BaseException:
                self._socket.close()
                raise
        else:
            self._socket = socket.create_connection((where.host, where.port), timeout_s)

    def do(self, word: str, **values: Any) -> dict[str, Any]:
        """Have one command done and return its result.

        Raises:
            CommandRefused: the simulator did not do it; the text is its reason.
            TimeoutError: no answer within `timeout_s`; the command may have been done. The next call skips a late one.
            ConnectionError: the simulator is gone.
        """
        id = next(self._ids)
        deadline = time.monotonic() + self._timeout_s
        self._socket.settimeout(self._timeout_s)
        self._socket.sendall(msgspec.json.encode({"id": id, "do": word, **values}) + b"\n")
        while True:
            answer = cast("dict[str, Any]", msgspec.json.decode(self._line(deadline, word)))
            if answer["id"] == id:
                break
        if not answer["ok"]:
            raise CommandRefused(answer["error"])
        return cast("dict[str, Any]", answer["result"])

    def close(self) -> None:
        """Close the connection. Twice is once."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, deadline: float, word: str) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(f"{self.place} did not answer {word!r} within {self._timeout_s:g} s")
            self._socket.settimeout(left_s)
            try:
                data = self._socket.recv(_READ_BYTES)
            except TimeoutError:
                continue
            if not data:
                raise ConnectionError(f"{self.place} closed the connection before answering {word!r}")
            self._received += data
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line
