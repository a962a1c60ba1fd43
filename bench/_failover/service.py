"""The service as an operator runs it: `tickring run` with its own simulator, as a process with a segment and files."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from tickring.errors import TickringError
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from pathlib import Path

    from tickring._core import Handle

__all__ = ["Service"]

_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 30.0
_LOG_SHOWN = 2_000  # characters


class Service:
    """Runs from its making to `close`. Timers are the defaults, but that ends are forgiven soon: there will be many."""

    def __init__(self, place: Path, symbols: list[str], *, generated: int) -> None:
        """`place`: a directory that is there; `generated`: how many more listings the simulator has.

        Raises:
            AgentFailed: it does not stream in time; what it said is in the message.
        """
        place.mkdir()
        self._log = place / "log"
        self._segment = place / "segment"
        settings = {
            "simulator.always_open": "true",
            "simulator.generated": str(generated),
            "simulator.lines": "1000",
            "supervisor.good_run_s": "0.5",
            "supervisor.restart_max": "1000",
        }
        command = [sys.executable, "-P", "-m", "tickring.cli", "run", "--no-top", "--segment", str(self._segment)]
        command += ["--data-root", str(place / "data"), "--symbols", ",".join(symbols)]
        command += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.reader = self._open()
            self.handles: list[Handle] = [self.reader.handle(symbol) for symbol in symbols]
            self.wait_for_all()
        except BaseException:
            self.close()
            raise

    @property
    def feeder_pid(self) -> int:
        """Of the feeder that streams now."""
        return self.reader.status().feeder_pid

    def _open(self) -> QuoteReader:
        ends_s = time.monotonic() + _STARTS_WITHIN_S
        while True:
            try:
                return QuoteReader.open(self._segment, api_mode="mock")
            except TickringError as error:
                self._go_on(ends_s, str(error))

    def wait_for_all(self) -> None:
        """Return when every symbol streams.

        Raises:
            AgentFailed: not in time.
        """
        ends_s = time.monotonic() + _STARTS_WITHIN_S
        while not all(handle.read().verdict == "live" for handle in self.handles):
            self._go_on(ends_s, "not every symbol streams")

    def _go_on(self, ends_s: float, why_not: str) -> None:
        is_refused = "child.refused" in self._log.read_text()
        if is_refused or self._process.poll() is not None or time.monotonic() > ends_s:
            raise AgentFailed(f"the service: {why_not}; its log ends with: {self._log.read_text()[-_LOG_SHOWN:]}")
        time.sleep(0.01)

    def close(self) -> None:
        """End it as Ctrl-C does."""
        if hasattr(self, "reader"):
            self.reader.close()
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
