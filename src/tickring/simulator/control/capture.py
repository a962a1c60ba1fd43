r"""Capture files: what went over the connections of a session, one JSON object a line.

    {"tickring_capture":1}
    {"t_s":0.0,"connection":1,"direction":"client","server_version":0,"text":"v157..178"}
    {"t_s":0.004,"connection":1,"direction":"server","server_version":178,"text":"178\u0000..."}

Each further line is the payload of one frame, without its length. Printable ones stand as text, others as base64.
The first line of a connection is the client's hello, the first from the server its answer.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Self

import msgspec

from tickring.errors import TickringError

__all__ = ["BadCapture", "CaptureFrame", "CaptureWriter", "read_capture"]

_FORM = 1
_TEXT = re.compile(rb"[\0\x20-\x7e]*")


class BadCapture(TickringError, ValueError):
    """Not a capture file, or one that cannot be replayed."""


class CaptureFrame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One payload. `t_s` counts from the client's connecting; `server_version` is 0 before the server named it."""

    t_s: float
    connection: int
    direction: Literal["client", "server"]
    server_version: int
    text: str | None = None
    base64: str | None = None

    @classmethod
    def of(
        cls, t_s: float, connection: int, direction: Literal["client", "server"], server_version: int, payload: bytes
    ) -> Self:
        """The frame that holds this payload in the form that suits it."""
        is_text = _TEXT.fullmatch(payload) is not None
        return cls(
            t_s=round(t_s, 6),
            connection=connection,
            direction=direction,
            server_version=server_version,
            text=payload.decode("ascii") if is_text else None,
            base64=None if is_text else base64.b64encode(payload).decode("ascii"),
        )

    @property
    def payload(self) -> bytes:
        """The bytes, without their length.

        Raises:
            ValueError: `text` is not latin-1, or `base64` is none.
        """
        if self.text is not None:
            return self.text.encode("latin-1")
        return base64.b64decode(self.base64 or "", validate=True)


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    tickring_capture: int


class CaptureWriter:
    """Begins one capture file, for its owner's eyes only; an existing file is not touched."""

    def __init__(self, path: Path | str) -> None:
        """Begin the file.

        Raises:
            FileExistsError: there is one; captures are not repeatable, so none is ever replaced.
        """
        self.path = Path(path)
        self.frames_written = 0
        self._encoder = msgspec.json.Encoder()
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._file.write(self._encoder.encode(_Head(tickring_capture=_FORM)) + b"\n")
        self._file.flush()

    def write(self, frames: Iterable[CaptureFrame]) -> None:
        """Append frames and hand them to the system.

        Raises:
            OSError: the disk is full.
        """
        for frame in frames:
            self._file.write(self._encoder.encode(frame) + b"\n")
            self.frames_written += 1
        self._file.flush()

    def close(self) -> None:
        """Close the file. Twice is once."""
        self._file.close()


def read_capture(path: Path | str) -> Iterator[CaptureFrame]:
    """Iterate the frames of a capture file; a last line that was written by half is left out.

    Raises:
        BadCapture: names the file, the line and what is wrong with it.
        OSError: the file cannot be read.
    """
    decoder = msgspec.json.Decoder(CaptureFrame)
    with Path(path).open("rb") as file:
        _check_head(path, file.readline())
        for number, line in enumerate(file, 2):
            if not line.endswith(b"\n"):
                return
            try:
                frame = decoder.decode(line)
                if (frame.text is None) == (frame.base64 is None):
                    raise BadCapture("a frame has either text or base64")
                _ = frame.payload
            except ValueError as error:  # msgspec's, base64's and ours
                raise BadCapture(f"{path}, line {number}: {error}") from None
            yield frame


def _check_head(path: Path | str, line: bytes) -> None:
    try:
        head = msgspec.json.decode(line, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadCapture(f'{path} is no capture: its first line must be {{"tickring_capture":{_FORM}}}') from None
    if head.tickring_capture != _FORM:
        raise BadCapture(f"{path} is a capture of form {head.tickring_capture}, this release reads form {_FORM}")
