"""A full directory, a slot that is nobody's: what the writer is refused, and that nothing else suffers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tickring.errors import DirectoryFull, SegmentError, SlotNotActive, TickringError
from tickring.states import Field
from tickring.verdict import Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed


@pytest.mark.parametrize("capacity", [1, 4, 63])
def test_no_more_symbols_than_slots(make_feed: Callable[..., Feed], capacity: int) -> None:
    """The symbol that finds no slot is named and told what to do; the others go on, and a retired one makes room."""
    feed = make_feed(capacity=capacity)
    slots = {f"S{number}": feed.stream(f"S{number}", Field.BID, number + 1.0) for number in range(capacity)}
    assert sorted(slots.values()) == [*range(capacity)]
    reader = feed.open_reader()
    for _ in range(3):
        with pytest.raises(
            DirectoryFull, match=f"all {capacity} slots are in use, no room for 'SPY': retire symbols"
        ) as caught:
            feed.writer.add("SPY")
        assert (caught.value.symbol, caught.value.path) == ("SPY", reader.path)
        assert isinstance(caught.value, SegmentError)
    assert reader["SPY"].reason is Reason.UNKNOWN_SYMBOL
    assert [reader[symbol].bid for symbol in slots] == [number + 1.0 for number in range(capacity)]
    assert feed.writer.add("S0") == slots["S0"], "a symbol that is in needs no room"
    feed.writer.retire("S0")
    assert feed.stream("SPY", Field.BID, 10.0) == slots["S0"]
    assert reader["SPY"].bid == 10.0
    with pytest.raises(DirectoryFull):
        feed.writer.add("S0")


@pytest.mark.parametrize("capacity", [1, 8, 9])
def test_no_more_different_symbols_than_the_directory_keeps(make_feed: Callable[..., Feed], capacity: int) -> None:
    """Keys are kept for the segment's life: over seven eighths of the table new symbols are refused, known ones not."""
    feed = make_feed(capacity=capacity)
    reader = feed.open_reader()
    entries = max(16, 1 << (2 * capacity - 1).bit_length())
    limit = entries * 7 // 8
    for number in range(limit):
        feed.stream(f"S{number}", Field.BID, 1.0)
        feed.writer.retire(f"S{number}")
    message = (
        f"too many different symbols for its {capacity} slots, no room for 'SPY': let the supervisor make a new segment"
    )
    with pytest.raises(DirectoryFull, match=message) as caught:
        feed.writer.add("SPY")
    assert caught.value.symbol == "SPY"
    assert reader["SPY"].reason is Reason.UNKNOWN_SYMBOL
    for number in range(limit):
        feed.stream(f"S{number}", Field.BID, 2.0)
        assert reader[f"S{number}"].bid == 2.0
        feed.writer.retire(f"S{number}")
    feed.restart_writer()
    with pytest.raises(DirectoryFull, match="too many different symbols"):
        feed.writer.add("SPY")


def test_a_new_segment_has_room_again(make_feed: Callable[..., Feed]) -> None:
    """The next step that the error names: the supervisor puts a larger segment in place, readers move."""
    feed = make_feed(capacity=1)
    feed.stream("QQQ", Field.BID, 20.0)
    reader = feed.open_reader()
    assert reader["QQQ"].bid == 20.0
    feed.writer.close()
    feed.host.replace(limits=feed.host.limits._replace(capacity=2))
    feed.restart_writer()
    feed.go_live()
    feed.stream("QQQ", Field.BID, 20.0)
    feed.stream("SPY", Field.BID, 10.0)
    assert (reader["QQQ"].bid, reader["SPY"].bid) == (20.0, 10.0)
    assert reader.status().capacity == 2


USES: dict[str, Callable[[Feed, int], object]] = {
    "tick": lambda feed, slot: feed.writer.tick(slot, time.time_ns(), Field.BID, 1.0),
    "begin": lambda feed, slot: feed.writer.begin(slot),
    "set_state": lambda feed, slot: feed.writer.set_state(slot, state="live"),
    "vouch": lambda feed, slot: feed.writer.vouch(slot),
}


@pytest.mark.parametrize("use", USES)
def test_a_slot_that_is_nobodys_is_refused(feed: Feed, use: str) -> None:
    """Never added, retired, beyond the end: the writer is told to add the symbol again, and nothing is written."""
    kept = feed.stream("SPY", Field.BID, 10.0)
    retired = feed.stream("QQQ", Field.BID, 20.0)
    feed.writer.retire("QQQ")
    reader = feed.open_reader()
    before = reader["SPY"]
    for slot in (retired, kept + 2, 63, 64, 2**20, 2**32, 2**63):
        with pytest.raises(SlotNotActive, match=f"slot {slot} belongs to no symbol .*: add the symbol again") as caught:
            USES[use](feed, slot)
        assert isinstance(caught.value, TickringError)
    assert reader["SPY"] == before
    feed.restart_writer()
    feed.go_live()
    with pytest.raises(SlotNotActive):
        USES[use](feed, retired)
    USES[use](feed, kept)
    feed.stream("QQQ", Field.BID, 21.0)
    assert (reader["QQQ"].bid, reader["SPY"].sequence > before.sequence) == (21.0, True)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("slot", [-1, 2**64, None, "0", 0.0])
def test_something_that_is_no_slot_is_refused(feed: Feed, use: str, slot: int) -> None:
    """A slot is the number that `add` gave."""
    feed.stream("SPY", Field.BID, 10.0)
    with pytest.raises((TypeError, OverflowError)):
        USES[use](feed, slot)


def test_slots_rest_as_long_as_possible(make_feed: Callable[..., Feed]) -> None:
    """A retired slot goes to the end of the queue, so that a late tick for it meets nobody for as long as may be."""
    feed = make_feed(capacity=4)
    order = []
    for number in range(8):
        order.append(feed.writer.add(f"S{number % 3}"))
        feed.writer.retire(f"S{number % 3}")
    assert order == [0, 1, 2, 3, 0, 1, 2, 3]
