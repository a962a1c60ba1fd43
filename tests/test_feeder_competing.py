"""What is refused for other reasons than lines: a competing session, permissions, and errors of any kind and number."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feeder_line_room import LineRoom
from tickring.config.structs import FeederConfig
from tickring.feeder.competing_session import CompetingSession
from tickring.feeder.stream import Stage
from tickring.gateway_codes import GATEWAY_CODES, Reaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed

CONFIG = FeederConfig()
_OF_A_STREAM = {
    Reaction.NO_PERMISSION,
    Reaction.COMPETING,
    Reaction.UNRESOLVED,
    Reaction.REFUSED,
    Reaction.NO_LINE,
    Reaction.AGAIN,
}
REFUSING = sorted(code for code, row in GATEWAY_CODES.items() if row.reaction in _OF_A_STREAM)


@pytest.fixture
def feed(make_feed: Callable[..., Feed]) -> Feed:
    """Room for a hundred symbols."""
    return make_feed(capacity=128)


# ---- the machine ----

events = st.lists(
    st.tuples(
        st.sampled_from(["time", "refused", "unanswered", "confirmed", "reconnected", "choose", "none"]),
        st.integers(0, 4),
        st.floats(0.1, 100.0),
    ),
    max_size=80,
)


@given(happened=events)
def test_it_ends_by_a_price_of_the_one_that_was_tried(happened: list[tuple[str, int, float]]) -> None:
    """Whatever comes: at most one is tried, nobody while it is off; only its price, or nobody left, ends it."""
    machine, now_s, names = CompetingSession(CONFIG), 1000.0, ["A", "B", "C", "D", "E"]
    for word, number, after_s in happened:
        was_on, tried, symbol = machine.is_on, machine.tried, names[number]
        if word == "time":
            now_s += after_s
        elif word == "refused":
            assert machine.refused(symbol, now_s) is (not was_on)
            assert machine.is_on
        elif word == "unanswered":
            machine.unanswered(symbol, now_s)
            assert machine.is_on is was_on
        elif word == "confirmed":
            assert machine.confirmed(symbol) is (was_on and symbol == tried)
            assert machine.is_on is (was_on and symbol != tried)
        elif word == "reconnected":
            machine.reconnected()
            assert machine.is_on is was_on
        else:
            left = names if word == "choose" else []
            machine.choose(left, now_s)
            assert machine.is_on is (was_on and bool(left))
        assert machine.tried is None or machine.is_on


def test_tries_become_rare_and_take_turns() -> None:
    """After 5 s, 10, 20, 40 and then every 45 s; another symbol each time, the most important first."""
    machine, now_s, names = CompetingSession(CONFIG), 1000.0, ["A", "B", "C"]
    machine.refused("A", now_s)
    tried: list[tuple[float, str]] = []
    while len(tried) < 7:
        now_s += min(1.0, machine.choose(names, now_s))
        if machine.tried is not None:
            tried.append((round(now_s), machine.tried))
            machine.refused(machine.tried, now_s)
    assert [symbol for _, symbol in tried] == ["A", "B", "C", "A", "B", "C", "A"]
    times_s = [1000, *(at_s for at_s, _ in tried)]
    assert [later_s - earlier_s for earlier_s, later_s in pairwise(times_s)] == [5, 10, 20, 40, 45, 45, 45]


def test_what_comes_back_at_once_is_waited_for_as_before() -> None:
    """A gateway that gives one price and refuses again is not asked faster for it."""
    machine = CompetingSession(CONFIG)
    machine.refused("A", 1000.0)
    machine.choose(["A"], 1005.0)
    machine.refused("A", 1005.1)
    machine.choose(["A"], 1016.0)
    assert machine.confirmed("A")
    machine.refused("A", 1016.5)
    assert machine.choose(["A"], 1016.5) == pytest.approx(10.0)
    machine.choose(["A"], 1027.0)
    assert machine.confirmed("A")
    machine.refused("A", 5000.0)
    assert machine.choose(["A"], 5000.0) == pytest.approx(5.0)


# ---- the desk ----


def streams_asked(room: LineRoom, since_s: float) -> list[tuple[float, str]]:
    """Whose stream was asked for, and when."""
    return [(at_s, symbol) for at_s, kind, symbol in room.asked if kind == "stream" and at_s >= since_s]


def test_a_competing_session_is_asked_about_by_one(feed: Feed) -> None:
    """Thirty symbols are refused; within three minutes a handful of streams are asked for, then all return at once."""
    room = LineRoom(feed, CONFIG, 30)
    room.turn(10.0)
    assert room.count(Stage.CONFIRMED) == 30
    for symbol in room.streams:
        room.codes[symbol] = 10197
    room.take_away(10197)
    since_s = room.now_s
    room.turn(180.0)
    after_s = [at_s - since_s for at_s, _ in streams_asked(room, since_s)]
    assert after_s == pytest.approx([5, 15, 35, 75, 120, 165], abs=1.5)
    assert room.count(Stage.CONFIRMED) == 0
    room.codes.clear()
    room.turn(50.0)
    assert room.count(Stage.CONFIRMED) == 30


def test_a_new_session_of_the_gateway_asks_by_one_too(feed: Feed) -> None:
    """A reconnection while it lasts does not have everything asked for."""
    room = LineRoom(feed, CONFIG, 30)
    room.turn(10.0)
    room.codes = dict.fromkeys(room.streams, 10197)
    room.take_away(10197)
    room.turn(60.0)
    since_s = room.now_s
    room.reconnect()
    room.turn(1.0)
    assert len(streams_asked(room, since_s)) == 1


def test_a_new_session_serves_the_others_by_other_means(feed: Feed) -> None:
    """After a reconnection those that nobody asks for are told apart and served as before, and so is a new symbol."""
    room = LineRoom(feed, CONFIG, 30)
    room.turn(10.0)
    room.codes = dict.fromkeys(room.streams, 10197)
    room.take_away(10197)
    room.reconnect()
    room.want("S99")
    room.turn(1.0)
    assert {room.said(symbol) for symbol in room.streams} == {"stale", "missing"}
    reasons = {str(room.reader[symbol].reason) for symbol in room.streams}
    assert reasons <= {"competing_session", "no_price", "not_confirmed"}
    since_s = room.now_s
    room.turn(30.0)
    served = {symbol for at_s, kind, symbol in room.asked if kind == "snapshot" and at_s >= since_s}
    assert len(served) >= 30
    room.codes.clear()
    room.turn(50.0)
    assert room.count(Stage.CONFIRMED) == 31


@pytest.mark.parametrize("code", [354, 10168, 10186])
def test_no_permission_is_tried_ever_more_rarely(feed: Feed, code: int) -> None:
    """Each symbol after one minute, two, four, eight, then every quarter of an hour; granted, it streams."""
    room = LineRoom(feed, CONFIG, 10)
    room.codes = {"S0": code, "S1": code}
    room.turn(2 * 3600.0)
    for symbol in ("S0", "S1"):
        asked_s = [at_s for at_s, name in streams_asked(room, 0.0) if name == symbol]
        gaps_s = [later - earlier for earlier, later in pairwise(asked_s)]
        assert gaps_s[:5] == pytest.approx([60.0, 120.0, 240.0, 480.0, 900.0], abs=1.0)
        assert all(gap_s == pytest.approx(900.0, abs=1.0) for gap_s in gaps_s[5:])
        assert room.said(symbol) == "missing"
    assert room.count(Stage.CONFIRMED) == 8
    room.codes.clear()
    room.turn(901.0)
    assert room.count(Stage.CONFIRMED) == 10


QUICK = FeederConfig(
    lines_max=8,
    lines_probe_s=0.5,
    lines_probe_limit_s=2.0,
    retry_s=1.0,
    retry_limit_s=8.0,
    resolve_timeout_s=1.0,
    subscribe_timeout_s=1.0,
    fallback_after_s=0.5,
    competing_retry_s=0.5,
    competing_retry_limit_s=2.0,
)


@settings(max_examples=40)
@given(
    story=st.lists(
        st.tuples(st.integers(0, 11), st.sampled_from([0, *REFUSING]), st.floats(0.0, 3.0)), min_size=1, max_size=20
    )
)
def test_no_sequence_of_errors_makes_a_storm(feed: Feed, story: list[tuple[int, int, float]]) -> None:
    """Whatever is refused with whatever code: the pace holds, and a symbol that is always refused is asked rarely."""
    room = LineRoom(feed, QUICK, 12)
    try:
        for number, code, for_s in story:
            room.codes[f"S{number}"] = code
            room.turn(for_s)
            room.check()
        room.codes = {symbol: code or 354 for symbol, code in room.codes.items()}
        since_s = room.now_s
        room.turn(60.0)
        room.check()
        for symbol in room.codes:
            asked = sum(name == symbol and at_s >= since_s for at_s, kind, name in room.asked if kind != "snapshot")
            assert asked <= 45, (symbol, room.codes[symbol])
        room.codes.clear()
        room.turn(25.0)
        # Those refused for other reasons than lines take nobody's: where the others fit, they have all of them.
        assert room.count(Stage.CONFIRMED) in {6, 7, 8}, {name: one.stage for name, one in room.streams.items()}
    finally:
        room.close()
