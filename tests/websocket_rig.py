"""The HTTP service as a process of its own, clients of its WebSocket, and ticks for them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx
import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.cli_runs import environment
from tests.feeds import Feed
from tests.waiting import wait_until
from tickring.states import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from websockets.sync.client import ClientConnection

ROOT = Path(__file__).parent.parent
LONG_S = 20.0


def own_name() -> str:
    """A segment's name that nobody else uses."""
    return f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@contextlib.contextmanager
def own_feed(name: str | None = None, **arguments: Any) -> Generator[Feed]:
    """A feed as `Feed.start` makes it, in a segment of its own that is gone afterwards."""
    name = own_name() if name is None else name
    try:
        with Feed.start(name, **arguments) as feed:
            yield feed
    finally:
        shutil.rmtree(f"/dev/shm/tickring-{name}", ignore_errors=True)


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


class ApiService:
    """One service, or several after each other, at one port. Use as a context manager."""

    def __init__(self, segment: str, place: Path, **settings: object) -> None:
        """`settings`: with `__` for the dot: `websocket__stuck_s=1`."""
        place.mkdir(exist_ok=True, parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._place = place
        given = {
            "segment.name": segment,
            "stream.api_mode": "mock",
            "api.port": self.port,
            "files.data_root": place / "data",
            "files.state_dir": place / "state",
            "database.url": f"sqlite:///{place / 'tickring.db'}",
            **{name.replace("__", "."): value for name, value in settings.items()},
        }
        self._arguments = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        self.process = self._begin()

    def _begin(self) -> subprocess.Popen[bytes]:
        with (self._place / "api.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "tickring.api.process", *self._arguments],
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """What it has told."""
        return (self._place / "api.log").read_text()

    @property
    def token(self) -> str:
        """Of this service."""
        return (self._place / "state" / "api-token").read_text().strip()

    def wait_ready(self) -> Self:
        """Return when it answers."""
        wait_until(self._answers, "the service answers", timeout_s=90, show=lambda: self.log[-3000:])
        return self

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log[-3000:]
        try:
            return httpx.get(f"{self.url}/api/about", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def start_again(self) -> None:
        """Start the next one, after the one before has ended."""
        self.process = self._begin()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(LONG_S)

    def rss_bytes(self) -> int:
        """Memory that it has now."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(LONG_S)
        self.process.kill()
        self.process.wait()


class Listener:
    """One WebSocket client that keeps all it hears, with when. Close it."""

    def __init__(self, service: ApiService, *, is_reading: bool = True, uri: str | None = None, **options: Any) -> None:
        """`uri`: another than the service's own.

        `is_reading`: false for one that stands still, with as little room in the kernel as there can be.
        """
        connection = socket.socket()
        if not is_reading:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(LONG_S)
        connection.connect(("127.0.0.1", service.port))
        self._closing = contextlib.ExitStack()
        connecting = connect(
            uri or f"ws://127.0.0.1:{service.port}/ws",
            sock=connection,
            compression=None,
            ping_interval=None,
            close_timeout=0.1,
            max_size=None,
            max_queue=16 if is_reading else 1,
            proxy=None,
            **options,
        )
        self._socket: ClientConnection = self._closing.enter_context(connecting)
        self.heard: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        """Code and reason, once the service has closed."""

    @property
    def subprotocol(self) -> str | None:
        """What the service has chosen."""
        return self._socket.subprotocol

    def say(self, type: str, **fields: object) -> None:
        """Send a message."""
        self._socket.send(msgspec.json.encode({"type": type, **fields}).decode())

    def say_text(self, text: str) -> None:
        """Send whatever it is."""
        self._socket.send(text)

    def next(self, timeout_s: float = LONG_S) -> dict[str, Any] | None:
        """Return the next message; None if there is none in time, or the connection is closed."""
        try:
            message: dict[str, Any] = msgspec.json.decode(self._socket.recv(timeout_s))
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            self.closed = (1006, "") if error.rcvd is None else (error.rcvd.code, error.rcvd.reason)
            return None
        self.heard.append(message)
        return message

    def until(self, type: str, holds: Callable[[dict[str, Any]], object] = lambda _: True) -> dict[str, Any]:
        """Return the next message of a type for which something holds."""
        ends_s = time.monotonic() + LONG_S
        while (left_s := ends_s - time.monotonic()) > 0:
            message = self.next(left_s)
            if message is not None and message["type"] == type and holds(message):
                return message
            assert self.closed is None, f"closed with {self.closed} before {type}"
        raise AssertionError(f"no {type} within {LONG_S:g} s; heard last: {self.heard[-5:]}")

    def update(self, symbol: str, **fields: object) -> dict[str, Any]:
        """Return the next update of a symbol with these values."""
        return self.until(
            "quote_update",
            lambda one: one["symbol"] == symbol and all(one[name] == value for name, value in fields.items()),
        )

    def event(self, name: str) -> dict[str, Any]:
        """Return the first event of that name, heard already or still to come."""
        for message in self.heard:
            if message["type"] == "event" and message["event"]["name"] == name:
                return message
        return self.until("event", lambda one: one["event"]["name"] == name)

    def until_closed(self) -> tuple[int, str]:
        """Hear everything to its end; return code and reason."""
        ends_s = time.monotonic() + LONG_S
        while self.closed is None:
            assert time.monotonic() < ends_s, f"it goes on; heard last: {self.heard[-3:]}"
            self.next(1.0)
        return self.closed

    def updates(self, symbol: str) -> list[dict[str, Any]]:
        """Return the updates heard of a symbol."""
        return [one for one in self.heard if one["type"] == "quote_update" and one["symbol"] == symbol]

    def close(self) -> None:
        """Go. Idempotent."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class Ticker:
    """A thread that ticks every slot of a feed at a rate. Use in a `with`; `count` is the bid of the last round."""

    def __init__(self, feed: Feed, slots: list[int], *, per_s: float, rounds: int | None = None) -> None:
        self.count = 0
        self._feed = feed
        self._slots = slots
        self._pause_s = 1.0 / per_s
        self._rounds = rounds
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="test-ticker")

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._is_over.is_set() and (self._rounds is None or self.count < self._rounds):
            self.count += 1
            for slot in self._slots:
                self._feed.writer.tick(slot, time.time_ns(), Field.BID, float(self.count))
            self._feed.writer.commit()
            due_s += self._pause_s
            self._is_over.wait(max(0.0, due_s - time.monotonic()))

    def join(self) -> None:
        """Return after the last round."""
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_over.set()
        self._thread.join()
