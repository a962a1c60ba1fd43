"""Who is believed when the gateway's link to IB was in doubt: each symbol by a price of its own that came after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.feeder_line_room import LineRoom
from tickring.config.structs import Config
from tickring.feeder.feed_state import FeedState
from tickring.feeder.gateway_errors import GatewayErrors
from tickring.feeder.start_clock import StartClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.feeder.stream import Stream


class LinkRoom(LineRoom):
    """Three streams, all live, and what the session with their gateway makes of its codes."""

    def __init__(self, feed: Feed) -> None:
        self.errors: GatewayErrors | None = None
        config = Config()
        super().__init__(feed, config.feeder, 3)
        self.feed = FeedState(feed.writer, feed.name, 1, StartClock(), config.gateway)
        self.turn(5.0)
        self.errors = GatewayErrors(config.gateway, self.desk, self.feed, self.intake)

    def _confirmed(self, stream: Stream) -> None:
        super()._confirmed(stream)
        if self.errors is not None:
            self.errors.data_came(self.now_s, stream)

    def notice(self, code: int) -> None:
        """A code of no request."""
        assert self.errors is not None
        self.errors.take(-1, code, "Connectivity", self.now_s)

    def price(self, symbol: str, after_s: float) -> None:
        """A price of the running request, so long after what came last."""
        self.now_s += after_s
        self.intake.begin(1)
        self.intake.tick_price(self.streams[symbol].req_id, 4, 101.0)
        self.intake.end()


def test_a_price_on_its_way_when_the_link_broke_makes_nothing_live(make_feed: Callable[..., Feed]) -> None:
    """Half a second after 1100 one ticks, a second later another: that one alone is believed, the first by its next."""
    room = LinkRoom(make_feed())
    room.notice(1100)
    room.price("S0", 0.5)
    room.price("S1", 1.0)
    assert room.errors is not None
    assert not room.errors.link.is_suspect
    assert [room.said(symbol) for symbol in ("S0", "S1", "S2")] == ["stale", "live", "stale"]
    room.price("S0", 0.1)
    assert [room.said(symbol) for symbol in ("S0", "S1", "S2")] == ["live", "live", "stale"]


def test_a_price_between_two_codes_makes_nothing_live(make_feed: Callable[..., Feed]) -> None:
    """What ticks between 1100 and 1102 is stale again, and the first price after them vouches for its symbol only."""
    room = LinkRoom(make_feed())
    room.notice(1100)
    room.price("S0", 0.5)
    room.notice(1102)
    assert room.said("S0") == "stale"
    room.price("S1", 0.1)
    assert [room.said(symbol) for symbol in ("S0", "S1", "S2")] == ["stale", "live", "stale"]
