"""From a socket to the payloads of whole frames, through one buffer that is used again and again.

A frame is four bytes of length (big-endian, without themselves) and a payload. Each payload is copied once; what is
left of a frame that is not complete moves to the front only when room is needed, so the time is linear in the bytes
however they are cut. A length over the limit ends the connection at once: nothing after it can be trusted.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tickring.feeder.gateway_lost import GatewayLost

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from tickring.feeder.fast_lane import FastLane, PumpEnd

__all__ = ["LONGEST_PAYLOAD", "FrameReader"]

_LENGTH = struct.Struct(">I").unpack_from

LONGEST_PAYLOAD = 0xFFFFFF
"""Bytes; ibapi's own limit, which it checks only after having collected them."""


class FrameReader:
    """Holds at most one frame and what one `receive` brought after it."""

    def __init__(self, receive_bytes: int, longest: int = LONGEST_PAYLOAD) -> None:
        self._buffer = bytearray(2 * receive_bytes)
        self._receive_bytes = receive_bytes
        self._longest = longest
        self._start: int = 0
        self._end: int = 0

    @property
    def is_amid_frame(self) -> bool:
        """Whether there are bytes that are no whole frame yet; ask after having taken all `frames`."""
        return self._start != self._end

    def receive(self, source: socket.socket) -> int:
        """Take what the socket has, at most `receive_bytes`; return how many bytes came.

        Raises:
            GatewayLost: the gateway has closed the connection.
            BlockingIOError: there is nothing now.
            OSError: the connection is broken.
        """
        self._make_room()
        with memoryview(self._buffer) as view:
            count = source.recv_into(view[self._end : self._end + self._receive_bytes])
        if count == 0:
            raise GatewayLost("the gateway closed the connection")
        self._end += count
        return count

    def pump(self, lane: FastLane, epoll_fd: int, source_fd: int, until_ns: int) -> PumpEnd:
        """Have the lane wait for bytes and take what is its own (`FastLane.pump`); the rest is in `frames`.

        Raises:
            OSError: the connection is broken.
        """
        end, self._start, self._end = lane.pump(
            epoll_fd, source_fd, self._buffer, self._start, self._end, self._receive_bytes, until_ns
        )
        return end

    def feed(self, data: bytes) -> None:
        """Add bytes that were received elsewhere: what came after the gateway's hello."""
        while data:
            self._make_room()
            piece, data = data[: self._receive_bytes], data[self._receive_bytes :]
            self._buffer[self._end : self._end + len(piece)] = piece
            self._end += len(piece)

    def _make_room(self) -> None:
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end + self._receive_bytes > len(self._buffer):
            left = self._end - self._start
            self._buffer[:left] = self._buffer[self._start : self._end]
            self._start, self._end = 0, left
            if left + self._receive_bytes > len(self._buffer):
                self._buffer.extend(bytes(len(self._buffer)))  # doubled, so that copying stays linear

    def frames(self, skip: Callable[[bytearray, int, int], int] | None = None) -> Iterator[bytes]:
        """Yield the payloads that are complete. Nothing may be received or fed while they are taken.

        `skip` may take frames itself before each one: called with the buffer and where in it the frames begin and the
        bytes end, it returns where to go on.

        Raises:
            GatewayLost: a length that no message has.
        """
        buffer, start, stop = self._buffer, self._start, self._end
        while stop - start >= 4:
            if skip is not None:
                self._start = start = skip(buffer, start, stop)
                if stop - start < 4:
                    return
            (length,) = _LENGTH(buffer, start)
            if length > self._longest:
                raise GatewayLost(f"the gateway announced a message of {length} bytes; the stream cannot be followed")
            start += 4
            end = start + length
            if end > stop:
                return
            payload = bytes(buffer[start:end])
            self._start = start = end
            yield payload
