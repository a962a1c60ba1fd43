"""Market data of one client: requests, permissions, snapshots, cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.simulator.gateway.permissions import decide
from tickring.simulator.gateway.subscription import Subscription
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.gateway.ticks import TickMaker
from tickring.simulator.market.sessions import Phase
from tickring.simulator.wire.replies import MarketDataType, TickReqParams, TickSnapshotEnd

if TYPE_CHECKING:
    from tickring.simulator.gateway.client_session import ClientSession
    from tickring.simulator.market.listing import Listing
    from tickring.simulator.wire.requests import ReqMktData

__all__ = ["MarketDataDesk"]

_FIRST_TICKS_AFTER_S = 0.3  # recorded: about half a second from request to the first ticks
_ADVISORY_LEAD_S = 0.2  # 10167 comes up to a few hundred milliseconds before the delayed ticks
_SNAPSHOT_END_AFTER_S = 11.0
_LATE_TICKS_S = 0.1  # ticks of a cancelled request may still arrive


class MarketDataDesk:
    """Keeps the subscriptions of a session by request id."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self._by_id: dict[int, Subscription] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, req_id: int) -> bool:
        return req_id in self._by_id

    @property
    def all(self) -> list[Subscription]:
        """The subscriptions, oldest first."""
        return list(self._by_id.values())

    def request(self, request: ReqMktData) -> None:
        """Serve reqMktData."""
        session, world = self._session, self._session.world
        if request.req_id in self._by_id:
            session.send_error(request.req_id, 322, error_text(322))
            return
        if request.is_snapshot and request.generic_ticks:
            session.send_error(
                request.req_id,
                321,
                error_text(321, "Snapshot market data subscription is not applicable to generic ticks"),
            )
            return
        generic = _generic_numbers(request.generic_ticks)
        if generic is None:
            session.send_error(
                request.req_id, 321, error_text(321, "Incorrect generic tick list of " + request.generic_ticks)
            )
            return
        found = world.catalog.find(request.contract)
        if len(found) != 1:
            session.send_error(request.req_id, 200, ambiguous_text(found))
            return
        if world.lines_in_use + world.lines_taken >= world.lines_limit:
            session.send_error(request.req_id, 101, error_text(101))
            return
        self._open(request, found[0], generic)

    def _open(self, request: ReqMktData, listing: Listing, generic: set[int]) -> None:
        session, world = self._session, self._session.world
        decision = decide(
            listing,
            requested_type=session.market_data_type,
            fault_code=world.faults.permission(listing.symbol),
            is_competing=world.faults.competing == "told",
            is_closed=world.sessions.phase(world.clock.now_s()) is Phase.CLOSED,
        )
        if decision.data_type is None:
            for code in decision.codes:
                session.send_error(request.req_id, code, error_text(code))
            return
        subscription = Subscription(
            session=session,
            req_id=request.req_id,
            listing=listing,
            walker=world.market.walker(listing),
            maker=TickMaker(
                session.encoder,
                session.server_version,
                symbol=listing.symbol,
                req_id=request.req_id,
                is_delayed=decision.data_type in {3, 4},
                generic=generic,
            ),
            data_type=decision.data_type,
            is_snapshot=request.is_snapshot,
        )
        self._by_id[request.req_id] = subscription
        world.streams[subscription] = None  # a line is used from now on; ticks come when it is started
        world.lines_in_use += 1
        world.after(_FIRST_TICKS_AFTER_S, lambda: self._begin(subscription, decision.codes))

    def _begin(self, subscription: Subscription, codes: tuple[int, ...]) -> None:
        session, world = self._session, self._session.world
        if subscription.is_cancelled:
            return
        if not world.faults.silence(subscription.listing):
            session.send(MarketDataType(req_id=subscription.req_id, data_type=subscription.data_type))
            session.send(
                TickReqParams(
                    req_id=subscription.req_id,
                    min_tick=subscription.listing.min_tick,
                    bbo_exchange="9c0001",
                    snapshot_permissions=3,
                )
            )
        for code in codes:
            session.send_error(subscription.req_id, code, error_text(code))
        world.after(_ADVISORY_LEAD_S if codes else 0.0, subscription.start)
        if subscription.is_snapshot:
            world.after(_SNAPSHOT_END_AFTER_S, lambda: self._end_snapshot(subscription))

    def _end_snapshot(self, subscription: Subscription) -> None:
        if not subscription.is_cancelled and subscription.session.state == "ready":
            self._session.send(TickSnapshotEnd(req_id=subscription.req_id))
            self._drop(subscription)

    def cancel(self, req_id: int) -> None:
        """Serve cancelMktData: there is no acknowledgement, and a tick or two may still be on the way."""
        subscription = self._by_id.get(req_id)
        if subscription is None:
            self._session.send_error(req_id, 300, error_text(300, str(req_id)))
            return
        self._release(subscription)
        self._session.world.after(_LATE_TICKS_S, lambda: self._drop(subscription))

    def forget_all(self) -> None:
        """Lose every request without a word."""
        for subscription in self.all:
            self._drop(subscription)

    def _release(self, subscription: Subscription) -> None:
        """Give id and line back."""
        if not subscription.is_cancelled:
            subscription.is_cancelled = True
            self._session.world.lines_in_use -= 1
            del self._by_id[subscription.req_id]

    def _drop(self, subscription: Subscription) -> None:
        self._release(subscription)
        subscription.is_dead = True  # a beat that is under way must not look at it any more
        self._session.world.streams.pop(subscription, None)


def ambiguous_text(found: list[Listing]) -> str:
    """Return the text of error 200 for nothing or too much found."""
    if not found:
        return error_text(200)
    return "The contract description specified for " + found[0].symbol + " is ambiguous."


def _generic_numbers(text: str) -> set[int] | None:
    """Return the requested generic ticks; None if the list cannot be read."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.split(":")[0].isdecimal() for word in words):
        return None
    return {int(word.split(":")[0]) for word in words}
