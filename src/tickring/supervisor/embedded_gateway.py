"""The simulator as a child of the supervisor, so that quotes move on a machine without a gateway."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tickring.control.messages import Refusal, SimulatorAnswer, SimulatorCommand
from tickring.sample_book import SAMPLE_ACCOUNT, SAMPLE_HOLDINGS
from tickring.simulator.control.client import ControlClient
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.control.place import BadPlace, parse_place
from tickring.simulator.running import SimulatorProcess
from tickring.supervisor.terminal_signals import deaf_to_the_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import Config, SimulatorConfig
    from tickring.supervisor.running_child import RunningChild

__all__ = ["EmbeddedGateway", "GatewayLife"]

_ANSWER_WITHIN_S = 1.0  # the supervisor's loop stands still for so long


class EmbeddedGateway:
    """One life of the simulator. Main thread only. A `RunningChild`."""

    def __init__(self, settings: SimulatorConfig, *, port: int, directory: Path, short: Path) -> None:
        """Start it on `port` (0: any free one) and return when clients may connect; its files go to `directory`.

        Its control socket goes there too, or to `short` where that path is too long for a socket.

        Raises:
            SimulatorNotStarted: the port is taken, or the simulator says what else.
        """
        self.control_place = _control_place((directory, short))
        """Where it takes commands; empty: nowhere."""
        before, tempfile.tempdir = tempfile.tempdir, str(directory)
        try:
            with deaf_to_the_terminal():
                self._process = SimulatorProcess.start(
                    port=port,
                    control=self.control_place,
                    log="",
                    always_open=settings.always_open,
                    seed=settings.seed,
                    sample_s=settings.sample_s,
                    lines=settings.lines,
                    generated=settings.generated,
                    max_server_version=settings.max_server_version,
                    accounts=(SAMPLE_ACCOUNT,),
                    holdings=[
                        {"symbol": symbol, "quantity": float(quantity), "average_cost": float(cost)}
                        for symbol, quantity, cost in SAMPLE_HOLDINGS
                    ],
                )
        finally:
            tempfile.tempdir = before
        self.host, self.port, self.pid = self._process.host, self._process.port, self._process.pid
        self.sentinel: int = os.pidfd_open(self.pid)

    def exit_code(self) -> int | None:
        """Return None while it runs, minus the signal's number if one ended it."""
        if self._process.is_running:
            return None
        return self._process.exit_code

    def send(self, number: int) -> None:
        """Send a signal; nothing if it has ended."""
        if self._process.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def close(self) -> None:
        """Remove its files, once it has ended. Idempotent."""
        sentinel, self.sentinel = self.sentinel, -1
        if sentinel >= 0:
            os.close(sentinel)
            self._process.close()
            if self.control_place:
                Path(self.control_place).unlink(missing_ok=True)  # killed, it has not done that itself


class GatewayLife:
    """One life of the embedded simulator after the other, all on the port of the first. Main thread only."""

    def __init__(self, settings: Callable[[], SimulatorConfig], directory: Path, short: Path) -> None:
        """`settings`: as of the start of each life. `directory`, `short`: as `EmbeddedGateway`; they outlast it."""
        self._settings = settings
        self._directory = directory
        self._short = short
        self._present: EmbeddedGateway | None = None

    def launch(self) -> RunningChild:
        """Start one life and return when clients may connect, or raise SimulatorNotStarted."""
        port = 0 if self._present is None else self._present.port
        self._present = EmbeddedGateway(self._settings(), port=port, directory=self._directory, short=self._short)
        return self._present

    def placed(self, config: Config) -> Config:
        """Return the configuration with this gateway in it; as it is before the first life."""
        if self._present is None:
            return config
        return replace(config, gateway=replace(config.gateway, host=self._present.host, port=self._present.port))

    def ask(self, command: SimulatorCommand) -> SimulatorAnswer | Refusal:
        """Have the simulator do something; its answer is waited for for a short time."""
        place = "" if self._present is None else self._present.control_place
        if not place:
            return _no_simulator(
                "its control socket has no place", "set TMPDIR to a shorter path, then start the service again"
            )
        values: dict[str, Any] = dict(command.values)
        try:
            with ControlClient(place, timeout_s=_ANSWER_WITHIN_S) as simulator:
                result = simulator.do(command.do, **values)
        except CommandRefused as error:
            return Refusal(code="bad_request", message=str(error), next_step="docs/simulator.md has its commands")
        except (OSError, TypeError) as error:
            return _no_simulator(str(error) or type(error).__name__, "look at `tickring status`, then ask again")
        return SimulatorAnswer(msgspec.Raw(msgspec.json.encode(result)))


def _no_simulator(why: str, next_step: str) -> Refusal:
    return Refusal(code="no_simulator", message=f"the simulator did not answer: {why}", next_step=next_step)


def _control_place(directories: tuple[Path, ...]) -> str:
    """Return the first place whose path is short enough for a socket, empty if none is."""
    for directory in directories:
        place = str(directory / "gateway.control")
        with contextlib.suppress(BadPlace):
            parse_place(place)
            return place
    return ""
