"""The directory of the files: who may write there, and that nothing old replaces anything newer.

One writer a directory, by an OS lock on `_flusher.lock` in it, held for life and gone with the process. That is what
excludes two flushers of different epochs; a hung one keeps the lock until whoever supervises it kills it. Within the
lock's life, what this process has written is the newest there is, so only the first write of each file looks at what
stands there: a document of the same segment and a later epoch (or, in the same epoch, a later record) is kept.
Documents of other segments say nothing about order - epochs begin anywhere after a restart of the machine - and are
replaced.

When the directory was removed it is made again, and its lock with it; another process may have been faster, then this
one writes nothing until that one has gone.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from tickring.atomic_file import remove_dead_drafts, replace_file
from tickring.byte_lock import ByteLock
from tickring.errors import TickringError
from tickring.file_names import SUFFIX, NoFileName, file_name_of, symbol_of
from tickring.flusher.quote_document import QuoteDocument
from tickring.json_faults import JSON_FAULTS

__all__ = ["LOCK_FILE", "FilesBusy", "StreamDirectory", "read_document"]

LOCK_FILE = "_flusher.lock"
_PID_BYTES = 12


class FilesBusy(TickringError):
    """Another living process writes this directory. `pid` is what it says of itself (0: not said yet)."""

    def __init__(self, path: str, pid: int) -> None:
        super().__init__(
            f"{path} is written by another flusher (pid {pid or 'unknown'}); stop that one, or choose another "
            "files.data_root"
        )
        self.path = path
        self.pid = pid


class StreamDirectory:
    """Writes the files of `directory` while it holds its lock. Threads: one. Not for use after fork."""

    def __init__(self, directory: Path, *, file_mode: int = 0o644, fsync: bool = False) -> None:
        """Touches nothing yet; see `take`."""
        self.directory = directory
        self.kept_newer = 0
        """Files that were left because they were newer than what this process had."""
        self._text = str(directory)
        self._file_mode = file_mode
        self._fsync = fsync
        self._lock: ByteLock | None = None
        self._seen: set[str] = set()

    def take(self) -> bool:
        """Make the directory if it is not there, take its lock, remove the drafts of dead processes.

        Returns whether it was taken just now; False when it is held already, which costs one look. Also notices that
        the directory was replaced since.

        Raises:
            FilesBusy: another living process holds it.
            OSError: it cannot be made or written.
        """
        if self._holds_lock():
            return False
        self.release()
        self.directory.mkdir(parents=True, exist_ok=True)
        lock = ByteLock(self.directory / LOCK_FILE, 0, create_mode=0o644)
        try:
            if not lock.try_acquire():
                raise FilesBusy(self._text, _pid_in(lock.fd))
            os.pwrite(lock.fd, f"{os.getpid()}\n".ljust(_PID_BYTES).encode(), 0)
            remove_dead_drafts(self.directory)
        except BaseException:
            lock.close()
            raise
        self._lock = lock
        return True

    @property
    def is_taken(self) -> bool:
        """Whether this process is the writer, as of its last look."""
        return self._lock is not None

    def _holds_lock(self) -> bool:
        if self._lock is None:
            return False
        try:
            there = os.stat(self._lock.path)  # noqa: PTH116
        except (FileNotFoundError, NotADirectoryError):
            return False
        return there.st_ino == os.fstat(self._lock.fd).st_ino

    def write(self, document: QuoteDocument) -> bool:
        """Replace the file of the document's symbol; return False if what stands there is newer.

        Raises:
            NoFileName: the symbol gets none.
            OSError: it could not be written; what stood there still stands.
        """
        name = file_name_of(document.symbol)
        path = f"{self._text}/{name}"
        if name not in self._seen:
            standing = read_document(path)
            if standing is not None and _is_newer(standing, document):
                self.kept_newer += 1
                return False
        replace_file(path, msgspec.json.encode(document) + b"\n", mode=self._file_mode, fsync=self._fsync)
        self._seen.add(name)
        return True

    def replace(self, name: str, content: bytes) -> None:
        """Replace a file of the stream itself (`_status.json`). Raises OSError."""
        replace_file(f"{self._text}/{name}", content, mode=self._file_mode, fsync=self._fsync)

    def documents(self) -> dict[str, QuoteDocument]:
        """Return what stands there, by symbol; files that are no quote's document are left out. Raises OSError."""
        found: dict[str, QuoteDocument] = {}
        with os.scandir(self.directory) as entries:
            for name in sorted(entry.name for entry in entries if entry.name.endswith(SUFFIX)):
                with contextlib.suppress(NoFileName):
                    symbol = symbol_of(name)
                    document = read_document(f"{self._text}/{name}")
                    if document is not None and document.symbol == symbol:
                        found[symbol] = document
        return found

    def release(self) -> None:
        """Give the lock back. The lock file stays: removing it would race with the next holder. Idempotent."""
        self._seen.clear()
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def read_document(path: str) -> QuoteDocument | None:
    """Return the document at `path`, or None if there is none or it is not one of ours."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return msgspec.json.decode(file.read(), type=QuoteDocument)
    except (OSError, *JSON_FAULTS):
        return None


def _is_newer(standing: QuoteDocument, document: QuoteDocument) -> bool:
    if standing.segment_id != document.segment_id:
        return False
    if standing.epoch != document.epoch:
        return standing.epoch > document.epoch
    # A symbol that was taken out and added again may count from less, in another slot; then it was published later.
    return standing.sequence > document.sequence and (standing.published_at or "") > (document.published_at or "")


def _pid_in(fd: int) -> int:
    word = os.pread(fd, _PID_BYTES, 0).split()
    return int(word[0]) if word and word[0].isdigit() else 0
