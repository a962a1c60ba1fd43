"""Make a listening socket for a place, so that it never steals a living one and outlives a dead one."""

import contextlib
import fcntl
import os
import socket
import stat
import time
from collections.abc import Generator
from pathlib import Path

from tickring.simulator.control.place import PlaceTaken, TcpPlace, UnixPlace

__all__ = ["listening_socket", "remove_socket_file"]

_BACKLOG = 128
_LOCK_LIMIT_S = 2.0
_PROBE_LIMIT_S = 1.0


def listening_socket(place: UnixPlace | TcpPlace) -> socket.socket:
    """Return a listening, non-blocking socket; a unix one has mode 0600 before anybody can connect.

    The socket file of a dead process is replaced. It is made under another name, so whoever finds it can connect.
    Blocks for milliseconds, at most 2 s while others start in the same directory.

    Raises:
        PlaceTaken: somebody lives there, or the file is no socket.
        OSError: as the system gives it.
    """
    if isinstance(place, UnixPlace):
        return _listening_unix(place)
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _listening_unix(place: UnixPlace) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _directory_locked(place.path.parent) as directory:
            _clear_stale(place)
            draft = place.path.with_name(f".{place.path.name}.new")
            draft.unlink(missing_ok=True)  # of one that was killed here
            listener.bind(f"/proc/self/fd/{directory}/{draft.name}")  # a path of 107 characters has no room for more
            draft.chmod(0o600)
            listener.listen(_BACKLOG)
            try:
                place.path.hardlink_to(draft)  # from here on others can connect; unlike a rename it replaces nothing
            finally:
                draft.unlink()
    except BaseException:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


@contextlib.contextmanager
def _directory_locked(directory: Path) -> Generator[int]:
    """Two processes that start at once must not both find the same file stale: one would remove the other's."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + _LOCK_LIMIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise PlaceTaken(
                        f"{directory} has been locked by another process for {_LOCK_LIMIT_S:g} s"
                    ) from None
                time.sleep(0.01)
        yield handle
    finally:
        os.close(handle)


def _clear_stale(place: UnixPlace) -> None:
    try:
        mode = place.path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise PlaceTaken(f"{place.path} is there and is no socket; remove it or choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_LIMIT_S)
        try:
            probe.connect(str(place.path))
        except ConnectionRefusedError:
            place.path.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except (TimeoutError, BlockingIOError):  # a full backlog: somebody is there and slow
            raise PlaceTaken(f"{place.path} belongs to a living process that does not answer") from None
        else:
            raise PlaceTaken(f"{place.path} belongs to a living process; choose another path or end that one")


def remove_socket_file(path: Path, inode: int) -> None:
    """Remove the file of a listener that is still open, unless the path has become somebody else's.

    `inode` is what `path.stat().st_ino` said after `listening_socket`.
    """
    with contextlib.suppress(FileNotFoundError):
        if path.lstat().st_ino == inode:
            path.unlink()
