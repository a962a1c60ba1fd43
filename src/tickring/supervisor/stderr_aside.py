"""Stderr put aside while a program has the whole screen: log lines between its rows would help nobody.

Children that are started meanwhile write to the same place. At the end the last lines are told.
"""

import os
import sys
import tempfile
from collections import deque
from typing import Self

__all__ = ["StderrAside"]

_LINES = 20


class StderrAside:
    """Between enter and exit, descriptor 2 is a file without a name; `terminal_fd` is what it was before."""

    def __enter__(self) -> Self:
        sys.stderr.flush()
        self.terminal_fd = os.dup(2)
        self._file = tempfile.TemporaryFile("w+b")
        os.dup2(self._file.fileno(), 2)
        return self

    def __exit__(self, *exc_info: object) -> None:
        sys.stderr.flush()
        os.dup2(self.terminal_fd, 2)
        os.close(self.terminal_fd)
        self._file.seek(0)
        lines = deque(enumerate(self._file, start=1), maxlen=_LINES)
        self._file.close()
        if lines and lines[0][0] > 1:
            sys.stderr.write(f"... {lines[0][0] - 1} log lines before these; --log FILE keeps them all\n")
        for _, line in lines:
            sys.stderr.write(line.decode(errors="replace"))
        sys.stderr.flush()
