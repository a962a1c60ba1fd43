"""The terminal in full-screen mode, and back to what it was on every way out.

Output goes through a descriptor of our own on the same terminal, which does not block: a slow line makes frames fewer
instead of late, and keys and signals work while it is stuck. (O_NONBLOCK on stdout itself would reach the shell, which
shares it.)
"""

import contextlib
import os
import select
import termios
import time
from typing import Self

__all__ = ["Terminal"]

_ENTER = b"\x1b[?1049h\x1b[?25l\x1b[?7l"  # alternate screen, no cursor, no wrapping at the right edge
_LEAVE = b"\x1b[m\x1b[?7h\x1b[?25h\x1b[?1049l"
_CANCEL = b"\x18"  # ends a sequence that was cut off half-way (ECMA-48, CAN)
_LEAVE_TIMEOUT_S = 1.0
_INPUT, _LOCAL, _CONTROL = 0, 3, 6  # places in what tcgetattr returns


class Terminal:
    """Full screen between `enter` and `leave`. `keys_fd` is where keys come from, or -1 if stdin is no terminal."""

    def __init__(self, stdin_fd: int, stdout_fd: int) -> None:
        """Use as a context manager; `stdout_fd` must be a terminal."""
        self.keys_fd = stdin_fd if os.isatty(stdin_fd) else -1
        self._stdout_fd = stdout_fd
        self._saved: list[object] | None = None
        self._has_screen = False
        self._unwritten = b""
        try:
            self.fd = os.open(os.ttyname(stdout_fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:  # its name cannot be opened here (another user's, another container's): then writes may block
            self.fd = os.dup(stdout_fd)

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.leave()
        os.close(self.fd)

    def enter(self) -> None:
        """Take the screen; keys come at once and are not echoed. Ctrl-C and Ctrl-Z stay signals.

        Raises:
            OSError: the terminal is gone.
        """
        if self.keys_fd >= 0:
            try:
                self._take_keys()
            except termios.error as error:  # no OSError, although it is one
                raise OSError(*error.args) from error
        if not self._has_screen:
            self._has_screen = True
            self.write(_ENTER)

    def _take_keys(self) -> None:
        mode = termios.tcgetattr(self.keys_fd)
        if self._saved is None:
            self._saved = [*mode[:_CONTROL], list(mode[_CONTROL])]
        mode[_INPUT] &= ~termios.ICRNL & ~termios.IXON
        mode[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
        mode[_CONTROL][termios.VMIN], mode[_CONTROL][termios.VTIME] = 1, 0
        termios.tcsetattr(self.keys_fd, termios.TCSANOW, mode)

    def leave(self) -> None:
        """Give the screen back. Idempotent; waits at most a second for a terminal that takes no output."""
        if self._saved is not None:
            # First, because it never blocks. It fails where the terminal is gone, and then there is nothing to restore.
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.keys_fd, termios.TCSANOW, self._saved)  # type: ignore[arg-type]
            self._saved = None
        if not self._has_screen:
            return
        self._has_screen = False
        self._unwritten = (_CANCEL if self._unwritten else b"") + _LEAVE
        deadline = time.monotonic() + _LEAVE_TIMEOUT_S
        with contextlib.suppress(OSError):
            while self.flush() and select.select([], [self.fd], [], max(0.0, deadline - time.monotonic()))[1]:
                pass
        self._unwritten = b""

    def size(self) -> tuple[int, int]:
        """Return columns and lines now; 80 x 24 where the terminal does not say."""
        columns, lines = os.get_terminal_size(self._stdout_fd)
        return (columns, lines) if columns > 0 and lines > 0 else (80, 24)

    def write(self, data: bytes) -> None:
        """Write as much as the terminal takes now; the rest goes with `flush`."""
        self._unwritten += data
        self.flush()

    def flush(self) -> bool:
        """Write on; return whether something is left.

        Raises:
            OSError: the terminal is gone.
        """
        while self._unwritten:
            try:
                written = os.write(self.fd, self._unwritten)
            except BlockingIOError:
                break
            self._unwritten = self._unwritten[written:]
        return bool(self._unwritten)

    @property
    def is_behind(self) -> bool:
        """Whether the terminal has not taken the frame before yet."""
        return bool(self._unwritten)

    def read_keys(self) -> bytes:
        """Return what was typed; b"" means that the terminal is gone."""
        try:
            return os.read(self.keys_fd, 4096)
        except OSError:
            return b""
