"""How long after it was published does another process see a tick?

The writer stamps each tick with CLOCK_MONOTONIC just before publishing, 2,000 times a second at uneven intervals, and
sleeps in between; the reader looks at the same clock when it has the value in hand. Polling readers spin on their core;
waiting readers sleep until they are woken.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import TAIL, compare, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench._contenders.contract import Contender
    from bench._harness.session import Session

SIZE = 10
INDEX = 3
TICKS_PER_S = 2_000.0
TABLES = {
    "visible-polling": ("Publish to visible: a reader that polls", ("tickring", "polling")),
    "visible-waiting": ("Publish to visible: a reader that sleeps until woken", ("tickring", "follow")),
}


class _Watch:
    """The samples of one contender."""

    def __init__(self, session: Session, contender: Contender) -> None:
        self._name = contender.name
        self._writer = session.writer(contender)
        self._reader = session.reader(contender)
        self._seconds = 0.05 if session.is_quick else 0.4
        self._polls = contender.first_quote is not None

    def cells(self) -> list[Cell]:
        """Return the cell for polling and one for every way to wait."""
        cells = [Cell("visible-polling", self._name, "polling", self._polling)] if self._polls else []
        ways = self._reader.call("waiter_names", SIZE, INDEX)
        return cells + [Cell("visible-waiting", self._name, way, partial(self._waiting, way)) for way in ways]

    def _polling(self) -> Sequence[float]:
        with self._writer.going_on("write", SIZE, range(INDEX, INDEX + 1), TICKS_PER_S):
            return self._seen("watch_polling", SIZE, INDEX, self._seconds)

    def _waiting(self, way: str) -> Sequence[float]:
        with self._writer.going_on("write_waking", SIZE, INDEX, TICKS_PER_S):
            return self._seen("watch_waiting", SIZE, INDEX, way, self._seconds)

    def _seen(self, method: str, *arguments: object) -> Sequence[float]:
        latencies: Sequence[float] = self._reader.call(method, *arguments)
        if not latencies:
            raise AgentFailed(f"{self._name} saw no tick")
        return latencies


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take both tables."""
    cells = []
    for contender in session.open_all(session.contenders() + session.asked("unix-socket"), [SIZE]):
        try:
            cells += _Watch(session, contender).cells()
        except AgentFailed as error:
            session.failures[contender.title] = str(error)
    least, most = (1, 1) if session.is_quick else (5, 40)
    samples = take_rounds(
        cells, session.progress, until_s=session.progress.share(0.97), least=least, most=most, warm_ups=1
    )
    session.failures.update(samples.failures)
    tables = []
    for name, (title, reference) in TABLES.items():
        rows = [
            Row(contender, way, summarise(taken, TAIL), len(taken))
            for (table, contender, way), taken in samples.items()
            if table == name
        ]
        tables.append(compare(Table(name, title, "ns", list(TAIL), rows), reference))
    notes = [
        (
            "The time includes publishing itself. On two cores the kernel's own work and the coordinator run beside "
            "the writer, so p99.9 says as much about the machine as about the contender."
        ),
        "Without a row among the waiting: struct, LMDB, JSON files, UltraDict and Manager have nothing to sleep on.",
    ]
    return tables, notes


if __name__ == "__main__":
    sys.exit(ask("publish_to_visible", "How long after publishing does another process see a tick?", 60.0, measure))
