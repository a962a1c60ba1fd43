"""What the gateway sent and received, one JSON object a line: what a test compares with what a client saw.

    {"direction":"sent","connection":1,"client_id":7,"kind":"tick","symbol":"SPY","field":"bid","value":650.12,
     "req_id":3,"mono_ns":123456789}
    {"direction":"received","connection":1,"client_id":7,"kind":"ReqMktData","req_id":3,"mono_ns":123450000}

(each on one line). Written by the gateway's loop, so a tick must cost next to nothing: lines are put together by hand,
kept in memory and written together. A disk that is full costs lines, never the gateway: they are counted, said once,
and the count stands in the file as soon as there is room again.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

import msgspec

from tickring.simulator.control.tick_fields import field_word

__all__ = ["SentLine", "SentLog", "read_sent_log"]

_logger = logging.getLogger(__name__)

_LINES_AT_MOST = 1024  # some 160 kB, which stay in the processor's cache (4096 do not); then a write happens at once
_PREFIXES_AT_MOST = 200_000  # some 30 MB: days of ever new request ids
_FLUSH_PERIOD_S = 0.2


class SentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a sent log. Fields that a kind has no use for are None.

    `kind` is the class name of the request or reply, "tick" for the four tick messages, or "lost" for a place where
    `lines` lines are missing. `mono_ns` is CLOCK_MONOTONIC: just before the write, or just after the read.
    """

    direction: Literal["sent", "received", "log"]
    kind: str
    mono_ns: int
    connection: int | None = None
    client_id: int | None = None
    symbol: str | None = None
    field: str | None = None
    value: float | int | str | None = None
    req_id: int | None = None
    lines: int | None = None


class SentLog:
    """Writes one file, from one thread. Buffers at most 1024 lines, and what a full disk left of one write.

    A file that is there already is replaced. With `max_bytes` it becomes `<path>.1` when it has grown so large, and a
    new one is begun; the one before that goes.
    """

    def __init__(self, path: Path | str, *, max_bytes: int | None = None) -> None:
        """Begin the file.

        Raises:
            OSError: the directory is not there, or not writable.
        """
        self.path = Path(path)
        self.lines_lost = 0
        """Lines that could not be written, since the beginning."""
        self._lost_unsaid = 0
        self._is_failing = False
        self._max_bytes = max_bytes
        self._written_bytes = 0
        self._torn: bytes = b""  # the rest of a line whose beginning is in the file
        self._lines: list[str] = []
        self._prefixes: dict[tuple[int, int | None, str, int, int], str] = {}
        with contextlib.suppress(FileNotFoundError):
            _older(self.path).unlink()
        self._file = self._begin()

    # ---- what happened -----------------------------------------------------------------------------------------------

    def tick(
        self,
        connection: int,
        client_id: int | None,
        symbol: str,
        tick_type: int,
        value: float | str,
        req_id: int,
        mono_ns: int,
    ) -> None:
        """Note one tick that is about to be written. `tick_type` is IB's number, `value` finite and as sent."""
        key = (connection, client_id, symbol, tick_type, req_id)
        prefix = self._prefixes.get(key) or self._prefix(key)
        lines = self._lines
        if value.__class__ is str:
            value = msgspec.json.encode(value).decode()
            lines.append(f'{prefix}{value},"mono_ns":{mono_ns}}}\n')
        else:
            lines.append(f'{prefix}{value!r},"mono_ns":{mono_ns}}}\n')  # `!r`: half the time of a float's format()
        if len(lines) >= _LINES_AT_MOST:
            self.flush()

    def sent(
        self, connection: int, client_id: int | None, kind: str, mono_ns: int, *, req_id: int | None = None
    ) -> None:
        """Note one reply that is no tick and is about to be written; `kind` is its class name."""
        self._message("sent", connection, client_id, kind, mono_ns, req_id)

    def received(
        self, connection: int, client_id: int | None, kind: str, mono_ns: int, *, req_id: int | None = None
    ) -> None:
        """Note one request; `kind` is its class name, `client_id` None before startApi."""
        self._message("received", connection, client_id, kind, mono_ns, req_id)

    def _message(
        self, direction: str, connection: int, client_id: int | None, kind: str, mono_ns: int, req_id: int | None
    ) -> None:
        values: dict[str, object] = {"direction": direction, "connection": connection, "client_id": client_id}
        values["kind"] = kind
        if req_id is not None:
            values["req_id"] = req_id
        values["mono_ns"] = mono_ns
        self._lines.append(msgspec.json.encode(values).decode() + "\n")
        if len(self._lines) >= _LINES_AT_MOST:
            self.flush()

    def _prefix(self, key: tuple[int, int | None, str, int, int]) -> str:
        """Everything of a tick's line that its subscription and field decide, made once each."""
        connection, client_id, symbol, tick_type, req_id = key
        values = {"direction": "sent", "connection": connection, "client_id": client_id, "kind": "tick"}
        values |= {"symbol": symbol, "req_id": req_id, "field": field_word(tick_type)}
        if len(self._prefixes) >= _PREFIXES_AT_MOST:
            self._prefixes.clear()
        prefix = self._prefixes[key] = msgspec.json.encode(values).decode()[:-1] + ',"value":'
        return prefix

    # ---- the file ----------------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what is buffered. Call it at least every 0.2 s (`keep_flushed` does); costs nothing when empty."""
        if self._file < 0:
            self._lines.clear()
        if not self._lines:
            return
        lines, self._lines = self._lines, []
        said = self._lost_unsaid
        notice = f'{{"direction":"log","kind":"lost","lines":{said},"mono_ns":{time.monotonic_ns()}}}\n' if said else ""
        data = (notice + "".join(lines)).encode()
        torn_bytes = len(self._torn)
        written_bytes = self._write(self._torn + data) - torn_bytes
        if written_bytes <= 0:  # not even what was torn last time, or just that
            self._torn = self._torn[torn_bytes + written_bytes :]
            lost = len(lines)
        else:
            line_end = data.find(b"\n", max(written_bytes - 1, 0)) + 1  # of the line that got in by half, or just did
            self._torn = data[written_bytes:line_end]
            lost = data.count(b"\n", line_end)
            self._lost_unsaid -= said
        self.lines_lost += lost
        self._lost_unsaid += lost
        self._is_failing = bool(lost or self._torn)
        if self._max_bytes is not None and self._written_bytes >= self._max_bytes and not self._torn:
            self._rotate()

    async def keep_flushed(self) -> None:
        """Flush every 0.2 s until cancelled."""
        while True:
            await asyncio.sleep(_FLUSH_PERIOD_S)
            self.flush()

    def close(self) -> None:
        """Write what is buffered and close the file. Twice is once; notes made afterwards are dropped."""
        if self._file >= 0:
            self.flush()
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
        return os.open(self.path, flags, 0o644)

    def _write(self, data: bytes) -> int:
        """Write as much as the disk takes and return how much that was."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            if not self._is_failing:
                _logger.error("sent_log.failed path=%s error=%s", self.path, error)
            self._is_failing = True
        self._written_bytes += len(data) - len(left)
        return len(data) - len(left)

    def _rotate(self) -> None:
        try:
            self.path.replace(_older(self.path))
            begun = self._begin()
        except OSError as error:
            self._max_bytes = None
            _logger.error("sent_log.not_rotated path=%s error=%s", self.path, error)
            return
        os.close(self._file)
        self._file = begun
        self._written_bytes = 0


def _older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def read_sent_log(path: Path | str) -> Iterator[SentLine]:
    """Iterate the lines of a sent log, beginning with what was rotated away. A last line without its end is left out.

    May be called while the simulator writes; it then ends where the file ends.

    Raises:
        msgspec.DecodeError: a complete line is none of ours.
    """
    decoder = msgspec.json.Decoder(SentLine)
    for part in (_older(Path(path)), Path(path)):
        if part == Path(path) or part.exists():
            with part.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n"):
                        yield decoder.decode(line)
