"""Where a control channel, a recorder or a replay listens: a unix socket or a loopback port.

Nothing of the simulator listens where another machine could reach it: it does what it is told and never asks who
tells.
"""

import ipaddress
from pathlib import Path
from typing import NamedTuple

from tickring.errors import TickringError

__all__ = ["BadPlace", "PlaceTaken", "TcpPlace", "UnixPlace", "parse_place"]

_PATH_BYTES_AT_MOST = 107  # sun_path of Linux holds 108 with its NUL: unix(7)


class BadPlace(TickringError, ValueError):
    """Not a place to listen at or to connect to."""


class PlaceTaken(TickringError):
    """A living process listens there, or something that is no socket stands there."""


class UnixPlace(NamedTuple):
    """A socket file."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"


class TcpPlace(NamedTuple):
    """A port; 0 lets the system choose one when listening."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_place(text: str, *, loopback_only: bool = True) -> UnixPlace | TcpPlace:
    """Return the place that a text names: `unix:/run/sim.control`, a path with a slash, or `127.0.0.1:0`.

    Raises:
        BadPlace: names the text and the rule it breaks.
    """
    if text.startswith("unix:") or ("/" in text and not text.startswith("[")):
        path = Path(text.removeprefix("unix:"))
        size_bytes = len(str(path).encode())
        if "\0" in text or not path.name:
            raise BadPlace(f"{text!r} names no file, must be unix:/path/of/a/socket")
        if size_bytes > _PATH_BYTES_AT_MOST:
            raise BadPlace(f"{text!r} has {size_bytes} bytes, a unix socket's path has at most {_PATH_BYTES_AT_MOST}")
        return UnixPlace(path)
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65_535:
        raise BadPlace(f"{text!r} is no place, must be unix:/path/of/a/socket or 127.0.0.1:port")
    if loopback_only and not _is_loopback(host):
        raise BadPlace(
            f"{text!r} is not loopback, must be 127.0.0.1:port, [::1]:port or a unix socket: "
            "whoever reaches it commands it; use an SSH tunnel from another machine"
        )
    return TcpPlace("127.0.0.1" if host == "localhost" else host, int(port))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
