"""What a look at the feed holds: rates, orders, filters, and the columns a width has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tickring.cli.top.columns import chosen_columns, row, titles
from tickring.cli.top.feed_look import FeedLook, FeedWatch
from tickring.cli.top.frame import compose
from tickring.cli.top.rates import RateMeter
from tickring.cli.top.selection import Sort, selected
from tickring.cli.top.spans import plain, width_of
from tickring.cli.top.view import View
from tickring.states import QuoteState

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed


# ---- rates ----


def test_rates_are_sequences_per_second_and_come_to_rest(feed: Feed) -> None:
    """Ten a second is shown as ten from the second look on; a stream that stops goes to 0."""
    busy, _idle = feed.stream("BUSY", "bid", 1.0), feed.stream("IDLE", "bid", 1.0)
    reader, meter = feed.open_reader(), RateMeter()
    bid = 1.0

    def look(now_s: float) -> list[float]:
        return meter.update([reader["BUSY"], reader["IDLE"]], now_s)

    assert look(100.0) == [0.0, 0.0]
    for second in range(1, 20):
        for _ in range(10):
            feed.tick(busy, "bid", bid := bid + 1.0)
        assert look(100.0 + second) == [pytest.approx(10.0), 0.0]
    assert look(120.0)[0] < 8.0
    assert look(180.0)[0] < 0.01


def test_a_new_segment_does_not_look_like_a_burst(make_feed: Callable[..., Feed]) -> None:
    """Its sequences begin anew."""
    feed = make_feed()
    feed.stream("SPY", "bid", 1.0)
    watch = FeedWatch(feed.open_reader())
    watch.look(100.0)
    feed.writer.close()  # first: a living one would be killed, and it lives in this process
    feed.host.replace(limits=feed.host.limits._replace(capacity=128))
    feed.restart_writer()
    feed.go_live()
    slot = feed.stream("SPY", "bid", 1.0)
    for bid in range(2, 200):
        feed.tick(slot, "bid", float(bid))

    look = watch.look(101.0)

    assert [quote.symbol for quote in look.quotes] == ["SPY"]
    assert look.report.capacity == 128
    assert look.rates == [0.0]


def test_symbols_that_come_and_go_are_noticed(feed: Feed) -> None:
    """The table follows the directory."""
    watch = FeedWatch(feed.open_reader())
    assert watch.look(1.0).quotes == []

    feed.stream("SPY", "bid", 1.0)
    feed.stream("QQQ", "bid", 1.0)
    assert [quote.symbol for quote in watch.look(2.0).quotes] == ["QQQ", "SPY"]

    feed.writer.retire("SPY")
    assert [quote.symbol for quote in watch.look(3.0).quotes] == ["QQQ"]


# ---- orders and filters ----


@pytest.fixture
def look(feed: Feed) -> FeedLook:
    """Five symbols, two of them bad, each first in another order."""
    feed.stream("DEAD", "bid", 10.0, "ask", 10.1, state=QuoteState.STALE)
    feed.stream("EMPTY")
    feed.stream("CALM", "bid", 10.0, "ask", 10.2, state=QuoteState.QUIET)
    feed.stream("WIDE", "bid", 10.0, "ask", 12.0)
    busy = feed.stream("BUSY", "bid", 10.0, "ask", 10.4)
    watch = FeedWatch(feed.open_reader())
    watch.look(1.0)
    feed.tick(busy, "bid", 10.1)
    return watch.look(2.0)


def names(look: FeedLook, sort: Sort, *, is_reversed: bool = False, needle: str = "", bad_only: bool = False) -> str:
    """Return the symbols in order."""
    places = selected(look, sort, is_reversed=is_reversed, needle=needle, bad_only=bad_only)
    return " ".join(look.quotes[place].symbol for place in places)


def test_every_order(look: FeedLook) -> None:
    """The worst, the first, the oldest, the widest, the busiest."""
    assert names(look, Sort.VERDICT) == "EMPTY DEAD BUSY CALM WIDE"
    assert names(look, Sort.SYMBOL) == "BUSY CALM DEAD EMPTY WIDE"
    assert names(look, Sort.AGE) == "DEAD EMPTY CALM WIDE BUSY"
    assert names(look, Sort.SPREAD) == "WIDE BUSY CALM DEAD EMPTY"
    assert names(look, Sort.RATE).startswith("BUSY ")


def test_every_order_turned_round(look: FeedLook) -> None:
    """What has no value stays at the end."""
    assert names(look, Sort.VERDICT, is_reversed=True) == "BUSY CALM WIDE DEAD EMPTY"
    assert names(look, Sort.SYMBOL, is_reversed=True) == "WIDE EMPTY DEAD CALM BUSY"
    assert names(look, Sort.SPREAD, is_reversed=True) == "DEAD CALM BUSY WIDE EMPTY"


def test_filters(look: FeedLook) -> None:
    """A part of the symbol, in either case; only bad ones; both."""
    assert names(look, Sort.SYMBOL, needle="e") == "DEAD EMPTY WIDE"
    assert names(look, Sort.SYMBOL, bad_only=True) == "DEAD EMPTY"
    assert names(look, Sort.SYMBOL, needle="mp", bad_only=True) == "EMPTY"
    assert names(look, Sort.SYMBOL, needle="nothing") == ""


# ---- columns and frames ----


@pytest.mark.parametrize("width", [200, 120, 100, 80, 60, 40])
def test_no_price_is_cut_at_any_width(feed: Feed, width: int) -> None:
    """Columns go, digits stay; symbol, bid, ask and verdict are always there."""
    feed.stream("BRK A", "bid", 650_123.25, "ask", 650_999.5, "last", 650_500.0)
    feed.stream("EUR.USD", "bid", 1.08455, "ask", 1.0846, "last", 1.08455)
    look = FeedWatch(feed.open_reader()).look(1.0)

    columns = chosen_columns(look, [0, 1], width)
    lines = [row(look, place, columns, width) for place in (0, 1)]

    assert plain(titles(columns, Sort.SYMBOL, is_reversed=False, width=width)).split()[1:3] == ["bid", "ask"]
    for line, texts in zip(lines, [("650123.25", "650999.50"), ("1.08455", "1.08460")], strict=True):
        assert all(text in plain(line).split() for text in (*texts, "live"))


@pytest.mark.parametrize("height", [60, 24, 12, 7, 5, 3, 2, 1])
@pytest.mark.parametrize("width", [200, 80, 20, 3, 1])
@pytest.mark.parametrize("is_helping", [False, True])
def test_a_frame_fits_any_terminal(look: FeedLook, width: int, height: int, is_helping: bool) -> None:
    """Exactly so many lines, none too wide."""
    view = View(is_helping=is_helping, is_editing=True, needle="e", bad_only=True)

    frame = compose(look, view, width, height, wall_s=0.0, paused_s=3.0)

    assert len(frame) == height
    assert all(sum(width_of(text) for text, _ in line) <= width for line in frame)


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (View(needle="zzz"), "None of the 5 symbols contains 'zzz'."),
        (View(needle="busy", bad_only=True), "None of the 5 symbols contains 'busy' and is bad."),
    ],
)
def test_an_empty_table_says_why(look: FeedLook, view: View, sentence: str) -> None:
    """Nothing to see is an answer."""
    assert sentence in [plain(line) for line in compose(look, view, 100, 20, wall_s=0.0)]


def test_no_symbols_and_no_bad_ones_are_told_apart(feed: Feed) -> None:
    """Before the first subscription, and when all is well."""
    watch, view = FeedWatch(feed.open_reader()), View(bad_only=True)
    assert "No symbol is streamed." in [plain(line) for line in compose(watch.look(1.0), view, 100, 20, wall_s=0.0)]

    feed.stream("SPY", "bid", 1.0)
    assert "All 1 symbols are good." in [plain(line) for line in compose(watch.look(2.0), view, 100, 20, wall_s=0.0)]
