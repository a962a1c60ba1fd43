"""The simulator as a child of the main job, so that quotes move on a machine without a gateway."""

import tempfile
from pathlib import Path

from tickring.config.structs import SimulatorConfig
from tickring.simulator.running import SimulatorProcess
from tickring.supervisor.terminal_signals import deaf_to_the_terminal

__all__ = ["EmbeddedGateway"]


class EmbeddedGateway:
    """One life of the simulator. Main thread only. A `RunningChild`."""

    def __init__(self, settings: SimulatorConfig, *, port: int, directory: Path) -> None:
        """Start it on `port` (0: any free one) and return when clients may connect; its files go to `directory`.

        Raises:
            SimulatorNotStarted: the port is taken, or the simulator says what else.
        """
        before, tempfile.tempdir = tempfile.tempdir, str(directory)
        try:
            with deaf_to_the_terminal():
                self._process = SimulatorProcess.start(
                    port=port,
                    control="",
                    log="",
                    always_open=settings.always_open,
                    seed=settings.seed,
                    sample_s=settings.sample_s,
                    lines=settings.lines,
                    generated=settings.generated,
                    max_server_version=settings.max_server_version,
                )
        finally:
            tempfile.tempdir = before
        self.host, self.port, self.pid = self._process.host, self._process.port, self._process.pid
        self.sentinel: int | None = None
        self._is_stopped = False

    def exit_code(self) -> int | None:
        """Return None while it runs, 0 after `stop`, 1 if it ended by itself."""
        if self._process.is_running:
            return None
        return 0 if self._is_stopped else 1

    def stop(self, within_s: float) -> None:  # noqa: ARG002 - it has its own limit
        """SIGTERM, after some seconds SIGKILL; its files go too. Idempotent."""
        self._is_stopped = self._process.is_running
        self._process.close()
