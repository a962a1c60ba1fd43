"""A child process as its keeper sees it, and the one that is spawned from a specification."""

import os
from typing import Any, Protocol

from tickring.supervisor.child_entry import run_child
from tickring.supervisor.spawning import spawn
from tickring.supervisor.terminal_signals import deaf_to_the_terminal

__all__ = ["RunningChild", "SpawnedChild"]


class RunningChild(Protocol):
    """One life of a child."""

    @property
    def pid(self) -> int:
        """Of the process."""
        ...

    @property
    def sentinel(self) -> int | None:
        """Becomes readable when it ends; None: it has to be asked."""
        ...

    def exit_code(self) -> int | None:
        """Return None while it runs, minus the signal's number if one ended it."""
        ...

    def stop(self, within_s: float) -> None:
        """SIGTERM, after `within_s` SIGKILL; returns when it is gone. Idempotent."""
        ...


class SpawnedChild:
    """A function of ours in a process of its own, which ends with this one. Main thread only."""

    def __init__(self, name: str, target: str, *arguments: Any) -> None:
        """Start it; `target` is `package.module:function`, which returns the exit code."""
        with deaf_to_the_terminal():
            self._process = spawn(run_child, f"tickring-{name}", target, os.getpid(), arguments)
        self.pid: int = self._process.pid or 0
        self.sentinel: int | None = self._process.sentinel

    def exit_code(self) -> int | None:
        """Return None while it runs, minus the signal's number if one ended it."""
        return self._process.exitcode

    def stop(self, within_s: float) -> None:
        """SIGTERM, after `within_s` SIGKILL; returns when it is gone. Idempotent."""
        self._process.terminate()
        self._process.join(within_s)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
