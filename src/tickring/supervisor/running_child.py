"""A child process as its keeper sees it, and the one that is spawned from a target."""

import contextlib
import os
from typing import Any, Protocol

from tickring.supervisor.child_entry import run_child
from tickring.supervisor.spawning import spawn
from tickring.supervisor.terminal_signals import deaf_to_the_terminal

__all__ = ["RunningChild", "SpawnedChild"]


class RunningChild(Protocol):
    """One life of a child. Nothing here waits."""

    @property
    def pid(self) -> int:
        """Of the process."""
        ...

    @property
    def sentinel(self) -> int:
        """Becomes readable when it ends."""
        ...

    def exit_code(self) -> int | None:
        """Return None while it runs, minus the signal's number if one ended it."""
        ...

    def send(self, number: int) -> None:
        """Send a signal; nothing if it has ended."""
        ...

    def close(self) -> None:
        """Give back what belonged to it, once it has ended. Idempotent."""
        ...


class SpawnedChild:
    """A function of ours in a process of its own, which ends with this one. Main thread only."""

    def __init__(self, name: str, target: str, *arguments: Any) -> None:
        """Start it; `target` is `package.module:function`, which returns the exit code."""
        with deaf_to_the_terminal():
            self._process = spawn(run_child, f"tickring-{name}", target, os.getpid(), arguments)
        self.pid: int = self._process.pid or 0
        # Not the sentinel of `multiprocess`, a pipe that a child may close: a pidfd tells the truth. It is no other
        # process's: a pid stays taken until we have asked for the exit code.
        self.sentinel: int = os.pidfd_open(self.pid)

    def exit_code(self) -> int | None:
        """Return None while it runs, minus the signal's number if one ended it."""
        return self._process.exitcode

    def send(self, number: int) -> None:
        """Send a signal; nothing if it has ended."""
        if self._process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def close(self) -> None:
        """Give back what belonged to it, once it has ended. Idempotent."""
        sentinel, self.sentinel = self.sentinel, -1
        if sentinel >= 0:
            os.close(sentinel)
            self._process.close()
