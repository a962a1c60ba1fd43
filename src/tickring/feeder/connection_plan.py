"""The next connection: when, to which port, with which client id.

Waits double from the first to the limit and are forgotten by data alone: a gateway that shakes hands and then breaks
off, for ever, is not asked more and more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.backoff import Backoff
from tickring.feeder.client_ids import ClientIds
from tickring.feeder.gateway_lost import ClientIdTaken, GatewayLost, PortMoved

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig

__all__ = ["ConnectionPlan", "Place"]


class Place(NamedTuple):
    """Where to connect, and as whom."""

    port: int
    client_id: int


class ConnectionPlan:
    """Lives as long as the feeder. Times: seconds, monotonic clock."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._backoff = Backoff(config.backoff_first_s, config.backoff_limit_s)
        self._ids = ClientIds(config.client_id, config.client_id_pool, config.client_id_patience_s)
        self._port = config.port
        self.attempts = 0
        """Connections that failed or were lost since the last data."""

    @property
    def place(self) -> Place:
        """Of the next connection."""
        return Place(self._port, self._ids.current)

    def lost(self, error: GatewayLost, now_s: float) -> float:
        """A connection has failed or ended; return how long to wait before the next one."""
        self.attempts += 1
        if isinstance(error, ClientIdTaken):
            self._ids.taken(now_s)
            if not self._ids.is_own:  # nobody has been asked for this one yet
                return self._backoff.first_s()
        else:
            self._ids.lost()
            self._port = self._config.port
        if isinstance(error, PortMoved) and self._config.follow_port:
            self._port = error.port
            return self._backoff.first_s()
        return self._backoff.next_s()

    def ready(self) -> None:
        """The gateway has let us in; nothing is proven by that but the id."""
        self._ids.settled()

    def data_came(self) -> None:
        """A price of a stream: the next failure is a first one again."""
        self._backoff.succeeded()
        self.attempts = 0
