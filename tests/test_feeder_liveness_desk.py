"""Orders of the liveness machine at the desk and in the segment: in real time, with timers of milliseconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.feeder_line_room import LineRoom
from tickring import _core
from tickring.config.structs import Config, FeederConfig, LivenessConfig
from tickring.episodes import EpisodeBook
from tickring.errors import SlotNotActive
from tickring.feeder.gateway_lost import GatewayLost
from tickring.feeder.liveness_desk import LivenessDesk
from tickring.feeder.market_hours import MarketHours
from tickring.feeder.stream import Stage
from tickring.session_table import SessionTable, SessionTables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.feeds import Feed

FEEDER = FeederConfig(fallback_after_s=30.0, subscribe_timeout_s=60.0)
LIVENESS = LivenessConfig(
    look_period_s=0.04,
    silence_min_s=0.2,
    silence_max_s=0.4,
    quiet_after_s=0.05,
    answer_wait_s=0.1,
    reconnect_after_s=0.5,
    flap_falls=2,
    poll_fallback_duration_s=0.5,
    return_ticks=2,
)


@dataclass
class Gateway:
    """What is known of the session."""

    is_link_down: bool = False
    is_deaf: bool = False
    questions: int = 0

    @property
    def heard_s(self) -> float:
        """It answers now, or has not for long."""
        return 0.0 if self.is_deaf else time.monotonic()

    def ask_time(self) -> None:
        """Counted."""
        self.questions += 1


class Room:
    """Five symbols that stream; those in `ticking` tick whenever the desk turns."""

    def __init__(self, feed: Feed, liveness: LivenessConfig = LIVENESS) -> None:
        self.feed = feed
        self.gateway = Gateway()
        self.room = LineRoom(feed, FEEDER, 5)
        self.desk = self.room.desk
        self.room.now_s = time.monotonic()
        self.book = EpisodeBook("x")
        self.hours = MarketHours()
        config = Config(feeder=FEEDER, liveness=liveness)
        self.desk.liveness = LivenessDesk(self.desk, feed.writer, self.hours, self.book, config)
        self.ticking = set(self.room.streams)
        self.price = 100.0
        self.run(lambda: self.room.count(Stage.CONFIRMED) == 5)
        self.desk.liveness.open(self.gateway)

    def turn(self) -> None:
        """What is due now."""
        self.price += 0.01
        for symbol in self.ticking:
            self.tick(symbol)
        self.room.turn(time.monotonic() - self.room.now_s)

    def tick(self, symbol: str) -> None:
        """A price of the request that runs."""
        intake, stream = self.room.intake, self.room.streams[symbol]
        if stream.req_id in intake.streams:
            intake.begin(time.time_ns())
            intake.market_data_type(stream.req_id, 1)
            intake.end()
            intake.begin(time.time_ns())
            intake.tick_price(stream.req_id, 4, self.price)
            intake.end()

    def run(self, until: Callable[[], object], *, for_s: float = 20.0) -> bool:
        """Turn until it is so; return whether it was within the time."""
        end_s = time.monotonic() + for_s
        while not until():
            if time.monotonic() >= end_s:
                return False
            self.turn()
            time.sleep(0.002)
        return True

    def rest(self, for_s: float) -> None:
        """Turn for so long."""
        self.run(lambda: False, for_s=for_s)

    def asked(self, kind: str, symbol: str) -> int:
        """How often."""
        return sum((one, of) == (kind, symbol) for _, one, of in self.room.asked)

    def mute(self, *symbols: str) -> None:
        """Whatever is asked, nothing comes."""
        self.room.muted |= set(symbols)
        self.ticking -= set(symbols)


@pytest.fixture
def room(feed: Feed) -> Iterator[Room]:
    """All stream."""
    made = Room(feed)
    yield made
    made.room.close()


def test_a_mute_stream_is_asked_anew_and_then_served_otherwise(room: Room) -> None:
    """One new request with a new id, the old one cancelled; then a snapshot; the others are left alone."""
    before = room.room.streams["S0"].req_id
    room.mute("S0")
    assert room.run(lambda: "S0" in room.desk.silence().symbols)
    assert room.asked("stream", "S0") == 2
    assert room.room.streams["S0"].req_id > before
    assert room.asked("cancel", "") >= 1
    assert room.run(lambda: room.asked("snapshot", "S0") == 1)
    assert set(room.desk.silence().symbols) == {"S0"}
    assert all(room.asked("stream", symbol) == 1 for symbol in ("S1", "S2", "S3", "S4"))
    assert room.room.said("S0") != "live"
    room.ticking.add("S0")
    assert room.run(lambda: not room.desk.silence().symbols)
    assert room.room.said("S0") == "live"


def test_what_flaps_proves_itself_before_it_is_believed(room: Room) -> None:
    """Served by a snapshot its prices are counted only; after its time, with enough of them, it is live."""
    stream = room.room.streams["S0"]
    for _ in range(2):
        room.mute("S0")
        assert room.run(lambda: "S0" in room.desk.silence().symbols)
        room.room.muted.clear()
        assert room.run(lambda: room.room.said("S0") == "fallback")
        room.ticking.add("S0")
        assert room.run(lambda: not room.desk.silence().symbols or stream.stage is Stage.PROVING)
    fell_s = time.monotonic()
    assert stream.is_held_back
    assert stream.stage is Stage.PROVING
    assert room.room.said("S0") == "fallback"
    assert room.run(lambda: stream.stage is Stage.CONFIRMED)
    assert time.monotonic() - fell_s > 0.1
    assert room.room.said("S0") == "live"
    assert not stream.is_held_back


def test_a_name_that_is_used_to_silences_reads_quiet(room: Room) -> None:
    """Between its ticks it is quiet and vouched for, with each of them live again; nothing is asked for."""
    room.ticking.discard("S0")
    seen: set[str] = set()
    due_s = 0.0
    end_s = time.monotonic() + 20.0
    while seen < {"live", "quiet"} and time.monotonic() < end_s:
        if time.monotonic() >= due_s:
            room.tick("S0")
            due_s = time.monotonic() + 0.12
            seen.discard("live")
        seen.add(room.room.said("S0"))
        room.turn()
        time.sleep(0.002)
    assert {"live", "quiet"} <= seen <= {"live", "quiet", "stale"}
    room.tick("S0")
    assert room.room.said("S0") == "live"
    assert not room.room.streams["S0"].is_quiet


def test_all_silent_ends_in_one_new_connection(room: Room) -> None:
    """The last rung is told as a lost gateway, whose cause it names; the session after it is left alone."""
    room.mute(*room.room.streams)
    with pytest.raises(GatewayLost, match="no symbol has had data"):
        room.rest(20.0)
    assert all(room.asked("stream", symbol) == 2 for symbol in room.room.streams)
    room.room.reconnect()
    assert room.desk.liveness is not None
    room.desk.liveness.open(room.gateway)
    room.rest(1.5)
    assert {one.scope for one in room.book} == {"stream"}


def test_nothing_is_judged_while_the_link_is_down_or_nobody_looked(room: Room) -> None:
    """Neither a link in doubt nor a loop that stood still makes anybody silent."""
    room.gateway.is_link_down = True
    room.ticking.clear()
    room.rest(0.6)
    room.gateway.is_link_down = False
    room.ticking = set(room.room.streams)
    room.turn()
    time.sleep(0.6)
    room.rest(0.1)
    assert all(room.asked("stream", symbol) == 1 for symbol in room.room.streams)
    assert not room.desk.silence().symbols


def test_the_segment_tells_when_a_slot_ticked_last(feed: Feed) -> None:
    """Nothing since the subscription began, then each tick's own time, whether it changed anything or not."""
    slot = feed.writer.add("SPY")
    feed.writer.begin(slot)
    assert feed.writer.vouched_ns(slot) == 0
    before_ns = _core.boot_ns()
    feed.tick(slot, "bid", 100.0)
    first_ns = feed.writer.vouched_ns(slot)
    assert before_ns <= first_ns <= _core.boot_ns()
    feed.tick(slot, "bid", 100.0)
    assert first_ns < feed.writer.vouched_ns(slot) <= _core.boot_ns()
    with pytest.raises(SlotNotActive):
        feed.writer.vouched_ns(63)


def test_a_gateway_that_says_nothing_is_asked_first(room: Room) -> None:
    """Before any symbol is suspected."""
    room.gateway.is_deaf = True
    room.ticking.clear()
    assert room.run(lambda: room.gateway.questions > 0)
    room.rest(0.5)
    assert all(room.asked("stream", symbol) == 1 for symbol in room.room.streams)


def test_a_new_symbol_of_a_closed_market_is_never_live(feed: Feed) -> None:
    """It is looked at before its first price, which is of the session before; the next look need not be due."""
    room = Room(feed, LivenessConfig(look_period_s=30.0))
    now_ns = time.time_ns()
    shut = SessionTable(calendar="XNYS", from_ns=now_ns - 10**12, until_ns=now_ns + 10**12)
    room.hours.set(SessionTables(tables=(shut,), of_symbol={"NEW": 0}))
    room.turn()
    room.room.want("NEW")
    for _ in range(200):
        room.turn()
        assert room.room.said("NEW") in {"missing", "stale", "closed"}
        if room.room.streams["NEW"].stage is Stage.CONFIRMED:
            break
        time.sleep(0.002)
    assert room.room.said("NEW") == "closed"
    room.room.close()
