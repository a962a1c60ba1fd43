"""The live trade page on a stage of its own: `tickring run` with its simulator, and Chromium to look at it.

Used by the page's tests and by `tools.ui_screenshots`. Everything lies in one directory and in a segment of its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Self

import httpx

from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from playwright.sync_api import Browser

__all__ = ["CHROMIUM", "Stage", "browser"]

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""
"""The system's browser; empty: there is none."""

_QUICK: Final = (
    "supervisor.restart_first_s=0.05",
    "supervisor.restart_limit_s=0.5",
    "supervisor.grace_s=1",
    "api.child=yes",
    "log.level=warning",
)


class Stage:
    """One run with its api. Use as a context manager; its end takes everything away but the directory."""

    def __init__(self, name: str, place: Path, *settings: str) -> None:
        """`name`: of the segment; `settings`: `KEY=VALUE`, stronger than the stage's own."""
        self.name = name
        self.place = place
        self.url = f"http://127.0.0.1:{_free_port()}"
        own = (*_QUICK, f"api.port={self.url.rpartition(':')[2]}", f"files.state_dir={place / 'state'}")
        words = [word for setting in (*own, *settings) for word in ("--set", setting)]
        (place / "tmp").mkdir(exist_ok=True)
        self._log = (place / "log").open("ab")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "tickring.cli", "run", "--no-top"),
                *("--segment", name, "--data-root", str(place / "data"), *words),
            ],
            cwd=place,
            env={**os.environ, "TMPDIR": str(place / "tmp")},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._client = httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    @property
    def log(self) -> str:
        """What the run has told."""
        return (self.place / "log").read_text()

    @property
    def token(self) -> str:
        """What starting and stopping needs."""
        return (self.place / "state" / "api-token").read_text().strip()

    def page_url(self, path: str = "/") -> str:
        """Return the page's address with the token behind it, as a person opens it."""
        return f"{self.url}{path}#token={self.token}"

    def status(self) -> dict[str, Any]:
        """Ask the api how the stream is."""
        answer: dict[str, Any] = self._client.get("/api/ib/stream/status").raise_for_status().json()
        return answer

    def post(self, path: str, **body: Any) -> Any:
        """Order something with the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self._client.post(path, json=body, headers=headers).raise_for_status().json()

    def fault(self, command: str, **values: Any) -> None:
        """Have the simulator do something bad, or end it."""
        self.post("/api/simulator/fault", command=command, **values)

    def wait_state(self, *states: str, timeout_s: float = 90.0) -> Self:
        """Return when the stream is in one of these states."""
        self.wait(lambda: self._state() in states, f"the stream is {' or '.join(states)}", timeout_s)
        return self

    def wait(self, holds: Callable[[], object], what: str, timeout_s: float = 90.0) -> None:
        """Return when something holds; fail after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not holds():
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"not within {timeout_s:g} s: {what}; {self.log[-3000:]}")
            time.sleep(0.05)

    def pid_of(self, child: str) -> int:
        """Return the pid of the child's present life."""
        return next(int(one["pid"]) for one in self.status()["children"] if one["name"] == child)

    def _state(self) -> str:
        try:
            stream = self.status()["stream"]
        except httpx.HTTPError:
            return ""
        return "" if stream is None else str(stream["state"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(SegmentPaths.of(self.name).directory, ignore_errors=True)


@contextlib.contextmanager
def browser() -> Generator[Browser]:
    """Yield the system's Chromium without a window. Nothing is downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # The sandbox of Chromium needs rights that root and most containers do not have; it shows our own pages only.
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield running
        finally:
            running.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
