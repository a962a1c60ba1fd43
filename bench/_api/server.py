"""One HTTP service as a process of its own, on the writers' core: tickring's over the segment, or the plain one."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import URLError

from bench._harness.agent import AgentFailed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Server"]

_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 20.0
_LOG_SHOWN = 2_000  # characters


class Server:
    """Runs from its making to `close`."""

    def __init__(self, contender: str, store: Path, log: Path) -> None:
        """`store`: where the contender's writer keeps its quotes.

        Raises:
            AgentFailed: it does not answer in time; what it said is in the message.
        """
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *self._command(contender, store)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def _command(self, contender: str, store: Path) -> list[str]:
        if contender != "tickring":
            return ["-m", "bench._api.plain_app", str(self.port), str(store)]
        settings = {
            "segment.name": store / "segment",
            "stream.api_mode": "mock",
            "api.port": self.port,
            "files.data_root": store / "data",
            "files.state_dir": store / "state",
            "database.url": f"sqlite:///{store / 'tickring.db'}",
            # A client that stands still shall stand there for the whole sample.
            "websocket.stuck_s": 600,
            "websocket.ping_s": 600,
        }
        return ["-m", "tickring.api.process", *(f"--set={name}={value}" for name, value in settings.items())]

    def _wait(self) -> None:
        ends_s = time.monotonic() + _STARTS_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends_s:
                raise AgentFailed(
                    f"the service does not answer; its log ends with: {self._log.read_text()[-_LOG_SHOWN:]}"
                )
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/quotes", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
