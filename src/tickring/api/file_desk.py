"""Questions to the disk with the JSON files, asked in threads of their own and waited for so long and no longer.

A disk that hangs costs these questions a 503 and nothing else.
"""

from __future__ import annotations

import asyncio
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tickring.errors import ApiRefused
from tickring.file_names import NoFileName, file_name_of

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["FileDesk", "FoundFile"]

_THREADS = 2
_READ_AT_MOST = 64 << 10
"""A quote's file has less than one KiB."""


class FoundFile(NamedTuple):
    """A file as it stood when it was read."""

    path: Path
    size_bytes: int
    modified_ns: int
    """On the wall clock."""
    content: bytes | None
    """None: it is longer than any file of a quote."""


class FileDesk:
    """Reads files of quotes, by symbol and never by path. The event loop's thread only."""

    def __init__(self, config: Config) -> None:
        """Touches nothing yet."""
        self._directory = Path(config.files.data_root) / "stream"
        self._timeout_s = config.api.files_timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, "files")

    async def read(self, symbol: str) -> FoundFile:
        """Return the symbol's file.

        Raises:
            ApiRefused: 404, there is none or never will be one; 503, it cannot be read, or not within
                `api.files_timeout_s`.
        """
        try:
            path = self._directory / file_name_of(symbol)
        except NoFileName as error:
            raise ApiRefused(404, "no_file", str(error), "see docs/files.md for the names") from None
        asked = asyncio.get_running_loop().run_in_executor(self._threads, _read, path)
        try:
            return await asyncio.wait_for(asked, self._timeout_s)
        except FileNotFoundError:
            raise ApiRefused(
                404,
                "no_file",
                f"{path} is not there: {symbol!r} has no file yet",
                "the flusher makes it with the symbol's first record; `tickring status` tells whether the flusher runs",
            ) from None
        except TimeoutError:
            why = f"the disk has not answered within {self._timeout_s:g} s"
        except OSError as error:
            why = error.strerror or str(error)
        raise ApiRefused(
            503,
            "file_unreadable",
            f"{path} cannot be read: {why}",
            "let this service's user read files.data_root, and look after the disk; quotes do not need it",
        )

    def close(self) -> None:
        """Leave a question that hangs to the disk. Idempotent."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _read(path: Path) -> FoundFile:
    # Without waiting for whoever writes into a pipe that somebody has put there.
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(fd)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("it is no file")
        content = file.read(_READ_AT_MOST + 1)
    return FoundFile(path, facts.st_size, facts.st_mtime_ns, content if len(content) <= _READ_AT_MOST else None)
