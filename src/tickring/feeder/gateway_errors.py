"""What follows from each error or notice of the gateway: for one request, for the link, or for nobody."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tickring.feeder.gateway_lost import GatewayLost
from tickring.gateway_codes import Reaction, code_of
from tickring.states import Connection

if TYPE_CHECKING:
    from tickring.feeder.feed_state import FeedState
    from tickring.feeder.subscription_desk import SubscriptionDesk
    from tickring.feeder.tick_intake import TickIntake

__all__ = ["GatewayErrors"]

_LOG = logging.getLogger("tickring.feeder")
_UNCOUNTED = {Reaction.INFO, Reaction.FARM_UP, Reaction.LINK_UP_KEPT}
_OF_A_STREAM = {
    Reaction.NO_PERMISSION,
    Reaction.COMPETING,
    Reaction.UNRESOLVED,
    Reaction.REFUSED,
    Reaction.NO_LINE,
    Reaction.AGAIN,
}


class GatewayErrors:
    """One session's. Codes are hints; data is proof."""

    def __init__(self, client_id: int, desk: SubscriptionDesk, feed: FeedState, intake: TickIntake) -> None:
        self._client_id = client_id
        self._desk = desk
        self._feed = feed
        self._intake = intake

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
        _LOG.log(logging.DEBUG if reaction is Reaction.INFO else logging.INFO, "gateway %d: %s", code, text)
        if reaction not in _UNCOUNTED:
            concerned = stream or (fallback.stream if fallback else None)
            self._feed.note_error(code, text, concerned.symbol if concerned else None)
        if reaction is Reaction.ID_TAKEN:
            raise GatewayLost(f"client id {self._client_id} is in use: {text}")
        if fallback is not None:
            self._desk.fallback.error(fallback, reaction, text, now_s)
            self._feed.has_news = True
        elif stream is not None and reaction in _OF_A_STREAM:
            self._desk.refuse(stream, reaction, f"{code}: {text}", now_s)
            self._feed.has_news = True
        else:
            self._react(reaction, now_s)

    def _react(self, reaction: Reaction, now_s: float) -> None:
        if reaction is Reaction.LINK_DOWN:
            self._desk.mark_stale()  # each symbol needs a tick of its own to be believed again
            self._desk.fallback.suspend()
            self._feed.set_connection(Connection.SUSPECT)
            self._intake.is_suspect = True
        elif reaction is Reaction.LINK_UP_LOST:
            self._desk.ask_all_again()
            self._feed.has_news = True
        elif reaction in {Reaction.LINK_UP_KEPT, Reaction.FARM_UP}:
            self._desk.expect_ticks(now_s)
            if reaction is Reaction.LINK_UP_KEPT:
                self._desk.fallback.resume()
            self._feed.has_news = True
        elif reaction is Reaction.FARM_DOWN:
            self._desk.mark_stale()
