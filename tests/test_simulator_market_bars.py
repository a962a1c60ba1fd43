"""The simulator's historical bars: they agree with the stream and with each other, and refuse what IB refuses."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby, pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.market.catalog import Catalog
from tickring.simulator.market.history import BadHistoryRequest, RawBar, bar_seconds, bars, head_timestamp
from tickring.simulator.market.history_request import BAR_SIZES, KINDS
from tickring.simulator.market.listing import Listing
from tickring.simulator.market.market import Market
from tickring.simulator.market.sessions import NEW_YORK, Sessions
from tickring.simulator.market.shapes import portions, walk

CATALOG = Catalog()
NAMES = ("SPY", "MULN", "BRK A", "UNL", "SEB", "F")


def at(text: str) -> float:
    """Seconds since 1970 of a New York time `yyyy-mm-dd hh:mm:ss`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=NEW_YORK).timestamp()


def one(symbol: str) -> Listing:
    """The best known listing of a symbol."""
    return CATALOG.by_symbol(symbol)[0]


def market(*, always_open: bool = False) -> Market:
    """A market that nobody has looked at."""
    return Market(7, CATALOG, Sessions(always_open=always_open))


def asked(
    symbol: str,
    end: str,
    duration: str,
    bar_size: str,
    *,
    use_rth: bool = True,
    what: str = "TRADES",
    always_open: bool = False,
) -> list[RawBar]:
    """Bars of a fresh market."""
    return bars(
        market(always_open=always_open),
        one(symbol),
        end_s=at(end),
        duration=duration,
        bar_size=bar_size,
        use_rth=use_rth,
        what=what,
    )


def joined(parts: list[RawBar]) -> tuple[float, float, float, float, int, int]:
    """Open, high, low, close, volume and count of bars together; those without trades say nothing."""
    traded = [bar for bar in parts if bar.count]
    return (
        traded[0].open,
        max(bar.high for bar in traded),
        min(bar.low for bar in traded),
        traded[-1].close,
        sum(bar.volume for bar in traded),
        sum(bar.count for bar in traded),
    )


EVENING = "2025-04-16 21:00:00"


# ---- with the stream -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", NAMES)
def test_the_days_bar_is_what_the_stream_has_shown(symbol: str) -> None:
    """Open, high, low and the last trade at the close; the next day's `close` is this day's."""
    a_market = market()
    listing = one(symbol)
    (bar,) = asked(symbol, EVENING, "1 D", "1 day")
    state = a_market.state(listing, at("2025-04-16 15:59:59") + 0.999)
    assert (state.open, state.high, state.low, state.last) == (bar.open, bar.high, bar.low, bar.close)
    before = a_market.state(listing, at("2025-04-16 09:29:59") + 0.999)
    assert (state.volume or 0) - (before.volume or 0) == bar.volume
    assert a_market.state(listing, at("2025-04-17 12:00:00")).close == bar.close
    (all_hours,) = asked(symbol, EVENING, "1 D", "1 day", use_rth=False)
    assert a_market.state(listing, at(EVENING)).volume == all_hours.volume


@pytest.mark.parametrize("symbol", ["SPY", "UNL"])
def test_each_minute_is_what_the_stream_has_shown(symbol: str) -> None:
    """Walked at the market's own pace: the same prices and the same volume, minute by minute."""
    walker = market().walker(one(symbol))
    minutes = [
        bar for bar in asked(symbol, "2025-04-16 10:20:00", "1 D", "1 min") if bar.start_s >= at("2025-04-16 10:00:00")
    ]
    assert len(minutes) == 20
    state = walker.step(minutes[0].start_s - 0.001)
    for bar in minutes:
        volume, last = state.volume or 0, state.last
        seen = [walker.step(bar.start_s + 0.25 * number) for number in range(240)]
        state = seen[-1]
        prices = [one_seen.last or 0 for one_seen in seen if one_seen.volume != volume]
        assert (state.volume or 0) - volume == bar.volume
        assert state.last == bar.close
        assert all(bar.low <= price <= bar.high for price in prices)
        if not bar.count:
            assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (last, last, last, last, 0)


def test_the_running_bar_grows_with_the_stream() -> None:
    """An end in the middle of a day gives the bar so far, at the stream's last price."""
    a_market = market()
    for moment in ("2025-04-16 09:30:07", "2025-04-16 11:11:11", "2025-04-16 15:59:59"):
        for bar_size in ("1 day", "1 hour", "1 min", "5 secs"):
            running = bars(
                a_market, one("SPY"), end_s=at(moment), duration="1 D", bar_size=bar_size, use_rth=True, what="TRADES"
            )[-1]
            seconds = min(bar_seconds(bar_size), 86_400)
            assert running.start_s <= at(moment) <= running.start_s + seconds
            trades = a_market.state(one("SPY"), at(moment) - 0.001)
            assert running.close == trades.last


# ---- with each other -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", NAMES)
@pytest.mark.parametrize("use_rth", [True, False])
def test_long_bars_are_what_the_short_ones_come_to(symbol: str, use_rth: bool) -> None:
    """A day of every size from a minute up is the same day."""
    (day,) = asked(symbol, EVENING, "1 D", "1 day", use_rth=use_rth)
    for bar_size in ("1 min", "2 mins", "15 mins", "30 mins", "1 hour", "4 hours"):
        short = asked(symbol, EVENING, "1 D", bar_size, use_rth=use_rth)
        assert joined(short) == (day.open, day.high, day.low, day.close, day.volume, day.count), bar_size
    seconds = asked(symbol, "2025-04-16 10:30:00", "1800 S", "1 sec")
    minutes = asked(symbol, "2025-04-16 10:30:00", "1800 S", "1 min")
    assert len(seconds) == 1800
    for minute, group in groupby(seconds, key=lambda bar: bar.start_s // 60):
        inside = list(group)
        (bar,) = [bar for bar in minutes if bar.start_s // 60 == minute]
        if bar.count:
            assert joined(inside) == (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.count)
        else:
            assert not any(bar.count for bar in inside)


@pytest.mark.parametrize("symbol", NAMES)
@pytest.mark.parametrize("what", KINDS)
def test_every_bar_is_possible(symbol: str, what: str) -> None:
    """In order, low below open and close below high, and counts only where trades are asked for."""
    found = asked(symbol, EVENING, "2 D", "5 mins", what=what, use_rth=False)
    assert [bar.start_s for bar in found] == sorted({bar.start_s for bar in found})
    for bar in found:
        assert 0 < bar.low <= min(bar.open, bar.close)
        assert max(bar.open, bar.close) <= bar.high
        if what in ("TRADES", "ADJUSTED_LAST"):
            assert bar.low <= bar.wap <= bar.high
            assert (bar.volume == 0) == (bar.count == 0)
            assert bar.volume >= bar.count >= 0
        else:
            assert (bar.volume, bar.wap, bar.count) == (-1, -1.0, -1)


def test_bids_lie_below_asks_and_the_middle_between() -> None:
    """Bars of quotes surround those of trades."""
    kinds = {what: asked("BRK A", EVENING, "1 D", "1 hour", what=what) for what in KINDS}
    for trades, bid, ask, middle in zip(*(kinds[what] for what in ("TRADES", "BID", "ASK", "MIDPOINT")), strict=True):
        assert bid.close <= trades.close <= ask.close
        assert bid.close < middle.close < ask.close
    assert all(bar.low < bar.open < bar.close < bar.high for bar in kinds["BID_ASK"])


def test_a_regular_day_has_390_minutes_and_an_early_close_210() -> None:
    """Starting at 09:30, one a minute, trades or none; 960 with the hours around."""
    for symbol in ("SPY", "SEB"):
        minutes = asked(symbol, EVENING, "1 D", "1 min")
        assert [bar.start_s for bar in minutes] == [int(at("2025-04-16 09:30:00")) + 60 * n for n in range(390)]
    assert len(asked("SPY", "2025-11-28 20:00:00", "1 D", "1 min")) == 210
    assert len(asked("SPY", EVENING, "1 D", "1 min", use_rth=False)) == 960
    assert len(asked("SPY", EVENING, "1 D", "1 min", always_open=True)) == 21 * 60


def test_hours_begin_on_the_hour_after_the_first() -> None:
    """09:30, then 10:00 and so on."""
    starts = [datetime.fromtimestamp(bar.start_s, NEW_YORK) for bar in asked("SPY", EVENING, "1 D", "1 hour")]
    assert [f"{start:%H:%M}" for start in starts] == ["09:30", *(f"{hour}:00" for hour in range(10, 16))]


@pytest.mark.parametrize(
    ("duration", "bar_size", "first", "count"),
    [
        ("1 D", "1 day", "2025-04-16", 1),
        ("5 D", "1 day", "2025-04-10", 5),
        ("1 W", "1 day", "2025-04-10", 5),
        ("1 M", "1 day", "2025-03-17", 23),
        ("1 Y", "1 day", "2024-04-17", 252),
        ("1 Y", "1 week", "2024-04-17", 53),
        ("1 Y", "1 month", "2024-04-17", 13),
        ("2 D", "30 mins", "2025-04-15", 26),
        ("3600 S", "30 secs", "2025-04-16", 120),
        ("23400 S", "1 hour", "2025-04-16", 7),
    ],
)
def test_a_duration_covers_what_it_says(duration: str, bar_size: str, first: str, count: int) -> None:
    """Seconds and days of trading; weeks, months and years of the calendar, without holidays."""
    found = asked("SPY", EVENING, duration, bar_size)
    assert len(found) == count
    assert f"{datetime.fromtimestamp(found[0].start_s, NEW_YORK):%Y-%m-%d}" == first


def test_weeks_and_months_are_made_of_their_days() -> None:
    """Each begins with its first session; together they are the year."""
    day_bars = asked("SPY", EVENING, "1 Y", "1 day")
    for bar_size, key in (("1 week", "%G-%V"), ("1 month", "%Y-%m")):
        groups = [
            list(group)
            for _, group in groupby(day_bars, key=lambda bar: f"{datetime.fromtimestamp(bar.start_s, NEW_YORK):{key}}")
        ]
        for bar, inside in zip(asked("SPY", EVENING, "1 Y", bar_size), groups, strict=True):
            assert bar.start_s == inside[0].start_s
            assert joined([bar]) == joined(inside)


def test_days_follow_each_other_without_a_jump_in_the_path() -> None:
    """The close of a day is near the open of the next, within what a night may do."""
    found = asked("SPY", EVENING, "1 Y", "1 day")
    for bar, following in pairwise(found):
        assert abs(following.open / bar.close - 1) < 0.05


def test_nothing_is_older_than_the_head() -> None:
    """The head time stamp is a session's start, and a long duration ends there."""
    head_s = head_timestamp(one("SPY"))
    oldest = asked("SPY", "2012-01-10 20:00:00", "30 Y", "1 month")[0]
    assert head_s - 86_400 <= oldest.start_s <= head_s + 40 * 86_400
    assert asked("SPY", "1980-01-10 20:00:00", "1 Y", "1 day") == []


# ---- what IB would not serve -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duration", "bar_size", "what", "words"),
    [
        ("", "1 min", "TRADES", ["duration ''", "'2 D'"]),
        ("1", "1 min", "TRADES", ["duration '1'"]),
        ("0 D", "1 min", "TRADES", ["duration '0 D'"]),
        ("1D", "1 min", "TRADES", ["duration '1D'"]),
        ("-1 D", "1 min", "TRADES", ["duration '-1 D'"]),
        ("1 H", "1 min", "TRADES", ["S, D, W, M or Y"]),
        ("100000 S", "1 min", "TRADES", ["86400 seconds", "longer unit"]),
        ("366 D", "1 day", "TRADES", ["365 days"]),
        ("1 D", "7 mins", "TRADES", ["bar size '7 mins'", "5 mins"]),
        ("1 D", "1 min", "TRADE", ["whatToShow 'TRADE'", "MIDPOINT"]),
        ("1 D", "1 min", "", ["whatToShow ''"]),
        ("1 Y", "1 sec", "TRADES", ["1 Y", "more than 100000 bars"]),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(duration: str, bar_size: str, what: str, words: list[str]) -> None:
    """With the value, the rule and what to ask instead."""
    with pytest.raises(BadHistoryRequest) as caught:
        asked("SPY", EVENING, duration, bar_size, what=what)
    for word in words:
        assert word in str(caught.value)


@given(st.text(max_size=10), st.text(max_size=10))
def test_any_words_are_bars_or_a_refusal(duration: str, bar_size: str) -> None:
    """Never another exception."""
    try:
        assert bar_seconds(bar_size) in BAR_SIZES.values()
        asked("SPY", EVENING, duration, bar_size)
    except BadHistoryRequest:
        pass


# ---- the walks underneath --------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32), st.integers(4, 60), st.lists(st.integers(10, 400), min_size=4, max_size=4))
def test_a_walk_touches_its_ends_and_extremes_and_stays_inside(seed: int, count: int, prices: list[int]) -> None:
    """Whatever the random numbers say."""
    low, *ends, high = sorted(prices)
    found = walk(Random(seed), count, ends[0], high, low, ends[1])
    assert (len(found), found[0], found[-1], max(found), min(found)) == (count, ends[0], ends[1], high, low)


@given(st.integers(0, 2**32), st.integers(0, 10**7), st.integers(1, 60))
def test_portions_come_to_the_whole(seed: int, total: int, count: int) -> None:
    """None is negative."""
    found = portions(Random(seed), total, count)
    assert len(found) == count
    assert sum(found) == total
    assert min(found) >= 0
