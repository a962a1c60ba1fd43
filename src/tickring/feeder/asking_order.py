"""Which wanted symbol may ask for its stream now: who has a line, and nobody while another session has the data.

The subscription desk asks; here is decided. A symbol without a line is `rotated`; one that a competing session keeps
out waits until the one symbol that is tried has a price.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tickring.feeder.competing_session import CompetingSession
from tickring.feeder.line_desk import CERTAIN, LineDesk
from tickring.feeder.retry_wait import retry_wait_s
from tickring.feeder.stream import Stage
from tickring.gateway_codes import Reaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import FeederConfig
    from tickring.feeder.stream import Stream

__all__ = ["AskingOrder"]


class AskingOrder:
    """Lives as long as the feeder. Times: seconds, monotonic clock."""

    def __init__(self, config: FeederConfig, streams: Mapping[str, Stream]) -> None:
        """`streams`: what is wanted, as the subscription desk knows it."""
        self._config = config
        self._streams = streams
        self.lines = LineDesk(config, streams)
        """Who has a market data line."""
        self.competing = CompetingSession(config)
        """Whether somebody else has the market data."""

    def kept_out(self, now_s: float) -> list[Stream]:
        """Return those who could ask if another session had not the data: refused by it from here on, though not asked.

        In a new session with the gateway only one symbol asks, and the others are told nothing.
        """
        if not self.competing.is_on:
            return []
        found = [one for one in self._streams.values() if one.stage is Stage.RESOLVED and one.refusal in CERTAIN]
        found = [one for one in found if one.symbol != self.competing.tried]
        for one in found:
            one.stage, one.refusal, one.deadline_s = Stage.REFUSED, Reaction.COMPETING, inf
            one.asked_s = min(one.asked_s, now_s)
        return found

    def settle(self, now_s: float) -> tuple[list[Stream], float]:
        """Choose. Return those that have a line and shall not, and in how many seconds time alone changes that."""
        try_s = self._choose_tried(now_s)
        return self.lines.assign(now_s), min(try_s, self.lines.next_s(now_s))

    def _choose_tried(self, now_s: float) -> float:
        if not self.competing.is_on:
            return inf
        waiting = [one.symbol for one in self.lines.in_order() if _waits(one) or self._is_tried(one)]
        next_s = self.competing.choose(waiting, now_s)
        tried = self._streams.get(self.competing.tried or "")
        if tried is not None and tried.stage is Stage.REFUSED:
            tried.stage = Stage.RESOLVED
        return next_s

    def _is_tried(self, stream: Stream) -> bool:
        return stream.symbol == self.competing.tried and stream.stage is Stage.REQUESTED

    def may_ask(self, stream: Stream, snapshots: int) -> bool:
        """Whether a symbol that runs no request may send one while so many snapshots are open."""
        if stream.stage is Stage.NEW:
            return True
        if self.competing.is_on and stream.symbol != self.competing.tried:
            return False
        return stream.stage is Stage.RESOLVED and self.lines.may_ask(stream, snapshots)

    # ---- answers ----

    def refused(self, stream: Stream, reaction: Reaction, snapshots_before: int, now_s: float) -> None:
        """A request was refused, its id still known: settle its stage, and when it is tried again.

        `snapshots_before`: open ones that were asked for before it.
        """
        stream.stage, stream.refusal, stream.deadline_s = Stage.REFUSED, reaction, inf
        if reaction is Reaction.NO_LINE:
            self.lines.refused(stream.req_id, snapshots_before, now_s)
            stream.stage = Stage.ROTATED
        elif reaction is Reaction.COMPETING:
            self.competing.refused(stream.symbol, now_s)
        else:
            self.failed(stream, now_s)

    def failed(self, stream: Stream, now_s: float) -> None:
        """One more refusal of its own: the next try waits longer."""
        stream.refusals += 1
        stream.deadline_s = now_s + retry_wait_s(self._config, stream.refusals)
        self.competing.unanswered(stream.symbol, now_s)

    def unanswered(self, stream: Stream, now_s: float) -> None:
        """Nothing came, not even an error: what it was refused for before is not so any more."""
        stream.refusals += 1
        if stream.refusal not in CERTAIN:
            stream.refusal = None
        self.competing.unanswered(stream.symbol, now_s)

    def confirmed(self, stream: Stream) -> None:
        """A first price has come: what was refused before counts no longer."""
        stream.refusal, stream.refusals = None, 0
        if self.competing.confirmed(stream.symbol):
            for one in self._streams.values():
                if _waits(one):
                    one.stage = Stage.RESOLVED


def _waits(stream: Stream) -> bool:
    """Whether a competing session may be what keeps it from asking."""
    is_refused = stream.stage is Stage.REFUSED and stream.refusal is Reaction.COMPETING
    return is_refused or stream.stage is Stage.RESOLVED
