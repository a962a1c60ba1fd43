"""What do more symbols and more readers cost?

Symbols: stores of 10 to 10,000. Once the same ten quotes are read wherever they lie (they stay in the cache), once all
of them in turn (from some size on they do not). Readers: 1 to 64 processes on the reader's core while the writer writes
as fast as it can: they share one core, so their sum is what counts, and whether the writer notices.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.calibration import Calibration
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, Samples, take_rounds
from bench._harness.statistics import percentile

if TYPE_CHECKING:
    from bench._contenders.contract import Contender
    from bench._harness.agent import Agent
    from bench._harness.session import Session

FEW = 10
CROWD_SIZE = 100
GROWING = ("tickring", "struct", "iceoryx2", "lmdb", "redis-other-core", "json")
CROWDS = ("tickring", "struct", "iceoryx2", "lmdb", "redis-other-core")
SYMBOLS = {
    "symbols-ten": "Read one quote out of N symbols: the same ten quotes in turn",
    "symbols-all": "Read one quote out of N symbols: all N in turn",
}
READERS = {
    "readers-sum": "Reads per second of N readers together, on one core, writer at full speed on the other",
    "readers-each": "Reads per second of each of N readers",
    "readers-writer": "Ticks per second of the writer beside N readers",
}


def _symbol_cells(session: Session, contender: Contender, sizes: list[int], counts: Calibration) -> list[Cell]:
    reader, writer = session.reader(contender), session.writer(contender)
    cells = []
    for size in sizes:
        if size > contender.largest:
            continue
        for table, indices in (("symbols-ten", range(0, size, size // FEW)), ("symbols-all", range(size))):
            way = reader.call("ways", size, indices)[0]
            sample = partial(_read, writer, reader, counts, (table, size, indices, way))
            cells.append(Cell(table, contender.name, str(size), sample))
    return cells


def _read(writer: Agent, reader: Agent, counts: Calibration, what: tuple[str, int, range, str]) -> list[float]:
    table, size, indices, way = what
    key = reader.name, table, str(size)
    writer.call("keep_alive")
    # Once around, or the samples would never leave the beginning of a large store; less where that takes too long.
    count = max(counts.count(*key), min(len(indices), 50 * counts.count(*key)))
    each_ns: float = reader.call("time_reads", size, indices, way, count)[0]
    counts.took(each_ns, *key)
    return [each_ns]


def _crowd_cells(session: Session, contender: Contender, numbers: list[int], samples: Samples) -> list[Cell]:
    writer, crowd = session.writer(contender), session.crowd(contender)
    seconds = 0.05 if session.is_quick else 0.2

    def sample(readers: int) -> list[float]:
        with writer.going_on("write", CROWD_SIZE, range(CROWD_SIZE), None) as ticks_per_s:
            rates = crowd.call("read", CROWD_SIZE, range(CROWD_SIZE), readers, seconds, timeout_s=60.0)
        for table, value in (("readers-each", sum(rates) / readers), ("readers-writer", ticks_per_s[0])):
            samples.setdefault((table, contender.name, str(readers)), []).append(value)
        return [sum(rates)]

    return [Cell("readers-sum", contender.name, str(number), partial(sample, number)) for number in numbers]


def _table(name: str, title: str, unit: str, sizes: list[int], samples: Samples) -> Table:
    """One row per contender, one column per size; the ratio is largest to smallest."""
    rows = []
    for contender in GROWING:
        found = {str(size): sorted(samples.get((name, contender, str(size)), [])) for size in sizes}
        values = {size: round(percentile(taken, 50.0), 3) for size, taken in found.items() if taken}
        if values:
            first, last = next(iter(values.values())), list(values.values())[-1]
            fewest = min(len(taken) for taken in found.values() if taken)
            rows.append(Row(contender, "", values, fewest, ratio=last / first))
    return Table(name, title, unit, [str(size) for size in sizes], rows, ratio_title="last / first")


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take all five tables."""
    sizes = [10, 100] if session.is_quick else [10, 100, 1_000, 10_000]
    numbers = [1, 2] if session.is_quick else [1, 2, 4, 8, 16, 64]
    growing = session.contenders(that=lambda one: one.name in GROWING)
    counts = Calibration(2e5 if session.is_quick else 2e6)
    cells, crowd_cells, crowd_samples = [], [], Samples()
    for contender in session.open_all(growing, sizes):
        try:
            cells += _symbol_cells(session, contender, sizes, counts)
        except AgentFailed as error:
            session.failures[contender.title] = str(error)
    until_s = session.progress.share(0.45)
    samples = take_rounds(cells, session.progress, until_s=until_s, least=2 if session.is_quick else 9, most=200)
    if CROWD_SIZE not in sizes:
        raise ValueError("the crowd reads one of the stores of the other half")
    for contender in [one for one in growing if one.name in CROWDS]:
        crowd_cells += _crowd_cells(session, contender, numbers, crowd_samples)
    least, most = (1, 1) if session.is_quick else (2, 15)
    until_s = session.progress.share(0.95)
    sums = take_rounds(crowd_cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
    session.failures.update({**samples.failures, **sums.failures})
    sums.update(crowd_samples)
    tables = [_table(name, title, "ns", sizes, samples) for name, title in SYMBOLS.items()]
    tables += [_table(name, title, "1/s", numbers, sums) for name, title in READERS.items()]
    notes = [
        (
            "A read touches a line of the symbol's control block, one or two of its record, and the Python objects of "
            "its handle: about 0.5 kB a symbol. Ten symbols fit a first-level cache, 10,000 only a third-level one."
        ),
        "Contenders that stop before the last column would take minutes to open a store of that size.",
    ]
    return tables, notes


if __name__ == "__main__":
    sys.exit(ask("cost_of_growth", "What do more symbols and more readers cost?", 70.0, measure))
