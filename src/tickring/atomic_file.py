"""Replace a small file as a whole: whoever reads it sees the old or the new one, never a part.

The new content goes into a draft in the same directory, which is then renamed. A draft's name says which process made
it, so that the drafts of processes that were killed can be told from those being written, and it starts with `_tmp.`,
which no quote's file does: readers of the directory leave such names alone.

SIGKILL between any two steps leaves the old file and at most one draft. Without `fsync` a loss of power can leave an
empty or an old file, a crash of the process cannot.
"""

import contextlib
import itertools
import os
import re
import secrets
from pathlib import Path

from tickring.process_identity import ProcessIdentity

__all__ = ["draft_owner", "is_draft", "remove_dead_drafts", "replace_file"]

_DRAFT = re.compile(r"_tmp\.(\d{1,10})\.(\d{1,20})\.\d+\.[0-9a-f]{8}")
_counter = itertools.count()
_own: ProcessIdentity | None = None


def replace_file(path: str | os.PathLike[str], content: bytes, *, mode: int = 0o644, fsync: bool = False) -> None:
    """Make `content` what stands at `path`, with exactly these permission bits, whatever the umask.

    With `fsync` the file and its directory are on the disk when this returns. After an error the old file stands and
    the draft is gone, as far as the file system lets it.

    Raises:
        OSError: the directory is not there or may not be written, the disk is full, `path` is a directory.
    """
    directory = os.path.dirname(path)  # noqa: PTH120 - called for every quote: a Path costs more than the system call
    draft = os.path.join(directory, _draft_name())  # noqa: PTH118
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(fd, rest) :]
            os.fchmod(fd, mode)  # after the content: until then nobody else may read it
            if fsync:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(draft, path)  # noqa: PTH104
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)  # noqa: PTH108
        raise
    if fsync:
        _sync_directory(directory or ".")


def is_draft(name: str) -> bool:
    """Return whether a file of this name is (or was) being written and means nothing to readers."""
    return _DRAFT.fullmatch(name) is not None


def draft_owner(name: str) -> ProcessIdentity | None:
    """Return the process that makes (or made) the draft of this name; None if it is no draft."""
    match = _DRAFT.fullmatch(name)
    return None if match is None else ProcessIdentity(int(match[1]), int(match[2]))


def remove_dead_drafts(directory: Path) -> int:
    """Remove the drafts of processes that are gone; return how many. Those of living ones are left alone.

    A name that is not of our pattern is never touched. On a directory shared by machines or by containers with their
    own pids this would take a living writer of another one for dead: such a directory has one writer by contract.

    Raises:
        OSError: the directory cannot be listed, or a draft not removed.
    """
    removed = 0
    for entry in list(os.scandir(directory)):
        owner = draft_owner(entry.name)
        if owner is None or owner.exists():
            continue
        Path(entry.path).unlink(missing_ok=True)
        removed += 1
    return removed


def _draft_name() -> str:
    global _own  # noqa: PLW0603 - reading /proc for every file would double the cost
    if _own is None or _own.pid != os.getpid():
        _own = ProcessIdentity.own()
    return f"_tmp.{_own.pid}.{_own.start_ticks}.{next(_counter)}.{secrets.token_hex(4)}"


def _sync_directory(directory: str) -> None:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
