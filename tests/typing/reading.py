"""What the types of the reading side are; checked, never run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

from tickring.errors import QuoteRejected, QuoteTooOld, SegmentVersionMismatch
from tickring.reader import Handle, Quote, QuoteReader, ReaderStatus
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    import numpy as np


def opening() -> None:
    """A reader is opened by name or path, for one kind of account or several."""
    assert_type(QuoteReader.open(), QuoteReader)
    assert_type(QuoteReader.open("demo", "mock"), QuoteReader)
    assert_type(QuoteReader.open(Path("/run/tickring"), api_mode=ApiMode.PAPER, wait_s=5), QuoteReader)
    assert_type(QuoteReader.open("demo", api_mode={"live", ApiMode.PAPER}), QuoteReader)
    with QuoteReader.open("demo", api_mode="any") as reader:
        assert_type(reader, QuoteReader)
        assert_type(reader.path, str)
        assert_type(reader.is_open, bool)
        assert_type(reader.stats, dict[str, int])
    QuoteReader.open(7)  # type: ignore[arg-type]
    QuoteReader.open("demo", wait_s="long")  # type: ignore[arg-type]


class MyReader(QuoteReader):
    """A reader may be derived from; `open` gives the derived class."""


assert_type(MyReader.open("demo"), MyReader)


def reading(reader: QuoteReader) -> None:
    """Every way of reading gives a quote."""
    assert_type(reader["SPY"], Quote)
    assert_type(reader.latest("SPY"), Quote)
    assert_type(reader.handle("SPY"), Handle)
    assert_type(reader.handle("SPY").read(), Quote)
    assert_type(reader.handle("SPY").symbol, str)
    assert_type(reader.history("SPY", 10), list[Quote])
    assert_type(reader.history("SPY", 10, include_state_only=False), list[Quote])
    assert_type(reader.handle("SPY").history(10), list[Quote])
    assert_type("SPY" in reader, bool)
    assert_type(reader.symbols(), list[str])
    assert_type(reader.status(), ReaderStatus)
    reader[7]  # type: ignore[index]
    reader.history("SPY")  # type: ignore[call-arg]
    reader.handle("SPY").history(n=10)  # type: ignore[call-arg]


def the_table(reader: QuoteReader) -> np.ndarray[Any, Any]:
    """The table is a numpy array."""
    return reader.table()


def requiring(reader: QuoteReader) -> Quote:
    """`require` takes names only and gives a quote or raises; the error has what it speaks of."""
    assert_type(reader.require("SPY"), Quote)
    reader.require("SPY", max_age_s=2, max_unchanged_s=60.0, accept=GOOD)
    reader.require("SPY", accept=[Verdict.CLOSED])
    reader.handle("SPY").require(max_age_s=None, accept=None)
    reader.require("SPY", 2.0)  # type: ignore[call-arg]
    reader.handle("SPY").require(2.0)  # type: ignore[call-arg]
    reader.require("SPY", accept="live")  # type: ignore[arg-type]
    reader.require("SPY", max_age_s="2")  # type: ignore[arg-type]
    try:
        return reader.require("SPY", max_age_s=2.0)
    except QuoteTooOld as error:
        assert_type(error.max_age_s, float)
        assert_type(error.quote, Quote)
        return error.quote
    except QuoteRejected as error:
        assert_type(error.symbol, str)
        assert_type(error.verdict, Verdict)
        assert_type(error.reason, Reason)
        raise
    except SegmentVersionMismatch as error:
        assert_type(error.path, str)
        assert_type(error.found, int)
        raise


def the_quote(quote: Quote) -> None:
    """Values may be absent, words are members, ages and stamps are always there."""
    for value in (quote.bid, quote.ask, quote.last, quote.mid, quote.spread, quote.volume, quote.close, quote.open):
        assert_type(value, float | None)
    for size in (quote.bid_size, quote.ask_size, quote.last_size, quote.high, quote.low):
        assert_type(size, float | None)
    assert_type(quote.last_trade_s, int | None)
    assert_type(quote.symbol, str)
    assert_type(quote.verdict, Verdict)
    assert_type(quote.reason, Reason)
    assert_type(quote.state, QuoteState)
    assert_type(quote.source, Source)
    assert_type(quote.data_type, DataType)
    assert_type(quote.api_mode, ApiMode)
    assert_type(quote.age_s, float)
    assert_type(quote.vouched_age_s, float)
    for flag in (quote.is_good, quote.is_halted, quote.is_state_only):
        assert_type(flag, bool)
    for number in (quote.ts_recv_ns, quote.ts_publish_ns, quote.vouched_ns, quote.read_ns, quote.sequence, quote.epoch):
        assert_type(number, int)
    assert_type(quote.segment_id, str)
    assert_type(quote.to_dict(), dict[str, Any])
    assert_type(quote == quote, bool)
    assert_type({quote}, set[Quote])
    quote.bid + 1.0  # type: ignore[operator]
    quote.bid = 1.0  # type: ignore[misc]
    print(quote.mid_price)  # type: ignore[attr-defined]


class MyQuote(Quote):  # type: ignore[misc]
    """A quote cannot be derived from."""


def the_status(status: ReaderStatus) -> None:
    """Status is in words and seconds."""
    assert_type(status.supervisor_state, RunState)
    assert_type(status.connection, Connection)
    assert_type(status.gateway_api_mode, ApiMode)
    assert_type(status.heartbeat_age_s, float)
    assert_type(status.counters, dict[str, int])
    assert_type(status.children[0].name, str)


def a_verdict_is_a_word(verdict: Verdict) -> str:
    """Verdicts are strings and can be matched."""
    match verdict:
        case Verdict.LIVE | Verdict.QUIET:
            return "good"
        case Verdict.CLOSED:
            return verdict.upper()
        case _:
            return verdict
