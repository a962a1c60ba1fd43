"""One session with the gateway: connecting, hello, startApi, nextValidId and accounts, then messages until it is lost.

The session never waits: the loop tells it when its socket is ready, and it says when it has taken too long.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import msgspec

from tickring.account_kind import mode_of_account
from tickring.feeder.api_client import ApiClient
from tickring.feeder.bar_intake import BarIntake
from tickring.feeder.fast_lane import FastLane
from tickring.feeder.gateway_errors import GatewayErrors
from tickring.feeder.gateway_lost import GatewayLost, GatewayRefused
from tickring.feeder.gateway_socket import GatewaySocket, parse_hello
from tickring.feeder.gateway_watch import GatewayWatch
from tickring.feeder.handshake import Handshake
from tickring.feeder.tick_intake import TickIntake
from tickring.states import ApiMode, Connection, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import Config
    from tickring.feeder.connection_plan import Place
    from tickring.feeder.fallback import Fallback
    from tickring.feeder.feed_state import FeedState
    from tickring.feeder.poison import Poison
    from tickring.feeder.stream import Stream
    from tickring.feeder.subscription_desk import SubscriptionDesk

__all__ = ["GatewaySession"]

_LOG = logging.getLogger("tickring.feeder")
_FRAMES_BETWEEN_STAMPS = 256
_FIRST_WORDS = ("startApi", "reqMarketDataType")  # leave with the session, and count for the gateway


class GatewaySession:
    """Takes the decoder's callbacks (`MessageSink`): ticks go to the intake, the rest is decided here."""

    def __init__(
        self,
        config: Config,
        place: Place,
        desk: SubscriptionDesk,
        feed: FeedState,
        poison: Poison,
        stamp: Callable[[], None],
    ) -> None:
        """`stamp` is called now and then in long work, so that the heartbeat does not wait for it."""
        self._config = config
        self._desk = desk
        self._feed = feed
        self._poison = poison
        self._stamp = stamp
        gateway = msgspec.structs.replace(config.gateway, port=place.port, client_id=place.client_id)
        self._gateway = gateway
        self.socket = GatewaySocket(gateway, desk.bucket.left)
        self.intake = TickIntake(feed.writer, self._confirmed, self._served)
        self._bars = BarIntake(feed.writer)
        self._errors = GatewayErrors(gateway, desk, feed, self.intake)
        self.api = ApiClient(self, self._send, gateway.client_id, gateway.max_server_version)
        self._now_s = time.monotonic()
        self._deadline_s = self._now_s + gateway.connect_timeout_s
        self._handshake = Handshake()
        self._watch: GatewayWatch | None = None
        self._amid_since_s: float | None = None
        self._mode = ApiMode.UNKNOWN
        self.has_data = False
        """A stream has brought a price."""
        # The ticks' callbacks are the intake's own: one call less for each.
        self.tick_price = self.intake.tick_price
        self.tick_size = self.intake.tick_size
        self.tick_text = self.intake.tick_text
        self.tick_number = self.intake.tick_number
        self.market_data_type = self.intake.market_data_type
        account = desk.inquiries.account
        self.position, self.positions_end = account.position, account.positions_end
        self.open_order, self.order_status, self.orders_end = (
            account.open_order,
            account.order_status,
            account.orders_end,
        )

    def start(self) -> None:
        """Begin to connect.

        Raises:
            GatewayLost: refused at once.
        """
        self.socket.start()

    def close(self) -> None:
        """End it: the desk keeps what is wanted."""
        self._desk.close()
        self._errors.close()
        self._feed.client_id = None
        self.socket.close()

    # ---- the loop's calls ----

    @property
    def is_ready(self) -> bool:
        """Whether the API answers: hello, nextValidId and accounts have come."""
        return self._watch is not None

    @property
    def has_lane(self) -> bool:
        """Whether it is ready, and ticks can go past the decoder."""
        return self._watch is not None and self.intake.lane is not None

    @property
    def heard_s(self) -> float:
        """When the last byte came (monotonic); -inf before the session is ready."""
        return float("-inf") if self._watch is None else self._watch.heard_s

    @property
    def is_link_down(self) -> bool:
        """Whether the link behind the gateway is in doubt."""
        return self._errors.link.is_suspect

    def ask_time(self) -> None:
        """Have the gateway asked for its time soon, unless that is under way."""
        if self._watch is not None:
            self._watch.ask_soon()

    def time_left_s(self, now_s: float) -> float:
        """Return how long the present step may still take; a session that is ready has no limit."""
        return 3600.0 if self.is_ready else self._deadline_s - now_s

    def check_time(self, now_s: float) -> None:
        """See that nothing takes too long.

        Raises:
            GatewayLost: it does.
        """
        if self._watch is None and now_s >= self._deadline_s:
            what = f"{self._handshake.missing} have" if self.socket.is_connected else "connection has"
            raise GatewayLost(f"the gateway's {what} not come in time")
        if self._amid_since_s is not None and now_s - self._amid_since_s > self._gateway.half_message_timeout_s:
            raise GatewayLost("the end of a message has not come in time; the stream cannot be followed")
        if self._watch is not None:
            self._check_answers(self._watch, now_s)
        if self.socket.is_connected:
            self.socket.flush(now_s)

    def _check_answers(self, watch: GatewayWatch, now_s: float) -> None:
        if watch.is_question_due(now_s) and self._desk.may_ask_time(now_s):
            self.api.request_time()
            watch.asked(now_s)
        self._errors.check(now_s)
        self._say_connection(watch)

    def _say_connection(self, watch: GatewayWatch) -> None:
        is_suspect = watch.is_overdue or self._errors.link.is_suspect
        self._feed.set_connection(Connection.SUSPECT if is_suspect else Connection.CONNECTED)

    def writable(self, now_s: float) -> None:
        """The socket takes bytes.

        Raises:
            GatewayLost: the connection was refused or broke.
        """
        if not self.socket.is_connected:
            self.socket.finish_connecting()
            self._feed.start.mark("connected")
            self._deadline_s = now_s + self._gateway.hello_timeout_s
            self.socket.send(self.api.hello(), now_s)
        self.socket.flush(now_s)

    def readable(self, now_s: float, ts_recv_ns: int) -> None:
        """The socket has bytes: take them, decode what is complete, publish. To wake readers is the caller's.

        Raises:
            GatewayLost: closed, broken, or a stream that cannot be followed.
            GatewayRefused: not the gateway that was configured.
            SegmentFenced: this writer's time is over.
        """
        if self.socket.receive():
            lane = self.intake.lane
            self._take_frames(now_s, ts_recv_ns, 0 if lane is None else lane.messages)

    def pump(self, epoll_fd: int, until_s: float) -> int:
        """Wait and let the fast lane take what comes, until something else is due. The session is ready, with a lane.

        Return CLOCK_MONOTONIC of the read whose ticks the caller has to tell readers of; 0: they have been told.

        Raises:
            GatewayLost, GatewayRefused, SegmentFenced: as `readable`.
        """
        lane = self.intake.lane
        assert lane is not None
        taken_before, heard_before_ns = lane.messages, lane.heard_ns
        try:
            end = self.socket.pump(lane, epoll_fd, int(until_s * 1e9))
        finally:  # what came before the end of the connection has come
            if lane.heard_ns != heard_before_ns:
                self._take_frames(lane.heard_ns / 1e9, lane.heard_ts_ns, taken_before)
        if end == "fenced":
            self._feed.writer.commit()
        return lane.heard_ns if end == "message" else 0

    def _take_frames(self, now_s: float, ts_recv_ns: int, taken_before: int) -> None:
        """Decode what is complete. `taken_before`: ticks of the lane before these bytes."""
        self._now_s = now_s
        if self._watch is not None:
            self._watch.heard(now_s)
        number, lane = 0, self.intake.lane
        if lane is not None:
            lane.ts_recv_ns = ts_recv_ns
        for number, payload in enumerate(self.socket.frames(None if lane is None else lane.skip), 1):
            if self._handshake.has_hello:
                self._take(payload, ts_recv_ns)
            else:
                self._take_hello(payload)
            if number % _FRAMES_BETWEEN_STAMPS == 0:
                self._stamp()
        if not self.socket.is_amid_frame:
            self._amid_since_s = None
        elif number or self._amid_since_s is None or (lane is not None and lane.messages != taken_before):
            self._amid_since_s = now_s
        self._count(now_s, 0 if lane is None else lane.messages - taken_before)
        if self._watch is not None:
            self._say_connection(self._watch)

    def _count(self, now_s: float, fast_ticks: int) -> None:
        intake, lane, feed = self.intake, self.intake.lane, self._feed
        if intake.has_prices:
            intake.has_prices = False
            feed.last_data_mono_ns = int(now_s * 1e9)
            self.has_data = True
        if lane is not None:
            feed.last_data_mono_ns = max(feed.last_data_mono_ns, lane.price_ns)
            feed.fast_ticks = (feed.fast_ticks or 0) + fast_ticks
        feed.late_ticks += intake.take_late()
        feed.poison = self._poison.count

    def _take_hello(self, payload: bytes) -> None:
        hello = parse_hello(payload)
        self._handshake.has_hello = True
        _LOG.info("gateway.speaks version=%d time=%r", hello.server_version, hello.time_text)
        self._feed.server_version = hello.server_version
        self.intake.set_server_version(hello.server_version)
        self.api.begin(hello.server_version)
        if self._config.feeder.fast_lane:
            self.intake.lane = FastLane(
                self._feed.writer, hello.server_version, sizes_are_whole=self.api.sizes_are_whole
            )
        self.socket.flush(self._now_s)

    def _take(self, payload: bytes, ts_recv_ns: int) -> None:
        intake = self.intake
        intake.begin(ts_recv_ns)
        try:
            self.api.decode(payload)
            intake.end()
        except (GatewayLost, GatewayRefused):
            raise
        except Exception as error:  # noqa: BLE001 - a message that cannot be decoded must not end the stream
            self._feed.note_error(0, self._poison.take(payload, intake.symbol, error, self._now_s), intake.symbol)

    def _send(self, data: bytes) -> None:
        self.socket.send(data, time.monotonic())  # not `_now_s`, which is of the last message

    # ---- callbacks of the decoder ----

    def contract_details(self, req_id: int, details: Any) -> None:
        """One listing that fits."""
        if not self._desk.inquiries.details.found(req_id, details):
            self._desk.contract_details(req_id, details)

    def contract_details_end(self, req_id: int) -> None:
        """That was all of them."""
        if not self._desk.inquiries.details.end(req_id):
            self._desk.contract_details_end(req_id, self._now_s)
        self._feed.has_news = True

    def snapshot_end(self, req_id: int) -> None:
        """A snapshot has brought what it will."""
        self._desk.fallback.ended(req_id, self._now_s)
        self._feed.has_news = True

    def bar(self, req_id: int, date: str, close: float) -> None:
        """One historical bar."""
        self._bars.bar(req_id, date, close)

    def bars_end(self, req_id: int) -> None:
        """Those were all bars."""
        fallback = self._bars.end(req_id, time.time_ns())
        if fallback is not None:
            if fallback.stream.source is Source.IB_HISTORY:
                self._served(fallback)
            self._desk.fallback.ended(req_id, self._now_s)
            self._feed.has_news = True

    def accounts(self, accounts: list[str]) -> None:
        """The kind of account decides who may see the prices.

        Raises:
            GatewayRefused: another kind than configured.
        """
        if not accounts:
            return
        mode = mode_of_account(accounts[0])
        if mode != self._config.stream.api_mode:
            raise GatewayRefused(
                f"the gateway's account {accounts[0]} is {mode}, configured is stream.api_mode = "
                f"{self._config.stream.api_mode!r}: connect to the right gateway or change the setting"
            )
        self._mode = mode
        self._feed.account = accounts[0]
        self._desk.inquiries.account.accounts = tuple(accounts)
        self._handshake.has_accounts = True
        self._begin_if_ready()

    def next_valid_id(self) -> None:
        """Orders may be numbered from here; nobody sends any."""
        self._handshake.has_order_id = True
        self._begin_if_ready()

    def current_time(self, time_s: int) -> None:
        """The gateway's clock."""
        if self._watch is not None:
            self._watch.answered(time_s, self._now_s)

    def _begin_if_ready(self) -> None:
        """The first requests may go out, once."""
        if self._watch is not None or not self._handshake.is_ready:
            return
        self._watch = GatewayWatch(self._gateway, self._feed, self._now_s)
        self._feed.start.mark("ready")
        self._feed.client_id = self._gateway.client_id
        self._feed.session_ready(self._mode)
        self.api.request_market_data_type(self._gateway.market_data_type)
        for _ in _FIRST_WORDS:
            self._desk.bucket.spend(self._now_s)
        self._desk.open(self.api, self.intake, self._bars)
        if self._desk.liveness is not None:
            self._desk.liveness.open(self)
        _LOG.info("session.ready client_id=%d symbols=%d", self._gateway.client_id, len(self._desk.streams))

    def error(self, req_id: int, code: int, text: str) -> None:
        """An error or a notice.

        Raises:
            GatewayLost: the gateway will close, or the session cannot go on.
        """
        self._errors.take(req_id, code, text, self._now_s)

    def _confirmed(self, stream: Stream) -> None:
        """A first price has come: that, and no code, says that the gateway delivers."""
        _LOG.debug("symbol.streams symbol=%s", stream.symbol)
        self._feed.start.mark("first_price")
        if self._desk.confirmed(stream):
            self._feed.start.mark("all_prices")
        self._errors.data_came(self._now_s, stream)

    def _served(self, fallback: Fallback) -> None:
        """A snapshot or history has brought a price."""
        stream = fallback.stream
        _LOG.debug("feeder.fallback symbol=%s source=%s", stream.symbol, stream.source)
        self._desk.fallback.served(fallback, self._now_s)
        self._feed.has_news = True
        self._errors.data_came(self._now_s)
