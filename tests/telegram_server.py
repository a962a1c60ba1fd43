"""A server with the shape of Telegram's Bot API on a loopback port: its answers, its errors, its slowness.

It takes webhooks and pings too. What a request is answered with is a list of orders; without one it is taken. Runs in
threads of the test's process, or as a process of its own: the sockets are real either way.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from tests.waiting import wait_until

TOKEN = "7061:AAH-secret_of_the_bot-9xQ"
CHAT = "-1001234567890"


class Received(NamedTuple):
    """One request that was answered with 200."""

    path: str
    body: Any
    at_s: float
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """What a telephone shows."""
        return str(self.body.get("text", ""))


class Order(NamedTuple):
    """How to answer one request."""

    status: int = 200
    retry_after: int = 0
    """Telegram's, in the body; 0: none."""
    header: str = ""
    """Retry-After, as a webhook's server says it."""
    wait_s: float = 0.0
    """Before the answer's first byte."""
    is_dripping: bool = False
    """The answer comes byte after byte and has no end."""
    is_cut: bool = False
    """The message is taken, and the connection closed without an answer."""
    body: bytes = b""
    """Instead of the usual one."""


class TelegramServer:
    """Serves from `__enter__` to `__exit__`; its port stays the same over `stop` and `start`."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        """What was taken."""
        self.refused: list[tuple[float, int]] = []
        """When, and with which status."""
        self.orders: list[Order] = []
        """For the next requests, the first one first."""
        self.always: Order | None = None
        """For every request, where there is no order."""
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer._answer(self)

            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        ThreadingHTTPServer.allow_reuse_address = True
        self._ending.clear()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more: connections are refused."""
        server, self._server = self._server, None
        self._ending.set()
        if server is not None:
            server.shutdown()
            server.server_close()

    def wait_for(self, count: int, what: str = "messages") -> list[Received]:
        """Return what was taken, once it is so much."""
        wait_until(lambda: len(self.received) >= count, f"{count} {what}", timeout_s=30, show=self.told)
        return self.received

    def wait_text(self, *words: str) -> Received:
        """Return the first message with all these words, once it is there."""

        def found() -> list[Received]:
            return [one for one in self.received if all(word in one.text for word in words)]

        wait_until(found, f"a message with {words}", timeout_s=30, show=lambda: (self.told(), self.refused))
        return found()[0]

    def told(self) -> list[str]:
        """All texts."""
        return [one.text for one in list(self.received)]

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        content = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        with self._lock:
            order = self.orders.pop(0) if self.orders else self.always or Order()
        body = json.loads(content) if content else {}
        is_telegram = request.path.startswith("/bot")
        if is_telegram and order.status == 200:
            order = _checked(order, request.path, body)
        self._ending.wait(order.wait_s)
        if order.status == 200:
            self.received.append(Received(request.path, body, time.monotonic(), dict(request.headers)))
        else:
            self.refused.append((time.monotonic(), order.status))
        try:
            self._write(request, order)
        except OSError:  # whoever asked has hung up, which is what the test is about
            request.close_connection = True

    def _write(self, request: BaseHTTPRequestHandler, order: Order) -> None:
        if order.is_cut:
            request.close_connection = True
            return
        answer = order.body or json.dumps(_telegram(order)).encode()
        request.send_response(order.status)
        if order.header:
            request.send_header("Retry-After", order.header)
        request.send_header("Content-Length", str(1 << 30 if order.is_dripping else len(answer)))
        request.end_headers()
        while order.is_dripping and not self._ending.wait(0.02):
            request.wfile.write(b" ")
        request.wfile.write(answer)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()


def _checked(order: Order, path: str, body: Any) -> Order:
    """Refuse what Telegram would."""
    if path != f"/bot{TOKEN}/sendMessage":
        return order._replace(status=401)
    if str(body.get("chat_id")) != CHAT:
        return order._replace(status=400)
    return order


def _telegram(order: Order) -> dict[str, Any]:
    if order.status == 200:
        return {"ok": True, "result": {"message_id": 1}}
    words = {
        400: "Bad Request: chat not found",
        401: "Unauthorized",
        403: "Forbidden: bot was kicked from the supergroup chat",
        429: f"Too Many Requests: retry after {order.retry_after}",
    }
    said: dict[str, Any] = {
        "ok": False,
        "error_code": order.status,
        "description": words.get(order.status, "Internal Server Error"),
    }
    if order.retry_after:
        said["parameters"] = {"retry_after": order.retry_after}
    return said
