"""Looks at every stream now and then, and carries out what `Liveness` makes of it.

When a stream ticked last is read from the segment's control lines, where both lanes leave it, so that a tick costs
nothing more for being watched.
"""

from __future__ import annotations

import logging
import time
from math import inf
from typing import TYPE_CHECKING, Protocol

from tickring.feeder.gateway_lost import GatewayLost
from tickring.feeder.liveness import Act, Liveness, Order, Silence
from tickring.feeder.stream import Stage
from tickring.feeder.suspension import suspended_s
from tickring.feeder.symbol_watch import Phase, Sight
from tickring.states import QuoteState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tickring.config.structs import Config
    from tickring.episodes import EpisodeBook
    from tickring.feeder.market_hours import MarketHours
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.stream import Stream
    from tickring.feeder.subscription_desk import SubscriptionDesk

__all__ = ["Listener", "LivenessDesk"]

_LOG = logging.getLogger("tickring.feeder")
_LATE_LOOKS = 3.0
_TOLD_PER_LOOK = 20
_PHASES = {
    Stage.CONFIRMED: Phase.STREAMING,
    Stage.REQUESTED: Phase.ASKED,
    Stage.PROVING: Phase.PROVING,
    Stage.NEW: Phase.WAITING,
    Stage.RESOLVING: Phase.WAITING,
    Stage.RESOLVED: Phase.WAITING,
}


class Listener(Protocol):
    """What is asked of the session with the gateway."""

    @property
    def heard_s(self) -> float:
        """When its last byte came (monotonic)."""
        ...

    @property
    def is_link_down(self) -> bool:
        """Whether the link behind the gateway is in doubt."""
        ...

    def ask_time(self) -> None:
        """Have the gateway asked for its time soon, unless that is under way."""


class LivenessDesk:
    """Lives as long as the feeder; sessions come and go (`open`, `close`). Threads: the loop's."""

    def __init__(
        self,
        desk: SubscriptionDesk,
        writer: SegmentWriter,
        hours: MarketHours,
        book: EpisodeBook,
        config: Config,
    ) -> None:
        self._desk = desk
        self._writer = writer
        self._hours = hours
        self._period_s = config.liveness.look_period_s
        self._fallback_after_s = config.feeder.fallback_after_s
        self._gateway: Listener | None = None
        self._look_at_s = -inf
        self._has_new = False
        self._was_link_down = False
        self._vouched: dict[str, int] = {}
        self.machine = Liveness(config.liveness, book)
        self._degraded_share = config.liveness.degraded_share

    # ---- sessions ----

    def open(self, gateway: Listener) -> None:
        """A session is ready."""
        self._gateway, self._was_link_down = gateway, False

    def close(self) -> None:
        """The session is over."""
        self._gateway = None
        self.machine.session_over()
        self._vouched.clear()

    def look_soon(self) -> None:
        """A symbol is new: whether its market is closed must be known before its first price is believed."""
        self._has_new = True

    def forget(self, symbol: str) -> None:
        """It is wanted no longer."""
        self.machine.forget(symbol)
        self._vouched.pop(symbol, None)

    def silence(self) -> Silence:
        """Return what the newest look has found."""
        return Silence(self.machine.silent, self.machine.closed, self._degraded_share)

    # ---- looks ----

    def work(self, now_s: float) -> float:
        """Look, if it is time; return in how many seconds the next look is due.

        Raises:
            GatewayLost: nothing but a new connection is left to try.
        """
        gateway = self._gateway
        if gateway is None:
            return inf
        if now_s < self._look_at_s and not self._has_new:
            return self._look_at_s - now_s
        self._has_new = False
        is_late = now_s > self._look_at_s + _LATE_LOOKS * self._period_s
        self._look_at_s = now_s + self._period_s
        if gateway.is_link_down:
            self._was_link_down = True
            return self._period_s
        if self._was_link_down or is_late:  # a loop that stood still has heard nobody, which is nobody's silence
            self._was_link_down = False
            self.machine.link_back(now_s)
        now_ns = time.time_ns()
        sights = self._sights(self._desk.streams.values(), now_s, now_ns)
        orders = self.machine.look(sights, now_s, now_ns, heard_s=gateway.heard_s)
        self._tell(orders)
        for order in orders:
            self._carry_out(order, gateway, now_s)
        return self._period_s

    def _sights(self, streams: Iterable[Stream], now_s: float, now_ns: int) -> Iterator[Sight]:
        asleep_s = suspended_s()
        for stream in streams:
            phase = _PHASES.get(stream.stage, Phase.ASIDE)
            data_s = -inf
            if phase is Phase.STREAMING:
                data_s = self._data_s(stream, asleep_s)
            elif phase is Phase.PROVING and stream.proofs != stream.proofs_seen:
                stream.proofs_seen = stream.proofs
                stream.deadline_s = now_s + self.machine.deadline_s(stream.symbol)
            is_open = self._hours.is_open(stream.symbol, now_ns) is not False
            yield Sight(
                stream.symbol, stream.group, phase, stream.req_id, data_s, stream.requested_s, is_open, stream.proofs
            )

    def _data_s(self, stream: Stream, asleep_s: float) -> float:
        """When the stream ticked last, on CLOCK_MONOTONIC: what was only vouched for is no tick."""
        vouched_ns = self._writer.vouched_ns(stream.slot)
        if vouched_ns == 0:
            return -inf
        if vouched_ns != self._vouched.get(stream.symbol):
            stream.data_s = vouched_ns / 1e9 - asleep_s
        return stream.data_s

    # ---- orders ----

    def _tell(self, orders: list[Order]) -> None:
        """Each act with its cause; of a silence that concerns hundreds, the first ones stand for all."""
        told = [order for order in orders if order.cause and order.act is not Act.PROBE]
        for order in told[:_TOLD_PER_LOOK]:
            _LOG.info("feeder.liveness symbol=%s act=%s: %s", order.symbol or "-", order.act.value, order.cause)
        if len(told) > _TOLD_PER_LOOK:
            _LOG.info("feeder.liveness and %d more like these", len(told) - _TOLD_PER_LOOK)
        probe = next((order for order in orders if order.act is Act.PROBE), None)
        if probe is not None:
            _LOG.debug("feeder.liveness act=probe: %s", probe.cause)

    def _carry_out(self, order: Order, gateway: Listener, now_s: float) -> None:
        if order.act is Act.RECONNECT:
            raise GatewayLost(order.cause)
        if order.act is Act.PROBE:
            gateway.ask_time()
            return
        stream = self._desk.streams[order.symbol]
        match order.act:
            case Act.VOUCH:
                self._vouch(stream)
            case Act.ASK_AGAIN:
                self._desk.ask_again(stream, order.cause, now_s)
            case Act.FALL | Act.HOLD:
                self._fall_back(stream, order.cause, now_s, is_held=order.act is Act.HOLD)
            case Act.RELEASE:
                stream.is_held_back = False
            case Act.CLOSE:
                self._close_market(stream)
            case Act.OPEN:
                self._open_market(stream, now_s)

    def _vouch(self, stream: Stream) -> None:
        """It reads `quiet`, which is good, until it is suspected; what was in doubt before stays so."""
        if stream.is_marked_stale or stream.stage is not Stage.CONFIRMED:
            return
        if not stream.is_quiet:
            stream.is_quiet = True
            self._writer.set_state(stream.slot, state=QuoteState.QUIET)
        self._writer.vouch(stream.slot)
        self._vouched[stream.symbol] = self._writer.vouched_ns(stream.slot)

    def _fall_back(self, stream: Stream, cause: str, now_s: float, *, is_held: bool) -> None:
        stream.reason, stream.is_held_back = cause, is_held
        stream.asked_s = min(stream.asked_s, now_s - self._fallback_after_s)
        stream.proofs = stream.proofs_seen = 0

    def _close_market(self, stream: Stream) -> None:
        stream.is_market_closed = True
        if stream.stage is Stage.CONFIRMED and not stream.is_marked_stale:
            stream.is_quiet = False
            self._writer.set_state(stream.slot, state=QuoteState.CLOSED)

    def _open_market(self, stream: Stream, now_s: float) -> None:
        """What is known is of the session before: only a price makes it live. Whoever has none is asked for at once."""
        stream.is_market_closed = False
        if stream.stage is Stage.CONFIRMED and not stream.is_marked_stale:
            stream.is_marked_stale, stream.deadline_s = True, inf
            self._writer.set_state(stream.slot, state=QuoteState.STALE)
        elif stream.stage is Stage.REQUESTED:
            stream.refusals, stream.deadline_s = 0, now_s
