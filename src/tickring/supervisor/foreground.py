"""What `tickring run` has and a service has not: a terminal, and somebody who looks at it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tickring.supervisor.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EXIT_ENDED", "EXIT_VIEWER_FAILED", "Foreground"]

EXIT_ENDED = 0
EXIT_VIEWER_FAILED = 1


class Foreground:
    """The viewer, and standing still with it. Main thread only; without a command it does next to nothing."""

    def __init__(self, viewer: Sequence[str] | None = None, *, viewer_stderr_fd: int | None = None) -> None:
        """`viewer`: the command that shows the run."""
        self._command = viewer
        self._stderr_fd = viewer_stderr_fd
        self._viewer: Viewer | None = None
        self._had_terminal = _has_terminal()

    def start(self) -> None:
        """Start the viewer."""
        if self._command is not None:
            self._viewer = Viewer(self._command, stderr_fd=self._stderr_fd)

    def stop(self) -> None:
        """End the viewer. Idempotent."""
        if self._viewer is not None:
            self._viewer.stop()

    def look(self) -> int | None:
        """Return the exit code if the viewer has ended; stand still as long as it does."""
        if self._viewer is None:
            return None
        if self._viewer.is_suspended:  # after it has restored the terminal, which the shell takes now
            _stand_still()
        if not self._viewer.has_ended:
            return None
        return EXIT_VIEWER_FAILED if self._viewer.has_failed else EXIT_ENDED

    def suspend(self) -> None:
        """Do what Ctrl-Z asks for; with a viewer, that one comes first."""
        if self._viewer is None:
            _stand_still()

    @property
    def is_hung_up(self) -> bool:
        """Whether there was a terminal and it is gone: then SIGHUP means the end, else `read your configuration`."""
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def _stand_still() -> None:
    """Stop until SIGCONT, as the terminal's user wants; the children do not hear of it and go on."""
    os.kill(os.getpid(), signal.SIGSTOP)
