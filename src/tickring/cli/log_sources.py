"""Where log lines come from: a file that grows, standard input, or systemd's journal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["NoJournal", "lines_of_file", "lines_of_input", "lines_of_journal"]

_LOOK_S = 0.2


class NoJournal(Exception):
    """There is no journal here, or it may not be read."""


def lines_of_file(path: Path, *, last: int, follow: bool) -> Iterator[str]:
    """Yield the last lines, and with `follow` whatever is added, also after the file was replaced or cut.

    Raises:
        OSError: it cannot be opened.
    """
    file = path.open(encoding="utf-8", errors="replace")
    try:
        yield from deque(file, maxlen=last)
        while follow:
            line = file.readline()
            if line:
                while not line.endswith("\n"):  # half a line: its rest is under way
                    time.sleep(_LOOK_S)
                    rest = file.readline()
                    if not rest:
                        break
                    line += rest
                yield line
                continue
            time.sleep(_LOOK_S)
            if _is_another(path, file.fileno(), file.tell()):
                file.close()
                file = path.open(encoding="utf-8", errors="replace")
    finally:
        file.close()


def _is_another(path: Path, fd: int, position: int) -> bool:
    own = os.fstat(fd)
    try:
        there = path.stat()
    except OSError:  # between two files
        return False
    return (there.st_ino, there.st_dev) != (own.st_ino, own.st_dev) or there.st_size < position


def lines_of_input() -> Iterator[str]:
    """Yield what comes in."""
    yield from sys.stdin


def lines_of_journal(unit: str, *, last: int, follow: bool, since: str) -> Iterator[str]:
    """Yield the messages of a unit as they were written.

    Raises:
        NoJournal: no journalctl, or it says no.
    """
    program = shutil.which("journalctl")
    if program is None:
        raise NoJournal("there is no journalctl here")
    command = [program, "--unit", unit, "--output", "cat", "--no-pager", "--lines", str(last)]
    command += ["--follow"] if follow else []
    command += ["--since", since] if since else []
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with closing(process.stdout), closing(process.stderr):
        try:
            yield from process.stdout
            if process.wait() != 0:
                raise NoJournal(process.stderr.read().strip() or f"journalctl ended with {process.returncode}")
        finally:
            process.terminate()
            process.wait()
