"""The native lane alone: whose ticks it takes, over many thousands of requests, and what it refuses to do."""

from __future__ import annotations

import gc
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lane_frames import BID, PRICE, RECEIVED_NS, SIZE, lane_of, text_frame
from tickring import _core
from tickring.errors import SlotNotActive
from tickring.states import Field

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring._core import TickLane

SYMBOLS = ("SPY", "QQQ", "IWM")
PLACES = 256
_FACTOR = 2654435761


def _in_one_place(count: int) -> list[int]:
    """Request ids that the lane's table looks for in the same place first, while it has its first size."""
    wanted = 1000 * _FACTOR % 2**32 >> 7 & PLACES - 1
    ids = (number for number in range(10**9) if number * _FACTOR % 2**32 >> 7 & PLACES - 1 == wanted)
    return [next(ids) for _ in range(count)]


CROWDED = [*_in_one_place(12), *range(1000, 1012)]
STEPS = st.lists(st.tuples(st.integers(-2, len(SYMBOLS) - 1), st.sampled_from(CROWDED)), max_size=200)
"""A slot's number: admit; -1: dismiss; -2: dismiss all, now and then."""


def takes(lane: TickLane, req_id: int, price: float) -> bool:
    """Whether the lane takes a price of that request."""
    frame = text_frame(PRICE, req_id, BID, f"{price:.2f}", "1", "0")
    return lane.run(frame, 0, len(frame), RECEIVED_NS) == len(frame)


@given(steps=STEPS)
def test_the_table_is_a_dict(feed: Feed, steps: list[tuple[int, int]]) -> None:
    """Admitted, replaced and dismissed in any order, ids of one place among them: every search finds what it should."""
    lane, model = lane_of(feed.writer), dict[int, int]()
    slots = [feed.stream(symbol) for symbol in SYMBOLS]
    for number, (what, req_id) in enumerate(steps):
        if what >= 0:
            lane.admit(req_id, slots[what], takes_delayed=False)
            model[req_id] = what
        elif what == -1 or number % 8:
            assert lane.dismiss(req_id) == (model.pop(req_id, None) is not None)
        else:
            lane.clear()
            model.clear()
        assert lane.requests == len(model)
    reader = feed.readers[0] if feed.readers else feed.open_reader()
    for price, req_id in enumerate(dict.fromkeys(CROWDED), 1):
        assert takes(lane, req_id, price) == (req_id in model)
        if req_id in model:
            assert reader[SYMBOLS[model[req_id]]].bid == price


def test_many_thousand_requests(feed: Feed) -> None:
    """100,000 changes over 20,000 ids, the table growing: it holds exactly those that a dict holds."""
    lane, model, chance = lane_of(feed.writer), set[int](), random.Random(12)
    slot = feed.stream("SPY")
    for _ in range(100_000):
        req_id = chance.randrange(20_000) * chance.choice((1, 128, 40_503))
        if chance.random() < 0.6:
            lane.admit(req_id, slot, takes_delayed=False)
            model.add(req_id)
        else:
            assert lane.dismiss(req_id) == (req_id in model)
            model.discard(req_id)
    assert lane.requests == len(model) > 10_000
    for req_id in {number * factor for number in range(20_000) for factor in (1, 128, 40_503)}:
        assert takes(lane, req_id, 5.0) == (req_id in model)
    for req_id in model:
        assert lane.dismiss(req_id)
    assert lane.requests == 0


def test_a_request_that_is_not_served_stops_it(feed: Feed) -> None:
    """Unknown, dismissed: the lane ends before its tick, and the ticks before it stand."""
    lane, slot = lane_of(feed.writer), feed.stream("SPY")
    lane.admit(1, slot, takes_delayed=False)
    frames = [text_frame(PRICE, req_id, BID, f"{10 + req_id}", "1", "0") for req_id in (1, 2, 1)]
    data = b"".join(frames)
    assert lane.run(data, 0, len(data), RECEIVED_NS) == len(frames[0])
    assert feed.open_reader()["SPY"].bid == 11.0
    lane.dismiss(1)
    assert lane.run(data, 0, len(data), RECEIVED_NS) == 0
    assert not takes(lane, 2**32 + 1, 5.0)


def test_a_retired_slot_gets_nothing(feed: Feed) -> None:
    """Not when its symbol has gone, and not when another symbol has it: only when that one was admitted itself."""
    lane, slot = lane_of(feed.writer), feed.stream("SPY", Field.BID, 1.0)
    lane.admit(1, slot, takes_delayed=False)
    assert takes(lane, 1, 2.0)
    feed.writer.retire("SPY")
    assert not takes(lane, 1, 3.0)
    with pytest.raises(SlotNotActive, match=f"slot {slot} belongs to no symbol"):
        lane.admit(2, slot, takes_delayed=False)
    names = (f"X{number}" for number in range(1000))
    new = next(name for name in names if feed.stream(name) == slot)
    reader = feed.open_reader()
    assert not takes(lane, 1, 4.0)
    assert reader[new].bid is None
    lane.admit(1, slot, takes_delayed=False)
    assert takes(lane, 1, 5.0)
    assert reader[new].bid == 5.0


def test_delayed_prices_only_where_they_belong(feed: Feed) -> None:
    """A delayed price of a stream that is not known to be delayed is a decision, so it goes the long way."""
    lane, slot = lane_of(feed.writer), feed.stream("SPY")
    delayed = text_frame(PRICE, 1, 66, "5.5", "1", "0")
    lane.admit(1, slot, takes_delayed=False)
    assert lane.run(delayed, 0, len(delayed), RECEIVED_NS) == 0
    lane.admit(1, slot, takes_delayed=True)
    assert lane.run(delayed, 0, len(delayed), RECEIVED_NS) == len(delayed)


def test_prices_are_news_of_the_gateway(feed: Feed) -> None:
    """`price_ns` moves with prices above 0 only: a size, or the price that says there is none, proves nothing."""
    lane = lane_of(feed.writer)
    lane.admit(1, feed.stream("SPY"), takes_delayed=False)
    size = text_frame(SIZE, 1, 0, "5")
    lane.run(size, 0, len(size), RECEIVED_NS)
    assert takes(lane, 1, -1.0)
    assert (lane.messages, lane.prices, lane.price_ns) == (2, 0, 0)
    before_ns = time.monotonic_ns()
    assert takes(lane, 1, 7.0)
    assert lane.prices == 1
    assert before_ns <= lane.price_ns <= time.monotonic_ns()


# ---- refusals ----

FRAME = text_frame(PRICE, 1, BID, "5.5", "1", "0")
BAD_RUNS: dict[str, Callable[[TickLane], object]] = {
    "too few": lambda lane: lane.run(FRAME, 0, 1),  # type: ignore[call-arg]
    "no buffer": lambda lane: lane.run("text", 0, 1, 1),  # type: ignore[arg-type]
    "before the beginning": lambda lane: lane.run(FRAME, -1, 1, 1),
    "backwards": lambda lane: lane.run(FRAME, 5, 4, 1),
    "behind the end": lambda lane: lane.run(FRAME, 0, len(FRAME) + 1, 1),
    "far behind the end": lambda lane: lane.run(FRAME, 0, 1 << 70, 1),
    "no number": lambda lane: lane.run(FRAME, "0", 1, 1),  # type: ignore[arg-type]
    "no time": lambda lane: lane.run(FRAME, 0, 1, 1 << 70),
    "a request below 0": lambda lane: lane.admit(-1, 0, takes_delayed=False),
    "a request beyond 32 bits": lambda lane: lane.admit(1 << 32, 0, takes_delayed=False),
    "no request": lambda lane: lane.dismiss("1"),  # type: ignore[arg-type]
    "by position": lambda lane: lane.admit(1, 0, True),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("name", BAD_RUNS)
def test_bad_arguments_are_refused(feed: Feed, name: str) -> None:
    """Nothing is published and nothing admitted."""
    lane = lane_of(feed.writer)
    lane.admit(1, feed.stream("SPY"), takes_delayed=False)
    with pytest.raises((TypeError, ValueError, OverflowError)):
        BAD_RUNS[name](lane)
    assert (lane.messages, lane.requests) == (0, 1)


@pytest.mark.parametrize("slot", [-1, 63, 64, 1 << 32])
def test_a_slot_without_a_symbol_is_refused(feed: Feed, slot: int) -> None:
    """Never added, or no slot of this segment at all."""
    with pytest.raises(SlotNotActive, match=f"slot {slot} belongs to no symbol"):
        lane_of(feed.writer).admit(1, slot, takes_delayed=False)


TABLES: dict[str, Any] = {
    "prices": {1: Field.BID},
    "sizes": {0: Field.BID_SIZE},
    "shares": {0: 1.0},
    "size_of": {1: 0},
    "delayed": (),
    "timestamps": (),
    "halted": (),
    "has_raw_ids": False,
    "sizes_are_whole": False,
}
BAD_TABLES: dict[str, dict[str, Any]] = {
    "a type of 256": {"prices": {256: Field.BID}},
    "a type below 0": {"halted": [-1]},
    "a type that is no number": {"delayed": ["66"]},
    "no field": {"prices": {1: "middle"}},
    "a size without a unit": {"shares": {}},
    "a unit of 0": {"shares": {0: 0.0}},
    "no unit": {"shares": {0: float("nan")}},
    "a size that is no type": {"size_of": {1: 999}},
    "no table": {"prices": [1]},
    "nothing to go through": {"timestamps": 45},
    "no writer": {"writer": object()},
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_bad_tables_are_refused(feed: Feed, name: str) -> None:
    """A lane that was not made whole is none; made again with good tables it is one."""
    arguments = {"writer": feed.writer, **TABLES}
    lane = _core.TickLane.__new__(_core.TickLane)
    with pytest.raises((TypeError, ValueError)):
        lane.__init__(**{**arguments, **BAD_TABLES[name]})
    with pytest.raises(ValueError, match="never made"):
        lane.run(FRAME, 0, len(FRAME), RECEIVED_NS)
    with pytest.raises(ValueError, match="never made"):
        lane.admit(1, 0, takes_delayed=False)
    assert not lane.dismiss(1)
    lane.clear()
    lane.__init__(**arguments)
    lane.admit(1, feed.stream("SPY"), takes_delayed=False)
    assert takes(lane, 1, 5.5)
    with pytest.raises(TypeError, match="made already"):
        lane.__init__(**arguments)


def test_a_closed_writer_is_refused(feed: Feed) -> None:
    """The lane outlives its writer and touches nothing of it."""
    lane = lane_of(feed.writer)
    slot = feed.stream("SPY")
    lane.admit(1, slot, takes_delayed=False)
    feed.writer.close()
    with pytest.raises(ValueError, match="closed"):
        lane.run(FRAME, 0, len(FRAME), RECEIVED_NS)
    with pytest.raises(ValueError, match="closed"):
        lane.admit(2, slot, takes_delayed=False)
    assert lane.dismiss(1)


def test_a_lane_keeps_its_writer_and_lets_it_go(feed: Feed) -> None:
    """One reference, for as long as the lane lives."""
    before = sys.getrefcount(feed.writer)
    lanes = [lane_of(feed.writer) for _ in range(100)]
    held = sys.getrefcount(feed.writer)
    lanes.clear()
    gc.collect()
    after = sys.getrefcount(feed.writer)
    assert (held, after) == (before + 100, before)


def _rss_kb() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


def test_memory_is_flat_over_a_million_ticks(feed: Feed) -> None:
    """A million ticks, with requests that come and go: not a megabyte more than after the first ten thousand."""
    lane, slot = lane_of(feed.writer), feed.stream("SPY")
    data = b"".join(text_frame(PRICE, 1, BID, f"{10 + number / 100:.2f}", "1", "0") for number in range(1_000))
    before_kb = 0
    for turn in range(1_000):
        lane.admit(1, slot, takes_delayed=False)
        assert lane.run(data, 0, len(data), RECEIVED_NS) == len(data)
        for req_id in range(2, 30):
            lane.admit(turn * 30 + req_id, slot, takes_delayed=False)
        lane.clear()
        if turn == 10:
            gc.collect()
            before_kb = _rss_kb()
    assert lane.messages == 1_000_000
    assert _rss_kb() - before_kb < 1_000
