"""An operating-system lock on one byte of a file, which dies with its holder.

Open file description locks: they belong to the open file, not to the process, so closing another descriptor of the same
file does not drop them (the trap of POSIX record locks), and they go when the last descriptor is closed - at the latest
when the process dies. A forked child would keep the parent's lock alive, so children close inherited locks at fork.
"""

import contextlib
import fcntl
import os
import struct
import weakref
from collections.abc import Generator
from pathlib import Path

__all__ = ["ByteLock"]

# struct flock of 64-bit Linux: l_type, l_whence, padding, l_start, l_len, l_pid, padding.
_FLOCK = struct.Struct("hh4xqqi4x")
_held: "weakref.WeakSet[ByteLock]" = weakref.WeakSet()


class ByteLock:
    """Holds `fd`, a descriptor of its own on `path`; `try_acquire` takes byte `byte` exclusively.

    Threads: one at a time. Processes: a child made by fork finds the lock closed (`fd` is -1); spawned children never
    see it (close-on-exec).
    """

    def __init__(self, path: Path, byte: int, *, create_mode: int | None = None) -> None:
        """Open `path` for writing; with `create_mode`, make an empty file if there is none. Raises OSError."""
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create_mode is not None else 0)
        self.path = path
        self.byte = byte
        self.fd = os.open(path, flags, create_mode or 0)
        self.is_held = False
        _held.add(self)

    def try_acquire(self) -> bool:
        """Return whether the byte is locked by this object now. Never waits."""
        try:
            fcntl.fcntl(self.fd, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, self.byte, 1, 0))
        except BlockingIOError:
            return False
        self.is_held = True
        return True

    def release(self) -> None:
        """Give the byte back and keep the file open."""
        fcntl.fcntl(self.fd, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, self.byte, 1, 0))
        self.is_held = False

    @contextlib.contextmanager
    def another_descriptor(self) -> Generator[int]:
        """Give a read-write descriptor of the same file for mapping it; closed afterwards.

        Not `fd` itself: a mapping keeps the file description it was made through, and with it the lock, alive - also in
        a forked child that has closed its descriptors.
        """
        fd = os.open(f"/proc/self/fd/{self.fd}", os.O_RDWR | os.O_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)

    def close(self) -> None:
        """Close the descriptor, and with it the lock. Idempotent."""
        fd, self.fd, self.is_held = self.fd, -1, False
        if fd >= 0:
            os.close(fd)


def _close_in_child() -> None:
    for lock in list(_held):
        lock.close()


os.register_at_fork(after_in_child=_close_in_child)
