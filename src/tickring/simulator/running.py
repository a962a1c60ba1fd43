"""A simulator in a process of its own, started and ended by this one: for tests, demonstrations and the supervisor."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import msgspec

from tickring.errors import TickringError
from tickring.simulator.control.client import ControlClient
from tickring.simulator.control.sent_log import read_sent_log
from tickring.simulator.gateway.process import Ready
from tickring.simulator.gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from tickring.simulator.control.sent_log import SentLine

__all__ = ["SimulatorNotStarted", "SimulatorProcess"]

_END_WITHIN_S = 5.0


class SimulatorNotStarted(TickringError):
    """The process ended before it could be connected to; the message is its own."""


class SimulatorProcess:
    """A running simulator with a control channel and a log. Ends with `close` and with the process that started it.

    Start it from the main thread: the kernel ends it when the thread that started it ends.
    """

    def __init__(self, process: subprocess.Popen[bytes], ready: Ready, directory: tempfile.TemporaryDirectory[str]):
        """Use `start`."""
        self._process = process
        self._directory = directory
        self._control: ControlClient | None = None
        self.host = ready.host
        self.port = ready.port
        self.control_place = ready.control
        self.pid = ready.pid

    @classmethod
    def start(cls, **settings: Any) -> Self:
        """Start one on a free port, or with other settings by name (`GatewaySettings`).

        Raises:
            SimulatorNotStarted: wrong settings, or a port that is taken.
        """
        directory = tempfile.TemporaryDirectory(prefix="tickring-simulator-")
        place = Path(directory.name)
        chosen = {"port": 0, "control": str(place / "control"), "log": str(place / "sent.jsonl"), **settings}
        try:
            checked = msgspec.convert(chosen, GatewaySettings)
        except msgspec.ValidationError as error:
            directory.cleanup()
            raise SimulatorNotStarted(f"wrong settings: {error}") from error
        with (place / "stderr").open("wb") as errors:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "tickring.simulator"),
                    *("--parent", str(os.getpid()), msgspec.json.encode(checked).decode()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,  # the terminal's Ctrl-C is the starter's; and whoever stops it, stops it alone
            )
        try:
            return cls(process, _ready(process, place / "stderr"), directory)
        except BaseException:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
            directory.cleanup()
            raise

    @property
    def control(self) -> ControlClient:
        """The control channel's client."""
        if self._control is None:
            self._control = ControlClient(self.control_place)
        return self._control

    def do(self, word: str, **values: Any) -> dict[str, Any]:
        """Carry out a command of docs/simulator.md: `do("mute", symbol="SPY")`; return what the answer tells.

        Raises:
            CommandRefused: it cannot be done now, or there is no such command.
        """
        return self.control.do(word, **values)

    def sent(self) -> list[SentLine]:
        """Return everything that was sent and received so far (up to a fifth of a second ago)."""
        return list(read_sent_log(Path(self._directory.name) / "sent.jsonl"))

    @property
    def errors(self) -> str:
        """What the process has written to stderr."""
        return (Path(self._directory.name) / "stderr").read_text(errors="replace")

    @property
    def is_running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number if one ended it."""
        return self._process.poll()

    def close(self) -> None:
        """End it, by force if it takes more than some seconds. Idempotent."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self.is_running:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        with contextlib.suppress(OSError):
            self._directory.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _ready(process: subprocess.Popen[bytes], errors: Path) -> Ready:
    output: IO[bytes] | None = process.stdout
    assert output is not None
    line = output.readline()
    if not line:
        process.wait()
        raise SimulatorNotStarted(errors.read_text(errors="replace").strip() or f"exit code {process.returncode}")
    return msgspec.json.decode(line, type=Ready)
