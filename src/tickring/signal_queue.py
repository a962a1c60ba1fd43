"""Signals as something a loop can wait for: the handlers do nothing, the numbers arrive in a pipe.

The loop decides and acts when it comes round; nothing is ever interrupted half-way through a step.
"""

import os
import signal
from collections.abc import Iterable
from types import FrameType
from typing import Self

__all__ = ["ENDING", "SignalQueue"]

ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT})


class SignalQueue:
    """Holds the process's handlers between enter and exit; main thread only. Wait for `fd` to become readable."""

    def __init__(self, numbers: Iterable[signal.Signals]) -> None:
        self._numbers = tuple(numbers)

    def __enter__(self) -> Self:
        self.fd, self._write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._fd_before = signal.set_wakeup_fd(self._write_fd, warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, _leave_to_the_loop) for number in self._numbers}
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
