"""Make, check and replace segment files: the part of the layout's life that happens in the file system.

A segment file appears at its path complete or not at all: it is made under a temporary name, fully allocated (a full
tmpfs is an error here, not a SIGBUS later), formatted with the ready flag last, and renamed. It is never truncated or
grown; a new file replaces it. Only the holder of the supervisor lock creates or replaces.
"""

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.errors import SegmentNoSpace, SegmentNotFound, SegmentPermissionDenied
from tickring.names import SegmentPaths
from tickring.states import ApiMode

__all__ = ["create_segment", "lock_segment_byte", "open_wanted_page", "prepare_directory", "remove_litter"]

_SEGMENT_MODE = 0o640
_WANTED_MODE = 0o660
_DIRECTORY_MODE = 0o750


def prepare_directory(paths: SegmentPaths) -> None:
    """Make the directory if it is not there; refuse one that belongs to somebody else.

    Raises:
        SegmentPermissionDenied: it is another user's (in a shared tmpfs anybody can take a name first), or may not be
        made.
    """
    try:
        paths.directory.mkdir(mode=_DIRECTORY_MODE)
        paths.directory.chmod(_DIRECTORY_MODE)
    except FileExistsError:
        pass
    except PermissionError:
        raise SegmentPermissionDenied(
            "may not be made by this user; choose another directory, or have it made for this user",
            path=str(paths.directory),
        ) from None
    except FileNotFoundError:
        raise SegmentNotFound(
            f"cannot be made: {paths.directory.parent} is not there", path=str(paths.directory)
        ) from None
    status = paths.directory.lstat()
    if status.st_uid != os.geteuid() or not paths.directory.is_dir() or paths.directory.is_symlink():
        raise SegmentPermissionDenied(
            f"belongs to user {status.st_uid} or is no plain directory, this process is user {os.geteuid()}; "
            "remove it or choose another name",
            path=str(paths.directory),
        )


def remove_litter(paths: SegmentPaths) -> None:
    """Remove temporary files of creators that died; only for the holder of the supervisor lock."""
    for leftover in paths.directory.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)


def _allocate(temporary: Path, size_bytes: int, mode: int) -> int:
    fd = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        os.fchmod(fd, mode)
        os.posix_fallocate(fd, 0, size_bytes)
    except BaseException:
        os.close(fd)
        raise
    return fd


def _place(path: Path, size_bytes: int, mode: int, prepare: Callable[[int], None] | None = None) -> None:
    """Make a file of zeros under a temporary name, let `prepare` fill it, rename it to `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        fd = _allocate(temporary, size_bytes, mode)
        try:
            if prepare is not None:
                prepare(fd)
        finally:
            os.close(fd)
        temporary.rename(path)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.ENOMEM}:
            raise
        disk = os.statvfs(path.parent)
        free_bytes = disk.f_bavail * disk.f_frsize
        raise SegmentNoSpace(
            f"needs {size_bytes / 1e6:.1f} MB, {free_bytes / 1e6:.1f} MB are free; use fewer symbols or a smaller "
            "depth, or enlarge the tmpfs (containers: --shm-size)",
            path=str(path),
            needed_bytes=size_bytes,
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def create_segment(
    paths: SegmentPaths,
    *,
    capacity: int,
    depth: int,
    epoch: int,
    heartbeat_limit_s: float,
    vouch_limit_s: float,
    api_mode: ApiMode,
) -> None:
    """Put a new, empty segment at the path, replacing whatever stands there.

    `capacity` is in symbols, `depth` in records per symbol (a power of two). `epoch` is the last one that was used in
    this directory, so that epochs go on growing over a replacement.

    Raises:
        ValueError: impossible capacity or depth.
        SegmentNoSpace: the tmpfs has no room.
    """
    size_bytes = _core.segment_bytes(capacity, depth)

    def prepare(fd: int) -> None:
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

    if not paths.wanted.exists():
        _place(paths.wanted, _core.WANTED_BYTES, _WANTED_MODE)
    _place(paths.segment, size_bytes, _SEGMENT_MODE, prepare)


def lock_segment_byte(paths: SegmentPaths, byte: int) -> ByteLock:
    """Return an open, not yet acquired lock on a byte of the checked segment file.

    Raises:
        SegmentNotFound, SegmentNotReady, SegmentVersionMismatch, SegmentSizeMismatch, NotASegment,
        SegmentPermissionDenied: as opening a reader does.
    """
    try:
        lock = ByteLock(paths.segment, byte)
    except FileNotFoundError:
        raise SegmentNotFound("is not there; start the supervisor", path=str(paths.segment)) from None
    except PermissionError:
        raise SegmentPermissionDenied(
            "may not be written by this user; run as the user that owns it", path=str(paths.segment)
        ) from None
    try:
        _core.check_segment(lock.fd, str(paths.segment))
    except BaseException:
        lock.close()
        raise
    return lock


def open_wanted_page(paths: SegmentPaths) -> int:
    """Return a read-write descriptor of the wake-up page, or -1 if it cannot be had (readers then poll)."""
    try:
        return os.open(paths.wanted, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return -1
