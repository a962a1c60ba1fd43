"""What does it cost a writer to publish one tick of six numbers and a time?

The writer alone on its core, 500 symbols in turn, every value another than before. Plain rows make each tick visible at
once; rows that name a batch make it visible with the batch.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.calibration import Calibration
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import SPREAD, compare, summarise

if TYPE_CHECKING:
    from bench._harness.agent import Agent
    from bench._harness.session import Session

SIZE = 500
REFERENCE = ("tickring", "tick")


def _sample(writer: Agent, counts: Calibration, name: str, way: str) -> list[float]:
    each_ns: float = writer.call("time_loop", SIZE, way, counts.count(name, way))
    counts.took(each_ns, name, way)
    return [each_ns]


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take the one table."""
    # Batches are of up to 500 ticks, so no sample holds less than two of them.
    counts = Calibration(5e5 if session.is_quick else 4e6, least=2 * SIZE, most=40_000)
    cells = []
    for contender in session.open_all(session.contenders(), [SIZE]):
        writer = session.writer(contender)
        try:
            ways = writer.call("loops", SIZE)
        except AgentFailed as error:
            session.failures[contender.title] = str(error)
            continue
        cells += [
            Cell("publish", contender.name, way, partial(_sample, writer, counts, contender.name, way)) for way in ways
        ]
    least, most = (2, 2) if session.is_quick else (9, 300)
    samples = take_rounds(cells, session.progress, until_s=session.progress.share(1.0), least=least, most=most)
    session.failures.update(samples.failures)
    rows = [Row(contender, way, summarise(taken, SPREAD), len(taken)) for (_, contender, way), taken in samples.items()]
    title = "Publish one tick (bid, ask, last and their sizes, time)"
    notes = ["Every number includes unpacking the prepared tick in a Python loop, about 30 ns, for all alike."]
    return [compare(Table("publish", title, "ns", list(SPREAD), rows), REFERENCE)], notes


if __name__ == "__main__":
    sys.exit(ask("publish_a_tick", "What does it cost a writer to publish one tick?", 25.0, measure))
