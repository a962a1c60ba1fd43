"""The simulator's quotes: the same for the same seed, whoever looks, and such as a market could have."""

from __future__ import annotations

import random
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickring.simulator.market.catalog import Catalog
from tickring.simulator.market.listing import Listing
from tickring.simulator.market.market import Market
from tickring.simulator.market.quote_state import QuoteState
from tickring.simulator.market.sessions import NEW_YORK, Phase, Sessions

CATALOG = Catalog(generated=20)


def at(text: str) -> float:
    """Seconds since 1970 of a New York time `yyyy-mm-dd hh:mm:ss`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=NEW_YORK).timestamp()


def one(symbol: str) -> Listing:
    """The best known listing of a symbol."""
    return CATALOG.by_symbol(symbol)[0]


def market(seed: int = 7, *, always_open: bool = False, sample_s: float = 0.25) -> Market:
    """A market that nobody has looked at."""
    return Market(seed, CATALOG, Sessions(always_open=always_open), sample_s=sample_s)


NOON = at("2025-04-16 12:00:00")
NAMES = ("SPY", "NVDA", "MULN", "BRK A", "BRK B", "SEB", "UNL", "FRCB", "SIM00007")


# ---- the same for the same seed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "symbol", "text", "values"),
    [
        (7, "SPY", "2025-04-16 12:00:00", (550.79, 550.8, 550.79, 26297758, 551.15, 548.53, 550.49, 549.52)),
        (7, "AAPL", "2025-04-16 08:15:30", (201.94, 201.98, 201.94, 644728, None, None, None, 202.14)),
        (
            42,
            "BRK A",
            "2024-02-29 15:59:59",
            (642971.27, 643571.27, 642971.27, 1935, 648742.29, 638259.85, 646355.11, 648213.18),
        ),
        (42, "SEB", "2026-11-27 12:30:00", (2847.11, 2867.11, 2847.11, 1364, 2856.51, 2796.19, 2833.57, 2810.99)),
        (1, "MULN", "2025-04-19 12:00:00", (None, None, 0.692, 18984336, 0.732, 0.6865, 0.726, 0.7335)),
        (1, "SIM00007", "2031-07-01 16:30:00", (122.71, 123.24, 122.71, 1140322, 124.37, 122.77, 123.72, 123.89)),
    ],
)
def test_quotes_of_a_seed_are_written_down(seed: int, symbol: str, text: str, values: tuple[object, ...]) -> None:
    """The same on every machine, Python and day: recordings and tests of users may rely on it."""
    state = market(seed).state(one(symbol), at(text))
    assert (state.bid, state.ask, state.last, state.volume, state.high, state.low, state.open, state.close) == values


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(NAMES),
    st.floats(min_value=at("2025-04-15 00:00:00"), max_value=at("2025-04-22 00:00:00")),
    st.lists(st.floats(min_value=0.0, max_value=400.0), max_size=12),
    st.sampled_from([0.25, 0.1, 0.7, 1.0, 0.02]),
    st.booleans(),
)
def test_a_stream_and_a_question_agree_whenever_they_begin(
    symbol: str, start_s: float, steps: list[float], sample_s: float, always_open: bool
) -> None:
    """A walker that has come a long way gives what a fresh market gives for the same moment."""
    walker = market(always_open=always_open, sample_s=sample_s).walker(one(symbol))
    now_s = start_s
    walker.step(now_s)
    for step_s in steps:
        now_s += step_s
        fresh = market(always_open=always_open, sample_s=sample_s)
        assert walker.step(now_s) == fresh.state(one(symbol), now_s)


def test_a_walker_may_go_back() -> None:
    """A clock set back shows the same quotes again."""
    walker = market().walker(one("NVDA"))
    times = [NOON + 0.25 * number for number in range(700)]
    forwards = [walker.step(now_s) for now_s in times]
    assert [walker.step(now_s) for now_s in reversed(times)] == forwards[::-1]


def test_whole_and_fractional_seconds_are_the_same_moment() -> None:
    """Whether a caller counts in int or float."""
    assert market().state(one("SPY"), int(NOON)) == market().state(one("SPY"), NOON)


def test_other_symbols_do_not_matter() -> None:
    """Neither those in the catalog nor those somebody watches; another seed is another market."""
    lonely = market().state(one("AAPL"), NOON)
    busy = Market(7, Catalog(generated=2000), Sessions())
    for listing in CATALOG:
        busy.state(listing, NOON - 7)
    assert busy.state(one("AAPL"), NOON) == lonely
    assert market(8).state(one("AAPL"), NOON) != lonely
    two = [market().state(listing, NOON) for listing in CATALOG.by_symbol("GDX")]
    assert two[0].last != two[1].last


# ---- such as a market could have -------------------------------------------------------------------------------------


def walked(symbol: str, text: str, count: int, sample_s: float = 0.25) -> list[QuoteState]:
    """The states of so many samples from a time on."""
    walker = market(sample_s=sample_s).walker(one(symbol))
    start_s = at(text)
    return [walker.step(start_s + number * sample_s) for number in range(count)]


def is_on_grid(price: float, min_tick: float) -> bool:
    """Whether a price is the float nearest to a whole number of ticks."""
    return price == round(price, 4) and abs(price / min_tick - round(price / min_tick)) < 1e-4


@pytest.mark.parametrize("symbol", NAMES)
@pytest.mark.parametrize("text", ["2025-04-16 09:26:00", "2025-04-16 15:55:00", "2025-11-28 12:58:00"])
def test_every_state_is_possible(symbol: str, text: str) -> None:
    """On the grid, bid below ask, sizes positive, the last trade within the day's range, nothing goes back."""
    listing = one(symbol)
    before: QuoteState | None = None
    phase = Sessions().phase(at(text))
    for number, state in enumerate(walked(symbol, text, 2400)):
        now_s = at(text) + 0.25 * number
        for price in (state.bid, state.ask, state.last, state.high, state.low, state.open, state.close):
            assert price is None or (price > 0 and is_on_grid(price, listing.min_tick))
        assert state.bid is not None
        assert state.ask is not None
        assert 0 < state.bid < state.ask
        assert state.bid_size is not None
        assert state.ask_size is not None
        assert state.bid_size > 0
        assert state.ask_size > 0
        assert state.bid_exchanges
        assert state.last_trade_s is not None
        assert state.last_trade_s <= now_s
        assert state.volume is not None
        if state.high is not None:
            assert state.low is not None
            assert state.open is not None
            assert state.low <= state.open <= state.high
        if before is not None and before is not state:
            assert before != state, "a change that changes nothing"
            has_traded = state.volume != before.volume
            assert state.volume >= (before.volume or 0)
            assert has_traded or (state.last, state.last_trade_s) == (before.last, before.last_trade_s)
            if has_traded:
                assert state.last_size is not None
                assert 0 < state.last_size <= state.volume - (before.volume or 0)
                assert state.bid <= (state.last or 0) <= state.ask
                if Sessions().phase(now_s) is phase is Phase.REGULAR:
                    assert (state.low or 0) <= (state.last or 0) <= (state.high or 0)
            assert before.high is None or (state.high or 0) >= before.high
            assert before.low is None or (state.low or 0) <= before.low
            assert before.open in (None, state.open)
        before = state


def test_sizes_are_lots_with_odd_ones_among_them() -> None:
    """Most sizes are whole lots of 100; of BRK A single shares."""
    sizes = [state.bid_size or 0 for state in walked("AAPL", "2025-04-16 12:00:00", 4000)]
    lots = sum(size % 100 == 0 for size in sizes) / len(sizes)
    assert 0.6 < lots < 0.98
    assert min(state.bid_size or 0 for state in walked("BRK A", "2025-04-16 12:00:00", 4000)) < 10


@pytest.mark.parametrize(("symbol", "low", "high"), [("SEB", 0.001, 0.012), ("UNL", 0.001, 0.015), ("GDX", 0.6, 0.95)])
def test_names_are_as_quiet_as_their_temper(symbol: str, low: float, high: float) -> None:
    """Activity is about the share of samples in which anything changes."""
    states = walked(symbol, "2025-04-16 10:00:00", 40_000)
    changes = sum(first is not second for first, second in pairwise(states)) / len(states)
    assert low < changes < high


def test_an_active_name_changes_in_every_sample_at_any_rate() -> None:
    """Which is what load runs need."""
    states = walked("NVDA", "2025-04-16 12:00:00", 5000, sample_s=0.001)
    assert all(first != second for first, second in pairwise(states))


def test_prices_stay_around_their_level() -> None:
    """Years later a name still trades at a multiple of its level that its volatility allows."""
    a_market = market()
    for year in range(2005, 2040, 5):
        state = a_market.state(one("KO"), at(f"{year}-06-15 12:00:00"))
        assert 0.5 < (state.last or 0) / one("KO").temper.price < 2


def test_outside_the_hours_there_are_no_quotes_and_the_last_day_stays() -> None:
    """At night and on weekends; the next day begins at 04:00 with no volume and the former close."""
    a_market = market()
    listing = one("AAPL")
    closing = a_market.state(listing, at("2025-04-17 19:59:59"))
    for text in ("2025-04-17 20:00:00", "2025-04-19 12:00:00", "2025-04-21 03:59:59"):
        state = a_market.state(listing, at(text))
        assert (state.bid, state.ask, state.bid_size, state.ask_size, state.bid_exchanges) == (None,) * 4 + ("",)
        assert (state.high, state.low, state.open, state.close) == (
            closing.high,
            closing.low,
            closing.open,
            closing.close,
        )
        assert (state.volume or 0) >= (closing.volume or 0)
    opening = a_market.state(listing, at("2025-04-21 04:00:00"))
    assert opening.bid is not None
    assert (opening.volume or 0) < 100_000
    assert (opening.high, opening.low, opening.open) == (None, None, None)
    assert opening.close == a_market.state(listing, at("2025-04-21 12:00:00")).close
    assert opening.close != closing.close


def test_a_walker_sees_the_market_open_and_close_by_itself() -> None:
    """Through a night, without being told."""
    walker = market().walker(one("SPY"))
    seen = [walker.step(at("2025-04-16 19:59:00") + 30 * number).bid is not None for number in range(1000)]
    assert seen[0]
    assert not seen[10]
    assert seen[-1]
    assert sum(first != second for first, second in pairwise(seen)) == 2


def test_an_always_open_market_trades_on_sundays() -> None:
    """With volume that grows through the day and starts again at midnight."""
    a_market = market(always_open=True)
    listing = one("SPY")
    volumes = [a_market.state(listing, at(f"2025-04-20 {hour:02}:30:00")).volume or 0 for hour in range(24)]
    assert volumes == sorted(volumes)
    assert len(set(volumes)) == 24
    state = a_market.state(listing, at("2025-04-21 00:00:01"))
    assert (state.volume or 0) < volumes[0]
    assert state.bid is not None


# ---- by hand ---------------------------------------------------------------------------------------------------------


def test_a_halt_stops_trading_and_its_end_goes_on_where_the_path_is() -> None:
    """1 takes the quotes away, 2 leaves them; a walker notices at its next step, other symbols not at all."""
    a_market = market()
    walker, other = a_market.walker(one("NVDA")), a_market.walker(one("SPY"))
    before, unmoved = walker.step(NOON), other.step(NOON)
    a_market.set_halted("nvda", 2, NOON)
    paused = walker.step(NOON + 60)
    assert paused.halted == 2
    assert (paused.bid, paused.ask, paused.last, paused.volume) == (before.bid, before.ask, before.last, before.volume)
    assert walker.step(NOON + 120) is paused
    assert other.step(NOON) == unmoved
    a_market.set_halted("NVDA", 1, NOON)
    halted = walker.step(NOON + 60)
    assert (halted.halted, halted.bid, halted.ask, halted.volume) == (1, None, None, before.volume)
    assert a_market.state(one("NVDA"), NOON - 60).halted == 0
    a_market.set_halted("NVDA", 0)
    assert walker.step(NOON + 60) == market().state(one("NVDA"), NOON + 60)


def test_a_halt_without_a_time_begins_at_the_first_look() -> None:
    """And stays there."""
    a_market = market()
    a_market.set_halted("NVDA", 2)
    first = a_market.state(one("NVDA"), NOON)
    assert a_market.state(one("NVDA"), NOON + 300) == first


def test_a_factor_moves_all_prices_of_one_symbol() -> None:
    """Quotes, range and close together; twice the half is nothing."""
    a_market = market()
    walker = a_market.walker(one("AAPL"))
    before = walker.step(NOON)
    a_market.set_factor("aapl", 0.5)
    after = walker.step(NOON)
    for name in ("bid", "ask", "last", "high", "low", "open", "close"):
        assert getattr(after, name) == pytest.approx(getattr(before, name) / 2, rel=1e-3), name
    assert a_market.state(one("SPY"), NOON) == market().state(one("SPY"), NOON)
    a_market.set_factor("AAPL", 2.0)
    assert walker.step(NOON) == before


@pytest.mark.parametrize("factor", [1e-9, 1000.0])
def test_an_absurd_factor_still_gives_quotes(factor: float) -> None:
    """Prices end at the grid, not at zero."""
    a_market = market()
    a_market.set_factor("MULN", factor)
    state = a_market.state(one("MULN"), NOON)
    assert 0 < (state.bid or 0) < (state.ask or 0)


def test_closing_by_hand_keeps_the_last_values_and_opening_by_hand_trades_at_once() -> None:
    """Whatever the calendar says; `None` goes back to it."""
    a_market = market()
    walker = a_market.walker(one("SPY"))
    before = walker.step(NOON)
    a_market.sessions.force(Phase.CLOSED, NOON)
    closed = walker.step(NOON + 60)
    assert (closed.bid, closed.ask, closed.last, closed.volume) == (None, None, before.last, before.volume)
    assert walker.step(NOON + 600) is closed
    assert a_market.state(one("SPY"), NOON - 900).bid is not None, "delayed data is still from before"
    a_market.sessions.force(None)
    assert walker.step(NOON + 60) == market().state(one("SPY"), NOON + 60)
    sunday = at("2025-04-20 12:00:00")
    assert walker.step(sunday).bid is None
    a_market.sessions.force(Phase.REGULAR, sunday)
    assert len({walker.step(sunday + 0.25 * number) for number in range(20)}) > 10


def test_a_wrong_rate_halt_or_factor_is_refused() -> None:
    """By value and rule."""
    with pytest.raises(ValueError, match="sample_s is 0"):
        market(sample_s=0)
    with pytest.raises(ValueError, match="halted for SPY is 3"):
        market().set_halted("SPY", 3)
    with pytest.raises(ValueError, match="factor for SPY is 0"):
        market().set_factor("SPY", 0)


def test_steps_of_any_size_end_at_the_same_quote() -> None:
    """A slow reader misses changes, not values."""
    slow, fast = market().walker(one("NVDA")), market().walker(one("NVDA"))
    steps = random.Random(1)
    due = {0}
    for number in range(4000):
        now_s = NOON + 0.05 * number
        quote = fast.step(now_s)
        if number in due:
            assert slow.step(now_s) == quote
            due.add(number + steps.randrange(1, 40))
