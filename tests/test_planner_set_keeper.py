"""The set that is streamed: calm, complete, within its limit; proven over any sequence of wishes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tickring.planner.set_keeper import SetChange, SetKeeper, SetRowState
from tickring.planner.wanted import Origin, WantedSymbol, merge_wanted

HOLD_S, GRACE_S = 60.0, 120.0


def wish(symbols: str, origin: Origin = Origin.SNAPSHOT) -> list[WantedSymbol]:
    """These symbols, the first one mattering most."""
    return [WantedSymbol(symbol, origin, rank) for rank, symbol in enumerate(symbols.split())]


def make_keeper(max_symbols: int = 100) -> SetKeeper:
    """A keeper with nothing in it."""
    return SetKeeper(max_symbols=max_symbols, min_hold_s=HOLD_S, grace_s=GRACE_S)


def test_what_is_new_is_added_and_what_stays_is_not_touched() -> None:
    """The change names only what changes."""
    keeper = make_keeper()
    assert keeper.want(wish("SPY QQQ"), 0.0) == SetChange(add=("QQQ", "SPY"))
    assert keeper.want(wish("QQQ SPY NVDA"), 30.0) == SetChange(add=("NVDA",))
    assert not keeper.want(wish("SPY QQQ NVDA"), 60.0)


def test_what_is_wanted_no_longer_goes_after_its_grace() -> None:
    """And not at all if it is wanted again before."""
    keeper = make_keeper()
    keeper.want(wish("SPY QQQ"), 0.0)
    assert not keeper.want(wish("SPY"), 100.0)
    assert not keeper.step(219.9)
    assert keeper.next_at_s() == 220.0
    assert not keeper.want(wish("SPY QQQ"), 219.95)
    assert not keeper.want(wish("SPY"), 300.0)
    assert keeper.step(420.0) == SetChange(remove=("QQQ",))
    assert keeper.next_at_s() == float("inf")


def test_a_waiting_symbol_ends_the_grace_but_never_the_hold() -> None:
    """A full set changes hands after the hold, not after hold and grace."""
    keeper = make_keeper(max_symbols=1)
    keeper.want(wish("SPY"), 0.0)
    assert not keeper.want(wish("QQQ"), 10.0)
    assert [one.symbol for one in keeper.waiting] == ["QQQ"]
    assert keeper.next_at_s() == 60.0
    assert keeper.step(60.0) == SetChange(add=("QQQ",), remove=("SPY",))


def test_positions_and_orders_are_streamed_above_the_limit() -> None:
    """Money hangs on them; they push nothing out before its hold."""
    keeper = make_keeper(max_symbols=2)
    keeper.want(wish("SPY QQQ"), 0.0)
    held = [*wish("AAA BBB", Origin.POSITION), *wish("CCC", Origin.WORKING_ORDER)]
    assert keeper.want([*held, *wish("SPY QQQ")], 10.0) == SetChange(add=("AAA", "BBB", "CCC"))
    assert [one.symbol for one in keeper.truncated] == ["SPY", "QQQ"]
    assert keeper.step(60.0) == SetChange(remove=("QQQ", "SPY"))
    assert keeper.streamed == {"AAA", "BBB", "CCC"}


def test_truncation_is_told_by_symbol_the_least_important_last() -> None:
    """The limit cuts by priority, then by the origin's own order, never by the alphabet."""
    keeper = make_keeper(max_symbols=3)
    keeper.want([*wish("TTT AAA", Origin.THEME), *wish("ZZZ YYY", Origin.SNAPSHOT)], 0.0)
    assert keeper.streamed == {"ZZZ", "YYY", "TTT"}
    assert [one.symbol for one in keeper.truncated] == ["AAA"]
    rows = {row.wanted.symbol: row.state for row in keeper.rows()}
    assert rows == {"ZZZ": "streamed", "YYY": "streamed", "TTT": "streamed", "AAA": "truncated"}
    assert [row.wanted.symbol for row in keeper.rows()] == ["ZZZ", "YYY", "TTT", "AAA"]


def test_rows_say_since_when_and_until_when() -> None:
    """Hold and grace can be seen."""
    keeper = make_keeper(max_symbols=1)
    keeper.want(wish("SPY"), 5.0)
    keeper.want(wish("QQQ"), 10.0)
    waiting, leaving = keeper.rows()
    assert (leaving.state, leaving.since_s, leaving.held_until_s, leaving.leaves_at_s) == ("leaving", 10.0, 65.0, 130.0)
    assert (waiting.state, waiting.since_s, waiting.held_until_s) == ("waiting", 10.0, None)


def test_five_thousand_symbols_change_by_what_differs() -> None:
    """Of a large universe only the difference is told."""
    keeper = make_keeper(max_symbols=5000)
    everything = [f"S{number:05d}" for number in range(5000)]
    assert len(keeper.want(wish(" ".join(everything)), 0.0).add) == 5000
    change = keeper.want(wish(" ".join(everything[10:])), 100.0)
    assert not change
    assert len(keeper.step(220.0).remove) == 10


SYMBOLS = [f"S{number}" for number in range(12)]
WISHES = st.lists(
    st.builds(WantedSymbol, st.sampled_from(SYMBOLS), st.sampled_from(list(Origin)), st.integers(0, 5)), max_size=14
)
STEPS = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 29.0, 59.0, 60.0, 61.0, 119.0, 121.0, 300.0]), st.none() | WISHES), max_size=25
)


@given(STEPS, st.integers(1, 8))
def test_any_sequence_of_wishes_is_followed_calmly_and_converges(
    steps: list[tuple[float, list[WantedSymbol] | None]], max_symbols: int
) -> None:
    """Never touches what is unchanged, keeps hold and grace, holds the limit, and ends at what is wanted."""
    keeper = make_keeper(max_symbols)
    now_s = 0.0
    streamed: dict[str, float] = {}
    wanted: dict[str, WantedSymbol] = {}
    unchosen_since: dict[str, float] = {}
    for wait_s, wishes in steps:
        now_s += wait_s
        if wishes is not None:
            wanted = {one.symbol: one for one in merge_wanted(wishes)}
        chosen = choose(wanted, max_symbols)
        for symbol in streamed:
            unchosen_since.setdefault(symbol, now_s)
        unchosen_since = {name: since for name, since in unchosen_since.items() if name not in chosen}
        change = keeper.step(now_s) if wishes is None else keeper.want(wishes, now_s)

        assert not set(change.add) & set(streamed), "adds what is streamed"
        assert set(change.remove) <= set(streamed), "removes what is not streamed"
        assert not set(change.remove) & chosen, "touches what is wanted"
        assert set(change.add) <= chosen, "adds what has no place"
        for symbol in change.remove:
            assert now_s - streamed.pop(symbol) >= HOLD_S, "goes before its hold"
            is_through = now_s - unchosen_since.pop(symbol) >= GRACE_S
            is_needed = len(keeper.streamed) >= max_symbols or set(change.add)
            assert is_through or is_needed, "goes within its grace though nobody needs the place"
        streamed |= dict.fromkeys(change.add, now_s)
        assert keeper.streamed == set(streamed)
        held = {symbol for symbol, one in wanted.items() if one.is_held}
        assert held <= keeper.streamed, "a position is not streamed"
        still_held = {symbol for symbol, since in streamed.items() if now_s - since < HOLD_S}
        assert len(streamed) <= max(max_symbols, len(held | still_held | chosen)), "more than the limit allows"
        told = {row.wanted.symbol: row.state for row in keeper.rows()}
        assert set(told) == set(streamed) | set(wanted)
        assert {name for name, state in told.items() if state is SetRowState.TRUNCATED} == {
            name for name in set(wanted) - chosen if name not in streamed
        }

    for _ in range(2):  # the first makes room, the second has used it
        now_s += HOLD_S + GRACE_S
        keeper.step(now_s)
    assert keeper.streamed == choose(wanted, max_symbols)
    assert keeper.next_at_s() == float("inf")


def choose(wanted: dict[str, WantedSymbol], max_symbols: int) -> set[str]:
    """What shall be streamed in the end: positions and orders, then the most important up to the limit."""
    chosen: list[str] = []
    for one in sorted(wanted.values(), key=lambda one: one.order):
        if one.is_held or len(chosen) < max_symbols:
            chosen.append(one.symbol)
    return set(chosen)


@given(st.lists(WISHES, max_size=6), st.integers(1, 6))
def test_next_at_is_when_something_happens(sequence: list[list[WantedSymbol]], max_symbols: int) -> None:
    """Nothing is due before it, something is at it: a loop may sleep until then."""
    keeper = make_keeper(max_symbols)
    now_s = 0.0
    for wishes in sequence:
        keeper.want(wishes, now_s)
        next_at_s = keeper.next_at_s()
        if next_at_s == float("inf"):
            assert not keeper.step(now_s + 1e6)
        else:
            assert next_at_s > now_s
            assert not keeper.step((now_s + next_at_s) / 2)
            assert keeper.step(next_at_s)
            now_s = next_at_s
        now_s += 7.0
