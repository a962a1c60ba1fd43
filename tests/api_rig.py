"""The HTTP service as a process of its own, and somebody who asks it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from tests.cli_runs import environment
from tests.feeds import Feed
from tests.waiting import wait_until
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ApiRig", "free_port", "own_feed", "own_segment"]

PROGRAM = (sys.executable, "-P", "-W", "error", "-m", "tickring.api.process")


class ApiRig:
    """One service over a segment and a directory, and its client. Use as a context manager."""

    def __init__(self, segment: str, place: Path, *settings: str, env: dict[str, str] | None = None) -> None:
        """`settings`: `KEY=VALUE`, stronger than the rig's own."""
        self.place = place
        self.port = free_port()
        self.state_dir = place / "api-state"
        self.token_file = self.state_dir / "api-token"
        self._log = (place / "api.log").open("ab")
        own = (
            f"segment.name={segment}",
            "stream.api_mode=mock",
            f"api.port={self.port}",
            f"files.state_dir={self.state_dir}",
            f"files.data_root={place / 'data'}",
            f"database.url=sqlite:///{place / 'desk.db'}",
        )
        words = [word for setting in (*own, *settings) for word in ("--set", setting)]
        self.process = subprocess.Popen(
            [*PROGRAM, *words],
            cwd=place,
            env=environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20, trust_env=False)

    @property
    def log(self) -> str:
        """What it has told."""
        return (self.place / "api.log").read_text()

    @property
    def token(self) -> str:
        """The token that it has made."""
        return self.token_file.read_text().strip()

    @property
    def with_token(self) -> dict[str, str]:
        """The header that brings it."""
        return {"Authorization": f"Bearer {self.token}"}

    def wait_up(self) -> Self:
        """Return when it answers."""
        wait_until(lambda: self._is_up() or self.process.poll() is not None, "it listens", show=lambda: self.log)
        assert self.process.poll() is None, self.log
        return self

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        """Ask and return the document; another status than this is a failure."""
        return self._checked(self.client.get(path, **more), status)

    def post(self, path: str, status: int = 200, **more: Any) -> Any:
        """Order something with the token and return the document."""
        headers = {**self.with_token, **more.pop("headers", {})}
        return self._checked(self.client.post(path, headers=headers, **more), status)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)

    def _is_up(self) -> bool:
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def _checked(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, (answer.text, self.log[-3000:])
        return answer.json()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()
        self._log.close()


def free_port() -> int:
    """Return a port of loopback that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def own_segment() -> Iterator[str]:
    """Yield a name nobody else uses, for several tests; its directory is removed afterwards."""
    name = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    yield name
    directory = SegmentPaths.of(name).directory
    for path in directory.iterdir() if directory.exists() else ():
        path.unlink()
    if directory.exists():
        directory.rmdir()


@contextmanager
def own_feed() -> Iterator[Feed]:
    """Yield a feed that serves several tests."""
    with own_segment() as name, Feed.start(name) as feed:
        yield feed
