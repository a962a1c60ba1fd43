"""One market data request of one client, from its request to its cancel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.gateway.ticks import TickMaker
    from tickring.simulator.market.listing import Listing
    from tickring.simulator.market.market import Walker
    from tickring.simulator.market.quote_state import QuoteState

__all__ = ["Subscription"]


@dataclass(eq=False)
class Subscription:
    """`data_type` is what the client gets: 1 live, 2 frozen, 3 delayed, 4 delayed-frozen."""

    session: ClientSession
    req_id: int
    listing: Listing
    walker: Walker
    maker: TickMaker
    data_type: int
    is_snapshot: bool = False
    is_started: bool = False
    """Ticks are due: the gateway has taken its time."""
    is_cancelled: bool = False
    is_dead: bool = False
    """Silent for good, though the client is not told: an outage after which data did not come back."""
    shown: QuoteState | None = None
    """What the client has been sent; None = nothing yet, the next look says everything."""

    def start(self) -> None:
        """Let ticks come from the next look at the market on."""
        self.is_started = True
