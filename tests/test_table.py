"""All symbols in one pass: rows that say what a read of each symbol says."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.every_verdict import REASONS, bring_about
from tickring import _core
from tickring.reader.table import TABLE_DTYPE
from tickring.states import ApiMode, DataType, Field, QuoteState, Source
from tickring.verdict import Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.reader import Quote

WORDS = {
    "verdict": Verdict,
    "reason": Reason,
    "state": QuoteState,
    "source": Source,
    "data_type": DataType,
    "api_mode": ApiMode,
}
OPTIONAL = [field for field in Field if field is not Field.LAST_TRADE_S] + ["mid", "spread"]
SAME = ["ts_recv_ns", "ts_publish_ns", "vouched_ns", "sequence", "epoch", "generation"]


def check_row(row: np.void, quote: Quote) -> None:
    """The row and the quote are two looks at the same record."""
    assert row["symbol"].decode() == quote.symbol
    for name, words in WORDS.items():
        # A number that this release does not know is kept in the table; a quote shows the first word for it.
        assert (list(words)[row[name]] if row[name] < len(words) else next(iter(words))) is getattr(quote, name)
    for name in OPTIONAL:
        value = getattr(quote, name)
        assert math.isnan(row[name]) if value is None else row[name] == value
    for name in SAME:
        assert row[name] == getattr(quote, name)
    assert bool(row["has"] >> 11 & 1) == (quote.last_trade_s is not None)
    assert row["last_trade_s"] == (quote.last_trade_s or 0)
    assert bool(row["flags"] & _core.FLAG_HALTED) == quote.is_halted
    assert bool(row["flags"] & _core.FLAG_STATE_ONLY) == quote.is_state_only
    for name, stamp in [("age_s", "ts_publish_ns"), ("vouched_age_s", "vouched_ns")]:
        assert row[name] == ((row["read_ns"] - row[stamp]) / 1e9 if row[stamp] else math.inf)


def test_the_table_equals_reading_each_symbol(make_feed: Callable[..., Feed]) -> None:
    """A hundred symbols in every state: each row says what `reader[symbol]` says."""
    feed = make_feed(capacity=128)
    names = [f"S{number:03}" for number in range(100)]
    for number, name in enumerate(reversed(names)):
        slot = feed.stream(name)
        for at, field in enumerate(Field):
            if number >> at % 7 & 1:
                feed.tick(slot, field, number + at / 4 - 20)
        feed.writer.set_state(
            slot,
            state=list(QuoteState)[number % 10],
            source=list(Source)[1 if number % 3 else number % 5],
            data_type=list(DataType)[1 if number % 4 else number % 5],
            is_halted=number % 3 == 0,
        )
    reader = feed.open_reader()
    before_ns = _core.boot_ns()
    table = reader.table()
    after_ns = _core.boot_ns()
    assert table["symbol"].tolist() == [name.encode() for name in names]
    assert len(set(table["verdict"].tolist())) == 7
    assert len(set(table["read_ns"].tolist())) == 1, "one clock judges all rows"
    assert before_ns <= table["read_ns"][0] <= after_ns
    for row, name in zip(table, names, strict=True):
        check_row(row, reader[name])
        assert row["slot"] == feed.writer.add(name)


@pytest.mark.parametrize("reason", [reason for reason in REASONS if reason is not Reason.NOT_NEWEST])
def test_a_row_has_the_verdict_of_a_read(feed: Feed, reason: Reason) -> None:
    """Under every reason the row of the symbol equals its quote; a symbol that is not streamed has no row."""
    reader, symbol = bring_about(feed, reason)
    table = reader.table()
    if reason in {Reason.RETIRED, Reason.UNKNOWN_SYMBOL}:
        assert symbol.encode() not in table["symbol"].tolist()
        return
    assert len(table) == 1
    check_row(table[0], reader[symbol])
    assert list(Reason)[table[0]["reason"]] is reason


def test_the_table_is_a_copy_of_its_own(feed: Feed) -> None:
    """It may be changed, and does not change by itself."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    reader = feed.open_reader()
    table = reader.table()
    feed.tick(slot, Field.BID, 11.0)
    assert table["bid"].tolist() == [10.0]
    table["bid"] = 12.0
    assert reader.table()["bid"].tolist() == [11.0]
    assert table.dtype == TABLE_DTYPE
    assert table.flags.c_contiguous
    assert table.flags.aligned


def test_an_empty_segment_has_an_empty_table(feed: Feed) -> None:
    """No symbols, no rows, no error."""
    reader = feed.open_reader()
    assert reader.table().shape == (0,)
    feed.writer.add("SPY")
    assert reader.table().shape == (1,)
    feed.writer.retire("SPY")
    assert reader.table().shape == (0,)


def test_the_table_follows_every_add_and_retire(make_feed: Callable[..., Feed]) -> None:
    """At 0 to 200 symbols and back, each table holds exactly the symbols of its moment."""
    feed = make_feed(capacity=200, depth=4)
    reader = feed.open_reader()
    names = [f"S{number:03}" for number in range(200)]
    for number, name in enumerate(names, start=1):
        feed.stream(name, Field.LAST, float(number))
        table = reader.table()
        assert table["symbol"].tolist() == [name.encode() for name in names[:number]]
        assert table["last"].tolist() == [*range(1, number + 1)]
    for number, name in enumerate(names, start=1):
        feed.writer.retire(name)
        assert reader.table()["symbol"].tolist() == [name.encode() for name in names[number:]]


def test_the_table_holds_while_symbols_are_added(make_feed: Callable[..., Feed]) -> None:
    """Taken while another thread adds symbols, every table is sorted, without doubles, and never forgets a symbol."""
    feed = make_feed(capacity=2048, depth=4)
    reader = feed.open_reader()

    def add_all() -> None:
        for number in range(2000):
            feed.stream(f"S{number * 7919 % 2000:04}", Field.LAST, 1.0)

    known: set[bytes] = set()
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        thread = threading.Thread(target=add_all)
        thread.start()
        while thread.is_alive():
            names = reader.table()["symbol"].tolist()
            assert names == sorted(set(names))
            assert known <= set(names)
            known = set(names)
        thread.join()
    finally:
        sys.setswitchinterval(usual_s)
    assert len(reader.table()) == 2000


# ---- the native half -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 1, 79])
def test_a_buffer_that_is_too_small_is_left_alone(make_feed: Callable[..., Feed], rows: int) -> None:
    """`fill_table` says how many rows it needs and writes none, so that the caller can come again."""
    feed = make_feed(capacity=128)
    for number in range(80):
        feed.stream(f"S{number}", Field.LAST, 1.0)
    reader = feed.open_reader()
    buffer = bytearray(b"x" * rows * _core.TABLE_ROW_BYTES)
    assert reader.fill_table(buffer) == 80
    assert set(buffer) <= {ord("x")}
    larger = np.zeros(81, TABLE_DTYPE)
    as_bytes: Any = larger.view(np.uint8)
    assert reader.fill_table(as_bytes) == 80
    assert larger["last"].tolist() == [1.0] * 80 + [0.0]


def test_a_buffer_that_cannot_be_filled_is_refused(feed: Feed) -> None:
    """Read-only, misaligned and strided buffers, and things that are none, are errors of the caller."""
    feed.stream("SPY", Field.LAST, 1.0)
    reader = feed.open_reader()
    with pytest.raises((BufferError, TypeError)):
        reader.fill_table(bytes(4096))
    room: Any = np.zeros(4096, np.uint8)
    with pytest.raises((BufferError, ValueError)):
        reader.fill_table(room[::2])
    with pytest.raises(ValueError, match="aligned to 8 bytes"):
        reader.fill_table(room[1:])
    for thing in (None, 7, "text", [0] * 4096):
        with pytest.raises(TypeError):
            reader.fill_table(thing)  # type: ignore[arg-type]


def test_the_row_format_is_sound() -> None:
    """No two fields of a row overlap, and all lie inside it."""
    spans = sorted((offset, offset + np.dtype(kind).itemsize, name) for name, kind, offset in _core.TABLE_FIELDS)
    for (_, end, _), (start, _, _) in itertools.pairwise(spans):
        assert end <= start
    assert spans[-1][1] <= _core.TABLE_ROW_BYTES == TABLE_DTYPE.itemsize
    names = [name for name, _, _ in _core.TABLE_FIELDS]
    assert len(names) == len(set(names))


def test_without_numpy_the_table_says_what_to_install(feed: Feed) -> None:
    """Everything else works without numpy; only `table` asks for it."""
    feed.stream("SPY", Field.LAST, 1.0)
    program = f"""
import sys
sys.modules["numpy"] = None
from tickring.reader import QuoteReader
with QuoteReader.open({feed.name!r}, api_mode="any") as reader:
    assert reader["SPY"].last == 1.0
    assert reader.batch(["SPY"]).value([2.0], side="mid").priced_total == 0.0
    try:
        reader.table()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert "numpy" in done.stdout
