"""What does it cost to value a book of 500 positions, long at the bid and short at the ask?

Twice: with nothing changed since the last valuation (the quotes are in this core's cache), and with every one of the
500 quotes changed by the other core. Every contender's book must be worth the same.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.calibration import Calibration
from bench._harness.question import ask
from bench._harness.quotes import quantities, values_of
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import SPREAD, compare, summarise

if TYPE_CHECKING:
    from bench._contenders.contract import Contender
    from bench._harness.session import Session

SIZE = 500
LEAST_CHANGES = 3  # of those that take long
REFERENCE = ("tickring", "batch.value")
TABLES = {
    "book": "Value 500 positions: the quotes in this core's cache",
    "book-changed": "Value 500 positions: every quote changed since by the other core",
}


def worth(size: int, count: int) -> float:
    """Return what the book is worth with quote number `count` of every symbol."""
    return sum(
        quantity * values_of(index, count)[0 if quantity > 0 else 1] for index, quantity in enumerate(quantities(size))
    )


class _Books:
    """The samples of one contender's ways."""

    def __init__(self, session: Session, contender: Contender) -> None:
        self._name = contender.name
        self._writer = session.writer(contender)
        self._reader = session.reader(contender)
        self._counts = Calibration(2e5 if session.is_quick else 2e6, least=1)
        self._changes = LEAST_CHANGES if session.is_quick else 9
        self._count = 0

    def cells(self) -> list[Cell]:
        """Check what each way makes the book worth, and return its cells."""
        cells = []
        for way, found in self._reader.call("books", SIZE, SIZE).items():
            expected = worth(SIZE, self._count)
            if abs(found - expected) > 1e-6 * abs(expected):
                raise AgentFailed(f"{self._name} {way} makes the book worth {found}, it is {expected}")
            cells.append(Cell("book", self._name, way, partial(self._unchanged, way)))
            cells.append(Cell("book-changed", self._name, way, partial(self._changed, way)))
        return cells

    def _unchanged(self, way: str) -> list[float]:
        self._writer.call("keep_alive")
        self._reader.call("time_book", SIZE, SIZE, way, 1)  # the sample before may have changed the quotes
        each_ns: float = self._reader.call("time_book", SIZE, SIZE, way, self._counts.count(way))
        self._counts.took(each_ns, way)
        return [each_ns]

    def _changed(self, way: str) -> list[float]:
        taken: list[float] = []
        ends = time.monotonic() + 0.02
        while len(taken) < self._changes and (len(taken) < LEAST_CHANGES or time.monotonic() < ends):
            self._count += 1
            self._writer.call("publish_each", SIZE, range(SIZE), self._count)
            taken.append(self._reader.call("time_book", SIZE, SIZE, way, 1))
        return [sorted(taken)[len(taken) // 2]]


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take both tables."""
    cells = []
    for contender in session.open_all(session.contenders(that=lambda one: one.largest >= SIZE), [SIZE]):
        try:
            cells += _Books(session, contender).cells()
        except AgentFailed as error:
            session.failures[contender.title] = str(error)
    least, most = (2, 2) if session.is_quick else (9, 300)
    samples = take_rounds(cells, session.progress, until_s=session.progress.share(1.0), least=least, most=most)
    session.failures.update(samples.failures)
    tables = []
    for name, title in TABLES.items():
        rows = [
            Row(contender, way, summarise(taken, SPREAD), len(taken))
            for (table, contender, way), taken in samples.items()
            if table == name
        ]
        tables.append(compare(Table(name, title, "ns", list(SPREAD), rows), REFERENCE))
    notes = [
        "tickring's ways refuse a book with a position whose verdict is bad; the others add up whatever they find.",
    ]
    return tables, notes


if __name__ == "__main__":
    sys.exit(ask("value_a_book", "What does it cost to value a book of 500 positions?", 45.0, measure))
