"""Market data lines: how many there are, who gets them, and that a gateway never has to refuse what it said before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feeder_line_room import LineRoom
from tickring.config.structs import FeederConfig
from tickring.feeder.line_budget import LineBudget
from tickring.feeder.line_plan import LineWish, plan_lines
from tickring.feeder.stream import Stage
from tickring.feeder.token_bucket import PacingClass

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed

CONFIG = FeederConfig(lines_max=100, lines_reserve=2, lines_probe_s=15.0, lines_probe_limit_s=600.0)


@pytest.fixture
def feed(make_feed: Callable[..., Feed]) -> Feed:
    """Room for more symbols than there are lines."""
    return make_feed(capacity=256)


# ---- how many ----


def test_a_refusal_is_believed_and_more_is_tried_slowly() -> None:
    """One more after 15 s, two more after the next, then four; a try that is refused waits twice as long."""
    budget = LineBudget(CONFIG)
    budget.refused(80, 1000.0)
    assert (budget.limit, budget.is_learnt, budget.for_streams(140)) == (80, True, 78)
    assert not budget.grow(1014.9)
    assert [budget.limit for at_s in (1015.0, 1030.0, 1045.0) if budget.grow(at_s)] == [81, 83, 87]
    budget.refused(80, 1045.5)
    assert budget.limit == 80
    assert budget.next_s(1045.5) == 30.0


def test_who_all_fit_all_have_a_line() -> None:
    """The reserve is for those without; where there are none it is used too."""
    budget = LineBudget(CONFIG)
    assert [budget.for_streams(wanted) for wanted in (3, 99, 100, 101, 5000)] == [100, 100, 100, 98, 98]
    assert budget.next_s(1000.0) == float("inf")


def test_a_late_refusal_lowers_nothing() -> None:
    """Of twenty requests that were on their way each is refused; the limit falls once."""
    budget = LineBudget(CONFIG)
    for _ in range(20):
        budget.refused(80, 1000.0)
    assert budget.limit == 80


@given(
    real=st.lists(st.tuples(st.floats(1.0, 2000.0), st.integers(0, 120)), min_size=1, max_size=20),
)
def test_the_limit_follows_what_the_gateway_has(real: list[tuple[float, int]]) -> None:
    """Whatever others take and give back: never above what is configured, refusals rare, and what is free is found."""
    budget, now_s = LineBudget(CONFIG), 1000.0
    for for_s, lines in real:
        until_s = now_s + for_s
        refusals_s: list[float] = []
        while now_s < until_s:
            if budget.limit > lines:
                budget.refused(lines, now_s)
                refusals_s.append(now_s)
            budget.grow(now_s)
            assert 0 <= budget.limit <= 100
            assert 0 <= budget.for_streams(5000) <= budget.limit
            now_s += 1.0
        assert len(refusals_s) <= 2 + for_s / CONFIG.lines_probe_s
        if len(refusals_s) > 6:  # no room the whole time: the tries have become rare
            assert refusals_s[-1] - refusals_s[-2] >= 8 * CONFIG.lines_probe_s
    for _ in range(int(2 * CONFIG.lines_probe_limit_s + 8 * CONFIG.lines_probe_s)):
        budget.grow(now_s)
        now_s += 1.0
    assert budget.limit == 100


# ---- who ----

wishes = st.lists(
    st.builds(
        LineWish, symbol=st.text("ABC", min_size=1, max_size=4), priority=st.integers(0, 3), rank=st.integers(0, 9),
        is_held=st.booleans(),
    ),
    unique_by=lambda wish: wish.symbol,
    max_size=40,
)  # fmt: skip


@given(wished=wishes, lines=st.integers(0, 45))
def test_nobody_who_matters_less_has_a_line_before_one_who_matters_more(wished: list[LineWish], lines: int) -> None:
    """As many as there are lines; and nobody loses one to an equal."""
    chosen = plan_lines(wished, lines)
    assert len(chosen) == min(lines, len(wished))
    with_line = [wish for wish in wished if wish.symbol in chosen]
    without = [wish for wish in wished if wish.symbol not in chosen]
    for one in without:
        assert all(other.priority <= one.priority for other in with_line)
        if one.is_held:
            assert all(other.is_held for other in with_line if other.priority == one.priority)


# ---- the desks together ----


def test_140_wanted_at_100_lines(feed: Feed) -> None:
    """100 stream by priority, 40 are served in turn by two lines that are kept for them; nobody is left out."""
    room = LineRoom(feed, FeederConfig(lines_max=102), 140)
    room.set_priorities({f"S{number}": 0 if number >= 130 else 3 for number in range(140)})
    room.turn(60.0)
    assert set(room.stages(*(f"S{number}" for number in range(130, 140)))) == {Stage.CONFIRMED}
    assert room.count(Stage.CONFIRMED) == 100
    assert room.count(Stage.ROTATED) == 40
    assert room.refused == 0
    ages_s = room.rotated_ages_s()
    assert len(ages_s) == 40
    room.turn(120.0)
    assert max(room.rotated_ages_s().values()) < 60.0
    assert room.refused == 0


def test_who_matters_more_takes_the_line_of_the_least(feed: Feed) -> None:
    """A position that is added streams; the last theme symbol is served in turn, and comes back when it goes."""
    room = LineRoom(feed, CONFIG, 120)
    priorities = {f"S{number}": 4 for number in range(120)}
    room.set_priorities(priorities)
    room.turn(30.0)
    assert room.stages("S97", "S98") == [Stage.CONFIRMED, Stage.ROTATED]
    room.want("POS")
    room.set_priorities({"POS": 0, **priorities})
    room.turn(3.0)
    assert room.stages("POS", "S97") == [Stage.CONFIRMED, Stage.ROTATED]
    assert room.count(Stage.CONFIRMED) == 98
    assert room.said("S97") in {"stale", "fallback"}
    room.unwant("POS")
    room.turn(3.0)
    assert room.count(Stage.CONFIRMED) == 98
    assert room.refused == 0


def test_a_permission_that_is_there_again_is_seen_though_every_line_is_taken(feed: Feed) -> None:
    """The others fit exactly, so no line is ever free: after the longest wait one is lent, for one try at a time."""
    config = FeederConfig(lines_max=5, retry_s=10.0, retry_limit_s=100.0)
    room = LineRoom(feed, config, 7)
    room.codes = {"S0": 354, "S3": 354}
    room.turn(60.0)
    assert room.count(Stage.CONFIRMED) == 5
    before = len(room.asked)
    room.turn(1000.0)
    tries = [symbol for _, kind, symbol in room.asked[before:] if kind == "stream" and symbol in room.codes]
    assert set(tries) == {"S0", "S3"}
    assert 4 <= len(tries) <= 12
    assert room.count(Stage.CONFIRMED) == 5
    room.codes.clear()
    room.turn(500.0)
    assert Stage.CONFIRMED in room.stages("S0", "S3")
    room.check()
    room.close()


def test_a_symbol_that_matters_less_takes_no_line_for_a_try(feed: Feed) -> None:
    """It may have a line when one is free."""
    room = LineRoom(feed, FeederConfig(lines_max=5, retry_s=10.0, retry_limit_s=100.0), 6)
    room.codes = {"S0": 354}
    room.turn(60.0)
    room.set_priorities({f"S{number}": int(number == 0) for number in range(6)})
    room.turn(300.0)
    before = len(room.asked)
    room.turn(1000.0)
    assert "stream" not in {kind for _, kind, _ in room.asked[before:]}
    assert room.stages("S1", "S2", "S3", "S4", "S5") == [Stage.CONFIRMED] * 5
    room.close()


def test_a_symbol_that_goes_mute_keeps_its_line_for_a_while(feed: Feed) -> None:
    """Asked for again it is not overtaken by those that wait; after three times in vain it takes turns as they do."""
    room = LineRoom(feed, FeederConfig(lines_max=10, subscribe_timeout_s=5.0, retry_s=5.0), 14)
    room.turn(10.0)
    assert room.stages("S0", "S7", "S8") == [Stage.CONFIRMED, Stage.CONFIRMED, Stage.ROTATED]
    room.muted.add("S0")
    room.desk.ask_again(room.streams["S0"], "mute", room.now_s)
    room.turn(2.0)
    assert room.stages("S0", "S8") == [Stage.REQUESTED, Stage.ROTATED]
    room.turn(20.0)
    assert room.stages("S0", "S8") == [Stage.ROTATED, Stage.CONFIRMED]


def test_who_is_asked_for_anew_is_not_live_meanwhile(feed: Feed) -> None:
    """The old request is over and the new one waits for its turn: nothing would tell of a new price."""
    room = LineRoom(feed, CONFIG, 5)
    room.turn(10.0)
    assert room.said("S0") == "live"
    while room.desk.bucket.take(room.now_s, PacingClass.ORDER):
        pass
    room.desk.ask_again(room.streams["S0"], "mute", room.now_s)
    room.desk.work(room.now_s)
    assert room.stages("S0") == [Stage.RESOLVED]
    assert room.said("S0") == "stale"
    room.turn(5.0)
    assert room.said("S0") == "live"


def test_lines_that_others_take_are_learnt(feed: Feed) -> None:
    """Twenty are somebody else's: 78 stream and two are for the rest, refusals are few; given back, they are found."""
    room = LineRoom(feed, FeederConfig(lines_probe_s=4.0, lines_probe_limit_s=32.0), 140)
    room.lines = 80
    room.turn(7.0)
    assert room.count(Stage.CONFIRMED) == 78
    first = room.refused
    assert first <= 20
    room.turn(60.0)
    assert room.count(Stage.CONFIRMED) in {78, 79}
    assert room.refused - first <= 8
    room.lines = 100
    room.turn(120.0)
    assert room.count(Stage.CONFIRMED) == 98


def test_no_line_at_all_leaves_history(feed: Feed) -> None:
    """Everything belongs to others: nobody streams, and the queue for history has all."""
    room = LineRoom(feed, CONFIG, 5)
    room.lines = 0
    room.turn(10.0)
    assert room.count(Stage.CONFIRMED) == 0
    assert room.refused <= 6
    assert {symbol for kind, symbol in room.asked_kinds() if kind == "bars"} == set(room.streams)


happenings = st.lists(
    st.one_of(
        st.tuples(st.just("time"), st.floats(0.05, 5.0)),
        st.tuples(st.just("lines"), st.integers(0, 30)),
        st.tuples(st.sampled_from(["want", "unwant", "matter", "mute", "refuse", "lose"]), st.integers(0, 29)),
    ),
    max_size=25,
)
SMALL = FeederConfig(
    lines_max=12,
    lines_probe_s=0.5,
    lines_probe_limit_s=2.0,
    retry_s=1.0,
    retry_limit_s=2.0,
    subscribe_timeout_s=1.0,
    fallback_after_s=0.5,
    snapshot_timeout_s=1.2,
)


@settings(max_examples=40)
@given(happened=happenings)
def test_whatever_happens_lines_and_pace_are_kept(feed: Feed, happened: list[tuple[str, float]]) -> None:
    """Never more lines in use than the feeder knows of, nor 45 messages a second; in the end all that fit stream."""
    room = LineRoom(feed, SMALL, 20)
    try:
        for word, value in happened:
            room.happen(word, value)
            room.check()
        room.lines = 30
        room.muted.clear()
        room.turn(15.0)
        room.check()
        assert room.count(Stage.CONFIRMED) == (len(room.streams) if len(room.streams) <= 12 else 10)
    finally:
        room.close()
