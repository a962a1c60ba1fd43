"""The HTTP service's section of the configuration: where it listens, who may ask, and how much."""

from typing import Annotated, Literal

import msgspec

from tickring.config.section import Port, Seconds, Section

__all__ = ["ApiConfig"]


class ApiConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The HTTP service: REST, WebSocket, dashboard."""

    child: Literal["auto", "yes", "no"] = "auto"
    """Whether the supervisor starts it; auto: only `tickring run` on its own simulator, else it has its own unit."""
    host: str = "127.0.0.1"
    """Address to listen at. Beyond loopback a token must be there already, and reading needs it too."""
    port: Port = 8765
    """Port to listen at."""
    token_file: str = ""
    """Holds the token, for its owner alone (0600); empty: the credential `api-token` of systemd, else
    `<state_dir>/api-token`."""
    allowed_hosts: tuple[str, ...] = ()
    """Names, beside loopback's and `host`, that a request may be addressed to: what stands in the browser's address."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of other pages that may ask: `https://desk.example`; the service's own pages may anyway."""
    request_limit_bytes: Annotated[int, msgspec.Meta(ge=1024, le=1 << 24)] = 64 << 10
    """The body of a request may be so long."""
    request_timeout_s: Seconds = 15.0
    """From a request's head to the end of its answer's making."""
    head_timeout_s: Seconds = 10.0
    """From a connection's begin to the end of its first request's head."""
    idle_timeout_s: Seconds = 30.0
    """A connection that asks nothing more for so long, or takes nothing of what it is sent, is closed."""
    requests_open_max: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 64
    """Requests in work at a time; who comes later is told to try again."""
    connections_max: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 512
    """Connections at a time, WebSockets included; who comes later is closed at once."""
    control_timeout_s: Seconds = 10.0
    """The supervisor's answer is waited for so long."""
    database_timeout_s: Seconds = 5.0
    """The database's answer is waited for so long."""
    files_timeout_s: Seconds = 2.0
    """The disk with the JSON files is waited for so long."""
    positions_max_age_s: Seconds = 60.0
    """Positions that were told longer ago are not summed up."""
    stop_timeout_s: Seconds = 2.0
    """From SIGTERM until requests in work are given up."""
