"""Signals as something a loop can wait for: the handlers do nothing, the numbers arrive in a pipe.

The loop decides and acts between two frames; nothing is ever interrupted half-way through writing a sequence.
"""

import os
import signal
from types import FrameType
from typing import Self

__all__ = ["ENDING", "SignalQueue"]

ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT})
_QUEUED = (*ENDING, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)


class SignalQueue:
    """Holds the process's handlers between enter and exit; main thread only. Wait for `fd` to become readable."""

    def __enter__(self) -> Self:
        self.fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._fd_before = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _leave_to_the_loop) for number in _QUEUED}
        return self

    def __exit__(self, *exc_info: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        os.close(self.fd)
        os.close(self._write_fd)

    def take(self) -> list[int]:
        """Return the numbers that have arrived, in order."""
        try:
            return list(os.read(self.fd, 256))
        except BlockingIOError:
            return []


def _leave_to_the_loop(_number: int, _frame: FrameType | None) -> None:
    pass
