"""Following symbols record by record: everything in order, and what was missed counted to the record."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import wait_until
from tickring.states import ApiMode, Connection, Field, QuoteState
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from tests.feeds import Feed
    from tickring.reader import Quote

SAFE = 14  # records of a ring of 16 that a follower can still take


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_following_starts_with_the_present_quote_of_each_symbol(feed: Feed) -> None:
    """In the order of the symbols, also of those that are not streamed; what came before is not told."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.tick(slot, Field.BID, 11.0)
    feed.stream("QQQ", Field.BID, 20.0)
    reader = feed.open_reader()
    follow = reader.follow(["XYZ", "SPY", "QQQ"])
    told = follow.take()
    assert told == [(reader["XYZ"], 0), (reader["SPY"], 0), (reader["QQQ"], 0)]
    assert [quote.verdict for quote, _ in told] == [Verdict.MISSING, Verdict.LIVE, Verdict.LIVE]
    assert follow.take() == []
    assert follow.missed == 0


def test_every_record_is_told_in_order(feed: Feed) -> None:
    """Ticks and changes of state between two takes come one by one; only the newest has the verdict of the moment."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    follow = reader.follow(["SPY"])
    [(first, _)] = follow.take()
    feed.tick(slot, Field.BID, 11.0)
    feed.writer.set_state(slot, state=QuoteState.QUIET)
    feed.tick(slot, Field.BID, 12.0)
    told = follow.take()
    assert [(quote.bid, quote.state, quote.verdict, missed) for quote, missed in told] == [
        (11.0, QuoteState.LIVE, Verdict.PAST, 0),
        (11.0, QuoteState.QUIET, Verdict.PAST, 0),
        (12.0, QuoteState.QUIET, Verdict.QUIET, 0),
    ]
    assert [quote.sequence for quote, _ in told] == [first.sequence + 1, first.sequence + 2, first.sequence + 3]
    assert told[-1][0] == reader["SPY"]


def test_nothing_new_is_no_news(feed: Feed) -> None:
    """A tick that changes nothing, a vouch, a heartbeat, a commit and other symbols are not told."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    other = feed.stream("QQQ", Field.BID, 20.0)
    follow = feed.open_reader().follow(["SPY"])
    assert len(follow.take()) == 1
    feed.tick(slot, Field.BID, 10.0)
    feed.writer.vouch(slot)
    feed.writer.heartbeat()
    feed.tick(other, Field.BID, 21.0)
    feed.writer.commit()
    assert follow.take() == []


def test_a_verdict_that_changes_without_a_record_is_told(feed: Feed) -> None:
    """The gateway goes and comes back: the newest quote again, each time with its new verdict, for every symbol."""
    feed.stream("SPY", Field.BID, 10.0)
    feed.stream("QQQ", Field.BID, 20.0)
    reader = feed.open_reader()
    follow = reader.follow(["SPY", "QQQ", "XYZ"])
    first = [quote for quote, _ in follow.take()]
    for connection, reason in [
        (Connection.SUSPECT, Reason.CONNECTION),
        (Connection.CONNECTED, Reason.VOUCHED),
        (Connection.DISCONNECTED, Reason.CONNECTION),
    ]:
        feed.writer.set_line(connection=connection)
        told = follow.take()
        assert {(quote.symbol, quote.bid, quote.reason, missed) for quote, missed in told} == {
            ("SPY", 10.0, reason, 0),
            ("QQQ", 20.0, reason, 0),
        }
        assert {quote.sequence for quote, _ in told} == {quote.sequence for quote in first[:2]}
        assert follow.take() == []
    feed.writer.set_line(connection=Connection.SUSPECT)
    assert follow.take() == [], "another connection, the same verdict and reason"


def test_a_symbol_that_goes_and_comes_back_is_followed(feed: Feed) -> None:
    """Retired is told once; added again it goes on with the first record of the new use; nothing counts as missed."""
    feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"])
    follow.take()
    feed.writer.retire("SPY")
    [(gone, missed)] = follow.take()
    assert (gone.verdict, gone.reason, gone.bid, missed) == (Verdict.MISSING, Reason.RETIRED, None, 0)
    assert follow.take() == []
    slot = feed.stream("SPY", Field.BID, 12.0)
    told = follow.take()
    assert [(quote.bid, quote.state, missed) for quote, missed in told] == [
        (None, QuoteState.EMPTY, 0),
        (None, QuoteState.PENDING, 0),
        (12.0, QuoteState.LIVE, 0),
    ]
    assert told[-1][0].verdict is Verdict.LIVE
    for price in range(13, 40):
        feed.tick(slot, Field.BID, float(price))
    feed.writer.retire("SPY")
    feed.stream("SPY", Field.BID, 50.0)
    assert [quote.bid for quote, _ in follow.take()] == [None, None, 50.0], "the use between is over"
    assert follow.missed == 0


def test_an_unknown_symbol_is_followed_from_its_first_record(feed: Feed) -> None:
    """Asking early misses nothing: the symbol is told as soon as it is streamed."""
    follow = feed.open_reader().follow(["SPY"])
    [(quote, _)] = follow.take()
    assert quote.reason is Reason.UNKNOWN_SYMBOL
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.tick(slot, Field.BID, 11.0)
    assert [(quote.bid, quote.verdict) for quote, _ in follow.take()] == [
        (None, Verdict.MISSING),
        (None, Verdict.MISSING),
        (10.0, Verdict.PAST),
        (11.0, Verdict.LIVE),
    ]
    for price in range(12, 40):
        feed.tick(slot, Field.BID, float(price))
    late = feed.open_reader().follow(["NEW"])
    late.take()
    slot = feed.stream("NEW")
    for price in range(1, 40):
        feed.tick(slot, Field.BID, float(price))
    told = late.take()
    assert [quote.bid for quote, _ in told] == [float(price) for price in range(40 - SAFE, 40)]


def test_a_new_writer_and_a_new_segment_are_followed(feed: Feed) -> None:
    """Through a restart of the feed and a replaced segment the same follower goes on."""
    feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"])
    follow.take()
    feed.restart_writer()
    feed.go_live()
    told = follow.take()
    assert [(quote.bid, quote.reason, missed) for quote, missed in told] == [(10.0, Reason.MARKED_STALE, 0)]
    feed.writer.close()
    feed.host.replace()
    feed.restart_writer()
    feed.go_live()
    [(quote, missed)] = follow.take()
    assert (quote.reason, missed) == (Reason.UNKNOWN_SYMBOL, 0)
    feed.stream("SPY", Field.BID, 12.0)
    assert [(quote.bid, missed) for quote, missed in follow.take()] == [(None, 0), (None, 0), (12.0, 0)]


def test_a_follower_is_never_told_prices_of_another_kind_of_account(feed: Feed) -> None:
    """Records of the time before the kind changed are not handed out under the new name."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"])
    follow.take()
    feed.tick(slot, Field.BID, 11.0)
    feed.writer.set_line(api_mode=ApiMode.PAPER)
    feed.tick(slot, Field.BID, 666.0)
    told = [quote for quote, _ in follow.take()]
    assert told[-1].bid == 666.0
    for quote in told:
        assert quote.bid is None or (quote.bid == 666.0) == (quote.api_mode is ApiMode.PAPER)


# ---- missed ----------------------------------------------------------------------------------------------------------


def check_told(told: list[tuple[Quote, int]], last_sequence: int) -> int:
    """Each record follows the one before, with exactly the missed ones between; return the last sequence."""
    for quote, missed in told:
        assert quote.sequence == last_sequence + missed + 1
        last_sequence = quote.sequence
    return last_sequence


@given(
    bursts=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=15),
    has_other=st.booleans(),
)
def test_seen_and_missed_are_all_that_was_published(feed: Feed, bursts: list[tuple[int, int]], has_other: bool) -> None:
    """Whatever the bursts and however little is taken at a time: nothing twice, nothing lost without being counted."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    feed.writer.retire("SPY")
    slot = feed.stream("SPY", Field.BID, 1.0)
    follower = reader.follower(["SPY", "QQQ"] if has_other else ["SPY"])
    told = [row for row in follower.take() if row[0].symbol == "SPY"]
    first = last = told[0][0].sequence
    newest, expected_missed, seen = first, 0, 0
    for burst, limit in [*bursts, (0, 4096)]:
        for _ in range(burst):
            newest = feed.writer.tick(slot, 1, Field.BID, float(newest + 1))
        told = follower.take(limit)
        lapped = max(0, newest - SAFE - last) if told else 0
        expected_missed += lapped
        assert [missed for _, missed in told[:1]] == ([lapped] if told else [])
        assert [missed for _, missed in told[1:]] == [0] * (len(told) - 1)
        last = check_told(told, last)
        seen += len(told)
        assert follower.missed == expected_missed
        assert [quote.bid for quote, _ in told] == [float(quote.sequence) for quote, _ in told]
        assert {quote.verdict for quote, _ in told[:-1]} <= {Verdict.PAST}
    assert last == newest
    assert seen + follower.missed == newest - first


@pytest.mark.parametrize("depth", [4, 8, 16, 64])
@pytest.mark.parametrize("extra", [-1, 0, 1, 2, 100])
def test_a_follower_misses_only_what_was_overwritten(make_feed: Callable[..., Feed], depth: int, extra: int) -> None:
    """Up to depth - 2 records between two takes nothing is missed; of more exactly the older ones."""
    feed = make_feed(depth=depth)
    slot = feed.stream("SPY", Field.BID, 1.0)
    follow = feed.open_reader().follow(["SPY"])
    follow.take()
    ticks = depth - 2 + extra
    for number in range(ticks):
        feed.tick(slot, Field.BID, number + 2.0)
    told = follow.take()
    missed = max(0, extra)
    assert [number for _, number in told] == [missed, *[0] * (ticks - missed - 1)]
    assert [quote.bid for quote, _ in told] == [number + 2.0 for number in range(missed, ticks)]
    assert follow.missed == missed


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
def test_a_take_gives_no_more_than_its_limit(feed: Feed, limit: int) -> None:
    """The rest comes with the next takes; nothing is lost by it."""
    slots = {symbol: feed.stream(symbol, Field.BID, 1.0) for symbol in ("SPY", "QQQ")}
    follower = feed.open_reader().follower([*slots])
    while follower.take(limit):
        pass
    for number in range(8):
        for slot in slots.values():
            feed.tick(slot, Field.BID, number + 2.0)
    told: list[tuple[Quote, int]] = []
    while some := follower.take(limit):
        assert len(some) <= limit
        told += some
    assert Counter((quote.symbol, quote.bid) for quote, _ in told) == Counter(
        (symbol, number + 2.0) for symbol in slots for number in range(8)
    )


@pytest.mark.parametrize("limit", [0, -1])
def test_a_take_of_nothing_is_refused(feed: Feed, limit: int) -> None:
    """A limit below one would never give anything."""
    with pytest.raises(ValueError, match=f"limit is {limit}, must be at least 1"):
        feed.open_reader().follower(["SPY"]).take(limit)


def test_followers_of_one_reader_do_not_share_their_places(feed: Feed) -> None:
    """Each follower tells everything, whatever the others, handles and batches have read."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    follows = [reader.follow(["SPY"]) for _ in range(3)]
    for follow in follows:
        follow.take()
    for price in (11.0, 12.0):
        feed.tick(slot, Field.BID, price)
        assert reader["SPY"].bid == reader.batch(["SPY"]).read()[0].bid == price
        assert [quote.bid for quote, _ in follows[0].take()] == [price]
    assert [quote.bid for quote, _ in follows[1].take()] == [11.0, 12.0]
    assert [quote.bid for quote, _ in follows[2].take()] == [11.0, 12.0]


def test_a_symbol_named_twice_is_told_twice(feed: Feed) -> None:
    """A follower does what it was asked; each mention has its own place."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY", "SPY"])
    assert [quote.bid for quote, _ in follow.take()] == [10.0, 10.0]
    feed.tick(slot, Field.BID, 11.0)
    assert [quote.bid for quote, _ in follow.take()] == [11.0, 11.0]


# ---- iterating and waiting -------------------------------------------------------------------------------------------


def test_iteration_ends_after_a_time_without_news(feed: Feed) -> None:
    """What is there comes at once; then the iterator waits as long as it was told, and can be asked again later."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"], timeout_s=0.12)
    feed.tick(slot, Field.BID, 11.0)
    started = time.monotonic()
    assert [quote.bid for quote, _ in follow] == [11.0]
    assert time.monotonic() - started >= 0.12
    for price in (12.0, 13.0):
        feed.tick(slot, Field.BID, price)
    assert [(quote.bid, missed) for quote, missed in follow] == [(12.0, 0), (13.0, 0)]


@pytest.mark.parametrize("timeout_s", [0, 0.0, -1.0])
def test_a_timeout_of_nothing_takes_what_is_there(feed: Feed, timeout_s: float) -> None:
    """Without time to wait, iterating gives the news and ends."""
    feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY", "XYZ"], timeout_s=timeout_s)
    assert [quote.symbol for quote, _ in follow] == ["SPY", "XYZ"]
    assert [*follow] == []


def test_take_gives_what_iteration_has_not(feed: Feed) -> None:
    """Mixing both loses nothing and repeats nothing."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    follow = feed.open_reader().follow(["SPY"])
    assert next(follow)[0].bid == 1.0
    for price in range(2, 7):
        feed.tick(slot, Field.BID, float(price))
    assert next(follow)[0].bid == 2.0
    feed.tick(slot, Field.BID, 7.0)
    assert [quote.bid for quote, _ in follow.take()] == [3.0, 4.0, 5.0, 6.0, 7.0]


def test_a_waiting_follower_gets_each_tick_of_another_thread(feed: Feed) -> None:
    """A blocked iterator wakes for every batch and lets other threads run meanwhile."""
    slot = feed.stream("SPY", Field.BID, 0.5)
    follow = feed.open_reader().follow(["SPY", "QQQ"])
    bids: list[float | None] = []

    def listen() -> None:
        for quote, _ in follow:
            if quote.symbol == "SPY":
                bids.append(quote.bid)
            if quote.bid == 100.0:
                return

    thread = threading.Thread(target=listen)
    thread.start()
    for price in range(1, 101):
        feed.tick(slot, Field.BID, float(price))
        wait_until(lambda price=price: bids[-1:] == [price], f"bid {price} is heard", show=lambda: bids[-3:])  # type: ignore[misc]
    thread.join()
    assert bids[-100:] == [float(price) for price in range(1, 101)]
    assert follow.missed == 0


def test_a_waiting_follower_hears_of_a_retired_symbol_and_a_lost_gateway(feed: Feed) -> None:
    """Not only ticks end a wait: whatever changes the verdict does."""
    feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"], timeout_s=50.0)
    next(follow)
    changes: list[tuple[Callable[[], object], Reason]] = [
        (lambda: feed.writer.set_line(connection=Connection.SUSPECT), Reason.CONNECTION),
        (lambda: feed.writer.set_line(connection=Connection.CONNECTED), Reason.VOUCHED),
        (lambda: feed.writer.retire("SPY"), Reason.RETIRED),
        (lambda: feed.stream("SPY", Field.BID, 11.0), Reason.VOUCHED),
    ]
    for change, reason in changes:
        heard: list[Quote] = []
        thread = threading.Thread(target=lambda heard=heard: heard.append(next(follow)[0]))
        thread.start()
        change()
        thread.join()
        while heard[-1].reason is not reason:  # the states between, of which there may be some
            heard.append(next(follow)[0])


def test_closing_the_reader_ends_a_wait(feed: Feed) -> None:
    """A thread that waits is told that its reader was closed, soon and not never."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    follow = reader.follow(["SPY"])
    next(follow)
    caught: list[BaseException] = []

    def listen() -> None:
        try:
            next(follow)
        except ValueError as error:
            caught.append(error)

    thread = threading.Thread(target=listen)
    thread.start()
    reader.close()
    thread.join()
    assert "is closed" in str(caught[0])


def test_a_verdict_that_changes_and_changes_back_before_it_is_taken_is_no_error(feed: Feed) -> None:
    """Between "there is news" and taking it the news may vanish; the iterator goes on waiting."""
    feed.stream("SPY", Field.BID, 10.0)
    follow = feed.open_reader().follow(["SPY"], timeout_s=0.01)
    next(follow)
    steps: list[str] = []

    def around_the_wait(frame: FrameType, event: str, argument: object) -> None:
        del frame
        if getattr(argument, "__name__", "") == "wait":
            steps.append(event)
            if steps == ["c_call"]:
                feed.writer.set_line(connection=Connection.SUSPECT)
            elif steps == ["c_call", "c_return"]:
                feed.writer.set_line(connection=Connection.CONNECTED)

    before = sys.getprofile()
    sys.setprofile(around_the_wait)
    try:
        told = [*follow]
    finally:
        sys.setprofile(before)
    assert told == []
    assert steps == ["c_call", "c_return"] * 2
