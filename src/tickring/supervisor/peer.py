"""Who is at the other end of a control connection, as the kernel says, and whether it may give orders."""

from __future__ import annotations

import array
import errno
import os
import pwd
import socket
import struct
from typing import Final, NamedTuple

__all__ = ["Peer", "groups_of", "is_permitted", "peer_of"]

_UCRED: Final = struct.Struct("iII")  # struct ucred: pid, uid, gid
_SO_PEERGROUPS: Final = 59  # asm-generic/socket.h, Linux 4.13; the socket module has no name for it
_GROUPS_BYTES: Final = 1024  # the most that socket.getsockopt takes: 256 groups


class Peer(NamedTuple):
    """A process as it was when it connected."""

    pid: int
    """0: it lives in another pid namespace."""
    uid: int
    gid: int


def peer_of(connection: socket.socket) -> Peer:
    """Return who connected (or, asked of a connection to a listener, who listens there)."""
    return Peer(*_UCRED.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)))


def groups_of(connection: socket.socket) -> frozenset[int]:
    """Return the groups the peer was in when it connected: its own and the supplementary ones.

    Asked of the kernel, because the group file does not know what a process was started with; of the group file only
    for a process with more groups than fit into the answer.
    """
    peer = peer_of(connection)
    try:
        answer = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_BYTES)
    except OSError as error:
        if error.errno != errno.ERANGE:
            raise
        return frozenset({peer.gid, *_groups_by_file(peer)})
    return frozenset({peer.gid, *array.array("I", answer)})


def _groups_by_file(peer: Peer) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(peer.uid).pw_name, peer.gid)
    except KeyError:  # a user without a name is in no group by it
        return []


def is_permitted(connection: socket.socket, group: int | None) -> bool:
    """Return whether the peer may control this process: root, the same user, or a member of `group`."""
    peer = peer_of(connection)
    if peer.uid in {0, os.geteuid()}:
        return True
    return group is not None and group in groups_of(connection)
