"""A plain Unix datagram socket: what waking another process costs at least. Keeps nothing: it can only be waited on."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from bench._contenders.contract import Contender, Reader, Writer
from bench._harness.quotes import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        del symbols
        self._address = str(place / "socket")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)

    def publish(self, tick: Tick) -> None:
        # Nobody listens yet, or the reader does not keep up: a tick is lost, as on any other queue of limited length.
        with contextlib.suppress(FileNotFoundError, ConnectionError, BlockingIOError):
            self._socket.sendto(RECORD.pack(*tick[1:]), socket.MSG_DONTWAIT, self._address)

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {}

    def close(self) -> None:
        self._socket.close()


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        del symbols
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(place / "socket"))

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:  # noqa: ARG002 - it keeps nothing
        return {}

    def waiters(self, index: int) -> dict[str, Callable[[float], int | None]]:  # noqa: ARG002 - one queue
        # The kernel's own timeout: Python's would cost a poll() before every recv().
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 0, 100_000))

        def next_news(timeout_s: float) -> int | None:  # noqa: ARG001 - set above, once
            try:
                return int(RECORD.unpack(self._socket.recv(4096))[6])
            except BlockingIOError:
                return None

        return {"datagram": next_news}

    def close(self) -> None:
        self._socket.close()


CONTENDER = Contender(
    name="unix-socket",
    title="Unix datagram socket",
    usage="one datagram a tick; only in the question about waking, as the floor",
    lacks="everything but the message: it keeps no quote",
    writer=_Writer,
    reader=_Reader,
    distributions=("python",),
)
