"""Run the command line: in this process where only its answer counts, as a real process where the process does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Self

import msgspec
from typer.testing import CliRunner

from tickring.cli.app import app

if TYPE_CHECKING:
    from typer.testing import Result

COMMAND = (sys.executable, "-P", "-W", "error", "-m", "tickring.cli")
_STEERING = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TICKRING_SEGMENT", "TICKRING_API_MODE")


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which nothing but `more` steers the command."""
    kept = {name: value for name, value in os.environ.items() if name not in _STEERING}
    return {**kept, "TERM": "xterm-256color", **more}


def answer(*arguments: str, env: dict[str, str] | None = None) -> Result:
    """Run a command in this process; its stdout is no terminal."""
    steering: dict[str, str | None] = dict.fromkeys(_STEERING)
    return CliRunner().invoke(app, list(arguments), env={**steering, **(env or {})}, catch_exceptions=False)


def json_lines(text: str) -> list[Any]:
    """Return what each line of JSON says."""
    return [msgspec.json.decode(line) for line in text.splitlines()]


def run(*arguments: str, program: tuple[str, ...] = COMMAND, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own to its end."""
    return subprocess.run(
        [*program, *arguments], env=environment(**more), capture_output=True, text=True, timeout=50, check=False
    )


class Following:
    """A command that goes on: its lines are read as they come."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *arguments], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        """Return the next line; the test's own timeout bounds the wait."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (
            f"ended with {self._process.wait(10)}: {self._process.stderr.read() if self._process.stderr else ''}"
        )
        return line.rstrip("\n")

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what stderr says."""
        self._process.send_signal(signal.SIGINT)
        _, errors = self._process.communicate(timeout=30)
        return self._process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.communicate()
