"""Ticks on their way into the segment: what confirms, what is dropped, what is marked, without a gateway."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.feeds import Feed
from tickring.config.structs import ContractConfig
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.tick_intake import TickIntake
from tickring.reader import QuoteReader
from tickring.states import DataType, QuoteState

REQ_ID = 1000


class Desk:
    """One requested stream of SPY, a reader of it, and what was confirmed."""

    def __init__(self, feed: Feed) -> None:
        self.confirmed: list[str] = []
        self.intake = TickIntake(feed.writer, lambda stream: self.confirmed.append(stream.symbol))
        self.intake.set_server_version(200)
        self.reader: QuoteReader = feed.open_reader("mock")
        self.stream = self.request("SPY", REQ_ID, feed)
        self.feed = feed

    def request(self, symbol: str, req_id: int, feed: Feed) -> Stream:
        """As the subscription desk does it."""
        stream = Stream(symbol, ContractConfig(), feed.writer.add(symbol), Stage.REQUESTED, req_id)
        feed.writer.begin(stream.slot, keep_last_known=True)
        self.intake.streams[req_id] = stream
        return stream

    def message(self, *calls: Callable[[TickIntake], None]) -> None:
        """One message with these callbacks."""
        self.intake.begin(time.time_ns())
        for call in calls:
            call(self.intake)
        self.intake.end()

    def price(self, tick_type: int, price: float, size_type: int = -1, size: float = 0.0, req_id: int = REQ_ID) -> None:
        """A tickPrice message, as ibapi tells it: the price, then its size."""
        self.intake.begin(time.time_ns())
        self.intake.tick_price(req_id, tick_type, price)
        if size_type >= 0:
            self.intake.tick_size(req_id, size_type, size)
        self.intake.end()

    def data_type(self, number: int) -> None:
        """A marketDataType message."""
        self.message(lambda intake: intake.market_data_type(REQ_ID, number))

    def said(self, symbol: str = "SPY") -> str:
        """What a reader is told."""
        return f"{self.reader[symbol].verdict}/{self.reader[symbol].reason}"


@pytest.fixture
def desk(feed: Feed) -> Desk:
    """A stream that has been asked for."""
    return Desk(feed)


def test_price_and_size_of_a_message_are_one_record(desk: Desk) -> None:
    """Live from its first record on, with both."""
    desk.data_type(1)
    before = desk.reader["SPY"].sequence
    desk.price(1, 600.0, 0, 300.0)
    quote = desk.reader["SPY"]
    assert (quote.bid, quote.bid_size, quote.sequence) == (600.0, 300.0, before + 1)
    assert desk.said() == "live/vouched"
    assert desk.confirmed == ["SPY"]


def test_the_same_size_again_is_no_news(desk: Desk) -> None:
    """The gateway repeats the size of a price message in one of its own."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    before = desk.reader["SPY"].sequence
    desk.message(lambda intake: intake.tick_size(REQ_ID, 0, 300.0))
    assert desk.reader["SPY"].sequence == before


@pytest.mark.parametrize(
    "call",
    [
        lambda intake: intake.tick_size(REQ_ID, 0, 300.0),
        lambda intake: intake.tick_size(REQ_ID, 8, 1e6),
        lambda intake: intake.tick_text(REQ_ID, 45, "1700000000"),
        lambda intake: intake.tick_number(REQ_ID, 49, 0.0),
        lambda intake: intake.tick_price(REQ_ID, 1, -1.0),
        lambda intake: intake.tick_price(REQ_ID, 37, 600.0),
        lambda intake: intake.tick_price(REQ_ID, 9, 600.0),
        lambda intake: intake.tick_price(REQ_ID, 6, 600.0),
    ],
    ids=["size", "volume", "time", "halted", "no bid", "mark price", "close", "high"],
)
def test_only_a_price_confirms(desk: Desk, call: Callable[[TickIntake], None]) -> None:
    """Whatever else comes first leaves the quote unconfirmed."""
    desk.data_type(1)
    desk.message(call)
    assert desk.confirmed == []
    assert desk.reader["SPY"].verdict != "live"


def test_a_price_of_unknown_kind_confirms_nothing(desk: Desk) -> None:
    """Nobody has said whether it is of now; said later, the next price confirms."""
    desk.price(1, 600.0, 0, 300.0)
    assert desk.stream.stage is Stage.REQUESTED
    assert desk.said() == "stale/not_confirmed"
    desk.data_type(1)
    desk.price(1, 600.01, 0, 300.0)
    assert desk.said() == "live/vouched"


def test_delayed_numbers_are_delayed_whatever_was_said(desk: Desk) -> None:
    """Before the first confirmation, and on a stream that was real-time until now."""
    desk.data_type(1)
    desk.price(66, 600.0, 69, 300.0)
    assert desk.said() == "delayed/delayed_data"
    desk.data_type(1)
    desk.price(1, 601.0, 0, 300.0)
    assert desk.said() == "live/vouched"
    desk.price(66, 600.0, 69, 300.0)
    assert desk.said() == "delayed/delayed_data"
    assert desk.reader["SPY"].data_type is DataType.DELAYED


@pytest.mark.parametrize(("before", "tick_type"), [(2, 1), (3, 66), (4, 66)])
def test_a_word_makes_no_older_price_live(desk: Desk, before: int, tick_type: int) -> None:
    """Frozen or delayed until now, real time from now on: live by the next price, and without a delayed other side."""
    desk.data_type(before)
    desk.price(tick_type, 600.0)
    desk.price(tick_type + 1, 600.1)
    desk.data_type(1)
    doubted = "stale" if before == 2 else "missing"
    assert desk.reader["SPY"].verdict == doubted
    desk.message(lambda intake: intake.tick_size(REQ_ID, 0, 200.0))
    assert desk.reader["SPY"].verdict == doubted
    desk.price(1, 601.0)
    quote = desk.reader["SPY"]
    assert desk.said() == "live/vouched"
    assert (quote.bid, quote.ask) == (601.0, 600.1 if before == 2 else None)


def test_a_closed_market_stays_closed_whatever_kind_of_data_is_told(desk: Desk) -> None:
    """No price would come to end a doubt."""
    desk.data_type(2)
    desk.price(1, 600.0)
    desk.stream.is_market_closed = True
    desk.feed.writer.set_state(desk.stream.slot, state=QuoteState.CLOSED)
    desk.data_type(1)
    assert desk.said() == "closed/market_closed"


@pytest.mark.parametrize("state", [QuoteState.STALE, QuoteState.QUIET])
def test_the_same_price_again_is_proof(desk: Desk, state: QuoteState) -> None:
    """A stream that was doubted or quiet is live by its next price, also where that is the price as it was."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    desk.stream.is_marked_stale, desk.stream.is_quiet = state is QuoteState.STALE, state is QuoteState.QUIET
    desk.feed.writer.set_state(desk.stream.slot, state=state)
    desk.price(1, 600.0, 0, 300.0)
    assert desk.said() == "live/vouched"


def test_a_delayed_stream_leaves_the_next_one_alone(desk: Desk) -> None:
    """The mark of one message does not reach another's stream."""
    desk.data_type(3)
    other = desk.request("QQQ", REQ_ID + 1, desk.feed)
    desk.message(lambda intake: intake.market_data_type(REQ_ID + 1, 1))
    desk.price(1, 500.0, 0, 100.0, req_id=REQ_ID + 1)
    desk.price(66, 600.0, 69, 300.0)
    desk.message(lambda intake: intake.tick_size(REQ_ID + 1, 0, 200.0))
    assert (desk.said("SPY"), desk.said("QQQ")) == ("delayed/delayed_data", "live/vouched")
    assert other.data_type == 1


def test_late_ticks_are_dropped_and_counted(desk: Desk) -> None:
    """Of every kind; nothing of them is seen."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    del desk.intake.streams[REQ_ID]
    before = desk.reader["SPY"].sequence
    desk.price(1, 999.0)
    desk.message(lambda intake: intake.tick_size(REQ_ID, 0, 1.0))
    desk.message(lambda intake: intake.tick_text(REQ_ID, 45, "1"))
    desk.message(lambda intake: intake.tick_number(REQ_ID, 49, 1.0))
    assert desk.intake.late == 4
    assert (desk.reader["SPY"].bid, desk.reader["SPY"].sequence) == (600.0, before)


@pytest.mark.parametrize("unset", [2147483647.0, 9223372036854775807.0, float(2**127 - 1)])
@pytest.mark.parametrize("version", [157, 200, 226])
def test_unset_sizes_are_absent_in_every_unit(desk: Desk, unset: float, version: int) -> None:
    """An unset number is never multiplied into a size."""
    desk.intake.set_server_version(version)
    desk.data_type(1)
    desk.price(1, 600.0, 0, unset)
    desk.message(lambda intake: intake.tick_size(REQ_ID, 8, unset))
    assert (desk.reader["SPY"].bid_size, desk.reader["SPY"].volume) == (None, None)


def test_a_bid_of_minus_one_is_absent(desk: Desk) -> None:
    """The other side stays; the quote goes on being live."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    desk.price(2, 600.02, 3, 300.0)
    desk.price(1, -1.0, 0, 0.0)
    quote = desk.reader["SPY"]
    assert (quote.bid, quote.ask, quote.mid) == (None, 600.02, None)
    assert desk.said() == "live/vouched"


def test_a_new_request_starts_from_an_empty_quote(desk: Desk) -> None:
    """Old values are shown as stale until the first tick, and are no part of any live quote."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    desk.price(2, 600.02, 3, 300.0)
    again = desk.request("SPY", REQ_ID + 7, desk.feed)
    assert (desk.reader["SPY"].verdict, desk.reader["SPY"].ask) == ("stale", 600.02)
    desk.message(lambda intake: intake.market_data_type(REQ_ID + 7, 1))
    desk.price(1, 601.0, 0, 100.0, req_id=REQ_ID + 7)
    quote = desk.reader["SPY"]
    assert (quote.verdict, quote.bid, quote.ask, quote.ask_size) == ("live", 601.0, None, None)
    assert again.stage is Stage.CONFIRMED


def test_halted_is_a_state_without_a_tick(desk: Desk) -> None:
    """1 and 2 are halted, 0 is not, -1 says nothing."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    for value, is_halted in ((1.0, True), (-1.0, True), (0.0, False), (2.0, True)):
        desk.message(lambda intake, value=value: intake.tick_number(REQ_ID, 49, value))  # type: ignore[misc]
        assert desk.reader["SPY"].is_halted is is_halted
        assert desk.reader["SPY"].bid == 600.0


def test_while_the_link_is_suspect_any_price_is_proof(desk: Desk) -> None:
    """The session hears of it by the same call as of a first price."""
    desk.data_type(1)
    desk.price(1, 600.0, 0, 300.0)
    desk.intake.is_suspect = True
    desk.message(lambda intake: intake.tick_size(REQ_ID, 0, 500.0))
    assert desk.confirmed == ["SPY"]
    desk.price(1, 600.01, 0, 500.0)
    assert desk.confirmed == ["SPY", "SPY"]
