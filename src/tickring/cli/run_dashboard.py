"""What `tickring run` says of its HTTP service: where the dashboard is, or why there is none."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickring.api.token_file import ensure_token, token_path
from tickring.cli.opening import cannot_look
from tickring.errors import TokenUnusable

if TYPE_CHECKING:
    from tickring.config.structs import Config

__all__ = ["with_dashboard"]


def with_dashboard(config: Config, *, is_sample: bool) -> Config:
    """Print the address, with the token in a terminal only; a sample whose port is taken goes without the service.

    Ends the command if there must be a token and cannot.
    """
    api = config.api
    if api.child == "no" or (api.child == "auto" and not is_sample):
        return config
    if api.child == "auto" and _is_taken(api.host, api.port):
        _print_line(
            f"no dashboard: {api.host} port {api.port} is taken by another program; choose another: --set api.port=8766"
        )
        return replace(config, api=replace(api, child="no"))
    try:
        token = ensure_token(token_path(config, os.environ))
    except TokenUnusable as error:
        cannot_look(f"{error}; or go without the dashboard: --set api.child=no")
    host = f"[{api.host}]" if ":" in api.host else api.host
    # What follows # stays in the browser. A pipe may be a file that others read.
    secret = f"#token={token}" if sys.stdout.isatty() else "  (token: `tickring api token --show`)"
    _print_line(f"dashboard: http://{host}:{api.port}/{secret}")
    return config


def _print_line(text: str) -> None:
    """Print at once: what follows takes the screen."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _is_taken(host: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError:
        return True
    return False
