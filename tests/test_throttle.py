"""The WebSocket's throttle: ten a second and symbol, the first at once, the last never lost."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.api.bus_events import EventName, ExecutionEvent
from tickring.api.throttle import QuoteThrottle
from tickring.api.throttle_events import COMPRESSED, NEVER_COMPRESSED, WSEventThrottler

if TYPE_CHECKING:
    from collections.abc import Iterable

MS = 1_000_000
WINDOW_MS = 100


class Sent(NamedTuple):
    """One delivery."""

    at_ns: int
    symbol: str
    value: int


def play(ticks: Iterable[tuple[int, str]], throttle: QuoteThrottle[int]) -> list[Sent]:
    """Offer tick number n of this list with the value n, waking exactly when asked to; return what went out."""
    out: list[Sent] = []

    def wake_until(now_ns: int) -> None:
        while (due_ns := throttle.next_due_ns()) is not None and due_ns <= now_ns:
            out.extend(Sent(due_ns, symbol, value) for symbol, value in throttle.due(due_ns))

    end_ns = 0
    for number, (at_ns, symbol) in enumerate(ticks):
        wake_until(at_ns)
        if throttle.offer(symbol, number, at_ns):
            out.append(Sent(at_ns, symbol, number))
        end_ns = at_ns
    wake_until(end_ns + 2 * throttle.window_ns)
    return out


TICKS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["SPY", "QQQ", "BRK B"])), max_size=200).map(
    lambda steps: [(sum(gap for gap, _ in steps[: n + 1]) * MS, symbol) for n, (_, symbol) in enumerate(steps)]
)


def test_the_first_goes_out_at_once_and_the_rest_of_its_window_as_one() -> None:
    """The first of a window at its own time, later ones overwrite each other, the last one at the window's end."""
    throttle: QuoteThrottle[int] = QuoteThrottle()
    sent = play([(0, "SPY"), (10 * MS, "SPY"), (20 * MS, "SPY"), (99 * MS, "SPY")], throttle)
    assert sent == [Sent(0, "SPY", 0), Sent(100 * MS, "SPY", 3)]
    assert throttle.replaced == 2


def test_a_hundred_a_second_in_are_ten_a_second_out() -> None:
    """100 ticks a second for ten seconds: exactly ten updates in each second, the very last tick among them."""
    ticks = [(number * 10 * MS, "SPY") for number in range(1000)]
    sent = play(ticks, QuoteThrottle())
    in_second = [
        sum(second * 1000 * MS <= one.at_ns < (second + 1) * 1000 * MS for one in sent) for second in range(10)
    ]
    assert in_second == [10] * 10
    assert sent[-1].value == 999


def test_symbols_do_not_know_of_each_other() -> None:
    """A burst of one symbol holds back nothing of another."""
    ticks = [(number * MS, "SPY") for number in range(50)] + [(50 * MS, "QQQ")]
    assert Sent(50 * MS, "QQQ", 50) in play(ticks, QuoteThrottle())


def test_after_a_quiet_window_the_next_goes_out_at_once() -> None:
    """Slow symbols are never held back."""
    ticks = [(number * WINDOW_MS * MS, "SPY") for number in range(20)]
    assert [one.at_ns for one in play(ticks, QuoteThrottle())] == [at_ns for at_ns, _ in ticks]


def test_a_late_waker_gets_the_newest() -> None:
    """If nobody asked at the window's end, the next value goes out in the place of the one that was pending."""
    throttle: QuoteThrottle[int] = QuoteThrottle()
    assert throttle.offer("SPY", 1, 0)
    assert not throttle.offer("SPY", 2, 50 * MS)
    assert throttle.offer("SPY", 3, 150 * MS)
    assert throttle.due(200 * MS) == []
    assert throttle.replaced == 1


def test_a_forgotten_symbol_starts_anew() -> None:
    """What was pending of it never comes, and its next value goes out at once."""
    throttle: QuoteThrottle[int] = QuoteThrottle()
    throttle.offer("SPY", 1, 0)
    throttle.offer("SPY", 2, MS)
    throttle.forget("SPY")
    assert throttle.next_due_ns() is None
    assert throttle.offer("SPY", 3, 2 * MS)
    assert throttle.due(100 * MS) == []
    assert not throttle.offer("SPY", 4, 101 * MS)
    assert throttle.due(102 * MS) == [("SPY", 4)]


@given(TICKS)
def test_whatever_comes_the_rules_hold(ticks: list[tuple[int, str]]) -> None:
    """At most one per window and symbol, in order, each no later than one window, and of each symbol the last one."""
    throttle: QuoteThrottle[int] = QuoteThrottle()
    sent = play(ticks, throttle)
    for symbol in {symbol for _, symbol in ticks}:
        offered = [(at_ns, number) for number, (at_ns, one) in enumerate(ticks) if one == symbol]
        own = [one for one in sent if one.symbol == symbol]
        assert all(later.at_ns - one.at_ns >= WINDOW_MS * MS for one, later in itertools.pairwise(own))
        assert [one.value for one in own] == sorted(one.value for one in own)
        assert own[0] == Sent(offered[0][0], symbol, offered[0][1])
        assert own[-1].value == offered[-1][1]
        at = {number: at_ns for at_ns, number in offered}
        assert all(0 <= one.at_ns - at[one.value] <= WINDOW_MS * MS for one in own)
    assert len(sent) + throttle.replaced == len(ticks)
    assert len(throttle) == 0


@given(st.lists(st.integers(100, 1000), min_size=50, max_size=300))
def test_slow_symbols_leave_nothing_behind(gaps: list[int]) -> None:
    """Without anything pending nobody asks `due`, and the windows are forgotten all the same."""
    throttle: QuoteThrottle[int] = QuoteThrottle()
    now_ns = 0
    for number, gap in enumerate(gaps):
        now_ns += gap * MS
        assert throttle.offer(f"S{number}", number, now_ns)
        assert len(throttle._in_order) == len(throttle._ends_ns) <= 1


def test_a_window_must_be_one() -> None:
    """No window, no throttle."""
    with pytest.raises(ValueError, match="window_ns is 0, must be at least 1"):
        QuoteThrottle(0)


# ---- events ----


class Clock:
    """A clock that stands until it is set."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def event(name: EventName, scope: str = "", **content: object) -> ExecutionEvent:
    """One event of execution."""
    return ExecutionEvent(name, "2026-03-04T05:06:07.080910Z", content, scope)


def test_the_never_compress_list_is_the_documents() -> None:
    """Intents, orders submitted, rejected, acknowledged, and all of the kill switch."""
    assert {str(name).removeprefix("EXECUTION_") for name in NEVER_COMPRESSED} == {
        "INTENT_CREATED",
        "ORDER_SUBMITTED",
        "ORDER_REJECTED",
        "ORDER_ACKNOWLEDGED",
        "KILL_SWITCH_ACTIVATED",
        "KILL_SWITCH_DEACTIVATED",
    }
    assert not COMPRESSED & NEVER_COMPRESSED


@pytest.mark.parametrize("name", sorted(NEVER_COMPRESSED))
def test_an_orders_fate_always_goes_out(name: EventName) -> None:
    """Equal ones, at the same moment, as often as they come."""
    throttler = WSEventThrottler(clock=Clock())
    assert [throttler.passes(event(name, order=1)) for _ in range(5)] == [True] * 5
    assert throttler.compressed == 0


@pytest.mark.parametrize("name", sorted(COMPRESSED))
def test_unchanged_ones_are_left_out_for_two_seconds(name: EventName) -> None:
    """Equal content within two seconds of what went out last is not news; a change is, and so is one after them."""
    clock = Clock()
    throttler = WSEventThrottler(clock=clock)
    assert throttler.passes(event(name, value=1))
    clock.now_s = 1.99
    assert not throttler.passes(event(name, value=1))
    assert throttler.passes(event(name, value=2))
    assert throttler.passes(event(name, value=1))
    clock.now_s = 3.98
    assert not throttler.passes(event(name, value=1))
    clock.now_s = 3.99
    assert throttler.passes(event(name, value=1))
    assert throttler.compressed == 2


def test_content_counts_and_not_how_it_is_written() -> None:
    """The order of keys is no change; of positions only the positions count; scopes are apart."""
    throttler = WSEventThrottler(clock=Clock())
    status, positions = EventName.EXECUTION_STATUS, EventName.EXECUTION_POSITIONS_UPDATED
    assert throttler.passes(event(status, a=1, b=2))
    assert not throttler.passes(event(status, b=2, a=1))
    assert throttler.passes(event(status, "run-2", a=1, b=2))
    assert throttler.passes(event(positions, positions={"SPY": 100}, written_at="1"))
    assert not throttler.passes(event(positions, positions={"SPY": 100}, written_at="2"))
    assert throttler.passes(event(positions, positions={"SPY": 101}, written_at="2"))


@given(
    st.lists(
        st.tuples(st.floats(0, 3), st.sampled_from(sorted(COMPRESSED | NEVER_COMPRESSED)), st.integers(0, 2)),
        max_size=60,
    )
)
def test_order_is_kept_and_no_change_is_lost(steps: list[tuple[float, EventName, int]]) -> None:
    """Whoever knows only what went out knows the same as who heard everything, at any moment."""
    clock = Clock()
    throttler = WSEventThrottler(clock=clock)
    heard: list[tuple[EventName, int]] = []
    known: dict[EventName, int] = {}
    for gap_s, name, value in steps:
        clock.now_s += gap_s
        if throttler.passes(event(name, value=value)):
            heard.append((name, value))
            known[name] = value
        assert known[name] == value
    critical = [(name, value) for _, name, value in steps if name in NEVER_COMPRESSED]
    assert [one for one in heard if one[0] in NEVER_COMPRESSED] == critical
    assert len(heard) + throttler.compressed == len(steps)
