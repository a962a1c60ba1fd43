"""A small HTTP server for Prometheus, where the api does not run or is not to be scraped."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

from prometheus_client import CONTENT_TYPE_LATEST

from tickring.metrics.collector import render

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MetricsServer"]


class _Handler(BaseHTTPRequestHandler):
    """Answers `/metrics`; everything else leads there."""

    timeout = 10.0

    def do_GET(self) -> None:
        """Answer."""
        if self.path.partition("?")[0] != "/metrics":
            self._answer(404, "text/plain; charset=utf-8", b"the metrics are at /metrics\n")
            return
        self._answer(200, CONTENT_TYPE_LATEST, render(cast("MetricsServer", self.server).segment))

    def _answer(self, code: int, content_type: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are no news."""


class MetricsServer(ThreadingHTTPServer):
    """Bound at once; `serve_forever` answers, one thread a request. Loopback unless told otherwise."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, segment: str | Path, host: str = "127.0.0.1", port: int = 9464) -> None:
        """Bind. `port` 0: any free one (`server_port` tells).

        Raises:
            OSError: the address is taken or not to be had.
        """
        self.segment = segment
        super().__init__((host, port), _Handler)
