"""What takes ticks from the gateway: tickring's feeder, each ibapi release's own run loop, ib_async.

The releases share module names, so each lies in a directory of its own (`python -m tools.clients`), which the process
that uses it puts first on its path. Each release is run with every form of the protocol it speaks.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from bench._contenders.contract import Contender

__all__ = ["GATEWAY_CLIENTS", "IB_ASYNC", "GatewayClient", "Release", "client_directory"]

IB_ASYNC = "ib_async-2.1.0"


@dataclass(frozen=True)
class Release:
    """One client library with one form of the protocol."""

    client: str
    """Its directory's name."""
    server_version: int
    """The highest that the gateway offers."""

    @property
    def title(self) -> str:
        """Such as `ibapi 10.51.1, protobuf 226`."""
        form = "text" if self.server_version <= 200 else "protobuf"
        return f"{self.client.replace('-', ' ')}, {form} {self.server_version}"


_IBAPIS = [
    Release("ibapi-9.81.1", 157),
    Release("ibapi-10.46.1", 200),
    Release("ibapi-10.51.1", 226),
]


def client_directory(client: str) -> Path:
    """Return where a client lies, whether it is there or not."""
    return Path(sys.prefix) / "clients" / client


@dataclass(frozen=True)
class GatewayClient(Contender):
    """`is_stock`: a library's own loop, without tickring."""

    releases: tuple[Release, ...] = ()
    is_stock: bool = True

    def present(self) -> list[Release]:
        """Return the releases that are here."""
        return [release for release in self.releases if client_directory(release.client).is_dir()]

    def missing(self) -> str | None:
        """Return what to install, or None if at least one release is here."""
        if self.present():
            return None
        absent = ", ".join(dict.fromkeys(release.client for release in self.releases))
        return f"{absent} not found; {self.install}"

    def versions(self) -> str:
        """Return the releases that are here, and name those that are not."""
        here = {release.client for release in self.present()}
        return ", ".join(
            client if client in here else f"{client} (absent)"
            for client in dict.fromkeys(release.client for release in self.releases)
        )


_INSTALL = "`make bench` installs it (python -m tools.clients)"


def _stock(client: str, releases: list[Release], usage: str) -> GatewayClient:
    return GatewayClient(
        name=client,
        title=client.replace("-", " "),
        usage=usage,
        lacks="only its own process has the tick",
        releases=tuple(releases),
        install=_INSTALL,
    )


GATEWAY_CLIENTS: list[Contender] = [
    GatewayClient(
        name="tickring",
        title="tickring",
        usage="the feeder with each ibapi release; another process polls the segment or follows it",
        lacks="",
        releases=tuple(_IBAPIS),
        is_stock=False,
        install=_INSTALL,
    ),
    *(
        _stock(
            client,
            [release for release in _IBAPIS if release.client == client],
            "EClient.run in a thread, seen in the first line of tickPrice",
        )
        for client in dict.fromkeys(release.client for release in _IBAPIS)
    ),
    _stock(IB_ASYNC, [Release(IB_ASYNC, 178)], "seen in the wrapper's priceSizeTick, or in pendingTickersEvent"),
]
