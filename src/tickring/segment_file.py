"""Make, check and replace segment files: the part of the layout's life that happens in the file system.

A segment file appears at its path complete or not at all: it is made under a temporary name, fully allocated (a full
tmpfs is an error here, not a SIGBUS later), formatted with the ready flag last, and renamed. It is never truncated or
grown; a new file replaces it. Only the holder of the supervisor lock creates or replaces.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Generator
from pathlib import Path

from tickring import _core
from tickring.atomic_file import remove_dead_drafts
from tickring.byte_lock import ByteLock
from tickring.errors import NotASegment, SegmentNoSpace, SegmentNotFound, SegmentPermissionDenied
from tickring.names import SegmentPaths
from tickring.states import ApiMode

__all__ = ["draft_segment", "lock_segment_byte", "prepare_directory", "remove_litter", "room_for"]

_SEGMENT_MODE = 0o640
_DIRECTORY_MODE = 0o750


def prepare_directory(paths: SegmentPaths) -> None:
    """Make the directory if it is not there; refuse one that belongs to somebody else.

    Raises:
        SegmentPermissionDenied: it is another user's (in a shared tmpfs anybody can take a name first), or may not be
        made.
    """
    while True:
        _make_directory(paths)
        try:
            status = paths.directory.lstat()
        except FileNotFoundError:
            continue  # the owner before has removed it just now
        break
    if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode):
        raise SegmentPermissionDenied(
            f"belongs to user {status.st_uid} or is no plain directory, this process is user {os.geteuid()}; "
            "remove it or choose another name",
            path=str(paths.directory),
        )


def _make_directory(paths: SegmentPaths) -> None:
    try:
        paths.directory.mkdir(mode=_DIRECTORY_MODE)
    except FileExistsError:
        return
    except PermissionError:
        raise SegmentPermissionDenied(
            "may not be made by this user; choose another directory, or have it made for this user",
            path=str(paths.directory),
        ) from None
    except (FileNotFoundError, NotADirectoryError):
        raise SegmentNotFound(
            f"cannot be made: {paths.directory.parent} is no directory", path=str(paths.directory)
        ) from None
    with contextlib.suppress(FileNotFoundError):  # removed again: the caller looks
        paths.directory.chmod(_DIRECTORY_MODE)


def remove_litter(paths: SegmentPaths) -> None:
    """Remove drafts of creators and feeders that died; only for the holder of the supervisor lock."""
    for leftover in paths.directory.glob(f".{paths.segment.name}.*.tmp"):
        leftover.unlink(missing_ok=True)
    remove_dead_drafts(paths.directory)


def draft_segment(
    paths: SegmentPaths,
    *,
    capacity: int,
    depth: int,
    epoch: int,
    heartbeat_limit_s: float,
    vouch_limit_s: float,
    api_mode: ApiMode,
) -> Path:
    """Make a complete new, empty segment under a temporary name and return its path, for `Path.rename`.

    `capacity` is in symbols, `depth` in records per symbol (a power of two). `epoch` is the last one that was used, so
    that epochs go on growing over a replacement.

    Raises:
        ValueError: impossible capacity or depth.
        SegmentNoSpace: the tmpfs has no room.
    """
    size_bytes = _core.segment_bytes(capacity, depth)
    draft = paths.directory / f".{paths.segment.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"
    with room_for(paths, size_bytes), contextlib.ExitStack() as undo:
        fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _SEGMENT_MODE)
        undo.callback(draft.unlink)
        try:
            os.fchmod(fd, _SEGMENT_MODE)
            os.posix_fallocate(fd, 0, size_bytes)
            _core.format_segment(
                fd,
                capacity,
                depth,
                secrets.token_bytes(16),
                epoch,
                round(heartbeat_limit_s * 1e9),
                round(vouch_limit_s * 1e9),
                api_mode,
            )
        finally:
            os.close(fd)
        undo.pop_all()  # complete: it stays
    return draft


@contextlib.contextmanager
def room_for(paths: SegmentPaths, size_bytes: int) -> Generator[None]:
    """Turn "no space" from anything that makes files in the directory into SegmentNoSpace, which names the numbers."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.ENOMEM}:
            raise
        disk = os.statvfs(paths.directory if paths.directory.exists() else paths.directory.parent)
        free_bytes = disk.f_bavail * disk.f_frsize
        raise SegmentNoSpace(
            f"needs {size_bytes / 1e6:.1f} MB, {free_bytes / 1e6:.1f} MB are free; use fewer symbols or a smaller "
            "depth, or enlarge the tmpfs (containers: --shm-size)",
            path=str(paths.segment),
            needed_bytes=size_bytes,
        ) from error


def lock_segment_byte(paths: SegmentPaths, byte: int) -> ByteLock:
    """Return an open, not yet acquired lock on a byte of the checked segment file.

    Raises:
        SegmentNotFound, SegmentNotReady, SegmentVersionMismatch, SegmentSizeMismatch, NotASegment,
        SegmentPermissionDenied: as opening a reader does.
    """
    try:
        lock = ByteLock(paths.segment, byte)
    except (FileNotFoundError, NotADirectoryError):
        raise SegmentNotFound("is not there; start the supervisor", path=str(paths.segment)) from None
    except PermissionError:
        raise SegmentPermissionDenied(
            "may not be written by this user; run as the user that owns it", path=str(paths.segment)
        ) from None
    except OSError as error:
        if error.errno not in {errno.EISDIR, errno.ELOOP, errno.ENXIO}:
            raise
        raise NotASegment(
            "is not a tickring segment but a directory, a link or a socket; check the name, or remove the file that "
            "stands in its place",
            path=str(paths.segment),
        ) from None
    try:
        _core.check_segment(lock.fd, str(paths.segment))
    except BaseException:
        lock.close()
        raise
    return lock
