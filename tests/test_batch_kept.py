"""A batch that is valued again and again keeps what has not changed, and never a value that no longer holds."""

from __future__ import annotations

import math
import time
from array import array
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeds import Feed
from tests.raw_segment import RawSegment
from tickring import _core
from tickring.names import SegmentPaths
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState
from tickring.verdict import GOOD, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tickring.reader import Batch, QuoteReader

SYMBOLS = ["SPY", "QQQ", "IWM", "GOLD"]
QUANTITIES = array("d", [100.0, -50.0, 2.0, -1.0])


@pytest.fixture
def batch(feed: Feed) -> Batch:
    """Four live symbols, valued once."""
    for number, symbol in enumerate(SYMBOLS):
        feed.stream(symbol, Field.BID, 10.0 + number, Field.ASK, 10.5 + number)
    batch = feed.open_reader().batch(SYMBOLS)
    assert batch.value(QUANTITIES).total == 1000.0 - 575.0 + 24.0 - 13.5
    return batch


def reasons(batch: Batch) -> dict[str, Reason]:
    """Return why symbols had no price in a valuation."""
    return {row.symbol: row.reason for row in batch.value(QUANTITIES).unpriced}


def test_nothing_of_an_earlier_writer_is_live(feed: Feed, batch: Batch) -> None:
    """The next feeder's epoch makes every kept price worthless at once, until each symbol has ticked again."""
    feed.restart_writer()
    assert set(reasons(batch).values()) == {Reason.FEEDER_STATE}
    feed.go_live()
    assert set(reasons(batch).values()) == {Reason.MARKED_STALE}
    feed.stream("SPY", Field.BID, 11.0, Field.ASK, 12.0)
    assert set(reasons(batch)) == {"QQQ", "IWM", "GOLD"}


def test_a_feed_that_goes_down_takes_all_prices_with_it(feed: Feed, batch: Batch) -> None:
    """Nothing moves in the slots; the header alone says it."""
    feed.writer.set_line(connection=Connection.SUSPECT)
    assert set(reasons(batch).values()) == {Reason.CONNECTION}
    feed.writer.set_line(connection=Connection.CONNECTED)
    assert reasons(batch) == {}
    feed.host.set_state(RunState.STOPPED)
    assert set(reasons(batch).values()) == {Reason.SUPERVISOR_STATE}


def test_a_kind_of_account_that_is_not_accepted_takes_all_prices_with_it(feed: Feed) -> None:
    """The gateway turns out to be another one: an emptied quote, and a reader opened for the first kind."""
    feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
    batch = feed.open_reader("mock").batch(["SPY"])
    assert batch.value([1.0]).total == 10.0
    feed.writer.set_line(api_mode=ApiMode.PAPER)
    assert batch.value([1.0]).unpriced[0][2:] == (Verdict.MISSING, Reason.OTHER_API_MODE)


def test_one_dead_name_leaves_the_others_their_prices(feed: Feed, batch: Batch) -> None:
    """A proof too old, one in the future and a symbol retired: each by its own reason, again and again."""
    slots = [feed.open_reader()[symbol].slot for symbol in SYMBOLS]
    with RawSegment(SegmentPaths.of(feed.name).segment) as raw:
        raw.write("<q", raw.control(slots[0]) + 8, _core.boot_ns() - 10**15)
        raw.write("<q", raw.control(slots[1]) + 8, _core.boot_ns() + 10**12)
    feed.writer.retire("IWM")
    for _ in range(3):
        assert reasons(batch) == {"SPY": Reason.NOT_VOUCHED, "QQQ": Reason.NOT_VOUCHED, "IWM": Reason.RETIRED}
        assert batch.value(QUANTITIES).priced_total == -13.5
    feed.writer.vouch(slots[0])
    assert set(reasons(batch)) == {"QQQ", "IWM"}


def test_a_proof_that_runs_out_between_two_valuations_is_noticed(tmp_path: Path) -> None:
    """Nothing is written any more; time alone makes the kept prices worthless."""
    feed = Feed.start(str(tmp_path / "segment"), vouch_limit_s=0.2)
    try:
        feed.stream("SPY", Field.BID, 10.0, Field.ASK, 11.0)
        batch = feed.open_reader().batch(["SPY"])
        ends = time.monotonic() + 0.1
        values = []
        while time.monotonic() < ends:
            values.append(batch.value([1.0]))
        assert values[0].is_complete
        time.sleep(0.2)
        assert batch.value([1.0]).unpriced[0].reason is Reason.NOT_VOUCHED
        feed.tick(feed.writer.add("SPY"), Field.BID, 12.0)
        assert batch.value([1.0]).total == 12.0
        assert batch.value([1.0], max_age_s=60.0).total == 12.0
    finally:
        feed.close()


def test_limits_shorter_than_a_valuation_may_take_are_exact(batch: Batch) -> None:
    """`max_age_s` of zero or a few microseconds refuses everything, one of an hour nothing."""
    for _ in range(3):
        assert len(batch.value(QUANTITIES, max_age_s=0).unpriced) == 4
        assert len(batch.value(QUANTITIES, max_age_s=1e-6).unpriced) == 4
        assert batch.value(QUANTITIES, max_age_s=3600).is_complete


def test_a_slot_used_again_is_another_symbol(feed: Feed, batch: Batch) -> None:
    """The new user of the slot has prices; the old one's batch does not show them."""
    feed.writer.retire("SPY")
    slot = feed.stream("XYZ", Field.BID, 99.0, Field.ASK, 99.0)
    assert feed.open_reader()["XYZ"].slot == slot
    assert reasons(batch) == {"SPY": Reason.RETIRED}
    feed.stream("SPY", Field.BID, 7.0, Field.ASK, 8.0)
    assert batch.value(QUANTITIES).total == 700.0 - 575.0 + 24.0 - 13.5


def test_values_come_out_the_same_each_time(feed: Feed, batch: Batch) -> None:
    """Both sides and `out`, kept or looked at anew."""
    out, mid = array("d", [0.0] * 4), array("d", [0.0] * 4)
    for _ in range(3):
        batch.value(QUANTITIES, out=out)
        assert out.tolist() == [1000.0, -575.0, 24.0, -13.5]
        assert batch.value(QUANTITIES, side="mid", out=mid).total == sum(mid) == 1025.0 - 562.5 + 24.5 - 13.25
    feed.tick(feed.writer.add("SPY"), Field.BID, 10.25)
    batch.value(QUANTITIES, out=out)
    assert out.tolist() == [1025.0, -575.0, 24.0, -13.5]


# ---- against quotes read one by one ----------------------------------------------------------------------------------

ACTIONS = ["tick", "tick", "tick", "one side", "state", "type", "retire", "begin", "add", "restart", "line", "nothing"]
STATES = [QuoteState.LIVE, QuoteState.QUIET, QuoteState.CLOSED, QuoteState.STALE]
steps = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 3), st.integers(0, 3)), max_size=25)


def act(feed: Feed, action: str, which: int, detail: int, count: int) -> None:
    """Do one thing that a feeder may do."""
    symbol = SYMBOLS[which]
    match action:
        case "retire":
            feed.writer.retire(symbol)
        case "restart":
            feed.restart_writer()
            feed.go_live()
        case "line":
            feed.writer.set_line(connection=[Connection.CONNECTED, Connection.SUSPECT][detail % 2])
        case "add":
            feed.stream(symbol, Field.BID, 10.0 + count, Field.ASK, 11.0 + count)
        case "nothing":
            pass
        case _:
            slot = feed.writer.add(symbol)
            if action == "tick":
                feed.tick(slot, Field.BID, 10.0 + count, Field.ASK, 10.0 + count + detail - 1)
            elif action == "one side":
                feed.tick(slot, Field.BID if detail % 2 else Field.ASK, None if detail < 2 else 5.0)
            elif action == "state":
                feed.writer.set_state(slot, state=STATES[detail])
            elif action == "type":
                feed.writer.set_state(slot, data_type=[DataType.REALTIME, DataType.DELAYED][detail % 2])
            elif action == "begin":
                feed.writer.begin(slot, keep_last_known=bool(detail % 2))


def expected(reader: QuoteReader, is_mid: bool) -> Iterator[float]:
    """Yield what each position is worth by the quotes, NaN if it has no price."""
    for symbol, quantity in zip(SYMBOLS, QUANTITIES, strict=True):
        quote = reader[symbol]
        price = quote.mid if is_mid else quote.bid if quantity > 0 else quote.ask
        yield math.nan if price is None or quote.verdict not in GOOD else quantity * price


@given(steps=steps)
def test_a_kept_batch_says_what_the_quotes_say(feed: Feed, steps: list[tuple[str, int, int]]) -> None:
    """Whatever the feeder does between two valuations."""
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    batch = reader.batch(SYMBOLS)
    out = array("d", [0.0] * 4)
    for count, (action, which, detail) in enumerate(steps):
        act(feed, action, which, detail, count)
        for is_mid in (False, True):
            valuation = batch.value(QUANTITIES, side="mid" if is_mid else "exit", out=out)
            values = [*expected(reader, is_mid)]
            assert [repr(value) for value in out] == [repr(value) for value in values]
            assert valuation.priced_total == pytest.approx(sum(value for value in values if not math.isnan(value)))
            assert [row.position for row in valuation.unpriced] == [
                index for index, value in enumerate(values) if math.isnan(value)
            ]
