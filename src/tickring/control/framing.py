"""Cut a stream of bytes into frames: four bytes of length, big-endian, then so many bytes of payload. Pure: no socket.

The length is checked before anything of that size is kept, so a peer that speaks another protocol (the first four bytes
of HTTP are a length of a gigabyte) is found out by its first four bytes and costs no memory.
"""

from __future__ import annotations

from typing import Final

from tickring.errors import FrameTooLong

__all__ = ["REPLY_BYTES_AT_MOST", "REQUEST_BYTES_AT_MOST", "FrameCutter", "framed"]

REQUEST_BYTES_AT_MOST: Final = 1 << 20
REPLY_BYTES_AT_MOST: Final = 16 << 20
"""A report names every symbol that is not served from the stream: at 10,000 of them some megabytes."""
_LENGTH_BYTES: Final = 4


def framed(payload: bytes, *, bytes_at_most: int) -> bytes:
    """Return the payload as one frame.

    Raises:
        FrameTooLong: longer than the other side takes.
    """
    if len(payload) > bytes_at_most:
        raise FrameTooLong(len(payload), bytes_at_most)
    return len(payload).to_bytes(_LENGTH_BYTES, "big") + payload


class FrameCutter:
    """Takes bytes in whatever pieces they come and hands out whole payloads, one a call.

    One a call, so that the caller decides how many it serves at a time and how much it reads ahead.
    """

    def __init__(self, *, bytes_at_most: int) -> None:
        self._bytes_at_most = bytes_at_most
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        self._bytes += data

    @property
    def has_whole(self) -> bool:
        """Whether `next` has something to say: a payload, or that the stream cannot be cut any further."""
        length = self._length()
        return length is not None and (length > self._bytes_at_most or len(self._bytes) >= _LENGTH_BYTES + length)

    @property
    def has_begun(self) -> bool:
        """Whether bytes of a frame are there at all, whole or not."""
        return bool(self._bytes)

    def next(self) -> bytes | None:
        """Return the next payload and forget it, None while it is not whole.

        Raises:
            FrameTooLong: the announced length is beyond the limit. Where the next frame begins is unknown from here on.
        """
        length = self._length()
        if length is None:
            return None
        if length > self._bytes_at_most:
            raise FrameTooLong(length, self._bytes_at_most)
        end = _LENGTH_BYTES + length
        if len(self._bytes) < end:
            return None
        payload = bytes(self._bytes[_LENGTH_BYTES:end])
        del self._bytes[:end]
        return payload

    def clear(self) -> None:
        """Forget everything."""
        self._bytes.clear()

    def _length(self) -> int | None:
        if len(self._bytes) < _LENGTH_BYTES:
            return None
        return int.from_bytes(self._bytes[:_LENGTH_BYTES], "big")
