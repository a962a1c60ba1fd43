"""A book valued natively: each position at its side, or with the reason why it has no price."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.every_verdict import REASONS, bring_about
from tests.raw_segment import RawSegment
from tickring.errors import TickringError, UnpricedPositions
from tickring.names import SegmentPaths
from tickring.reader import Unpriced, Valuation
from tickring.states import Connection, DataType, Field, QuoteState
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.feeds import Feed
    from tickring.reader import Batch


@pytest.fixture
def book(feed: Feed) -> Batch:
    """SPY 10 / 11, QQQ bid only, IWM ask only, DIA crossed 12 / 11, GOLD quiet 20 / 20, XYZ unknown."""
    feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
    feed.stream("QQQ", Field.BID, 5.0, Field.LAST, 5.5)
    feed.stream("IWM", Field.ASK, 6.0)
    feed.stream("DIA", Field.BID, 12.0, Field.ASK, 11.0)
    feed.stream("GOLD", Field.BID, 20.0, Field.ASK, 20.0, state=QuoteState.QUIET)
    return feed.open_reader().batch(["SPY", "QQQ", "IWM", "DIA", "GOLD", "XYZ"])


# ---- read ------------------------------------------------------------------------------------------------------------


def test_a_batch_reads_its_symbols_in_their_order(book: Batch) -> None:
    """One quote a symbol, also for an unknown one."""
    quotes = book.read()
    assert [quote.symbol for quote in quotes] == [*book.symbols] == ["SPY", "QQQ", "IWM", "DIA", "GOLD", "XYZ"]
    assert len(book) == 6
    assert [quote.bid for quote in quotes] == [10.0, 5.0, None, 12.0, 20.0, None]
    assert [quote.verdict for quote in quotes] == [*[Verdict.LIVE] * 4, Verdict.QUIET, Verdict.MISSING]


def test_a_batch_may_name_a_symbol_twice_or_none_at_all(feed: Feed) -> None:
    """Each position is its own; an empty book is worth nothing."""
    feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
    reader = feed.open_reader()
    twice = reader.batch(["SPY", "SPY"])
    assert [quote.bid for quote in twice.read()] == [10.0, 10.0]
    assert twice.value([1.0, -1.0]).total == -1.0
    nothing = reader.batch([])
    assert (nothing.read(), len(nothing), nothing.symbols) == ([], 0, ())
    assert nothing.value([]) == Valuation(0.0, ())
    assert nothing.value(np.array([]), out=np.array([])).total == 0.0


def test_a_batch_takes_its_symbols_once(feed: Feed) -> None:
    """From a list, a tuple or an iterator; changing the list later changes nothing."""
    feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    symbols = ["SPY", "QQQ"]
    batches = [reader.batch(symbols), reader.batch(tuple(symbols)), reader.batch(iter(symbols))]  # type: ignore[arg-type]
    symbols.clear()
    assert {batch.symbols for batch in batches} == {("SPY", "QQQ")}


# ---- value: sides ----------------------------------------------------------------------------------------------------


def test_long_positions_are_priced_at_the_bid_and_short_ones_at_the_ask(feed: Feed) -> None:
    """What closing the book would bring: the side that another would have to take."""
    feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
    feed.stream("GOLD", Field.BID, 20.0, Field.ASK, 20.0)
    batch = feed.open_reader().batch(["SPY", "GOLD"])
    assert batch.value([100.0, 1.0]).total == 1020.0
    assert batch.value([-100.0, 1.0]).total == -1080.0
    assert batch.value([100.0, -1.0], side="mid").total == 1030.0
    assert batch.value([-100.0, -1.0], side="mid").total == -1070.0
    assert batch.value([0.5, 0.0], side="exit").total == 5.0


def test_a_position_without_the_side_it_needs_says_so(book: Batch) -> None:
    """Only the side that is needed must be there; a crossed quote has sides but no mid."""
    long = book.value([1.0] * 6)
    assert [(row.position, row.symbol, row.verdict, row.reason) for row in long.unpriced] == [
        (2, "IWM", Verdict.LIVE, Reason.NO_BID),
        (5, "XYZ", Verdict.MISSING, Reason.UNKNOWN_SYMBOL),
    ]
    assert long.priced_total == 10.0 + 5.0 + 12.0 + 20.0
    short = book.value([-1.0] * 6)
    assert [(row.symbol, row.reason) for row in short.unpriced] == [
        ("QQQ", Reason.NO_ASK),
        ("XYZ", Reason.UNKNOWN_SYMBOL),
    ]
    mid = book.value([1.0] * 6, side="mid")
    assert [(row.symbol, row.reason) for row in mid.unpriced] == [
        *(("QQQ", Reason.NO_MID), ("IWM", Reason.NO_MID), ("DIA", Reason.NO_MID)),
        ("XYZ", Reason.UNKNOWN_SYMBOL),
    ]
    assert mid.priced_total == 10.5 + 20.0


def test_a_flat_position_needs_no_price(book: Batch) -> None:
    """Zero of anything is worth zero, whatever its verdict; also minus zero."""
    for quantity in (0.0, -0.0, 0):
        out = array("d", [7.0] * 6)
        assert book.value([quantity] * 6, out=out) == Valuation(0.0, ())
        assert out.tolist() == [0.0] * 6
        assert book.value([quantity] * 6, side="mid") == Valuation(0.0, ())


@pytest.mark.parametrize("side", ["bid", "", "EXIT", None, 0])
def test_an_unknown_side_is_refused(book: Batch, side: Any) -> None:
    """`exit` or `mid`, and the message says what they mean."""
    with pytest.raises(ValueError, match=r"must be 'exit' .* or 'mid'"):
        book.value([1.0] * 6, side=side)


# ---- value: verdicts and ages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason is not Reason.NOT_NEWEST])
def test_only_accepted_verdicts_price_a_position(feed: Feed, reason: Reason) -> None:
    """By default live and quiet; others when they are named; what shows no values has no price even then."""
    reader, symbol = bring_about(feed, reason)
    verdict = reader[symbol].verdict
    batch = reader.batch([symbol])
    unpriced = Valuation(0.0, (Unpriced(0, symbol, verdict, reason),))
    assert batch.value([2.0]) == (Valuation(20.0, ()) if verdict in GOOD else unpriced)
    assert batch.value([2.0], accept=set(Verdict) - {verdict}) == unpriced
    if reason is Reason.NO_PRICE:
        assert batch.value([2.0], accept=Verdict).unpriced[0].reason is Reason.NO_BID
    elif verdict in {Verdict.MISSING, Verdict.CONTENDED}:
        assert batch.value([2.0], accept=Verdict) == unpriced
    else:
        assert batch.value([2.0], accept=[verdict]) == Valuation(20.0, ())
        assert batch.value([-2.0], accept=(word for word in [str(verdict)])) == Valuation(-22.0, ())  # type: ignore[misc]


@pytest.mark.parametrize("accept", [["good"], "live", [None], [7]])
def test_something_that_is_no_verdict_is_refused(book: Batch, accept: Any) -> None:
    """A misspelt verdict would price nothing without a word; it is refused."""
    with pytest.raises(ValueError, match="is no Verdict"):
        book.value([1.0] * 6, accept=accept)


def test_accepting_nothing_prices_nothing(book: Batch) -> None:
    """An empty set of verdicts is taken at its word."""
    valuation = book.value([1.0] * 6, accept=())
    assert valuation.priced_total == 0.0
    assert [row.reason for row in valuation.unpriced][:5] == [*[Reason.VOUCHED] * 4, Reason.QUIET_NAME]


def test_a_verdict_named_twice_is_named_once(book: Batch) -> None:
    """`accept` is a set, in whatever form it comes."""
    once, twice = book.value([1.0] * 6, accept=[Verdict.LIVE]), book.value([1.0] * 6, accept=[Verdict.LIVE, "live"])  # type: ignore[list-item]
    assert once == twice
    assert [row.reason for row in once.unpriced] == [Reason.NO_BID, Reason.QUIET_NAME, Reason.UNKNOWN_SYMBOL]


def test_a_proof_older_than_the_limit_prices_nothing(feed: Feed) -> None:
    """`max_age_s` holds for each position; too old is a reason of its own, and a bad verdict is told before it."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    feed.stream("QQQ", Field.BID, 5.0)
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        vouched_at = raw.control(slot) + 8
        raw.write("<q", vouched_at, raw.read("<q", vouched_at) - 10_000_000_000)
    batch = feed.open_reader().batch(["SPY", "QQQ", "XYZ"])
    for limit in (None, 3600, 3600.0, 2**20):
        assert batch.value([1.0, 1.0, 0.0], max_age_s=limit).total == 15.0
    for limit in (9.5, 9):
        valuation = batch.value([1.0, 0.0, 1.0], max_age_s=limit)
        assert [row[1:] for row in valuation.unpriced] == [
            ("SPY", Verdict.LIVE, Reason.TOO_OLD),
            ("XYZ", Verdict.MISSING, Reason.UNKNOWN_SYMBOL),
        ]
    assert batch.value([0.0, 1.0, 0.0], max_age_s=0).unpriced[0].reason is Reason.TOO_OLD


@pytest.mark.parametrize("limit", [-1, -1.0, -1e-10, -math.inf, math.nan])
def test_a_limit_that_is_no_time_is_refused(book: Batch, limit: float) -> None:
    """A negative age or NaN is a mistake of the caller, told in the same words as by `require`."""
    with pytest.raises(ValueError, match=r"max_age_s is .*, must be seconds >= 0"):
        book.value([1.0] * 6, max_age_s=limit)


@pytest.mark.parametrize("limit", [math.inf, 1e10, 1e300])
def test_a_limit_beyond_all_ages_is_no_limit(book: Batch, limit: float) -> None:
    """As in `require`: infinity and centuries limit nothing."""
    assert book.value([1.0, 0.0, 0.0, 0.0, 0.0, 0.0], max_age_s=limit).total == 10.0


# ---- value: buffers --------------------------------------------------------------------------------------------------

QUANTITIES: dict[str, Any] = {
    "list": [1, -2, 0.5, 0, 3, 0],
    "tuple": (1, -2, 0.5, 0, 3, 0),
    "range": range(-3, 3),
    "array of doubles": array("d", [1, -2, 0.5, 0, 3, 0]),
    "array of floats": array("f", [1, -2, 0.5, 0, 3, 0]),
    "array of integers": array("q", [1, -2, 0, 0, 3, 0]),
    "float64": np.array([1, -2, 0.5, 0, 3, 0]),
    "float32": np.array([1, -2, 0.5, 0, 3, 0], np.float32),
    "int64": np.array([1, -2, 0, 0, 3, 0]),
    "int8": np.array([1, -2, 0, 0, 3, 0], np.int8),
    "bool": np.array([True, False, True, False, True, False]),
    "big-endian": np.array([1, -2, 0.5, 0, 3, 0], ">f8"),
    "strided": np.array([1, 9, -2, 9, 0.5, 9, 0, 9, 3, 9, 0, 9], float)[::2],
    "reversed": np.array([0, 3, 0, 0.5, -2, 1], float)[::-1],
    "read-only": np.array([1, -2, 0.5, 0, 3, 0]),
    "memoryview": memoryview(array("d", [1, -2, 0.5, 0, 3, 0])),
    "strided memoryview": memoryview(array("d", [1, 9, -2, 9, 0.5, 9, 0, 9, 3, 9, 0, 9]))[::2],
}
QUANTITIES["read-only"].flags.writeable = False


@pytest.mark.parametrize("kind", QUANTITIES)
def test_quantities_come_in_any_form_of_numbers(book: Batch, kind: str) -> None:
    """Lists, arrays, numpy of any number type and stride: valued as the same numbers in a list."""
    quantities = QUANTITIES[kind]
    assert book.value(quantities) == book.value([float(quantity) for quantity in quantities])


@pytest.mark.parametrize("quantities", [[1.0] * 5, [1.0] * 7, [], np.ones(5), np.ones(7), array("d", [1.0] * 12)])
def test_another_number_of_quantities_than_symbols_is_refused(book: Batch, quantities: Sequence[float]) -> None:
    """A book that does not fit its symbols is an error, with both numbers."""
    with pytest.raises(ValueError, match=f"{len(quantities)} numbers for 6 symbols"):
        book.value(quantities)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("index", [0, 3, 5])
def test_a_quantity_that_is_not_finite_is_refused(book: Batch, bad: float, index: int) -> None:
    """NaN shares are a mistake upstream; the position is named and nothing is written."""
    quantities = [1.0] * 6
    quantities[index] = bad
    out = np.full(6, 7.0)
    message = f"the quantity of {book.symbols[index]} \\(position {index}\\) is not a finite number"
    for form in (quantities, np.array(quantities)):
        with pytest.raises(ValueError, match=message):
            book.value(form, out=out)
        with pytest.raises(ValueError, match=message):
            book.value(form)
    assert out.tolist() == [7.0] * 6


@pytest.mark.parametrize("quantities", [None, 1.0, ["1"] * 6, [None] * 6, "123456", [1j] * 6, object()])
def test_quantities_that_are_no_numbers_are_refused(book: Batch, quantities: Any) -> None:
    """Text and None are not taken for numbers."""
    with pytest.raises(TypeError):
        book.value(quantities)


def test_each_value_can_be_written_to_a_buffer(book: Batch) -> None:
    """`out` gets one value a position, NaN where there is no price; in numpy, array and memoryview, also in place."""
    expected = [10.0, -math.inf, math.nan, 24.0, 0.0, math.nan]
    expected[1] = math.nan
    quantities = [1.0, -1.0, 2.0, 2.0, 0.0, 1.0]
    in_place = np.array(quantities)
    for out in (np.zeros(6), array("d", [0.0] * 6), memoryview(array("d", [0.0] * 6)), np.zeros((2, 3)), in_place):
        valuation = book.value(in_place if out is in_place else quantities, out=out)
        np.testing.assert_array_equal(np.asarray(out).ravel(), expected)
        assert valuation.priced_total == 34.0
        assert [row.position for row in valuation.unpriced] == [1, 2, 5]


READ_ONLY = np.zeros(6)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("out", "error"),
    [
        (np.zeros(5), ValueError),
        (np.zeros(7), ValueError),
        (np.zeros(0), ValueError),
        (np.zeros(6, np.float32), TypeError),
        (np.zeros(6, np.int64), TypeError),
        (np.zeros(6, ">f8"), TypeError),
        (np.zeros(12)[::2], (BufferError, ValueError)),
        (READ_ONLY, (BufferError, ValueError)),
        (bytearray(48), TypeError),
        (b"x" * 48, (BufferError, TypeError)),
        ([0.0] * 6, TypeError),
        (7, TypeError),
    ],
)
def test_a_buffer_that_cannot_take_the_values_is_refused(book: Batch, out: Any, error: Any) -> None:
    """Another length, type or stride, or read-only: an error, and the buffer can be used otherwise afterwards."""
    with pytest.raises(error):
        book.value([1.0] * 6, out=out)
    if isinstance(out, bytearray):
        out.append(0)  # no export is left behind
    if isinstance(out, np.ndarray):
        assert not out.any()


# ---- totals ----------------------------------------------------------------------------------------------------------


def test_a_total_without_all_prices_is_no_total(book: Batch) -> None:
    """`total` refuses a partial sum by name; `priced_total` is there for those who mean it."""
    valuation = book.value([1.0] * 6)
    assert not valuation.is_complete
    with pytest.raises(
        UnpricedPositions, match=r"2 positions have no acceptable price: IWM .live: no_bid., XYZ"
    ) as caught:
        _ = valuation.total
    assert caught.value.unpriced == valuation.unpriced
    assert isinstance(caught.value, TickringError)
    complete = book.value([1.0, 1.0, -1.0, 0.0, 0.0, 0.0])
    assert complete.is_complete
    assert complete.total == complete.priced_total == 9.0


def test_a_long_list_of_unpriced_positions_is_cut(feed: Feed) -> None:
    """The message stays readable; the attribute has them all."""
    valuation = feed.open_reader().batch([f"S{number}" for number in range(30)]).value([1.0] * 30)
    with pytest.raises(UnpricedPositions, match=r"30 positions .*S4 .missing: unknown_symbol. and 25 more$") as caught:
        _ = valuation.total
    assert len(caught.value.unpriced) == 30


def test_a_batch_follows_its_symbols(feed: Feed) -> None:
    """Retired, added again, down and up again: each valuation is of its moment."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    batch = feed.open_reader().batch(["SPY"])
    assert batch.value([1.0]).total == 10.0
    feed.tick(slot, Field.BID, 11.0)
    assert batch.value([1.0]).total == 11.0
    feed.writer.set_line(connection=Connection.SUSPECT)
    assert batch.value([1.0]).unpriced[0][2:] == (Verdict.STALE, Reason.CONNECTION)
    feed.writer.set_line(connection=Connection.CONNECTED)
    feed.writer.retire("SPY")
    assert batch.value([1.0]).unpriced[0][2:] == (Verdict.MISSING, Reason.RETIRED)
    feed.stream("SPY", Field.BID, 12.0)
    assert batch.value([1.0]).total == 12.0


# ---- against a model -------------------------------------------------------------------------------------------------

prices = st.none() | st.sampled_from([-2.0, 0.5, 1.0, 99.25]) | st.floats(0.01, 1e6)
positions = st.tuples(
    prices,
    prices,
    st.sampled_from([QuoteState.LIVE, QuoteState.LIVE, QuoteState.QUIET, QuoteState.CLOSED, QuoteState.STALE]),
    st.sampled_from([DataType.REALTIME, DataType.REALTIME, DataType.DELAYED]),
    st.sampled_from([0.0, 1.0, -1.0, 0.25]) | st.floats(-1e6, 1e6),
)
OF_STATE = {
    QuoteState.LIVE: (Verdict.LIVE, Reason.VOUCHED),
    QuoteState.QUIET: (Verdict.QUIET, Reason.QUIET_NAME),
    QuoteState.CLOSED: (Verdict.CLOSED, Reason.MARKET_CLOSED),
    QuoteState.STALE: (Verdict.STALE, Reason.MARKED_STALE),
}


@given(
    book=st.lists(positions, max_size=12),
    is_mid=st.booleans(),
    accept=st.sets(st.sampled_from([Verdict.LIVE, Verdict.QUIET, Verdict.CLOSED, Verdict.DELAYED, Verdict.MISSING])),
)
def test_a_book_is_worth_what_plain_python_says(
    feed: Feed, book: list[tuple[Any, ...]], is_mid: bool, accept: set[Verdict]
) -> None:
    """Random books of every state, side, quantity and set of verdicts: total, values, reasons, position by position."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    values: list[float] = []
    unpriced: list[tuple[int, Verdict, Reason]] = []
    for index, (bid, ask, state, data_type, quantity) in enumerate(book):
        slot = feed.stream(f"S{index}", Field.BID, bid, Field.ASK, ask, state=state)
        feed.writer.set_state(slot, data_type=data_type)
        verdict, reason = OF_STATE[state]
        if bid is None and ask is None:
            verdict, reason = Verdict.MISSING, Reason.NO_PRICE
        elif data_type is DataType.DELAYED and state is not QuoteState.STALE:
            verdict, reason = Verdict.DELAYED, Reason.DELAYED_DATA
        price: float | None
        if is_mid:
            price = bid + (ask - bid) / 2 if bid is not None and ask is not None and bid <= ask else None
            missing = Reason.NO_MID
        else:
            price, missing = (bid, Reason.NO_BID) if quantity > 0 else (ask, Reason.NO_ASK)
        if quantity == 0:
            values.append(0.0)
        elif verdict not in accept:
            values.append(math.nan)
            unpriced.append((index, verdict, reason))
        elif price is None:
            values.append(math.nan)
            unpriced.append((index, verdict, missing))
        else:
            values.append(quantity * price)
    out = np.zeros(len(book))
    quantities = [quantity for *_, quantity in book]
    batch = reader.batch([f"S{index}" for index in range(len(book))])
    valuation = batch.value(quantities, side="mid" if is_mid else "exit", accept=accept, out=out)
    np.testing.assert_array_equal(out, values)
    # sum() adds more exactly from Python 3.12 on
    assert valuation.priced_total == pytest.approx(
        sum(value for value in values if not math.isnan(value)), rel=1e-9, abs=1e-3
    )
    assert [(row.position, row.verdict, row.reason) for row in valuation.unpriced] == unpriced
    assert {row.symbol for row in valuation.unpriced} == {f"S{index}" for index, _, _ in unpriced}
