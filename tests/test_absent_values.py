"""IB says "no value" in many ways; a quote says it in one: None."""

from __future__ import annotations

import math
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.states import Field, QuoteState

if TYPE_CHECKING:
    from tests.feeds import Feed
    from tickring.reader import Quote

QUOTED_PRICES = [Field.BID, Field.ASK, Field.LAST]
PRICES = [*QUOTED_PRICES, Field.CLOSE, Field.OPEN, Field.HIGH, Field.LOW]
SIZES = [Field.BID_SIZE, Field.ASK_SIZE, Field.LAST_SIZE, Field.VOLUME]

MAX_DOUBLE = sys.float_info.max
UNSET_DECIMAL = float(2**127 - 1)
NEVER_A_VALUE = [None, math.nan, math.inf, -math.inf, MAX_DOUBLE, -MAX_DOUBLE]
NO_PRICE = [*NEVER_A_VALUE, -1, -1.0, 0, 0.0, -0.0]
NO_SIZE = [*NEVER_A_VALUE, -1, -1.0, -0.5, 2147483647, 9223372036854775807, 2**127 - 1, UNSET_DECIMAL]


def value_of(quote: Quote, field: Field) -> float | None:
    """What the quote says of one field."""
    value = getattr(quote, field)
    assert value is None or isinstance(value, float | int)
    return value


@pytest.mark.parametrize(
    ("field", "nothing"),
    [
        *((field, word) for field in PRICES for word in NO_PRICE),
        *((field, word) for field in SIZES for word in NO_SIZE),
    ],
)
def test_every_way_of_saying_nothing_is_none(feed: Feed, field: Field, nothing: float | None) -> None:
    """An unset value never shows as a number: not in a new quote, and not after a value that was there."""
    slot = feed.stream("SPY")
    reader = feed.open_reader()
    assert feed.tick(slot, field, nothing) == 0
    assert value_of(reader["SPY"], field) is None
    assert feed.tick(slot, field, 12.5) > 0
    assert value_of(reader["SPY"], field) == 12.5
    assert feed.tick(slot, field, nothing) > 0
    assert value_of(reader["SPY"], field) is None
    assert feed.tick(slot, field, nothing) == 0
    assert feed.tick(slot, field, 12.5) > 0
    assert value_of(reader["SPY"], field) == 12.5


@pytest.mark.parametrize("field", SIZES)
@pytest.mark.parametrize("size", [0, 0.0, 0.5, 1, 2147483646, 2147483648, 1e15])
def test_a_size_is_a_value_also_when_it_is_zero(feed: Feed, field: Field, size: float) -> None:
    """Nothing offered and nothing known are different: a size of 0 is shown as 0."""
    reader = feed.open_reader()
    feed.stream("SPY", field, size)
    assert value_of(reader["SPY"], field) == size


@pytest.mark.parametrize("field", PRICES)
@pytest.mark.parametrize("price", [-0.01, -0.99, -1.01, -2, -37.63, 1e-9, 1, 99999.99])
def test_a_negative_price_is_a_value(feed: Feed, field: Field, price: float) -> None:
    """Spreads and some futures trade below zero; of the negative prices only IB's -1 means nothing."""
    reader = feed.open_reader()
    feed.stream("CL", field, price)
    assert value_of(reader["CL"], field) == price


@pytest.mark.parametrize("price", [2.5, -2.5, 0.25])
def test_a_price_that_comes_as_an_integer_or_decimal_reads_the_same(feed: Feed, price: float) -> None:
    """The writer takes whatever number the client library made: int, float, Decimal, numpy's."""
    reader = feed.open_reader()
    slot = feed.stream("SPY")
    for number in (Decimal(str(price)), np.float64(price), np.float32(price)):
        feed.tick(slot, Field.BID, None)
        feed.tick(slot, Field.BID, number)
        assert reader["SPY"].bid == price


def test_something_that_is_no_number_publishes_nothing(feed: Feed) -> None:
    """A message with one bad value changes nothing at all, not even by its good values."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    before = reader["SPY"]
    with pytest.raises(TypeError):
        feed.tick(slot, Field.BID, 11.0, Field.ASK, "12")
    with pytest.raises(OverflowError):
        feed.tick(slot, Field.BID, 11.0, Field.ASK, 10**400)
    with pytest.raises(ValueError, match="'yield' is no Field"):
        feed.tick(slot, Field.BID, 11.0, "yield", 3.0)
    with pytest.raises(ValueError, match="None is no Field"):
        feed.tick(slot, None, 11.0)
    for arguments in ((), (Field.BID,), (Field.BID, 11.0, Field.ASK)):
        with pytest.raises(TypeError, match="pairs of field and value"):
            feed.writer.tick(slot, time.time_ns(), *arguments)
    after = reader["SPY"]
    assert after == before
    assert after.bid == 10.0
    assert feed.tick(slot, Field.ASK, 12.0) == before.sequence + 1


# ---- mid and spread --------------------------------------------------------------------------------------------------

price_numbers = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda price: price not in (-1.0, 0.0))


@given(bid=st.none() | price_numbers, ask=st.none() | price_numbers, is_locked=st.booleans())
def test_mid_and_spread_stand_only_between_two_sides_that_do_not_cross(
    feed: Feed, bid: float | None, ask: float | None, is_locked: bool
) -> None:
    """Without one side, or with the bid above the ask, there is no mid; a locked market has one."""
    if is_locked:
        ask = bid
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    slot = feed.stream("SPY")
    feed.tick(slot, Field.BID, bid, Field.ASK, ask, Field.LAST, 5.0)
    quote = reader["SPY"]
    assert (quote.bid, quote.ask) == (bid, ask)
    if bid is None or ask is None or bid > ask:
        assert quote.mid is None
        assert quote.spread is None
    else:
        assert quote.spread == ask - bid
        assert quote.mid is not None
        assert bid <= quote.mid <= ask
        assert quote.mid == pytest.approx((bid + ask) / 2, rel=1e-12, abs=1e-6)


def test_mid_and_spread_go_when_a_side_goes(feed: Feed) -> None:
    """A side that is withdrawn takes mid and spread with it."""
    slot = feed.stream("SPY", Field.BID, 9.0, Field.ASK, 11.0)
    reader = feed.open_reader()
    assert (reader["SPY"].mid, reader["SPY"].spread) == (10.0, 2.0)
    feed.tick(slot, Field.ASK, -1)
    assert (reader["SPY"].mid, reader["SPY"].spread) == (None, None)


# ---- time of the last trade ------------------------------------------------------------------------------------------


def test_the_time_of_the_last_trade_is_whole_seconds_or_none(feed: Feed) -> None:
    """Tick 45 is shown as seconds since 1970, None before the first and after an unset one."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()

    def last_trade_s() -> int | None:
        return reader["SPY"].last_trade_s

    assert last_trade_s() is None
    feed.tick(slot, Field.LAST_TRADE_S, 1_763_720_000)
    assert last_trade_s() == 1_763_720_000
    assert isinstance(last_trade_s(), int)
    assert feed.tick(slot, Field.LAST_TRADE_S, 1_763_720_000) == 0
    feed.tick(slot, Field.LAST_TRADE_S, 2**32 - 1)
    assert last_trade_s() == 2**32 - 1
    for nothing in NO_SIZE:
        feed.tick(slot, Field.LAST_TRADE_S, 1_763_720_000)
        feed.tick(slot, Field.LAST_TRADE_S, nothing)
        assert last_trade_s() is None


@pytest.mark.parametrize("beyond", [2**32, 1_763_720_000_000, 1e300])
def test_a_time_that_does_not_fit_is_absent_and_not_1970(feed: Feed, beyond: float) -> None:
    """A trade time beyond the field (milliseconds, garbage) is shown as unknown, never as another time."""
    slot = feed.stream("SPY", Field.BID, 10.0, Field.LAST_TRADE_S, 1_763_720_000)
    feed.tick(slot, Field.LAST_TRADE_S, beyond)
    assert feed.open_reader()["SPY"].last_trade_s is None


# ---- against a model -------------------------------------------------------------------------------------------------


def is_nothing(field: Field, value: float | None) -> bool:
    """The rule in plain words, once for prices and once for all else."""
    if value is None or not math.isfinite(value) or abs(value) == MAX_DOUBLE:
        return True
    if field in PRICES:
        return value in (-1, 0)
    return value < 0 or float(value) in (2147483647.0, float(9223372036854775807), UNSET_DECIMAL)


few_prices = st.sampled_from([*NO_PRICE, 1.0, 1.5, -2.0])
few_sizes = st.sampled_from([*NO_SIZE, 0, 100, 0.5])
few_seconds = st.sampled_from([*NO_SIZE, 0, 1_763_720_000, 1_763_720_001])
one_change = st.one_of(
    st.tuples(st.sampled_from(PRICES), few_prices),
    st.tuples(st.sampled_from(SIZES), few_sizes),
    st.tuples(st.just(Field.LAST_TRADE_S), few_seconds),
)
one_message = st.lists(one_change, min_size=1, max_size=5, unique_by=lambda change: change[0])


@given(messages=st.lists(one_message, max_size=20))
def test_a_quote_is_what_its_messages_say(feed: Feed, messages: list[list[tuple[Field, float | None]]]) -> None:
    """Values, sequences and receive times follow a dict that every message updates; no change, no record."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    slot = feed.stream("SPY")
    sequence = reader["SPY"].sequence
    known: dict[Field, float] = {}
    ts_recv_ns = 0
    for ts_ns, message in enumerate(messages, start=1_763_720_000_000_000_000):
        before = dict(known)
        for field, value in message:
            if is_nothing(field, value):
                known.pop(field, None)
            else:
                assert value is not None
                known[field] = value
        published = feed.writer.tick(slot, ts_ns, *(word for change in message for word in change))
        if known == before:
            assert published == 0
        else:
            sequence += 1
            assert published == sequence
            if any(field in QUOTED_PRICES for field, _ in message):
                ts_recv_ns = ts_ns
        quote = reader["SPY"]
        assert {field: value_of(quote, field) for field in Field} == {field: known.get(field) for field in Field}
        assert (quote.sequence, quote.ts_recv_ns) == (sequence, ts_recv_ns)


def test_only_price_ticks_move_the_receive_time(feed: Feed) -> None:
    """`ts_recv_ns` is the time of the newest bid, ask or last; sizes, volume, close and trade times leave it."""
    slot = feed.stream("SPY")
    reader = feed.open_reader()
    for number, field in enumerate(Field, start=1):
        before = reader["SPY"].ts_recv_ns
        feed.writer.tick(slot, number, field, 7.0)
        assert reader["SPY"].ts_recv_ns == (number if field in QUOTED_PRICES else before)


def test_an_unchanged_tick_publishes_nothing_and_vouches(feed: Feed) -> None:
    """A tick that repeats what is known is no record, but proof that the feed is at work for this symbol."""
    slot = feed.stream("SPY", Field.BID, 10.0, Field.BID_SIZE, 100)
    reader = feed.open_reader()
    before = reader["SPY"]
    assert feed.tick(slot, Field.BID, 10.0, Field.BID_SIZE, 100) == 0
    after = feed.open_reader()["SPY"]
    assert (after.sequence, after.ts_recv_ns, after.ts_publish_ns) == (
        before.sequence,
        before.ts_recv_ns,
        before.ts_publish_ns,
    )
    assert after.vouched_ns > before.vouched_ns


def test_a_state_only_record_keeps_values_and_times(feed: Feed) -> None:
    """A change of state is a record of its own with the same values, receive time and publish time."""
    slot = feed.stream("SPY", Field.BID, 10.0, Field.ASK_SIZE, 300, Field.LAST_TRADE_S, 1_763_720_000)
    reader = feed.open_reader()
    before = reader["SPY"]
    assert feed.writer.set_state(slot, state=QuoteState.QUIET) == before.sequence + 1
    after = reader["SPY"]
    assert (after.state, after.is_state_only, before.is_state_only) == (QuoteState.QUIET, True, False)
    assert after.sequence == before.sequence + 1
    for field in Field:
        assert value_of(after, field) == value_of(before, field)
    assert (after.ts_recv_ns, after.ts_publish_ns) == (before.ts_recv_ns, before.ts_publish_ns)
    assert feed.writer.set_state(slot, state=QuoteState.QUIET) == 0, "no change, no record"
    feed.tick(slot, Field.BID, 10.5)
    assert not reader["SPY"].is_state_only
