"""Ticks of snapshots, and bars, on their way into the segment: marked, apart from the stream's, without a gateway."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.feeds import Feed
from tickring.config.structs import ContractConfig
from tickring.feeder.bar_intake import BarIntake, bar_end_ns
from tickring.feeder.fallback import Fallback, Step
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.tick_intake import TickIntake
from tickring.flusher.quote_document import QuoteScribe
from tickring.iso_time import iso_from_ns
from tickring.states import DataType, QuoteState, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.reader import QuoteReader

STREAM_ID, SNAPSHOT_ID, BARS_ID = 1, 2, 3


class Intakes:
    """One stream that was asked for, a snapshot and bars of the same symbol, and a reader."""

    def __init__(self, feed: Feed) -> None:
        self.confirmed: list[str] = []
        self.served: list[Fallback] = []
        self.intake = TickIntake(feed.writer, lambda stream: self.confirmed.append(stream.symbol), self.served.append)
        self.intake.set_server_version(200)
        self.bars = BarIntake(feed.writer)
        self.reader: QuoteReader = feed.open_reader("mock")
        self.stream = Stream("SPY", ContractConfig(), feed.writer.add("SPY"), Stage.REQUESTED, STREAM_ID)
        self.fallback = self.stream.fallback = Fallback(self.stream, 0.0, Step.SNAPSHOT, SNAPSHOT_ID)
        feed.writer.begin(self.stream.slot, keep_last_known=True)
        self.intake.streams[STREAM_ID] = self.stream
        self.intake.snapshots.requests[SNAPSHOT_ID] = self.fallback
        self.bars.requests[BARS_ID] = self.fallback

    def message(self, *calls: Callable[[TickIntake], None], at_ns: int = 0) -> None:
        """One message with these callbacks."""
        self.intake.begin(at_ns or time.time_ns())
        for call in calls:
            call(self.intake)
        self.intake.end()

    def price(self, req_id: int, tick_type: int, price: float) -> None:
        """A price alone."""
        self.message(lambda intake: intake.tick_price(req_id, tick_type, price))

    def said(self) -> str:
        """What a reader is told."""
        return f"{self.reader['SPY'].verdict}/{self.reader['SPY'].reason}"


@pytest.fixture
def intakes(feed: Feed) -> Intakes:
    """Everything has been asked for, nothing has come."""
    return Intakes(feed)


def test_fields_of_a_snapshot_show_as_they_come(intakes: Intakes) -> None:
    """Marked from the first price on; what came before it shows with it."""
    intakes.message(lambda intake: intake.market_data_type(SNAPSHOT_ID, 1))
    intakes.message(lambda intake: intake.tick_text(SNAPSHOT_ID, 45, "1700000000"))
    intakes.message(lambda intake: intake.tick_number(SNAPSHOT_ID, 49, 1.0))
    intakes.message(lambda intake: intake.tick_size(SNAPSHOT_ID, 8, 50.0))
    assert intakes.said() == "missing/no_price"
    assert intakes.served == []
    intakes.price(SNAPSHOT_ID, 4, 600.0)
    quote = intakes.reader["SPY"]
    assert intakes.said() == "fallback/from_snapshot"
    assert (quote.last, quote.last_trade_s, quote.is_halted, quote.volume) == (600.0, 1_700_000_000, True, 5000.0)
    assert (quote.state, quote.source, quote.data_type) == (
        QuoteState.FALLBACK,
        Source.IB_SNAPSHOT,
        DataType.REALTIME,
    )
    intakes.price(SNAPSHOT_ID, 1, 599.0)
    assert (intakes.reader["SPY"].bid, intakes.reader["SPY"].last) == (599.0, 600.0)
    assert intakes.served == [intakes.fallback]
    assert intakes.confirmed == []


@pytest.mark.parametrize(("number", "word"), [(3, DataType.DELAYED), (0, DataType.UNKNOWN), (77, DataType.UNKNOWN)])
def test_a_snapshot_of_any_kind_is_fallback(intakes: Intakes, number: int, word: DataType) -> None:
    """Its kind is told, and changes nothing about the verdict."""
    intakes.message(lambda intake: intake.market_data_type(SNAPSHOT_ID, number))
    intakes.price(SNAPSHOT_ID, 2, 600.0)
    assert (intakes.said(), intakes.reader["SPY"].data_type) == ("fallback/from_snapshot", word)


@pytest.mark.parametrize(("tick_type", "price"), [(1, -1.0), (9, 600.0), (6, 600.0), (37, 600.0), (4, 0.0)])
def test_a_snapshot_without_a_price_serves_nothing(intakes: Intakes, tick_type: int, price: float) -> None:
    """No bid, yesterday's close, a high, a mark price: what stood there before stands there still."""
    before = intakes.reader["SPY"].sequence
    intakes.price(SNAPSHOT_ID, tick_type, price)
    assert intakes.reader["SPY"].sequence == before
    assert intakes.stream.source is Source.NONE


def test_values_of_stream_and_snapshot_never_mix(intakes: Intakes) -> None:
    """Sizes and times of the stream wait for its own first price; the snapshot's values are gone with it."""
    intakes.message(lambda intake: intake.market_data_type(SNAPSHOT_ID, 3))
    intakes.message(lambda intake: intake.tick_number(SNAPSHOT_ID, 90, 1.0))
    intakes.price(SNAPSHOT_ID, 66, 600.0)
    intakes.price(SNAPSHOT_ID, 67, 600.2)
    intakes.message(lambda intake: intake.market_data_type(STREAM_ID, 1))
    intakes.message(lambda intake: intake.tick_size(STREAM_ID, 8, 70.0))
    intakes.message(lambda intake: intake.tick_text(STREAM_ID, 45, "1700000005"))
    intakes.price(STREAM_ID, 9, 590.0)
    quote = intakes.reader["SPY"]
    assert (quote.bid, quote.volume, quote.last_trade_s, quote.data_type) == (600.0, None, None, DataType.DELAYED)
    assert intakes.said() == "fallback/from_snapshot"
    intakes.price(STREAM_ID, 1, 601.0)
    quote = intakes.reader["SPY"]
    assert intakes.said() == "live/vouched"
    assert (quote.bid, quote.ask, quote.volume, quote.last_trade_s) == (601.0, None, 7000.0, 1_700_000_005)
    assert quote.close == 590.0
    assert (quote.source, quote.data_type, quote.is_halted) == (Source.IB_STREAM, DataType.REALTIME, False)
    assert intakes.confirmed == ["SPY"]


def test_a_streams_price_of_unknown_kind_does_not_touch_the_snapshot(intakes: Intakes) -> None:
    """It proves nothing, so it waits for one that does."""
    intakes.price(SNAPSHOT_ID, 1, 600.0)
    intakes.price(STREAM_ID, 1, 601.0)
    assert (intakes.said(), intakes.reader["SPY"].bid) == ("fallback/from_snapshot", 600.0)


def test_a_source_starts_from_an_empty_quote(intakes: Intakes) -> None:
    """Nothing of a snapshot stands beside a bar, nothing of a bar beside the next snapshot."""
    intakes.price(SNAPSHOT_ID, 1, 600.0)
    intakes.bars.bar(BARS_ID, str(int(time.time()) - 120), 599.5)
    intakes.bars.end(BARS_ID, time.time_ns())
    assert (intakes.reader["SPY"].bid, intakes.reader["SPY"].last) == (None, 599.5)
    intakes.fallback.begin(Step.SNAPSHOT, SNAPSHOT_ID, 0.0)
    intakes.price(SNAPSHOT_ID, 2, 600.2)
    quote = intakes.reader["SPY"]
    assert (quote.bid, quote.ask, quote.last, quote.source) == (None, 600.2, None, Source.IB_SNAPSHOT)


def test_the_last_bar_is_a_last_price_of_its_end(intakes: Intakes) -> None:
    """Nothing else of it: its volume and its high are a minute's."""
    now_ns = time.time_ns()
    begun_s = now_ns // 1_000_000_000 - 300
    intakes.bars.bar(BARS_ID, str(begun_s - 60), 598.0)
    intakes.bars.bar(BARS_ID, str(begun_s), 599.5)
    assert intakes.said() == "missing/no_price"
    assert intakes.bars.end(BARS_ID, now_ns) is intakes.fallback
    quote = intakes.reader["SPY"]
    assert intakes.said() == "fallback/from_history"
    assert (quote.state, quote.ts_recv_ns) == (QuoteState.FALLBACK, (begun_s + 60) * 1_000_000_000)
    assert (quote.last, quote.bid, quote.volume, quote.close, quote.high) == (599.5, None, None, None, None)


def test_the_file_of_a_bar_tells_its_age(intakes: Intakes) -> None:
    """`timestamp` is the bar's end, `received_at` is now, and the marks are those of fallback."""
    begun_s = int(time.time()) - 3600
    intakes.bars.bar(BARS_ID, str(begun_s), 599.5)
    intakes.bars.end(BARS_ID, time.time_ns())
    document = QuoteScribe().document(intakes.reader["SPY"], 1)
    assert document.timestamp == iso_from_ns((begun_s + 60) * 1_000_000_000)
    assert document.received_at == document.published_at
    assert document.received_at is not None
    assert document.received_at > iso_from_ns((begun_s + 3500) * 1_000_000_000)
    marks = (document.source, document.state, document.verdict, document.reason)
    assert marks == ("ib_history", "fallback", "fallback", "from_history")
    assert (document.last, document.bid, document.close, document.volume) == (599.5, None, None, None)


def test_bars_of_nobody_are_dropped(intakes: Intakes) -> None:
    """As are bars without a price."""
    intakes.bars.bar(99, "1700000000", 1.0)
    assert intakes.bars.end(99, time.time_ns()) is None
    intakes.bars.bar(BARS_ID, "1700000000", -1.0)
    intakes.bars.end(BARS_ID, time.time_ns())
    assert intakes.said() == "missing/no_price"


def test_the_running_bars_end_is_now() -> None:
    """No price is of the future."""
    assert bar_end_ns("1700000000", 1_700_000_030 * 10**9) == 1_700_000_030 * 10**9
    assert bar_end_ns("1700000000", 1_700_000_090 * 10**9) == 1_700_000_060 * 10**9


@pytest.mark.parametrize(
    "date", ["20260105", "20260105  09:30:00", "20260105 09:30:00 US/Eastern", "", "-1", "\u0661" * 10]
)
def test_a_bar_whose_time_is_unclear_is_no_price(date: str) -> None:
    """A day's bar, a local time of a zone that nobody has named."""
    with pytest.raises(ValueError, match="seconds since 1970"):
        bar_end_ns(date, time.time_ns())
