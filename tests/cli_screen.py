"""`tickring top` in a pseudo-terminal: press keys, look at the screen, resize, and see what is left of the terminal."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import termios
from fcntl import ioctl
from typing import TYPE_CHECKING, Self

import pyte

from tests.cli_runs import COMMAND, environment
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

UP, DOWN, PAGE_DOWN, PAGE_UP, ESCAPE, ENTER, BACKSPACE = "\x1b[A", "\x1b[B", "\x1b[6~", "\x1b[5~", "\x1b", "\r", "\x7f"
LEAVES_SCREEN = b"\x1b[?25h\x1b[?1049l"


class CliScreen:
    """A process with a terminal of its own as its controlling terminal."""

    def __init__(
        self,
        *arguments: str,
        columns: int = 120,
        lines: int = 40,
        program: tuple[str, ...] = COMMAND,
        env: dict[str, str] | None = None,
    ) -> None:
        self._master, self.slave = os.openpty()
        self.written = b""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._set_size(columns, lines)
        self.mode_before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *program, *arguments],  # util-linux: the terminal's signals reach it
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environment(**(env or {})),
        )
        os.set_blocking(self._master, False)

    def _set_size(self, columns: int, lines: int) -> None:
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self) -> None:
        """Take what has been written since."""
        while True:
            try:
                data = os.read(self._master, 65536)
            except (BlockingIOError, OSError):
                return
            self.written += data
            self._stream.feed(data)

    @property
    def rows(self) -> list[str]:
        """The lines of the screen now."""
        self.read()
        return [line.rstrip() for line in self._screen.display]

    @property
    def table(self) -> list[list[str]]:
        """The rows below the titles, in words."""
        rows = self.rows
        titles = next((number for number, row in enumerate(rows) if row.startswith("symbol ") and " bid" in row), None)
        if titles is None:
            titles = next((number for number, row in enumerate(rows) if row[:7] in {"symbol▼", "symbol▲"}), len(rows))
        return [row.split() for row in rows[titles + 1 : -1] if row]

    @property
    def symbols(self) -> list[str]:
        """The first word of every row."""
        return [words[0] for words in self.table]

    def colour_at(self, text: str) -> tuple[str, str]:
        """Return foreground and background of the first place where the text stands."""
        for y, row in enumerate(self.rows):
            x = row.find(text)
            if x >= 0:
                cell = self._screen.buffer[y][x]
                return cell.fg, cell.bg
        raise AssertionError(f"{text!r} is not on the screen:\n{self}")

    def wait(self, is_shown: Callable[[CliScreen], object], what: str) -> None:
        """Wait until the screen is as wanted."""

        def is_there() -> object:
            self.read()
            return is_shown(self)

        wait_until(is_there, what, timeout_s=30, show=lambda: str(self))

    def wait_for(self, text: str) -> None:
        """Wait until the text is on the screen."""
        self.wait(lambda screen: any(text in row for row in screen.rows), f"{text!r} on the screen")

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size, as a window manager would."""
        self.read()
        self._screen.resize(lines, columns)
        self._screen.reset()
        self._set_size(columns, lines)

    def hang_up(self) -> None:
        """Close the terminal, as a lost connection does."""
        os.close(self.slave)
        os.close(self._master)
        self.slave = self._master = -1

    def end(self, timeout_s: float = 30.0) -> int:
        """Return the exit code of a process that is ending."""

        def has_ended() -> bool:
            self.read()  # it may be waiting for its output to be taken
            return self.process.poll() is not None

        wait_until(has_ended, "the process has ended", timeout_s=timeout_s)
        self.read()
        return self.process.returncode

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.process.send_signal(number)

    def __str__(self) -> str:
        return "\n".join(row for row in self.rows if row)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        for fd in (self.slave, self._master):
            if fd >= 0:
                os.close(fd)
