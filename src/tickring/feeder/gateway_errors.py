"""What follows from each error or notice of the gateway: for one request, for the link, or for nobody."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

from tickring.episodes import EpisodeKind, Severity
from tickring.feeder.farm_table import FarmTable
from tickring.feeder.gateway_lost import ClientIdTaken, GatewayLost, PortMoved
from tickring.feeder.ib_link import IbLink
from tickring.gateway_codes import Reaction, code_of

if TYPE_CHECKING:
    from tickring.config.structs import GatewayConfig
    from tickring.feeder.feed_state import FeedState
    from tickring.feeder.stream import Stream
    from tickring.feeder.subscription_desk import SubscriptionDesk
    from tickring.feeder.tick_intake import TickIntake

__all__ = ["GatewayErrors"]

_LOG = logging.getLogger("tickring.feeder")
_NOT_VALID = 321
_UNCOUNTED = {Reaction.INFO, Reaction.FARM_UP, Reaction.LINK_UP_KEPT}
_OF_A_STREAM = {
    Reaction.NO_PERMISSION,
    Reaction.COMPETING,
    Reaction.UNRESOLVED,
    Reaction.REFUSED,
    Reaction.NO_LINE,
    Reaction.AGAIN,
}
_LAST_NUMBER = re.compile(r"(\d{1,5})\D*$", re.ASCII)
_LARGEST_PORT = 65_535


class GatewayErrors:
    """One session's. Codes are hints; data is proof."""

    def __init__(self, config: GatewayConfig, desk: SubscriptionDesk, feed: FeedState, intake: TickIntake) -> None:
        self._config = config
        self._desk = desk
        self._feed = feed
        self._intake = intake
        self._farms = feed.farms = FarmTable(config.farm_settle_s)
        self.link = IbLink(config)

    def take(self, req_id: int, code: int, text: str, now_s: float) -> None:
        """An error or a notice; `req_id` -1 belongs to no request.

        Raises:
            GatewayLost: the gateway will close, or the session cannot go on.
        """
        stream = self._desk.stream_of(req_id) if req_id >= 0 else None
        fallback = self._desk.fallback.request_of(req_id) if req_id >= 0 else None
        reaction = code_of(code).reaction
        if reaction is Reaction.HISTORY and req_id >= 0 and fallback is None:
            reaction = Reaction.INFO  # so a cancel of ours is confirmed
        concerned = stream or (fallback.stream if fallback else None)
        symbol = concerned.symbol if concerned else None
        level = logging.DEBUG if reaction is Reaction.INFO else logging.INFO
        _LOG.log(level, "gateway.said code=%d symbol=%s text=%r", code, symbol, text)
        if reaction not in _UNCOUNTED:
            self._feed.note_error(code, text, symbol)
        if reaction is not Reaction.INFO and self._desk.inquiries.details.refuse(req_id, code, text):
            return
        if code == _NOT_VALID and req_id < 0:
            self._desk.inquiries.account.refused(text)
        self._end_if_lost(reaction, code, text)
        self._take_farm(code, text, now_s)
        if fallback is not None:
            self._desk.fallback.error(fallback, reaction, text, now_s)
            self._feed.has_news = True
        elif stream is not None and reaction in _OF_A_STREAM:
            self._desk.refuse(stream, reaction, f"{code}: {text}", now_s)
            if reaction is Reaction.UNRESOLVED:
                self._desk.inquiries.details.note_unknown(stream.symbol, code, text)
            self._feed.has_news = True
        else:
            self._react(reaction, code, text, now_s)

    def _end_if_lost(self, reaction: Reaction, code: int, text: str) -> None:
        if reaction is Reaction.ID_TAKEN:
            raise ClientIdTaken(f"client id {self._config.client_id} is in use: {text}")
        if reaction is Reaction.LOST:
            raise GatewayLost(f"{code}: {text}")
        if reaction is Reaction.PORT_MOVED:
            port = _port_in(text)
            if port is not None and self._config.follow_port:
                raise PortMoved(f"the gateway has moved to port {port}", port)
            _LOG.warning("gateway.port_moved text=%r: set gateway.port, or gateway.follow_port", text)

    # ---- farms ----

    def _take_farm(self, code: int, text: str, now_s: float) -> None:
        broken = self._farms.notice(code, text, now_s)
        if broken is not None:
            self._feed.open_episode(
                EpisodeKind.FARM_DOWN,
                f"farm {broken.name}",
                cause=f"IB's {broken.kind} data farm {broken.name} is broken",
                heals="by itself; mute symbols are asked for again",
                code=code,
                severity=Severity.WARNING if broken.kind == "market" else Severity.INFO,
            )

    # ---- the link behind the gateway ----

    def _react(self, reaction: Reaction, code: int, text: str, now_s: float) -> None:
        if reaction is Reaction.LINK_DOWN:
            self.link.went_down(now_s)
            self._doubt()
            self._feed.link_outage.began(text, now_s, code=code)
        elif reaction in {Reaction.LINK_UP_LOST, Reaction.LINK_UP_KEPT}:
            if self.link.came_up(now_s):
                cause = "the link is said to be back, and nobody said that it broke"
                self._feed.link_outage.began(cause, now_s, code=code)
            self._doubt()  # also what a tick on its way has brought back meanwhile
            if reaction is Reaction.LINK_UP_LOST:
                self._desk.ask_all_again()
            else:
                self._desk.expect_ticks(now_s)
                self._desk.fallback.resume()
            self._feed.has_news = True
        elif reaction is Reaction.FARM_UP:
            self._desk.expect_ticks(now_s)
            self._feed.has_news = True
        elif reaction is Reaction.FARM_DOWN:
            self._desk.mark_stale()
        elif reaction is Reaction.PACING:
            self._desk.slow_down(now_s)
            self._feed.has_news = True

    def _doubt(self) -> None:
        """Each symbol needs a tick of its own to be believed again."""
        self._desk.mark_stale()
        self._desk.fallback.suspend()
        self._intake.is_suspect = True

    def data_came(self, now_s: float, stream: Stream | None = None) -> None:
        """A price of a stream, a snapshot or history. `stream`: whose; None: of no stream."""
        if self.link.data_came(now_s):
            self._desk.mark_stale(besides=stream)  # what others have brought until now was on its way when it broke
            self._believe()

    def check(self, now_s: float) -> None:
        """See what time alone settles."""
        if self.link.is_suspect:
            in_session = self._feed.hours.in_session(self._desk.streams, time.time_ns())
            if self.link.check(now_s, in_session=in_session):
                self._believe()
        for name in self._farms.recovered(now_s):
            self._feed.close_episode(EpisodeKind.FARM_DOWN, f"farm {name}")

    def _believe(self) -> None:
        self._intake.is_suspect = False
        self._desk.fallback.resume()
        self._feed.link_outage.ended()
        self._feed.has_news = True

    def close(self) -> None:
        """The session is over, and with it what it knew of links and farms."""
        self._feed.link_outage.ended()
        for name in self._farms.outages():
            self._feed.close_episode(EpisodeKind.FARM_DOWN, f"farm {name}")
        self._feed.farms = None


def _port_in(text: str) -> int | None:
    """Return the port that the text of 1300 ends with."""
    found = _LAST_NUMBER.search(text)
    port = int(found[1]) if found else 0
    return port if 0 < port <= _LARGEST_PORT else None
