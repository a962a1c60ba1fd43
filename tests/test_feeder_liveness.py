"""When a stream is silent: the ladder, its scopes and what is learnt; on a clock of its own."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.liveness_world import LivenessWorld, Symbol
from tickring.config import LivenessConfig
from tickring.episodes import EpisodeKind
from tickring.feeder.gap_histogram import GapHistogram
from tickring.feeder.liveness import Act

if TYPE_CHECKING:
    from collections.abc import Callable

LADDER = [Act.ASK_AGAIN, Act.FALL]


def every(seconds: float) -> Callable[[], float]:
    """A symbol that ticks evenly."""
    return lambda: seconds


def world_of(*counts: tuple[str, int], gap_s: float = 0.5, config: LivenessConfig | None = None) -> LivenessWorld:
    """So many symbols of each group, warmed up."""
    symbols = [Symbol(f"{group}{n}", group, every(gap_s)) for group, count in counts for n in range(count)]
    world = LivenessWorld(symbols, config or LivenessConfig())
    world.run(120.0)
    assert world.acts == {}
    return world


# ---- what is learnt --------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.001, 4000.0), min_size=1, max_size=900))
def test_the_learnt_gap_is_near_the_true_one(gaps: list[float]) -> None:
    """99 of 100 gaps are not longer than it; it is at most 1.42 times the one that is the hundredth."""
    histogram = GapHistogram()
    for gap_s in gaps:
        histogram.learn(gap_s)
    found_s = histogram.below_s(0.99)
    assert sum(gap_s <= found_s * 1.0001 for gap_s in gaps) >= 0.99 * len(gaps)
    ordered = sorted(gaps)
    true_s = next(gap_s for at, gap_s in enumerate(ordered, 1) if at >= 0.99 * len(ordered))
    assert found_s <= max(0.125, 1.42 * true_s)


def test_what_was_learnt_fades() -> None:
    """A name that was quiet in the morning and is busy since is judged by what it does now."""
    histogram = GapHistogram()
    for _ in range(500):
        histogram.learn(60.0)
    assert histogram.below_s(0.99) >= 60.0
    for _ in range(20_000):
        histogram.learn(0.2)
    assert histogram.below_s(0.99) < 1.0
    assert histogram.count < 1024


def test_a_slow_name_gets_three_times_its_usual_gap() -> None:
    """Between its usual silence and three times it nothing is tried: it reads quiet and is vouched for."""
    slow = Symbol("SLOW", "g", every(8.0))
    world = LivenessWorld([slow, *(Symbol(f"S{n}", "g", every(0.5)) for n in range(9))])
    world.run(600.0)
    assert world.acts[Act.ASK_AGAIN] == 0
    assert 24.0 <= world.machine.deadline_s("SLOW") <= 34.0
    assert world.acts[Act.VOUCH] > 0
    world.mute("SLOW")
    world.run(20.0)
    assert world.acts_of("SLOW") == []
    world.run(40.0)
    assert world.acts_of("SLOW") == LADDER


def test_an_outage_is_not_learnt() -> None:
    """However often a symbol was mute, its deadline stays that of its real gaps."""
    world = world_of(("g", 10), config=LivenessConfig(flap_falls=100))
    for _ in range(30):
        world.mute("g0")
        world.run(60.0)
        world.unmute("g0")
        world.run(5.0)
    assert world.machine.deadline_s("g0") == 10.0


def test_names_that_are_quiet_by_nature_never_alarm() -> None:
    """Gaps of minutes: asked anew now and then, ever more seldom, and never called silent."""
    rng = random.Random(5)
    quiet = [Symbol(f"Q{n}", "g", lambda: rng.expovariate(1 / 90.0)) for n in range(8)]
    world = LivenessWorld([*quiet, Symbol("SPY", "g", every(0.3))])
    world.run(3600.0)
    early = world.acts[Act.ASK_AGAIN]
    assert early > 0
    world.run(7200.0)
    assert world.acts[Act.ASK_AGAIN] - early < early
    assert world.acts[Act.FALL] == 0
    assert [one for one in world.book if one.kind is EpisodeKind.SYMBOL_SILENT] == []


# ---- scopes ----------------------------------------------------------------------------------------------------------


def test_one_mute_symbol_of_fifty() -> None:
    """Its own ladder, each rung once; one episode of its own; nothing of the others, no reconnection."""
    world = world_of(("g", 50))
    world.mute("g7")
    world.run(300.0)
    assert world.acts_of("g7") == LADDER
    assert world.acts[Act.RECONNECT] == world.acts[Act.PROBE] == 0
    assert {order.symbol for _, order in world.orders} == {"g7"}
    assert world.open_episodes() == [("symbol_silent", "symbol g7")]
    assert set(world.machine.silent) == {"g7"}
    asked_s = next(at_s for at_s, order in world.orders if order.act is Act.ASK_AGAIN)
    assert 120.0 + 10.0 <= asked_s <= 120.0 + 12.0
    world.unmute("g7")
    world.run(3.0)
    assert world.open_episodes() == []
    assert world.machine.silent == {}


def test_a_mute_group_is_one_episode() -> None:
    """All of one kind and currency: one episode for the farm, none for its symbols, no reconnection."""
    world = world_of(("STK USD", 40), ("CASH USD", 10))
    names = [one.name for one in world.symbols if one.group == "CASH USD"]
    world.mute(*names)
    world.run(120.0)
    assert world.open_episodes() == [("farm_down", "farm of CASH USD")]
    assert world.acts[Act.RECONNECT] == 0
    assert all(world.acts_of(name) == LADDER for name in names)
    world.unmute(*names)
    world.run(10.0)
    assert world.open_episodes() == []
    assert Counter(one.kind for one in world.book) == {EpisodeKind.FARM_DOWN: 1}


def test_the_whole_stream_is_one_episode_and_one_reconnection() -> None:
    """Known at once when its time is over; asked anew, then one new connection, and never a second one for it."""
    world = world_of(("STK USD", 40), ("CASH USD", 10))
    names = [one.name for one in world.symbols]
    world.mute(*names)
    world.run(12.0)
    assert world.open_episodes() == [("stream_silent", "stream")]
    world.run(600.0)
    assert world.acts[Act.RECONNECT] == 1
    assert all(world.acts_of(name) == LADDER for name in names)
    world.unmute(*names)
    world.run(20.0)
    assert Counter(one.kind for one in world.book) == {EpisodeKind.STREAM_SILENT: 1}
    assert world.open_episodes() == []


def test_many_symbols_leave_room_in_the_book() -> None:
    """Three hundred silent ones of two thousand: a hundred episodes and a count; what concerns all still finds room."""
    world = world_of(("G", 2000))
    names = [f"G{number}" for number in range(300)]
    world.mute(*names)
    world.run(60.0)
    assert len(world.machine.silent) == 300
    assert Counter(one.kind for one in world.book if one.is_open) == {EpisodeKind.SYMBOL_SILENT: 100}
    world.unmute(*names)
    world.run(60.0)
    assert not [one for one in world.book if one.is_open]


def test_a_gateway_that_does_not_answer_is_the_connections_matter() -> None:
    """Nothing heard of the gateway itself: it is probed, and no symbol is asked for anew or called silent."""
    world = world_of(("g", 5))
    world.answers = False
    world.mute(*(one.name for one in world.symbols))
    world.run(120.0)
    assert world.acts[Act.PROBE] == 5
    assert world.acts[Act.ASK_AGAIN] == world.acts[Act.FALL] == world.acts[Act.RECONNECT] == 0


def test_what_flaps_stays_away_and_returns_when_it_has_proved_itself() -> None:
    """The third fall within the window holds the symbol for a minute; then three prices let it return."""
    world = world_of(("g", 10))
    for _ in range(3):
        world.mute("g0")
        world.run(30.0)
        world.unmute("g0")
        world.run(5.0)
    assert world.acts_of("g0") == [*LADDER, *LADDER, Act.ASK_AGAIN, Act.HOLD]
    held_s = next(at_s for at_s, order in world.orders if order.act is Act.HOLD)
    world.run(90.0)
    released_s = next(at_s for at_s, order in world.orders if order.act is Act.RELEASE)
    assert 60.0 <= released_s - held_s <= 62.0
    assert world.open_episodes() == []
    assert world.machine.silent == {}


def test_silence_while_the_link_was_in_doubt_is_no_silence() -> None:
    """After 1100 and 1102 each symbol has its whole time again."""
    world = world_of(("g", 5))
    world.now_s += 300.0
    world.machine.link_back(world.now_s)
    for one in world.symbols:
        one.next_s = world.now_s + 5.0
    world.run(30.0)
    assert world.acts == {}


# ---- any sequence ----------------------------------------------------------------------------------------------------

_NAMES = ("A0", "A1", "A2", "A3", "B0", "B1")
_WITHOUT_CAUSE = {Act.VOUCH, Act.OPEN, Act.CLOSE, Act.RELEASE}
_STEP = st.one_of(
    st.tuples(st.just("run"), st.floats(0.5, 90.0)),
    st.tuples(st.just("mute"), st.sets(st.sampled_from(_NAMES), min_size=1)),
    st.tuples(st.just("unmute"), st.sets(st.sampled_from(_NAMES), min_size=1)),
    st.tuples(st.just("open"), st.sets(st.sampled_from(_NAMES), min_size=1)),
    st.tuples(st.just("close"), st.sets(st.sampled_from(_NAMES), min_size=1)),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_STEP, max_size=20), st.integers(0, 2**32))
def test_any_sequence_of_silences_and_sessions(steps: list[tuple[str, object]], seed: int) -> None:
    """Each rung once per silence, closed markets untouched, all found, every episode closed once, all healed after."""
    rng = random.Random(seed)
    gap = {"A": lambda: rng.uniform(0.1, 2.0), "B": lambda: rng.uniform(0.1, 30.0)}
    world = LivenessWorld([Symbol(name, name[0], gap[name[0]]) for name in _NAMES])
    seen: Counter[str] = Counter()
    last = 0
    for what, value in steps:
        before = {one.name for one in world.symbols if not one.is_open}
        match what:
            case "run":
                assert isinstance(value, float)
                world.run(value)
            case "mute":
                world.mute(*value)  # type: ignore[misc]
            case "unmute":
                world.unmute(*value)  # type: ignore[misc]
            case _:
                world.set_open(what == "open", *value)  # type: ignore[misc]
        if what == "run":
            check_orders(world, before)
        for change in world.book.since(last):
            last = max(last, change.sequence)
            seen[change.episode_id] += 1
        world.orders.clear()
    assert all(count <= 2 for count in seen.values())
    world.unmute(*_NAMES)
    world.set_open(True, *_NAMES)
    world.run(400.0)
    assert world.open_episodes() == []
    assert world.machine.silent == {}


def check_orders(world: LivenessWorld, closed: set[str]) -> None:
    """What one stretch of time may have brought, and what it must have."""
    for name in _NAMES:
        one, acts = world.by_name[name], world.acts_of(name)
        if name in closed:
            assert set(acts) <= {Act.CLOSE}
        if one.is_mute and name not in closed:
            assert acts.count(Act.ASK_AGAIN) <= 1
            assert acts.count(Act.FALL) + acts.count(Act.HOLD) <= 1
            if world.now_s - one.mute_s > world.config.silence_max_s + 20.0:
                assert name in world.machine.silent
    assert sum(order.act is Act.RECONNECT for _, order in world.orders) <= 1
    assert all(order.cause for _, order in world.orders if order.act not in _WITHOUT_CAUSE)


@pytest.mark.parametrize("count", [1, 2, 500])
def test_many_silent_symbols_are_each_asked_once(count: int) -> None:
    """No storm: one new request per symbol and silence, however long it lasts."""
    world = world_of(("g", count), gap_s=1.0)
    world.mute(*(one.name for one in world.symbols))
    world.run(200.0)
    assert world.acts[Act.ASK_AGAIN] == count
    assert world.acts[Act.FALL] == count
