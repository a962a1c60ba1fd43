"""The last records of a symbol, newest first, and which of them may be shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.errors import InvalidSymbol
from tickring.states import ApiMode, Field, QuoteState
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.reader import Quote


def sequences(rows: list[Quote]) -> list[int]:
    """Their sequences in order."""
    return [row.sequence for row in rows]


def test_history_begins_with_the_present_quote_and_goes_back(feed: Feed) -> None:
    """The first row is the quote that a read gives, with its verdict; older ones read `past`, with their own values."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    for number in range(2, 6):
        feed.tick(slot, Field.BID, float(number))
    reader = feed.open_reader()
    rows = reader.history("SPY", 5)
    assert rows[0] == reader["SPY"]
    assert [row.bid for row in rows] == [5.0, 4.0, 3.0, 2.0, 1.0]
    assert [row.verdict for row in rows] == [Verdict.LIVE, *[Verdict.PAST] * 4]
    assert {row.reason for row in rows[1:]} == {Reason.NOT_NEWEST}
    assert sequences(rows) == [*range(rows[0].sequence, rows[0].sequence - 5, -1)]
    stamps = [row.ts_publish_ns for row in rows]
    assert stamps == sorted(stamps, reverse=True)
    assert not any(row.is_good for row in rows[1:])


@pytest.mark.parametrize("depth", [4, 8, 64])
@pytest.mark.parametrize("ticks", [1, 2, 5, 6, 7, 61, 62, 63, 64, 65, 200])
def test_history_holds_at_most_depth_less_two(make_feed: Callable[..., Feed], depth: int, ticks: int) -> None:
    """Up to depth - 2 rows, or as many records as there ever were; asking for more is no error."""
    feed = make_feed(depth=depth)
    slot = feed.writer.add("SPY")
    for number in range(ticks):
        feed.tick(slot, Field.BID, number + 1.0)
    records = ticks + 1  # the first is the empty one of `add`
    reader = feed.open_reader()
    for n in (1, 2, depth - 3, depth - 2, depth - 1, depth, 10 * depth, sys.maxsize):
        rows = reader.history("SPY", n)
        assert len(rows) == min(n, depth - 2, records)
        assert sequences(rows) == [*range(records, records - len(rows), -1)]
        assert [row.bid for row in rows if row.sequence > 1] == [row.sequence - 1.0 for row in rows if row.sequence > 1]


def test_rows_that_only_changed_the_state_can_be_left_out(feed: Feed) -> None:
    """Without state-only records every row is a change of a value; the count is of rows shown."""
    slot = feed.stream("SPY", Field.BID, 1.0)
    feed.writer.set_state(slot, state=QuoteState.QUIET)
    feed.tick(slot, Field.BID, 2.0)
    feed.writer.set_state(slot, state=QuoteState.LIVE)
    feed.writer.set_state(slot, state=QuoteState.CLOSED)
    reader = feed.open_reader()
    rows = reader.history("SPY", 5)
    assert [(row.bid, row.state, row.is_state_only) for row in rows] == [
        (2.0, QuoteState.CLOSED, True),
        (2.0, QuoteState.LIVE, True),
        (2.0, QuoteState.QUIET, False),
        (1.0, QuoteState.QUIET, True),
        (1.0, QuoteState.LIVE, False),
    ]
    for source in (
        reader.history("SPY", 2, include_state_only=False),
        reader.handle("SPY").history(2, include_state_only=False),
    ):
        assert [(row.bid, row.verdict) for row in source] == [(2.0, Verdict.PAST), (1.0, Verdict.PAST)]
    assert [row.bid for row in reader.history("SPY", 1, include_state_only=False)] == [2.0]


def test_a_symbol_without_a_quote_has_no_history(feed: Feed) -> None:
    """Unknown and retired symbols have none; a symbol without a price has its empty records."""
    reader = feed.open_reader()
    assert reader.history("SPY", 5) == []
    feed.stream("SPY")
    rows = reader.history("SPY", 5)
    assert [(row.verdict, row.reason, row.bid) for row in rows] == [(Verdict.MISSING, Reason.NO_PRICE, None)] * len(
        rows
    )
    assert len(rows) == 2
    feed.writer.retire("SPY")
    assert reader.history("SPY", 5) == []


def test_history_ends_where_the_symbols_use_of_the_slot_began(make_feed: Callable[..., Feed]) -> None:
    """Records of an earlier use of the slot, by this or another symbol, are never shown."""
    feed = make_feed(capacity=1)
    feed.stream("QQQ", Field.BID, 20.0)
    feed.writer.retire("QQQ")
    feed.stream("SPY", Field.BID, 10.0)
    feed.writer.retire("SPY")
    slot = feed.stream("SPY", Field.BID, 11.0)
    feed.tick(slot, Field.BID, 12.0)
    rows = feed.open_reader().history("SPY", 100)
    assert [row.bid for row in rows] == [12.0, 11.0, None, None]
    assert {row.generation for row in rows} == {rows[0].generation}


def test_history_goes_back_over_a_new_subscription_and_a_new_writer(feed: Feed) -> None:
    """Older records stay readable as what they are: past."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.writer.begin(slot)
    feed.tick(slot, Field.BID, 11.0)
    feed.restart_writer()
    feed.go_live()
    reader = feed.open_reader()
    rows = reader.history("SPY", 10, include_state_only=False)
    assert [(row.bid, row.verdict) for row in rows if row.bid] == [(11.0, Verdict.PAST), (10.0, Verdict.PAST)]
    assert [(row.bid, row.verdict, row.epoch) for row in reader.history("SPY", 1)] == [
        (11.0, Verdict.STALE, feed.host.epoch & 0xFFFF)
    ]


@pytest.mark.parametrize("n", [0, -1, -sys.maxsize])
def test_fewer_than_one_row_is_refused(feed: Feed, n: int) -> None:
    """Asking for no rows is a mistake, also for an unknown symbol."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    for symbol in ("SPY", "XYZ"):
        with pytest.raises(ValueError, match=f"history of {n} quotes asked for, must be at least 1"):
            reader.history(symbol, n)


def test_history_says_what_it_takes(feed: Feed) -> None:
    """A number of rows, and by name whether state-only records count."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    for wrong in ("5", 1.5, None):
        with pytest.raises(TypeError):
            reader.history("SPY", wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        reader.handle("SPY").history(5, False)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        reader.handle("SPY").history()  # type: ignore[call-arg]
    with pytest.raises(InvalidSymbol):
        reader.history("", 5)


# ---- kinds of account ------------------------------------------------------------------------------------------------


def test_history_never_shows_prices_of_another_kind_of_account(make_feed: Callable[..., Feed]) -> None:
    """A gateway that was a paper account's for a while: a reader for live prices sees none of them, later neither."""
    feed = make_feed(api_mode="live")
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader(ApiMode.LIVE)
    feed.writer.set_line(api_mode=ApiMode.PAPER)
    feed.tick(slot, Field.BID, 666.0)
    assert reader.history("SPY", 10) == []
    feed.writer.set_line(api_mode=ApiMode.LIVE)
    feed.tick(slot, Field.BID, 11.0)
    rows = reader.history("SPY", 10)
    assert rows[0].bid == 11.0
    assert 666.0 not in [row.bid for row in rows]


def test_every_row_names_the_kind_of_account_it_was_of(make_feed: Callable[..., Feed]) -> None:
    """A reader of all kinds never sees a price under the name of another account than its own."""
    feed = make_feed(api_mode="live")
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    feed.writer.set_line(api_mode=ApiMode.PAPER)
    feed.tick(slot, Field.BID, 666.0)
    modes = {row.bid: row.api_mode for row in reader.history("SPY", 10) if row.bid is not None}
    assert modes[666.0] is ApiMode.PAPER
    assert modes.get(10.0, ApiMode.LIVE) is ApiMode.LIVE


# ---- against a model -------------------------------------------------------------------------------------------------


@given(
    steps=st.lists(st.sampled_from(["tick", "state", "begin", "begin and keep"]), max_size=40),
    n=st.integers(1, 20),
    include_state_only=st.booleans(),
)
def test_history_is_the_end_of_all_that_was_published(
    feed: Feed, steps: list[str], n: int, include_state_only: bool
) -> None:
    """Whatever was published: the newest depth - 2 records in order, less what was left out, as many as asked for."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    feed.writer.retire("SPY")
    slot = feed.writer.add("SPY")
    published: list[tuple[float | None, bool]] = [(None, False)]
    price: float | None = None
    is_kept = False
    for number, step in enumerate(steps, start=1):
        if step == "tick":
            price = float(number)
            feed.tick(slot, Field.BID, price)
            published.append((price, False))
            is_kept = False
        elif step == "state" and is_kept:
            continue  # what shows until the first tick is tested elsewhere (test_subscriptions.py)
        elif step == "state":
            state = QuoteState.QUIET if reader["SPY"].state is QuoteState.LIVE else QuoteState.LIVE
            if feed.writer.set_state(slot, state=state):
                published.append((price, True))
        else:
            is_kept = step == "begin and keep" and price is not None
            feed.writer.begin(slot, keep_last_known=is_kept)
            published.append((price, True) if is_kept else (None, False))
            price = None
    rows = reader.history("SPY", n, include_state_only=include_state_only)
    shown = [row for row in published[:-15:-1] if include_state_only or not row[1]]  # 14 = depth - 2
    assert [(row.bid, row.is_state_only) for row in rows] == shown[:n]
    assert reader.handle("SPY").history(n, include_state_only=include_state_only) == rows
