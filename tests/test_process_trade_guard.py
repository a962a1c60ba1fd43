"""Positions valued while real feeders write, stop and die: a price is vouched or it is refused, never in between."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.processes.checkable import bid_of, epoch_in, same_epoch, symbol_of
from tests.waiting import wait_until
from tickring.errors import UnpricedPositions
from tickring.positions import Position, PositionsTable, write_positions
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits
from tickring.trade_guard import BookValue, PositionBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes.child import Child, Processes

LIMITS = SegmentLimits(capacity=64, depth=16, heartbeat_limit_s=0.5, vouch_limit_s=300)
NUMBERS = [1, 2, 3]
HELD = {1: 2.0, 2: -1.0, 3: 5.0}


class Desk:
    """An owner here, a feeder in a process of its own, and a book that is bound once."""

    def __init__(self, name: str, processes: Processes) -> None:
        self.name = name
        self.processes = processes
        self.host = SegmentHost.open(name, limits=LIMITS, api_mode="mock")
        self.host.set_state("running")
        self.writer = self.start_writer()
        write_positions(
            name,
            [
                Position(account="SIM1", symbol=symbol_of(number), quantity=quantity, currency="USD", average_cost=1.0)
                for number, quantity in HELD.items()
            ],
        )
        self.reader = QuoteReader.open(name, api_mode="mock")
        self.book = PositionBook(self.reader, PositionsTable.read(name, max_age_s=60))

    def start_writer(self) -> Child:
        """Grant the next epoch and start a feeder for it."""
        writer = self.processes.start("writer")
        writer.ask("attach", name=self.name, epoch=self.host.grant_epoch())
        writer.ask("stream", numbers=NUMBERS)
        return writer

    def wait_for_total(self) -> BookValue:
        """Wait until every position is vouched."""
        wait_until(lambda: self.book.value().is_complete, "all positions are vouched", show=self.why)
        return self.book.value()

    def why(self) -> list[str]:
        """What is in the way now."""
        return [row.why for row in self.book.value().refused]

    def close(self) -> None:
        """Reader and owner."""
        self.reader.close()
        self.host.close()


@pytest.fixture
def desk(segment_name: str, processes: Processes) -> Iterator[Desk]:
    """Three symbols, nothing ticked yet."""
    scene = Desk(segment_name, processes)
    yield scene
    scene.close()


def test_totals_are_those_of_the_prices_that_they_name(desk: Desk) -> None:
    """Against a feeder at full speed: each row's price is a whole quote's, and the total is the rows'."""
    desk.writer.ask("run")
    desk.wait_for_total()
    seen: set[float] = set()
    deadline = time.monotonic() + 20
    while len(seen) < 50 and time.monotonic() < deadline:
        book = desk.book.value()
        if not book.is_complete:  # the feeder may have been off the processor for longer than the heartbeat's limit
            assert {row.why for row in book.refused} <= {"feed_down: heartbeat", "contended: overtaken"}
            continue
        for number, row in zip(NUMBERS, book.rows, strict=True):
            assert row.price is not None
            assert row.price.price is not None
            bid = row.price.price - (1 if HELD[number] < 0 else 0)
            assert int(bid) >> 40 == number
            assert int(bid) == bid_of(number, desk.host.epoch, int(bid) & (1 << 28) - 1)
            assert row.value == HELD[number] * row.price.price
        assert book.total == sum(row.value or 0.0 for row in book.rows)
        seen.add(book.total)
    assert len(seen) >= 50


def test_a_feeder_that_is_killed_takes_the_total_with_it(desk: Desk) -> None:
    """Refused within the heartbeat's limit; the next feeder's prices count one by one, as they tick."""
    for number in NUMBERS:
        desk.writer.ask("tick", number=number)
    desk.writer.ask("beat")
    before = desk.wait_for_total()

    desk.writer.kill()
    wait_until(lambda: len(desk.book.value().refused) == len(NUMBERS), "all positions are refused", show=desk.why)
    dead = desk.book.value()
    assert {row.why for row in dead.refused} == {"feed_down: heartbeat"}
    assert (dead.vouched_total, dead.unvouched_total) == (0.0, before.total)
    with pytest.raises(UnpricedPositions, match="3 positions have no acceptable price"):
        _ = dead.total

    desk.writer = desk.start_writer()
    assert desk.book.value().vouched == 0
    desk.writer.ask("tick", number=1)
    desk.writer.ask("beat")
    wait_until(lambda: desk.book.value().vouched == 1, "the symbol that ticked is vouched", show=desk.why)
    partial = desk.book.value()
    assert partial.rows[0].is_vouched
    assert not partial.is_complete
    assert same_epoch(epoch_in(desk.reader[symbol_of(1)]), desk.host.epoch)


def test_a_feeder_that_stands_still_is_not_believed(desk: Desk) -> None:
    """SIGSTOP: nothing in memory moves, and yet the total goes; after SIGCONT it is there again."""
    for number in NUMBERS:
        desk.writer.ask("tick", number=number)
    desk.writer.ask("beat")
    total = desk.wait_for_total().total
    desk.writer.stop()
    wait_until(lambda: desk.book.value().vouched == 0, "nothing is vouched", show=desk.why)
    desk.writer.resume()
    assert desk.wait_for_total().total == total


def test_a_book_moves_with_its_segment(desk: Desk) -> None:
    """The segment is replaced under a bound book: nothing of the old one is vouched, everything of the new one is."""
    for number in NUMBERS:
        desk.writer.ask("tick", number=number)
    desk.writer.ask("beat")
    old = desk.wait_for_total()
    desk.host.replace()
    assert desk.book.value().vouched_total in {0.0, old.total}
    wait_until(lambda: desk.book.value().vouched == 0, "nothing is vouched", show=desk.why)
    desk.writer.kill()
    desk.host.set_state("running")
    desk.writer = desk.start_writer()
    for number in NUMBERS:
        desk.writer.ask("tick", number=number)
    desk.writer.ask("beat")
    new = desk.wait_for_total()
    assert new.total != old.total
