"""How long after the gateway's write does a process see a tick, and how many ticks a second get through?

The gateway is tickring's simulator on a loopback socket. It notes CLOCK_MONOTONIC just before each write; who sees a
tick looks at the same clock when the value is in hand: for a library's own loop in the first line of its callback, for
tickring in another process that reads the segment, or (`published`) just before the record is visible to all. Every
contender has a gateway of its own, and all stand at once, asleep but the one whose turn it is.

Bids are matched in order, symbol by symbol: see `bench/_wire/matching.py`. What cannot be told apart is counted, never
guessed. The top rate is that of a burst that takes over a second, from the first write until the last tick is visible.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import psutil

from bench._contenders.gateway_clients import GATEWAY_CLIENTS, GatewayClient
from bench._harness.agent import AgentFailed
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import TAIL, compare, percentile, summarise
from bench._wire.samples import Bursts, Streamed, cpu_percent, observe_burst, observe_stream
from bench._wire.segment_watch import PUBLISHED
from bench._wire.stack import Stack
from tickring.simulator.market.catalog_generated import generated_listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench._harness.rounds import Samples
    from bench._harness.session import Session

GENERATED = 1_000
LIVELY = 0.8  # an activity from which on nearly every look at a symbol brings something new
SYMBOLS = [
    listing.symbol for listing in map(generated_listing, range(1, GENERATED + 1)) if listing.temper.activity >= LIVELY
][:100]
FEW = SYMBOLS[:20]
CALM_SAMPLE_S = 0.25
BUSY_SAMPLE_S = 0.02
BURST = 50_000
RATE_OVER_NS = 1e9
MOST_IN_BURST = 1_600_000
TABLES = {
    "wire-calm": "Wire to visible: 20 symbols, looked at 4 times a second",
    "wire-busy": "Wire to visible: 100 symbols, looked at 50 times a second",
}


class _Stacks:
    """All of one kind, those that could be started."""

    def __init__(self, session: Session, kind: str, sample_s: float, closing: contextlib.ExitStack) -> None:
        contenders = [cast("GatewayClient", one) for one in GATEWAY_CLIENTS if one.name in session.here()]
        starting = []
        both = [(one, release) for one in contenders for release in one.present()]
        if session.is_quick:  # each contender's oldest and newest
            both = [(one, release) for one, release in both if release in {one.present()[0], one.present()[-1]}]
        for contender, release in both:
            session.progress.say(f"starting {contender.title} with {release.title}")
            place = Path(session.root) / f"{kind}-{contender.name}-{release.client}-{release.server_version}"
            place.mkdir()
            try:
                stack = Stack(contender, release, SYMBOLS, place, generated=GENERATED, sample_s=sample_s)
            except AgentFailed as error:
                session.failures[f"{contender.name}, {release.title} ({kind})"] = str(error)
            else:
                closing.callback(stack.close)
                starting.append(stack)
        self.all: list[Stack] = []
        for stack in starting:  # they have connected side by side
            try:
                stack.connected()
            except AgentFailed as error:
                session.failures[f"{stack.title} ({kind})"] = str(error)
            else:
                self.all.append(stack)

    def settle(self) -> None:
        """Let all have their results."""
        for stack in self.all:
            with stack.awake():
                """Waking settles."""


def _way(stack: Stack, way: str = "") -> str:
    return f"{stack.release.title}, {way}" if way else stack.release.title


# ---- latencies ----


class _Latencies:
    """One table."""

    def __init__(self, session: Session, table: str, stacks: _Stacks, symbols: list[str], seconds: float) -> None:
        self._session = session
        self._table = table
        self._stacks = stacks
        self._symbols = symbols
        self._seconds = seconds
        self._streamed: dict[tuple[str, str], Streamed] = {}

    def take(self, until: float, least: int, most: int) -> Table:
        """Take rounds until that part of the time is used up."""
        cells = [
            Cell(self._table, stack.contender, _way(stack, way), partial(self._sample, stack, way))
            for stack in self._stacks.all
            for way in stack.ways
        ]
        until_s = self._session.progress.share(until)
        samples = take_rounds(cells, self._session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
        self._stacks.settle()
        self._session.failures.update(samples.failures)
        rows = []
        for _, contender, way in samples:
            streamed = self._streamed[contender, way]
            found = streamed.matches
            if not found.latencies_ns:
                self._session.failures[f"{contender}, {way} ({self._table})"] = "no tick could be matched"
                continue
            extras = {
                "ticks/s": streamed.ticks / streamed.seconds,
                "matched": float(len(found.latencies_ns)),
                "unmatched": float(found.unmatched),
                "sent, not seen singly": float(found.not_seen),
            }
            tail = summarise(found.latencies_ns, TAIL)
            rows.append(Row(contender, way, tail, len(found.latencies_ns), extras=extras))
        return _compared(Table(self._table, TABLES[self._table], "ns", list(TAIL), rows))

    def _sample(self, stack: Stack, way: str) -> Sequence[float]:
        into = self._streamed.setdefault((stack.contender, _way(stack, way)), Streamed())
        observe_stream(stack, way, self._symbols, self._seconds, into)
        return []  # the log is read later


def _compared(table: Table) -> Table:
    """Hold all against the row of tickring's oldest release, as published where that is a way."""
    own = sorted((row for row in table.rows if row.contender == "tickring"), key=lambda row: row.way)
    ours = next((row for row in own if row.way.endswith(PUBLISHED)), own[0] if own else None)
    return compare(table, ("tickring", "" if ours is None else ours.way))


# ---- bursts and CPU ----


class _Flood:
    """Bursts: first of 50,000, then as large as it takes to last over a second."""

    def __init__(self, session: Session, stacks: _Stacks) -> None:
        self._session = session
        self._first = 2_000 if session.is_quick else BURST
        self._stacks = stacks
        self._bursts: dict[tuple[str, str], tuple[Bursts, Bursts]] = {}
        self._memory_bytes: dict[tuple[str, str], list[int]] = {}

    def take(self, until: float) -> list[Table]:
        """Take at least one round."""
        cells = [
            Cell("wire-rate", stack.contender, _way(stack), partial(self._sample, stack)) for stack in self._stacks.all
        ]
        most = 1 if self._session.is_quick else 5
        until_s = self._session.progress.share(until)
        samples = take_rounds(cells, self._session.progress, until_s=until_s, least=1, most=most, warm_ups=0)
        self._session.failures.update(samples.failures)
        return [_compared(self._absorbed(samples)), _compared(self._top_rates(samples))]

    def _sample(self, stack: Stack) -> Sequence[float]:
        kind = stack.contender, _way(stack)
        first, longest = self._bursts.setdefault(kind, (Bursts(), Bursts()))
        observe_burst(stack, self._first, first)
        memory = psutil.Process(stack.loop_pid).memory_info
        self._memory_bytes.setdefault(kind, []).append(memory().rss)
        count, took_ns = first.rates[-1]
        while not self._session.is_quick and took_ns <= RATE_OVER_NS and count < MOST_IN_BURST:
            count = min(MOST_IN_BURST, round(count * max(1.3, min(10.0, 1.2 * RATE_OVER_NS / took_ns))))
            observe_burst(stack, count, longest)
            took_ns = longest.rates[-1][1]
        self._memory_bytes[kind].append(memory().rss)
        return [count / took_ns * 1e9]

    def _absorbed(self, samples: Samples) -> Table:
        rows = []
        for _, contender, way in samples:
            first, _ = self._bursts[contender, way]
            took_ns, sending_ns = sorted(took for _, took in first.rates), sorted(first.sending_ns)
            extras = {"lost last values": float(first.lost_last), "sent in ms": percentile(sending_ns, 50.0) / 1e6}
            rows.append(Row(contender, way, {"median": percentile(took_ns, 50.0)}, len(took_ns), extras=extras))
        title = f"A burst of {self._first:,} ticks: from the first write until the last is visible"
        return Table("wire-burst", title, "ns", ["median"], rows)

    def _top_rates(self, samples: Samples) -> Table:
        rows = []
        for (_, contender, way), rates in samples.items():
            both = self._bursts[contender, way]
            extras = {
                "ticks in the burst": float(max(count for bursts in both for count, _ in bursts.rates)),
                "lost last values": float(sum(bursts.lost_last for bursts in both)),
                "more memory in MB": (self._memory_bytes[contender, way][-1] - self._memory_bytes[contender, way][0])
                / 1e6,
            }
            rows.append(Row(contender, way, {"median": percentile(sorted(rates), 50.0)}, len(rates), extras=extras))
        return Table("wire-rate", "Ticks a second in a burst of over a second", "1/s", ["median"], rows)


def _cpu(session: Session, stacks: _Stacks, until: float) -> Table:
    seconds = 0.4 if session.is_quick else 1.0
    cells = [
        Cell("wire-cpu", stack.contender, _way(stack), partial(cpu_percent, stack, seconds)) for stack in stacks.all
    ]
    most = 1 if session.is_quick else 5
    until_s = session.progress.share(until)
    samples = take_rounds(cells, session.progress, until_s=until_s, least=1, most=most, warm_ups=0)
    session.failures.update(samples.failures)
    rows = [
        Row(contender, way, {"median": percentile(sorted(taken), 50.0)}, len(taken))
        for (_, contender, way), taken in samples.items()
    ]
    title = f"CPU of the process that reads the socket: {len(SYMBOLS)} symbols, looked at 4 times a second"
    return _compared(Table("wire-cpu", title, "% of a core", ["median"], rows))


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take all five tables."""
    least, most = (1, 1) if session.is_quick else (1, 20)
    with contextlib.ExitStack() as closing:
        calm = _Stacks(session, "calm", CALM_SAMPLE_S, closing)
        quiet = _Latencies(session, "wire-calm", calm, FEW, 0.4 if session.is_quick else 1.0)
        tables = [quiet.take(0.42, least, most)]
        tables.append(_cpu(session, calm, 0.52))
    with contextlib.ExitStack() as closing:
        busy = _Stacks(session, "busy", BUSY_SAMPLE_S, closing)
        hot = _Latencies(session, "wire-busy", busy, SYMBOLS, 0.1 if session.is_quick else 0.4)
        tables.insert(1, hot.take(0.75, least, most))
        tables += _Flood(session, busy).take(0.97)
    notes = [
        (
            "The gateway has one core, a library's loop the other. tickring's feeder has the place of a library's loop "
            "in `published`: the time in the record itself, taken by the feeder just before the record becomes "
            "visible; a reader that polls on a core of its own has it some 0.1 to 1 us later (see: how long after "
            "publishing). In `polling` there is such a reader, so that the feeder must share the gateway's core and "
            "waits until that has ended its turn. In `follow` a sleeping reader shares the feeder's core."
        ),
        (
            "p99.9 of fewer than 1,000 ticks is nearly the slowest one. Not seen singly: the observer got a newer bid "
            "in its place, as a library's event does that brings several ticks together."
        ),
        "Lost last values: bids and asks that, when nothing more came, were not those sent last.",
    ]
    return tables, notes


if __name__ == "__main__":
    title = "How long after the gateway's write does a process see a tick, and how many get through?"
    sys.exit(ask("wire_to_reader", title, 100.0, measure, GATEWAY_CLIENTS))
