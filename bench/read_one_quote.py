"""What does it cost to read one quote with four fields, idle and under a writing neighbour?

Five states of the quote: unchanged since the last read; changed, with the new values already in this core's cache;
changed, with the new values still in the writer's core; written at 10,000 ticks/s; written as fast as the contender
can. In the last two all ticks go to the very symbol that is read: the harshest case.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.calibration import Calibration
from bench._harness.question import ask
from bench._harness.quotes import checksum
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, Samples, take_rounds
from bench._harness.statistics import SPREAD, compare, summarise

if TYPE_CHECKING:
    from bench._contenders.contract import Contender
    from bench._harness.session import Session

SIZE = 500
ONE = range(7, 8)
CHANGING = range(64)
HEATING = range(64, 128)
LEAST_BURSTS = 3  # of those that take long
REFERENCE = ("tickring", "by handle")
TABLES = {
    "unchanged": "Read one quote: unchanged since the last read, writer idle",
    "changed": "Read one quote: changed since the last read, values in this core's cache",
    "changed-elsewhere": "Read one quote: changed since the last read by the other core",
    "10k": "Read one quote: while the other core writes it 10,000 times a second",
    "full-speed": "Read one quote: while the other core writes it as fast as it can",
}
RATES: dict[str, float | None] = {"10k": 10_000.0, "full-speed": None}


class _Reads:
    """The samples of one contender's ways."""

    def __init__(self, session: Session, contender: Contender) -> None:
        self._name = contender.name
        self._writer = session.writer(contender)
        self._reader = session.reader(contender)
        self._sizes = Calibration(2e5 if session.is_quick else 1e6)
        self._bursts = LEAST_BURSTS if session.is_quick else 15
        self._heating = HEATING
        self._count = 0
        self.extras: dict[tuple[str, str, str], dict[str, list[float]]] = {}

    def cells(self) -> list[Cell]:
        """Return one cell for every way in every state."""
        one = self._reader.call("ways", SIZE, ONE)
        changing = self._reader.call("ways", SIZE, CHANGING)
        self._reader.call("ways", SIZE, HEATING)
        if self._reader.call("replays", SIZE):
            self._heating = range(0)
        cells = [Cell("unchanged", self._name, way, partial(self._unchanged, way)) for way in one]
        cells += [Cell("changed", self._name, way, partial(self._changed, way, True)) for way in changing]
        cells += [Cell("changed-elsewhere", self._name, way, partial(self._changed, way, False)) for way in changing]
        cells += [Cell(table, self._name, way, partial(self._loaded, table, way)) for table in RATES for way in one]
        return cells

    def _publish(self, indices: range) -> float:
        """Change these quotes; return what the last of them must read like."""
        self._count += 1
        self._writer.call("publish_each", SIZE, indices, self._count)
        return checksum(indices[-1], self._count) if indices else 0.0

    def _check(self, found: float, expected: float, way: str) -> None:
        if abs(found - expected) > 1e-6:
            raise AgentFailed(f"{self._name} {way} read values that sum up to {found}, published were {expected}")

    def _unchanged(self, way: str) -> list[float]:
        expected = self._publish(ONE)
        count = self._sizes.count("unchanged", way)
        each_ns, found, _ = self._reader.call("time_reads", SIZE, ONE, way, count)
        self._sizes.took(each_ns, "unchanged", way)
        self._check(found, expected, way)
        return [each_ns]

    def _changed(self, way: str, warm: bool) -> list[float]:
        taken: list[float] = []
        ends = time.monotonic() + 0.02
        while len(taken) < self._bursts and (len(taken) < LEAST_BURSTS or time.monotonic() < ends):
            self._publish(self._heating)
            expected = self._publish(CHANGING)
            each_ns, found, _ = self._reader.call("time_changed", SIZE, self._heating, CHANGING, way, warm)
            self._check(found, expected, way)
            taken.append(each_ns)
        return [sorted(taken)[len(taken) // 2]]

    def _loaded(self, table: str, way: str) -> list[float]:
        count = self._sizes.count(table, way)
        with self._writer.going_on("write", SIZE, ONE, RATES[table]) as ticks_per_s:
            time.sleep(0.002)
            each_ns, _, retries = self._reader.call("time_reads", SIZE, ONE, way, count)
        self._sizes.took(each_ns, table, way)
        extras = self.extras.setdefault((table, self._name, way), {})
        extras.setdefault("writer's ticks/s", []).extend(ticks_per_s)
        if retries is not None:
            extras.setdefault("retries per 1,000 reads", []).append(retries * 1000 / count)
        return [each_ns]


def _empty_loop(session: Session, contender: Contender) -> Cell:
    reader = session.reader(contender)
    return Cell("unchanged", "python", "the empty loop", lambda: [reader.call("time_empty_loop", 20_000)])


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take all five tables."""
    contenders = session.open_all(session.contenders(), [SIZE])
    reads = {contender.name: _Reads(session, contender) for contender in contenders}
    cells = [_empty_loop(session, contender) for contender in contenders[:1]]
    for contender in contenders:
        try:
            cells += reads[contender.name].cells()
        except AgentFailed as error:
            session.failures[contender.title] = str(error)
    least, most = (2, 2) if session.is_quick else (9, 400)
    samples = take_rounds(cells, session.progress, until_s=session.progress.share(1.0), least=least, most=most)
    session.failures.update(samples.failures)
    extras = {key: value for each in reads.values() for key, value in each.extras.items()}
    notes = [
        (
            "Every number includes its turn of a Python loop (the row `the empty loop`). tickring's rows compute a "
            "verdict unless they say otherwise; nobody else has one."
        ),
    ]
    return [_table(name, title, samples, extras) for name, title in TABLES.items()], notes


def _table(
    name: str, title: str, samples: Samples, extras: dict[tuple[str, str, str], dict[str, list[float]]]
) -> Table:
    rows = []
    for (table, contender, way), taken in samples.items():
        if table == name:
            means = {
                what: sum(values) / len(values) for what, values in extras.get((table, contender, way), {}).items()
            }
            rows.append(Row(contender, way, summarise(taken, SPREAD), len(taken), extras=means))
    return compare(Table(name, title, "ns", list(SPREAD), rows), REFERENCE)


if __name__ == "__main__":
    sys.exit(ask("read_one_quote", "What does it cost to read one quote with four fields?", 85.0, measure))
