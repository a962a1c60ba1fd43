"""What went wrong with the files, counted and remembered; shown in `_status.json`.

No error of the file system ends the flusher: each one is counted by its name (ENOSPC, EROFS ...), the newest is kept in
words, and the file is tried again after `files.retry_s`.
"""

import errno

import msgspec

from tickring.iso_time import iso_now

__all__ = ["FileErrors", "FileFault"]


class FileFault(msgspec.Struct, frozen=True, kw_only=True):
    """One error of the file system."""

    error: str
    """Its name in errno.h."""
    text: str
    path: str
    at: str
    """ISO 8601, UTC."""


class FileErrors:
    """Counts since the process started; one thread."""

    def __init__(self) -> None:
        self.by_name: dict[str, int] = {}
        self.last: FileFault | None = None

    @property
    def count(self) -> int:
        """All errors so far."""
        return sum(self.by_name.values())

    def add(self, error: OSError, path: str) -> None:
        """Count an error about this file."""
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        self.by_name[name] = self.by_name.get(name, 0) + 1
        text = error.strerror or str(error)
        self.last = FileFault(error=name, text=text, path=path, at=iso_now())
