"""A CSV or JSON file that somebody else writes. It is asked at every refresh, and read again when it has changed."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from tickring.errors import OriginFailed
from tickring.planner.symbol_rows import parse_symbol_rows
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

__all__ = ["SymbolFile", "read_regular_file"]


class SymbolFile:
    """A file with a list of symbols (`tickring.planner.symbol_rows`)."""

    def __init__(self, path: str | Path, *, limit_bytes: int) -> None:
        """Touches nothing yet. More than `limit_bytes` are refused."""
        self.name = f"file {path}"
        self._path = Path(path)
        self._limit_bytes = limit_bytes
        self._seen: tuple[int, int, int, int] | None = None
        self._answer: Resolution | None = None

    def resolve(self) -> Resolution:
        """Return the list; a file that did not change since the last good answer is not read again.

        Raises:
            OriginFailed: it cannot be read, is no regular file, or is too long.
            ImportRefused: a row of it is wrong: all of it is refused, because half a list would unsubscribe the rest.
        """
        with _opened(self._path, self.name) as file:
            status = os.fstat(file.fileno())
            seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if self._answer is not None and seen == self._seen:
                return self._answer
            content = _content(file, self.name, self._limit_bytes)
        rows = parse_symbol_rows(content, self.name)
        wanted = tuple(WantedSymbol(row.symbol, Origin.FILE, rank) for rank, row in enumerate(rows))
        self._answer, self._seen = Resolution(wanted, self.name), seen
        return self._answer

    def close(self) -> None:
        """Nothing is held between two answers."""


def read_regular_file(path: Path, *, limit_bytes: int) -> bytes:
    """Return what stands in a file.

    Raises:
        OriginFailed: it cannot be read, is no regular file, or is longer than `limit_bytes`.
    """
    with _opened(path, f"file {path}") as file:
        return _content(file, f"file {path}", limit_bytes)


def _opened(path: Path, name: str) -> BufferedReader:
    try:
        # Not blocking: a FIFO of this name must hang nobody.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise OriginFailed(name, f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OriginFailed(name, "is no regular file")
    return open(fd, "rb")  # noqa: PTH123 - of a descriptor; the caller closes it


def _content(file: BufferedReader, name: str, limit_bytes: int) -> bytes:
    try:
        content = file.read(limit_bytes + 1)
    except OSError as error:
        raise OriginFailed(name, f"cannot be read: {error.strerror}") from error
    if len(content) > limit_bytes:
        raise OriginFailed(name, f"is longer than {limit_bytes} bytes (planner.answer_limit_bytes)")
    return content
