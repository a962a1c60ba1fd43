"""How long does it take until a dead or silent feeder is noticed, told, replaced, and every symbol streams again?

The service runs as an operator runs it, with its own simulator. This process hurts the feeder and watches the segment
as any reader would, some thousand times a second. Moments count from just before the signal is sent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench._contenders.registry import CONTENDERS
from bench._failover.service import Service
from bench._harness.agent import AgentFailed
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import percentile
from tickring.simulator.market.catalog_generated import generated_listing
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench._harness.session import Session

LIVELY = 0.8  # an activity from which on nearly every look at a symbol brings something new
GENERATED = 1_000
SYMBOLS = [
    listing.symbol for listing in map(generated_listing, range(1, GENERATED + 1)) if listing.temper.activity >= LIVELY
][:100]
LOOK_EVERY_S = 0.0002
RECOVERS_WITHIN_S = 30.0
MOMENTS = {
    "declared": "the header says degraded",
    "visible": "a read of a quote says so",
    "replaced": "the next feeder has taken the segment",
    "first": "the first symbol streams again",
    "all": "all symbols stream again",
}


class _Watch:
    """One failure and its repair; moments in ns."""

    def __init__(self, service: Service, number: signal.Signals) -> None:
        self._service = service
        self._before = service.reader.status()
        self.moments: dict[str, float] = {}
        self._started_ns = time.monotonic_ns()
        os.kill(self._before.feeder_pid, number)

    def run(self) -> None:
        """Look until everything is well again.

        Raises:
            AgentFailed: not in time.
        """
        ends_s = time.monotonic() + RECOVERS_WITHIN_S
        while "all" not in self.moments:
            self._look()
            if time.monotonic() > ends_s:
                raise AgentFailed(f"not repaired within {RECOVERS_WITHIN_S:g} s; seen: {', '.join(self.moments)}")
            time.sleep(LOOK_EVERY_S)

    def _look(self) -> None:
        status = self._service.reader.status()
        if status.supervisor_state is not RunState.RUNNING or status.epoch != self._before.epoch:
            self._saw("declared")
        if "visible" not in self.moments:
            if not self._service.handles[0].read().is_good:
                self._saw("visible")
            return
        if status.feeder_epoch == status.epoch != self._before.epoch:
            self._saw("replaced")
        if "replaced" in self.moments:
            streaming = [handle.read().verdict == "live" for handle in self._service.handles]
            if any(streaming):
                self._saw("first")
            if all(streaming):
                self._saw("all")

    def _saw(self, moment: str) -> None:
        self.moments.setdefault(moment, float(time.monotonic_ns() - self._started_ns))


def _sample(service: Service, number: signal.Signals, into: dict[str, list[float]]) -> Sequence[float]:
    service.wait_for_all()
    time.sleep(0.6)  # a good run
    watch = _Watch(service, number)
    watch.run()
    for moment, took in watch.moments.items():
        into.setdefault(moment, []).append(took)
    return [watch.moments["all"]]


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take both tables."""
    seen: dict[tuple[str, str], dict[str, list[float]]] = {}
    with contextlib.ExitStack() as closing:
        cells = []
        for count in (20,) if session.is_quick else (20, 100):
            session.progress.say(f"starting the service with {count} symbols")
            try:
                service = Service(Path(session.root) / f"service-{count}", SYMBOLS[:count], generated=GENERATED)
            except AgentFailed as error:
                session.failures[f"{count} symbols"] = str(error)
                continue
            closing.callback(service.close)
            for kind, number in (("killed", signal.SIGKILL), ("stopped", signal.SIGSTOP)):
                if number == signal.SIGKILL or count == 20:
                    way = f"{count} symbols"
                    into = seen.setdefault((kind, way), {})
                    cells.append(Cell(kind, "tickring", way, partial(_sample, service, number, into)))
        least, most = (1, 1) if session.is_quick else (3, 1_000)
        until_s = session.progress.share(0.95)
        samples = take_rounds(cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
        session.failures.update(samples.failures)
    titles = {"killed": "A feeder gets SIGKILL", "stopped": "A feeder falls silent (SIGSTOP)"}
    tables = [Table(kind, title, "ns", ["p50", "p99"], []) for kind, title in titles.items()]
    for (kind, way), moments in seen.items():
        table = next(table for table in tables if table.name == kind)
        for moment, text in MOMENTS.items():
            if taken := sorted(moments.get(moment, [])):
                values = {"p50": percentile(taken, 50.0), "p99": percentile(taken, 99.0)}
                table.rows.append(Row("tickring", f"{way}: {text}", values, len(taken)))
    notes = [
        "p99 of fewer than 100 failures is nearly the slowest; `python -m bench.failover --seconds 600` takes more.",
        "A silent feeder is noticed by the age of its stamp, limit supervisor.heartbeat_limit_s = 2 s.",
        "The simulator, the supervisor, the flusher, the feeder and this watch share two cores.",
    ]
    return tables, notes


if __name__ == "__main__":
    only = [contender for contender in CONTENDERS if contender.name == "tickring"]
    title = "How long until a dead feeder is noticed, told and replaced, and every symbol streams again?"
    sys.exit(ask("failover", title, 40.0, measure, only))
