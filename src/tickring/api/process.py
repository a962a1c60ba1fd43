"""The service as a process: a unit of its own, `tickring api` in a terminal, or a child of `tickring run`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import faulthandler
import logging
import math
import os
import signal
import socket
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import uvicorn

from tickring.api.app import create_app
from tickring.api.guarded_connection import connection_class
from tickring.api.loopback import is_loopback
from tickring.api.token_file import ensure_token, read_token, token_path
from tickring.api.ws_protocol import bounded_protocol
from tickring.config.from_flags import split_flags
from tickring.config.load import load
from tickring.config.structs import Config
from tickring.errors import CannotListen, ConfigError, TickringError, TokenMissing
from tickring.log_setup import set_up_logging
from tickring.own_line import OwnLine
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from fastapi import FastAPI

    from tickring.config.structs import ApiConfig

__all__ = ["BAD_CONFIGURATION", "BUSY", "CHILD_LINE", "main", "open_door", "run_api", "serve"]

BUSY: Final = 75
"""Exit code (EX_TEMPFAIL): another program has the port; another start may find it free."""
BAD_CONFIGURATION: Final = 78
"""Exit code (EX_CONFIG): another start would end the same way until somebody changes something."""
CHILD_LINE: Final = 3
"""The service's line among the sixteen of the header."""

_LOG = logging.getLogger("tickring.api")
_TICKS_PER_BEAT: Final = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; return the exit code: 0 ended as asked, else `BUSY` or `BAD_CONFIGURATION`."""
    given = _parser().parse_args(arguments)
    try:
        config = load(given.config, environ=os.environ, overrides=split_flags(given.set))
    except ConfigError as error:
        sys.stderr.write(f"tickring-api: {error}\n")
        return BAD_CONFIGURATION
    return serve(config)


def run_api(config_json: bytes, parent_pid: int) -> None:
    """Serve until SIGTERM, as a child of the supervisor; `parent_pid` is the process it must not outlive.

    Runs in a process of its own. `config_json` is the whole `Config`, encoded. Ends with the exit codes of `main`.
    """
    die_with_parent(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    try:
        config = msgspec.json.decode(config_json, type=Config)
    except msgspec.MsgspecError as error:
        sys.stderr.write(f"tickring api: its configuration cannot be read: {error}\n")
        sys.exit(BAD_CONFIGURATION)
    sys.exit(serve(config, line=CHILD_LINE))


def serve(config: Config, *, line: int | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code. Main thread only.

    `line`: of the segment's header, where a child of the supervisor stamps that its loop turns; None: a unit of its
    own, which writes nothing there.
    """
    faulthandler.enable()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # the command line lets it end a process: a client that leaves would
    set_up_logging("api", config.log)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # a line for each bad request would be a way to fill a disk
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        token, listening = open_door(config)
    except CannotListen as error:
        _LOG.error("api.not_started %s", error)
        return BUSY if error.is_taken else BAD_CONFIGURATION
    except TickringError as error:
        _LOG.error("api.not_started %s", error)
        return BAD_CONFIGURATION
    host = f"[{config.api.host}]" if ":" in config.api.host else config.api.host
    _LOG.info("api.listening url=http://%s:%d/ segment=%s", host, config.api.port, config.segment.name)
    with listening, contextlib.closing(OwnLine(config.segment.name, line, "api")) as own_line:
        _Server(_server_config(create_app(config, token), config), own_line).run(sockets=[listening])
    _LOG.info("api.ended")
    return 0


def open_door(config: Config) -> tuple[str, socket.socket]:
    """Return the token and the listening socket.

    Raises:
        TokenMissing: the address is beyond loopback, and there is no token.
        TokenUnusable: see `token_file`.
        CannotListen: the port is taken, or the address is none of this machine's.
    """
    return _token(config), _listen(config.api)


class _Server(uvicorn.Server):
    """Ends with exit code 0 when it is asked to: uvicorn's own raises the signal again. Stamps in its event loop."""

    def __init__(self, config: uvicorn.Config, line: OwnLine) -> None:
        super().__init__(config)
        self._line = line

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second, by the loop that serves everybody: where it hangs, this does."""
        if counter % _TICKS_PER_BEAT == 0:
            self._line.keep()
            self._line.beat()
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        heeded = [signal.SIGTERM, *([signal.SIGINT] if signal.getsignal(signal.SIGINT) != signal.SIG_IGN else [])]
        for number in heeded:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in heeded:
                loop.remove_signal_handler(number)


def _server_config(app: FastAPI, config: Config) -> uvicorn.Config:
    limits, sockets = config.api, config.websocket
    return uvicorn.Config(
        app,
        http=connection_class(limits),
        ws=bounded_protocol(sockets.send_buffer_bytes),
        ws_max_size=sockets.message_limit_bytes,
        ws_ping_interval=sockets.ping_s,
        ws_ping_timeout=sockets.ping_s,
        ws_per_message_deflate=False,  # memory and time for each client, to save bytes on a loopback
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=math.ceil(limits.idle_timeout_s),
        timeout_graceful_shutdown=math.ceil(limits.stop_timeout_s),
    )


def _token(config: Config) -> str:
    path = token_path(config, os.environ)
    if is_loopback(config.api.host):
        return ensure_token(path)
    try:
        return read_token(path)
    except TokenMissing:
        raise TokenMissing(
            str(path),
            f"api.host is {config.api.host!r}, which others can reach, and there is no token: make one with "
            "`tickring api token`, or listen at 127.0.0.1",
        ) from None


def _listen(limits: ApiConfig) -> socket.socket:
    host, port = limits.host, limits.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        rule = "is taken by another program; end that one, or choose another api.port" if is_taken else ""
        why = rule or f"cannot be listened at: {error.strerror or error}; choose another api.host or api.port"
        raise CannotListen(host, port, why, is_taken=is_taken) from None
    # asyncio does this for sockets of its own only. Without it the second part of an answer, or the second message of
    # a WebSocket, waits 40 ms for the other side to acknowledge the first. Accepted connections inherit it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Closed in good order, a connection stays until its client has taken what is left. One that takes nothing is ended
    # by the kernel.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, math.ceil(limits.idle_timeout_s * 1000))
    return listening


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tickring-api",
        description="Show quotes and the state of the stream over HTTP and WebSocket, and start and stop the stream.",
        epilog="Exit codes: 0 ended as asked; 2 wrong arguments; 75 the port is taken; 78 wrong configuration.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="TOML file; without one: as `tickring config check` finds it"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="one setting; repeats")
    parser.add_argument("--version", action="version", version=f"tickring {metadata.version('tickring')}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
