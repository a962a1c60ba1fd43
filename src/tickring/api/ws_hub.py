"""All WebSocket clients of the process: one follower of the segment, one bus, and a look at everything now and then.

Starts with the first client and costs nothing while there is none. The event loop's thread only.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import msgspec

from tickring.api.bus import EventBus
from tickring.api.bus_events import (
    BarReceived,
    BrokerConnected,
    BrokerDisconnected,
    ExecutionEvent,
    QuoteReceived,
    ServiceEvent,
)
from tickring.api.quote_document import quote_document
from tickring.api.throttle_events import WSEventThrottler
from tickring.api.ws_fanout import ALL, Fanout
from tickring.api.ws_follow import SegmentFollow
from tickring.api.ws_messages import Bar, BarUpdate, EventMessage, Hello, StatusUpdate, encoded, snapshot
from tickring.api.ws_status import StatusWatch
from tickring.api.ws_supervisor import SupervisorWatch
from tickring.errors import TickringError
from tickring.iso_time import iso_now
from tickring.reader import Connection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from tickring.api.segment_view import SegmentView
    from tickring.api.supervisor_desk import SupervisorDesk
    from tickring.api.ws_mailbox import Mailbox
    from tickring.api.ws_session import WSSession
    from tickring.config.structs import Config
    from tickring.reader import Quote, ReaderStatus

__all__ = ["WSHub"]

_LOG = logging.getLogger(__name__)
_AFTER_A_FAULT_S = 1.0


class WSHub:
    """Sessions join and leave; what happens goes into their mailboxes."""

    def __init__(self, config: Config, segment: SegmentView, supervisor: SupervisorDesk) -> None:
        """Touches nothing yet."""
        self.config = config.websocket
        self.bus = EventBus(wake=self._wake)
        self.evicted = 0
        """Clients that were too slow, since the start."""
        self._segment = segment
        self._sessions: set[WSSession] = set()
        self._has_sessions = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        own = self.config
        self._fanout = Fanout(self._read, window_s=own.window_s, cache_symbols=own.quote_cache_symbols)
        self._follow = SegmentFollow(segment, self.bus, self._wanted, gather_s=own.gather_s, retry_s=own.rejudge_s)
        self._status = StatusWatch(segment.segment, config.stream.api_mode, data_limit_s=config.stream.data_limit_s)
        self._supervisor = SupervisorWatch(supervisor, self.bus)
        self._throttler = WSEventThrottler(within_s=own.events_within_s)
        self._told: StatusUpdate | None = None
        self._told_body = b""
        self._told_at_s = 0.0
        self._directory: tuple[Any, ...] | None = None
        self._connection: Connection | None = None
        self._subscribe_to_bus()

    # ---- sessions ----

    def join(self, session: WSSession) -> None:
        """Take a client on."""
        if not self._tasks:
            self._loop = asyncio.get_running_loop()
            turns = (("follow", self._follow.run), ("look", self._looks), ("supervisor", self._supervisor_looks))
            self._tasks = [asyncio.create_task(self._kept_up(name, turn)) for name, turn in turns]
        self._sessions.add(session)
        self._has_sessions.set()

    def leave(self, session: WSSession) -> None:
        """Forget a client. Idempotent."""
        self._sessions.discard(session)
        self._fanout.drop(session.mailbox)
        self._follow.change()
        if not self._sessions:
            self._has_sessions.clear()

    @property
    def is_full(self) -> bool:
        """Whether no more clients are taken."""
        return len(self._sessions) >= self.config.clients_max

    def subscribe(self, mailbox: Mailbox, symbols: Iterable[str]) -> None:
        """Tell this client of these too, with a snapshot of all it is told of."""
        self._fanout.add(mailbox, symbols)
        mailbox.want_snapshot()
        self._follow.change()

    def unsubscribe(self, mailbox: Mailbox, symbols: Iterable[str]) -> None:
        """Tell this client of these no longer."""
        self._fanout.remove(mailbox, symbols)
        self._follow.change()

    def wants(self, mailbox: Mailbox) -> set[str]:
        """Return what the client is told of; `*` may be one of them."""
        return self._fanout.wants(mailbox)

    async def close(self) -> None:
        """End all work; sessions are ended by the server. Idempotent."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._fanout.close()

    # ---- what sessions send ----

    def hello(self) -> bytes:
        """Return the first message."""
        status = self._look()
        window_ms = round(self.config.window_s * 1000)
        hello = Hello(epoch=status.epoch, segment_id=status.segment_id, throttle_ms=window_ms, api_mode=status.api_mode)
        return encoded(hello)

    def status(self) -> bytes:
        """Return the newest status."""
        return self._told_body

    def document(self, symbol: str) -> bytes:
        """Return what is to be sent of a symbol that has news."""
        return self._fanout.document(symbol)

    def snapshot(self, mailbox: Mailbox) -> bytes:
        """Return everything that the client wants to know, read now."""
        wanted = self._with_all(self.wants(mailbox))
        try:
            quotes = self._segment.reader().batch(wanted).read()
        except TickringError:  # no segment yet: there are no quotes, and the status says why
            quotes = []
        documents = [msgspec.json.encode(quote_document(quote)) for quote in quotes]
        return snapshot(documents, encoded(self._look()))

    # ---- looking ----

    async def _looks(self) -> None:
        while True:
            await self._has_sessions.wait()
            self._look()
            self._follow.rejudge()
            now_s = time.monotonic()
            for session in tuple(self._sessions):
                session.check(now_s)
            await asyncio.sleep(self.config.rejudge_s)

    async def _supervisor_looks(self) -> None:
        while True:
            await self._has_sessions.wait()
            await self._supervisor.look()
            await asyncio.sleep(self.config.supervisor_s)

    def _look(self) -> StatusUpdate:
        """Look at the header and the feeder's words, and tell the clients what has changed."""
        header = self._header()
        status = self._status.look(header)
        now_s = time.monotonic()
        is_news = self._told is None or _without_ages(self._told) != _without_ages(status)
        self._told, self._told_body = status, encoded(status)
        if is_news or now_s - self._told_at_s >= self.config.status_s:
            self._told_at_s = now_s
            for session in self._sessions:
                session.mailbox.want_status()
        self._look_at_directory(header)
        self._look_at_broker(header, status)
        return status

    def _header(self) -> ReaderStatus | None:
        try:
            return self._segment.reader().status()
        except TickringError:  # the status says that there is none
            return None

    def _look_at_directory(self, header: ReaderStatus | None) -> None:
        """Follow what has been added, and tell everything anew when the segment is another one."""
        if header is None:
            return
        counters = header.counters
        directory = header.segment_id, counters.get("symbols_added"), counters.get("symbols_retired")
        before, self._directory = self._directory, directory
        if before == directory:
            return
        self._follow.change()
        if before is None or before[0] != header.segment_id:
            self._fanout.forget_documents()
            for session in self._sessions:
                if self.wants(session.mailbox):
                    session.mailbox.want_snapshot()

    def _look_at_broker(self, header: ReaderStatus | None, status: StatusUpdate) -> None:
        is_up = header is not None and status.feed_alive and header.connection is Connection.CONNECTED
        before = self._connection
        self._connection = Connection.CONNECTED if is_up else Connection.DISCONNECTED
        if before is None or before is self._connection:
            return
        self.bus.publish(BrokerConnected(iso_now()) if is_up else BrokerDisconnected(iso_now(), status.stream.cause))

    # ---- the bus ----

    def _subscribe_to_bus(self) -> None:
        self.bus.subscribe(QuoteReceived, self._fanout.on_quote)
        self.bus.subscribe(BarReceived, self._on_bar)
        self.bus.subscribe(BrokerConnected, lambda event: self._tell_all({"name": event.name, "at": event.at}))
        self.bus.subscribe(
            BrokerDisconnected,
            lambda event: self._tell_all({"name": event.name, "at": event.at, "cause": event.cause}),
        )
        self.bus.subscribe(ServiceEvent, lambda event: self._tell_all(_flat(event)))
        self.bus.subscribe(ExecutionEvent, self._on_execution)

    def _on_execution(self, event: ExecutionEvent) -> None:
        if self._throttler.passes(event):
            self._tell_all(_flat(event))

    def _on_bar(self, event: BarReceived) -> None:
        bar = Bar(ts=event.at, o=event.open, h=event.high, l=event.low, c=event.close, v=event.volume)
        body = encoded(BarUpdate(symbol=event.symbol, timeframe=event.timeframe, bar=bar))
        for session in self._sessions:
            if {event.symbol, ALL} & self.wants(session.mailbox):
                session.mailbox.put(body)

    def _tell_all(self, event: dict[str, Any]) -> None:
        body = encoded(EventMessage(event=event))
        for session in self._sessions:
            session.mailbox.put(body)

    def _wake(self) -> None:
        """From any thread: have the bus hand on what it has."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.bus.dispatch)

    # ---- below ----

    def _read(self, symbol: str) -> Quote:
        return self._segment.reader()[symbol]

    def _wanted(self) -> list[str]:
        return self._with_all(self._fanout.wanted())

    def _with_all(self, wanted: set[str]) -> list[str]:
        if ALL not in wanted:
            return sorted(wanted)
        try:
            return sorted((wanted - {ALL}).union(self._segment.reader().symbols()))
        except TickringError:  # the segment has no symbols while there is none
            return sorted(wanted - {ALL})

    async def _kept_up(self, name: str, turn: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await turn()
            except Exception:  # noqa: BLE001 - the edge: clients must not be left without news for ever
                _LOG.exception("websocket.task_failed task=%s", name)
                await asyncio.sleep(_AFTER_A_FAULT_S)


def _without_ages(status: StatusUpdate) -> StatusUpdate:
    """What of a status counts as a change."""
    return msgspec.structs.replace(status, at="", heartbeat_age_s=None)


def _flat(event: ServiceEvent | ExecutionEvent) -> dict[str, Any]:
    return {**event.content, "name": event.name, "at": event.at}
