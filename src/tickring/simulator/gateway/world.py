"""What all sessions of one gateway share: the market behind it, its faults, its client ids and its counters."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.simulator.gateway.faults import Faults
from tickring.simulator.gateway.history_pacing import HistoryPacing
from tickring.simulator.market.catalog import Catalog
from tickring.simulator.market.clock import SimClock
from tickring.simulator.market.market import Market
from tickring.simulator.market.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.control.sent_log import SentLog
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.settings import GatewaySettings
    from tickring.simulator.gateway.subscription import Subscription

__all__ = ["World"]

_SHORTEST_REPEAT_S = 0.5


class World:
    """One per gateway; lives through its restarts. Used in the event loop's thread only."""

    def __init__(self, settings: GatewaySettings, log: SentLog | None = None) -> None:
        self.settings = settings
        self.log = log
        self.clock = SimClock(settings.clock_offset_s)
        if settings.listings:
            self.catalog = Catalog.from_toml(Path(settings.listings), generated=settings.generated)
        else:
            self.catalog = Catalog(settings.generated)
        self.sessions = Sessions(always_open=settings.always_open)
        self.market = Market(settings.seed, self.catalog, self.sessions, sample_s=settings.sample_s)
        self.faults = Faults()
        self.history_pacing = HistoryPacing()
        self.clients: list[ClientSession] = []
        self.streams: dict[Subscription, None] = {}
        """Every subscription that may get ticks, of all clients, oldest first; cancelled ones for a moment longer."""
        self.lines_in_use = 0
        self.ghosts: dict[int, float] = {}
        """Client ids that a restart has left behind, and until when (monotonic seconds)."""
        self.next_valid_id = settings.next_valid_id
        self.holdings = {holding.symbol: holding for holding in settings.holdings}
        self.orders = {order.symbol: order for order in settings.orders}
        """One of a symbol at most."""
        self.lines_limit = settings.lines
        self.lines_taken = 0
        """Of those, by other programs and windows of the same user."""
        self.message_rate = settings.message_rate
        self.busiest_second = 0
        """The most requests of one client that must have arrived within one second, since the limit was set."""
        self.ticks_sent = 0
        self.requests_taken = 0

    def after(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Do it after the time a gateway takes, which `pace` makes longer or shorter."""
        return asyncio.get_running_loop().call_later(delay_s * self.settings.pace, action)

    @property
    def clients_started(self) -> int:
        """How many sessions have a client id: connections that have not got so far do not count against the limit."""
        return sum(client.client_id is not None for client in self.clients)

    def again(self, delay_s: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """As `after`, for what repeats itself: `pace` makes it faster, but never as fast as the loop can."""
        return asyncio.get_running_loop().call_later(max(delay_s * self.settings.pace, _SHORTEST_REPEAT_S), action)

    def client_id_is_taken(self, client_id: int) -> bool:
        """Whether another session, or the ghost of one, has the id."""
        if any(client.client_id == client_id for client in self.clients):
            return True
        return self.ghosts.get(client_id, 0.0) > time.monotonic()

    def forget_subscriptions(self) -> None:
        """Lose all data requests, as after 1101: they are neither answered nor in the way of their ids."""
        for client in self.clients:
            client.desk.forget_all()

    def status(self) -> dict[str, object]:
        """Return what the control channel's `status` tells."""
        return {
            "clients": [
                {
                    "client_id": client.client_id,
                    "server_version": client.server_version,
                    "subscriptions": len(client.desk),
                    "state": client.state,
                }
                for client in self.clients
            ],
            "subscriptions": self.lines_in_use,
            "lines": self.lines_limit,
            "lines_taken": self.lines_taken,
            "message_rate": self.message_rate,
            "busiest_second": self.busiest_second,
            "next_valid_id": self.next_valid_id,
            "ticks_sent": self.ticks_sent,
            "requests_taken": self.requests_taken,
            "clock_offset_s": self.clock.offset_s,
            "phase": self.sessions.phase(self.clock.now_s()).value,
            "faults": self.faults.standing(),
        }
