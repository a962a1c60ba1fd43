"""The program that shows the run to whoever started it: `tickring top`, with the terminal as its own.

It is no part of the service: it reads like any other reader, and its end is the user's wish to end the run.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial

from tickring.process_identity import die_with_parent

__all__ = ["Viewer"]

_STOP_WITHIN_S = 2.0
_ASKED_TO_END = {0, -signal.SIGINT, -signal.SIGPIPE, -signal.SIGTERM, -signal.SIGHUP}


class Viewer:
    """One process, in the foreground with this one. If this one is killed it gets SIGTERM, to restore the terminal."""

    def __init__(self, command: Sequence[str], *, stderr_fd: int | None = None) -> None:
        self._process = subprocess.Popen(
            command,
            stderr=stderr_fd,
            preexec_fn=partial(_begin, os.getpid()),  # noqa: PLW1509 - there is but one thread
        )

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._process.poll() is not None

    @property
    def has_failed(self) -> bool:
        """Whether it ended, and not because somebody wanted it to (a key, Ctrl-C, a closed pipe)."""
        code = self._process.poll()
        return code is not None and code not in _ASKED_TO_END and code < signal.SIGHUP + 128

    @property
    def is_suspended(self) -> bool:
        """Whether it stands still, as after Ctrl-Z, with the terminal restored."""
        if self.has_ended:
            return False
        stopped = os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOHANG)
        return stopped is not None

    def stop(self) -> None:
        """SIGTERM, soon after SIGKILL. Idempotent."""
        if self.has_ended:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            sys.stderr.write("\x1b[m\x1b[?7h\x1b[?25h\x1b[?1049l" if sys.stderr.isatty() else "")


def _begin(parent_pid: int) -> None:
    die_with_parent(parent_pid, signal.SIGTERM)
    # Until it has a handler of its own, Ctrl-C is for its parent alone: else it ends with a traceback of its imports.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
