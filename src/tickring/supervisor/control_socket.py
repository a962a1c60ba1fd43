"""Make the supervisor's listening socket, so that it never takes a living one's place and always a dead one's.

Nobody else makes or removes the file meanwhile: the supervisor holds the directory's lock.
"""

from __future__ import annotations

import grp
import os
import socket
import stat
from typing import TYPE_CHECKING, Final

from tickring.control.socket_address import socket_address
from tickring.errors import ControlSocketBusy, ControlSocketUnusable
from tickring.supervisor.peer import peer_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["group_id", "listening_socket", "remove_socket_file"]

_BACKLOG: Final = 128
_OWNER_ONLY: Final = 0o600
_OWNER_AND_GROUP: Final = 0o660


def group_id(name: str, path: Path) -> int | None:
    """Return the number of a group, None for the empty name.

    Raises:
        ControlSocketUnusable: there is no such group.
    """
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise ControlSocketUnusable(
            f"the group {name!r} that shall control it does not exist; make it (groupadd), or name another",
            path=str(path),
        ) from None


def listening_socket(path: Path, group: int | None) -> socket.socket:
    """Return a listening, non-blocking socket; its file is there with mode 0600, or 0660 and the group.

    It is made under another name, so whoever finds the file at `path` can connect.

    Raises:
        ControlSocketBusy: a living process listens there.
        ControlSocketUnusable: another kind of file stands there, or it may not be made.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    draft = path.with_name(f".{path.name}.new")
    try:
        _clear_stale(path)
        draft.unlink(missing_ok=True)  # of one that was killed here
        with socket_address(draft) as address:
            listener.bind(address)
        if group is not None:
            os.chown(draft, -1, group)
        draft.chmod(_OWNER_ONLY if group is None else _OWNER_AND_GROUP)
        listener.listen(_BACKLOG)
        draft.rename(path)  # from here on others can connect
    except OSError as error:
        listener.close()
        raise ControlSocketUnusable(
            f"cannot be made: {error.strerror or error}; look at the directory's rights"
            + (f" and whether this user is in group {group}" if group is not None else ""),
            path=str(path),
        ) from error
    except BaseException:
        listener.close()
        raise
    return listener


def _clear_stale(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlSocketUnusable("is there and is no socket; remove it", path=str(path))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            with socket_address(path) as address:
                probe.connect(address)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except BlockingIOError:  # its backlog is full: it lives and is slow
            pid = 0
        else:
            pid = peer_of(probe).pid
    raise ControlSocketBusy(
        f"a living process (pid {pid or 'unknown'}) listens there; stop it first, or use another segment name",
        path=str(path),
        pid=pid,
    )


def remove_socket_file(path: Path, inode: int) -> None:
    """Remove the file of a listener, unless the path has become somebody else's."""
    try:
        if path.lstat().st_ino == inode:
            path.unlink()
    except FileNotFoundError:  # the directory has gone before
        return
