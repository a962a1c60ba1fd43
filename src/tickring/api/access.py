"""Who may ask: by which name, from which page, with which token. The same rules for HTTP and WebSocket.

A browser on this machine reaches loopback, and whatever page it shows may have it ask. So a request must name a host
that is ours (a page elsewhere that has its own name point here names its own), come from a page of ours or from no page
at all, and bring the token, which no other page knows.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tickring.api.loopback import address_in, is_loopback
from tickring.errors import ApiRefused

if TYPE_CHECKING:
    from starlette.datastructures import Headers

    from tickring.config.structs import ApiConfig

__all__ = ["Access"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_BEARER = "bearer "
_PORTS = {"http": 80, "https": 443}
_OPEN_TO_ALL = frozenset({"/healthz", "/api/about"})


class Access:
    """The rules of one service. Immutable."""

    def __init__(self, config: ApiConfig, token: str) -> None:
        """`token`: what whoever changes something has to bring, and beyond loopback whoever reads, too."""
        self.needs_token_to_read = not is_loopback(config.host)
        self._token = token.encode()
        self._names = _OWN_NAMES | {name.lower() for name in (config.host, *config.allowed_hosts)}
        self._origins = frozenset(origin.rstrip("/").lower() for origin in config.allowed_origins)

    def check_place(self, headers: Headers) -> None:
        """Check host and origin of a request or a WebSocket's handshake.

        Raises:
            ApiRefused: 403, `host_not_allowed` or `origin_not_allowed`.
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise ApiRefused(
                403,
                "host_not_allowed",
                f"the request is addressed to {_shown(', '.join(hosts))}, which is no name of this service",
                "use its own address, or add the name to api.allowed_hosts",
            )
        for origin in headers.getlist("origin"):
            if not (_is_same(origin, hosts[0]) or origin.rstrip("/").lower() in self._origins):
                raise ApiRefused(
                    403,
                    "origin_not_allowed",
                    f"the request comes from a page of {_shown(origin)}, which is not this service",
                    "ask without a browser, or add the page's origin to api.allowed_origins",
                )

    def check_token(self, headers: Headers, *, method: str, path: str) -> None:
        """Check the token of a request that needs one.

        Raises:
            ApiRefused: 401, `token_missing` or `token_wrong`.
        """
        if method in _SAFE and (not self.needs_token_to_read or not is_data(path) or path in _OPEN_TO_ALL):
            return
        given = headers.get("authorization", "")
        if not given:
            raise ApiRefused(
                401,
                "token_missing",
                "this needs the token of the service",
                "send `Authorization: Bearer TOKEN`; `tickring api token --show` prints it",
            )
        if not (given[: len(_BEARER)].lower() == _BEARER and self.is_token(given[len(_BEARER) :].strip())):
            raise ApiRefused(
                401,
                "token_wrong",
                "the token is not that of this service",
                "`tickring api token --show` prints it, on the service's machine and for its user",
            )

    def is_token(self, text: str) -> bool:
        """Return whether this is the token; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(text.encode(errors="surrogateescape"), self._token)

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        if name is None:
            return False
        if name in self._names:
            return True
        # Nobody can make an address point elsewhere: only names can be turned against us.
        return self.needs_token_to_read and address_in(name) is not None


def is_data(path: str) -> bool:
    """Return whether a path gives data: all but the pages and their parts, which are the same for everybody."""
    return path.startswith(("/api/", "/diagnostics/", "/metrics", "/readyz", "/healthz", "/ws", "/openapi.json"))


def _name_of(host: str) -> str | None:
    """Return the name in a Host header, without its port; None if it is none."""
    try:
        return urlsplit(f"//{host}").hostname if host and "@" not in host and "/" not in host else None
    except ValueError:
        return None


def _is_same(origin: str, host: str) -> bool:
    """Return whether a page of this origin is one of the host's own. The scheme may differ: TLS ends before us."""
    try:
        page, own = urlsplit(origin), urlsplit(f"//{host}")
        if page.scheme not in _PORTS or page.path.strip("/") or page.query or page.fragment or page.username:
            return False
        port = _PORTS[page.scheme]
        return page.hostname == own.hostname and (page.port or port) == (own.port or port)
    except ValueError:
        return False


def _shown(text: str) -> str:
    return repr(text[:100])
