"""Which process is meant: a pid alone is not enough, because pids are used again.

Pid and start time together name one process of this machine's uptime; a segment lies in a tmpfs and does not outlive
it. Used by whoever must end a writer (`supervisor.fencing`) and by whoever writes its own line into a header.
"""

import ctypes
import os
import select
import signal
from pathlib import Path
from typing import NamedTuple

__all__ = ["ProcessIdentity", "die_with_parent"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ProcessIdentity(NamedTuple):
    """`start_ticks` is field 22 of /proc/PID/stat: clock ticks since boot."""

    pid: int
    start_ticks: int

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """Return the identity of a process that exists (a zombie counts), or None."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The command in parentheses may hold spaces and parentheses itself; fields count from after the last one.
        return cls(pid, int(stat[stat.rindex(b")") + 2 :].split()[19]))

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """Return the identity of this process."""
        identity = cls.of(os.getpid())
        assert identity is not None, "/proc is not mounted"
        return identity

    def exists(self) -> bool:
        """Return whether this very process (not a later one with its pid) still exists."""
        return ProcessIdentity.of(self.pid) == self

    def kill_and_wait(self, timeout_s: float) -> bool:
        """SIGKILL this very process and wait until it is gone; return whether it is.

        Goes through a pidfd that is opened first and checked against the start time after, so the signal cannot reach
        another process that got the same pid. A process stuck in the kernel makes this return False.

        Raises:
            PermissionError: the process belongs to another user.
        """
        try:
            pidfd = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.exists():
                return True
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            gone = select.poll()  # not select(): a descriptor above 1023 is nothing special
            gone.register(pidfd, select.POLLIN)
            return bool(gone.poll(timeout_s * 1e3))
        except ProcessLookupError:
            return True
        finally:
            os.close(pidfd)


def die_with_parent(parent_pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to end this process when its parent's thread ends; leave at once if the parent is dead already.

    `number` is the signal that does it: another than SIGKILL for a program that has a terminal to restore.

    The comparison comes after the request: a parent that died in between would otherwise never be noticed.

    Raises:
        ProcessLookupError: the parent is gone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent_pid:
        raise ProcessLookupError(f"the parent process {parent_pid} is gone")
