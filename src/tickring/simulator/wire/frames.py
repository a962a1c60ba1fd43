r"""Frames of the TWS protocol: a 4-byte big-endian length, which does not count itself, and a payload.

Only a client's very first bytes differ: `API\0` without a length, then one frame that holds `v<min>..<max>` and
perhaps options. Both readers take bytes in any pieces and never wait, read a clock or touch a socket.

Source: ibapi 9.81.1 `comm.py`, `client.py`; ib_async 2.1.0 `client.py`.
"""

import re

import msgspec

__all__ = [
    "LONGEST_PAYLOAD",
    "BadHello",
    "ClientHello",
    "FrameCutter",
    "FrameTooLong",
    "HelloReader",
    "frame",
    "server_hello",
]

LONGEST_PAYLOAD = 0xFFFFFF
"""Bytes; what ibapi calls its maximum message length."""

_GREETING = b"API\0"
_LONGEST_HELLO = 4096  # bytes; ten versions and options of any sense fit many times
_VERSIONS = re.compile(rb"v(\d{1,9})(?:\.\.(\d{1,9}))?(?: (.*))?", re.DOTALL)


class FrameTooLong(ValueError):
    """A length prefix over the limit: the stream cannot be followed any further.

    `payloads` are those that were complete before it in the same bytes.
    """

    def __init__(self, length: int, limit: int, payloads: list[bytes]) -> None:
        super().__init__(f"a frame of {length} bytes was announced, at most {limit} are allowed; close the connection")
        self.length = length
        self.limit = limit
        self.payloads = payloads


class BadHello(ValueError):
    """The first bytes of a connection are not those of an API client."""


class ClientHello(msgspec.Struct, frozen=True, kw_only=True):
    """What a client offers: its lowest and highest protocol version, and connect options such as `+PACEAPI`."""

    min_version: int
    max_version: int
    options: str = ""


def frame(payload: bytes) -> bytes:
    """The payload with its length in front."""
    return len(payload).to_bytes(4, "big") + payload


def server_hello(server_version: int, time_text: str) -> bytes:
    """The framed answer to a client's hello; `time_text` as in `20250415 19:38:30 British Summer Time`."""
    return frame(f"{server_version}\0{time_text}\0".encode("ascii", "replace"))


class FrameCutter:
    """Cuts a stream of bytes into payloads, in time linear in the bytes."""

    def __init__(self, limit: int = LONGEST_PAYLOAD) -> None:
        self._limit = limit
        self._waiting = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> list[bytes]:
        """Return the payloads that these bytes complete, without their lengths.

        Raises:
            FrameTooLong: a length over the limit; nothing more can be made of this stream.
        """
        waiting = self._waiting
        waiting += data
        payloads: list[bytes] = []
        start = 0
        available = len(waiting)
        while available - start >= 4:
            length = int.from_bytes(waiting[start : start + 4], "big")
            if length > self._limit:
                raise FrameTooLong(length, self._limit, payloads)
            end = start + 4 + length
            if end > available:
                break
            payloads.append(bytes(waiting[start + 4 : end]))
            start = end
        del waiting[:start]
        return payloads

    @property
    def waiting_bytes(self) -> int:
        """Bytes of a frame that is not complete yet."""
        return len(self._waiting)


class HelloReader:
    """Reads a client's first bytes, in any pieces."""

    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> ClientHello | None:
        """Return the hello once it is complete, else None. What follows it is in `rest`.

        Raises:
            BadHello: these cannot be the first bytes of an API client.
        """
        received = self._received
        received += data
        greeting = received[: len(_GREETING)]
        if not _GREETING.startswith(greeting):
            raise BadHello(f"a client starts with b'API\\x00', this one with {bytes(received[:16])!r}")
        if len(received) < len(_GREETING) + 4:
            return None
        length = int.from_bytes(received[4:8], "big")
        if not 0 < length <= _LONGEST_HELLO:
            raise BadHello(f"the hello is said to have {length} bytes, expected 1 to {_LONGEST_HELLO}")
        if len(received) < 8 + length:
            return None
        hello = _parse_hello(bytes(received[8 : 8 + length]))
        del received[: 8 + length]
        return hello

    @property
    def rest(self) -> bytes:
        """Bytes received after the hello: the start of the first frames."""
        return bytes(self._received)


def _parse_hello(payload: bytes) -> ClientHello:
    found = _VERSIONS.fullmatch(payload.removesuffix(b"\0"))
    if found is None:
        raise BadHello(f"expected versions such as b'v100..157', got {payload[:64]!r}")
    lowest, highest, options = found.groups()
    hello = ClientHello(
        min_version=int(lowest),
        max_version=int(highest or lowest),
        options=(options or b"").decode("ascii", "backslashreplace"),
    )
    if hello.max_version < hello.min_version:
        raise BadHello(f"the highest version {hello.max_version} is below the lowest {hello.min_version}")
    return hello
