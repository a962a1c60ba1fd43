"""Who is asked for by other means than a stream, when, and how much at once; nothing of it is ever live."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeder_fallback_room import CONFIG, FallbackRoom
from tests.feeds import Feed
from tickring.config.structs import FeederConfig
from tickring.feeder.fallback import Fallback, Step
from tickring.feeder.history_ledger import HistoryLedger
from tickring.feeder.stream import Stage
from tickring.gateway_codes import Reaction
from tickring.states import Source


@pytest.fixture
def room(feed: Feed) -> FallbackRoom:
    """Six symbols, asked for just now."""
    return FallbackRoom(feed)


def test_nobody_is_asked_for_before_its_stream_has_had_its_time(room: FallbackRoom) -> None:
    """Five seconds; and then as many snapshots as may be open."""
    room.turn(4.9)
    assert room.asked == []
    room.turn(0.2)
    assert [symbol for _, _, symbol in room.asked] == ["S0", "S1", "S2"]


def test_a_snapshot_that_brings_nothing_is_followed_by_bars(room: FallbackRoom) -> None:
    """After its time it is cancelled, and history is asked for; the next round begins with a snapshot again."""
    room.turn(17.2)
    assert [(kind, symbol) for kind, symbol in room.open.values() if kind == "bars"] == [("bars", "S0"), ("bars", "S1")]
    assert room.times("snapshot", "S0") == [1005.0]
    (bars,) = (req_id for req_id, asked in room.open.items() if asked == ("bars", "S0"))
    room.bars.bar(bars, str(int(time.time()) - 120), 600.0)
    assert room.bars.end(bars, time.time_ns()) is not None
    room.desk.ended(bars, room.now_s)
    assert room.reader["S0"].source is Source.IB_HISTORY
    room.turn(60.0)
    assert room.times("snapshot", "S0")[1] >= 1065.0


def test_history_goes_round_and_nobody_starves(feed: Feed) -> None:
    """More symbols than the limit allows: in the order of who has waited longest, and the queue is shown."""
    room = FallbackRoom(feed, FeederConfig(history_window_max=1, history_window_s=20.0, history_timeout_s=1.0))
    room.turn(18.0)
    assert [one.stream.symbol for one in room.desk.waiting()] == ["S1", "S2", "S3", "S4", "S5"]
    assert 0 < room.desk.queue_wait_s(room.now_s) <= 20.0
    room.turn(600.0)
    made = [len(room.times("bars", symbol)) for symbol in room.streams]
    assert min(made) >= 2
    assert max(made) - min(made) <= 2


def test_waiting_symbols_do_not_keep_the_loop_turning(feed: Feed) -> None:
    """All snapshots are open and the queue is past its round: the desk asks to be called when something is due."""
    room = FallbackRoom(feed)
    calls = room.count_calls()
    room.turn(600.0)
    assert len(room.asked) > 50
    assert len(calls) < 10 * len(room.asked)


def test_a_full_queue_is_not_held_against_the_ledger_one_by_one(
    make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred wait for history that IB gives to nobody now: one look at the ledger says so for all."""
    room = FallbackRoom(make_feed(capacity=256), FeederConfig(snapshots_open_max=1, history_window_max=1))
    for number in range(200):
        room.want(f"W{number}", 100 + number)
        room.streams[f"W{number}"].fallback = Fallback(room.streams[f"W{number}"], room.now_s, Step.WAITING)
    room.turn(10.0)
    looks: list[str] = []
    ask_ledger = HistoryLedger.wait_s

    def count_and_ask(ledger: HistoryLedger, identity: str, contract: str, now_s: float) -> float:
        looks.append(identity)
        return ask_ledger(ledger, identity, contract, now_s)

    monkeypatch.setattr(HistoryLedger, "wait_s", count_and_ask)
    assert 0.0 < room.desk.work(room.now_s) < 3600.0
    assert len(room.desk.waiting()) >= 195
    assert looks == []


def test_what_was_served_is_stale_while_the_link_is_in_doubt(room: FallbackRoom) -> None:
    """And nothing is asked for until it is said to be well; then a new round begins."""
    room.turn(5.1)
    room.intake.begin(time.time_ns())
    room.intake.tick_price(1, 4, 500.0)
    room.intake.end()
    assert room.reader["S0"].verdict == "fallback"
    room.desk.suspend()
    made = len(room.asked)
    room.turn(100.0)
    assert (room.reader["S0"].verdict, room.reader["S0"].last) == ("stale", 500.0)
    assert len(room.asked) == made
    assert room.open == {}
    room.desk.resume()
    room.turn(0.1)
    assert room.times("snapshot", "S0")[1:] == [room.now_s - 0.1]


@pytest.mark.parametrize("reaction", [Reaction.COMPETING, Reaction.NO_LINE, Reaction.REFUSED, Reaction.NOTE])
def test_a_refused_snapshot_is_followed_by_bars_at_once(room: FallbackRoom, reaction: Reaction) -> None:
    """Whatever the reason, known or not."""
    room.turn(5.1)
    fallback = room.desk.request_of(1)
    assert fallback is not None
    room.desk.error(fallback, reaction, "refused", room.now_s)
    room.turn(0.1)
    assert room.times("bars", "S0") == [room.now_s - 0.1]
    fallback = room.desk.request_of(next(req_id for req_id, asked in room.open.items() if asked == ("bars", "S0")))
    assert fallback is not None
    room.desk.error(fallback, Reaction.HISTORY, "no data", room.now_s)
    room.turn(5.0)
    assert len(room.times("bars", "S0")) == 1


@pytest.mark.parametrize("reaction", [Reaction.INFO, Reaction.ADVISORY, Reaction.NO_PERMISSION])
def test_an_advisory_leaves_the_snapshot_to_its_ticks(room: FallbackRoom, reaction: Reaction) -> None:
    """Delayed values may follow."""
    room.turn(5.1)
    fallback = room.desk.request_of(1)
    assert fallback is not None
    room.desk.error(fallback, reaction, "delayed", room.now_s)
    assert room.desk.request_of(1) is fallback


def test_a_pacing_violation_stops_all_history(room: FallbackRoom) -> None:
    """Of every symbol, for as long as IB wants it."""
    room.turn(17.2)
    fallback = room.desk.request_of(next(req_id for req_id, (kind, _) in room.open.items() if kind == "bars"))
    assert fallback is not None
    made = sum(kind == "bars" for _, kind, _ in room.asked)
    text = "Historical Market Data Service error message:Historical data request pacing violation"
    room.desk.error(fallback, Reaction.HISTORY, text, room.now_s)
    room.turn(14.0)
    assert sum(kind == "bars" for _, kind, _ in room.asked) == made


def test_streams_that_are_refused_for_good_are_not_gone_around(room: FallbackRoom) -> None:
    """A missing permission or an unknown contract is no lack of a line."""
    for stream, reaction in zip(room.streams.values(), list(Reaction), strict=False):
        stream.stage, stream.refusal = Stage.REFUSED, reaction
    room.turn(20.0)
    around = {symbol for _, _, symbol in room.asked}
    expected = {one.symbol for one in room.streams.values() if one.refusal in {Reaction.COMPETING, Reaction.NO_LINE}}
    assert around == expected


events = st.lists(
    st.one_of(
        st.tuples(st.just("time"), st.floats(0.01, 40.0)),
        st.tuples(st.sampled_from(["stream", "price", "size", "end", "bars", "error", "pacing"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["down", "up", "reopen"]), st.just(0)),
        st.tuples(st.sampled_from(["ask", "remove"]), st.integers(0, 5)),
    ),
    max_size=60,
)


@given(happenings=events)
def test_whatever_happens_nothing_from_fallback_is_live(feed: Feed, happenings: list[tuple[str, Any]]) -> None:
    """And limits hold: open at once, in the window, at most one request per symbol; a streaming symbol has none."""
    room = FallbackRoom(feed)
    try:
        for word, value in happenings:
            _happen(room, word, value)
            _check(room)
    finally:
        for symbol in room.streams:
            feed.writer.retire(symbol)
        room.reader.close()


def _happen(room: FallbackRoom, word: str, value: Any) -> None:
    if word == "time":
        room.turn(value)
        return
    stream = room.streams.get(f"S{value}")
    running = list(room.open)
    req_id = running[value % len(running)] if running else 99_999
    now_ns = time.time_ns()
    room.intake.begin(now_ns)
    if word == "stream" and stream is not None:
        room.intake.streams[stream.req_id] = stream
        room.intake.market_data_type(stream.req_id, 1)
        room.intake.end()
        room.intake.begin(now_ns)
        room.intake.tick_price(stream.req_id, 1, 700.0)
    elif word == "price":
        room.intake.tick_price(req_id, 4 if value % 2 else 1, 500.0)
    elif word == "size":
        room.intake.tick_size(req_id, 8, 5.0)
    elif word in {"end", "bars"}:
        room.bars.bar(req_id, str(int(time.time()) - 300), 400.0)
        if word == "bars":
            room.bars.end(req_id, now_ns)
        room.desk.ended(req_id, room.now_s)
        room.open.pop(req_id, None)
    elif word in {"error", "pacing"} and (fallback := room.desk.request_of(req_id)) is not None:
        room.desk.error(fallback, Reaction.HISTORY, "pacing violation" if word == "pacing" else "", room.now_s)
        room.open.pop(req_id, None)
    elif word == "down":
        room.desk.suspend()
    elif word == "up":
        room.desk.resume()
    elif word == "reopen":
        room.desk.close()
        room.open.clear()
        room.intake.snapshots.requests.clear()
        room.bars.requests.clear()
        room.desk.open(room, room.intake.snapshots, room.bars)
    elif word == "ask" and stream is not None and stream.stage is Stage.CONFIRMED:
        stream.stage, stream.asked_s = Stage.REQUESTED, room.now_s
        room.writer.begin(stream.slot, keep_last_known=True)
        stream.source = Source.NONE
    elif word == "remove" and stream is not None:
        room.desk.leave(stream)
        del room.streams[stream.symbol]
        room.writer.retire(stream.symbol)
    room.intake.end()
    room.desk.work(room.now_s)


def _check(room: FallbackRoom) -> None:
    prices = {Source.IB_STREAM: {700.0}, Source.IB_SNAPSHOT: {500.0}, Source.IB_HISTORY: {400.0}}
    for symbol, stream in room.streams.items():
        quote = room.reader[symbol]
        shown = {price for price in (quote.bid, quote.ask, quote.last) if price is not None}
        assert shown <= prices.get(quote.source, set()), (symbol, quote)
        assert (quote.verdict == "live") <= (quote.source is Source.IB_STREAM and stream.stage is Stage.CONFIRMED)
        assert (quote.verdict == "fallback") <= (stream.fallback is not None and stream.is_on_fallback)
        assert stream.fallback is None or stream.stage is not Stage.CONFIRMED
    running = [asked for req_id, asked in room.open.items() if room.desk.request_of(req_id) is not None]
    assert len({symbol for _, symbol in running}) == len(running)
    assert sum(kind == "snapshot" for kind, _ in running) <= CONFIG.snapshots_open_max
    assert sum(kind == "bars" for kind, _ in running) <= CONFIG.history_open_max
    bars_s = [at_s for at_s, kind, _ in room.asked if kind == "bars"]
    assert all(sum(from_s <= at_s < from_s + 120.0 for at_s in bars_s) <= 4 for from_s in bars_s)
