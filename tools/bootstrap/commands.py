"""Run a command and keep its output for the error message."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT

from tools.bootstrap.errors import BootstrapError


def succeeds(command: Sequence[str | Path], *, stdin: str = "", cwd: Path | None = None) -> bool:
    """Tell whether the command is there and ends with 0; its output is dropped."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, cwd=cwd)
    except OSError:
        return False
    return done.returncode == 0


def run(command: Sequence[str | Path], *, cwd: Path | None = None) -> None:
    """Run the command quietly.

    Raises:
        BootstrapError: it failed or is not there; holds the command line and the end of what it printed.
    """
    line = " ".join(str(word) for word in command)
    try:
        done = subprocess.run(command, stdout=PIPE, stderr=STDOUT, text=True, check=False, cwd=cwd)
    except OSError as error:
        raise BootstrapError(f"This command does not run: {line}\n{error}") from error
    if done.returncode != 0:
        raise BootstrapError(f"This command failed with {done.returncode}: {line}\n{done.stdout[-3000:]}")
