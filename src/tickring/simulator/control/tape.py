"""What one connection of a recording is written as: frames, once it is known which account ids to take out."""

import logging
from typing import Literal

from tickring.simulator.control.capture import CaptureFrame, CaptureWriter
from tickring.simulator.control.sanitise import Sanitiser, managed_accounts
from tickring.simulator.wire.frames import FrameCutter, HelloReader

__all__ = ["Tape"]

_logger = logging.getLogger(__name__)

WAITING_BYTES_AT_MOST = 4 * 1024 * 1024  # a session names its accounts within its first kilobyte

_Waiting = tuple[float, Literal["client", "server"], int, bytes]


class Tape:
    """Takes the bytes of both directions in any pieces; never raises, and says once why it stopped."""

    def __init__(self, connection: int, sanitiser: Sanitiser, writer: CaptureWriter) -> None:
        self._connection = connection
        self._sanitiser = sanitiser
        self._writer = writer
        self._hello: HelloReader | None = HelloReader()
        self._cutters = {"client": FrameCutter(), "server": FrameCutter()}
        self._server_version = 0
        self._waiting: list[_Waiting] = []
        self._waiting_bytes = 0
        self._is_writing = False
        self._is_stopped = False

    def from_client(self, data: bytes, t_s: float) -> None:
        """Note bytes of the client, `t_s` after its connecting."""
        self._note("client", data, t_s)

    def from_server(self, data: bytes, t_s: float) -> None:
        """Note bytes of the server, `t_s` after the client's connecting."""
        self._note("server", data, t_s)

    def end(self) -> None:
        """The connection is over: what still waits for the account ids is thrown away."""
        if self._waiting and not self._is_stopped:
            _logger.warning(
                "record.discarded connection=%d frames=%d reason=no managedAccounts",
                self._connection,
                len(self._waiting),
            )
        self._waiting.clear()
        self._is_stopped = True

    def _note(self, direction: Literal["client", "server"], data: bytes, t_s: float) -> None:
        if self._is_stopped:
            return
        try:
            self._take(direction, data, t_s)
        except (ValueError, OSError) as error:  # no frames, no session, or no room on the disk
            _logger.error("record.stopped connection=%d reason=%s", self._connection, error)
            self._waiting.clear()
            self._is_stopped = True

    def _take(self, direction: Literal["client", "server"], data: bytes, t_s: float) -> None:
        payloads: list[bytes] = []
        if direction == "client" and self._hello is not None:
            hello = self._hello.feed(data)
            if hello is None:
                return
            versions = f"v{hello.min_version}..{hello.max_version} {hello.options}".rstrip()
            payloads.append(versions.encode("ascii", "backslashreplace"))
            data = self._hello.rest
            self._hello = None
        payloads += self._cutters[direction].feed(data)
        for payload in payloads:
            if direction == "server":
                self._learn(payload)
            self._waiting.append((t_s, direction, self._server_version, payload))
            self._waiting_bytes += len(payload)
        if self._is_writing:
            self._write()
        elif self._waiting_bytes > WAITING_BYTES_AT_MOST:
            raise ValueError(f"{self._waiting_bytes} bytes passed without managedAccounts")

    def _learn(self, payload: bytes) -> None:
        if self._server_version == 0:
            self._server_version = int(payload.partition(b"\0")[0])
        elif (accounts := managed_accounts(payload, self._server_version)) is not None:
            self._sanitiser.learn(accounts)
            self._is_writing = True

    def _write(self) -> None:
        waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self._writer.write(
            CaptureFrame.of(t_s, self._connection, direction, server_version, self._sanitiser.clean(payload))
            for t_s, direction, server_version, payload in waiting
        )
