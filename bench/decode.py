"""What does it cost to take a tick from the socket, and how many a second can be taken?

A process plays ticks that were made before, over a loopback socket, as fast as they are taken: whoever reads always
finds bytes in its buffer. A library's own loop has a tick when its callback is called, tickring's feeder when it is
visible to readers. CPU is that of the process that reads the socket, with all its threads, from before the first write
until the last tick is in hand; what it is then is compared with what was sent.

tickring runs with each ibapi, with the lane that takes ticks past its decoder and without it.

The same ticks are played evenly too, 100 and 10,000 a second: how long after the write is a bid in hand?
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench._contenders.gateway_clients import GATEWAY_CLIENTS, GatewayClient
from bench._harness.agent import AgentFailed
from bench._harness.calibration import Calibration
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import SPREAD, TAIL, compare, summarise
from bench._wire.matching import Matches
from bench._wire.played_stack import PlayedStack
from bench._wire.segment_watch import PUBLISHED
from tickring.simulator.market.catalog_generated import generated_listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench._contenders.gateway_clients import Release
    from bench._harness.session import Session
    from bench._wire.played_stack import Played

SYMBOLS = [generated_listing(number).symbol for number in range(1, 101)]
SAMPLE_NS = 1.5e8
FAST, SLOW = "fast lane", "every message through ibapi"
NOTE = (
    f"{len(SYMBOLS)} symbols in turn; of each a bid, an ask and a last with their sizes, a message for each size as "
    "the gateway sends it, and the volume. No value is that of the tick before."
)

IN_HAND = (
    "Wire to visible: a library's loop has a bid in the first line of its callback; tickring's feeder, in the place of "
    "such a loop, when the record is visible (`published`)."
)


class _Decoding:
    """All stacks, and what they have taken."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counts = Calibration(5e7 if session.is_quick else SAMPLE_NS, least=1, most=200)
        self._rates: dict[tuple[str, str], list[float]] = {}
        self.stacks: list[tuple[PlayedStack, str]] = []

    def start(self, closing: contextlib.ExitStack) -> None:
        """Start them side by side; those that cannot are named."""
        session, starting = self._session, []
        for contender in (cast("GatewayClient", one) for one in GATEWAY_CLIENTS if one.name in session.here()):
            releases = contender.present()
            if session.is_quick:  # each contender's oldest and newest
                releases = [one for one in releases if one in {releases[0], releases[-1]}]
            for release in releases:
                for lane in [""] if contender.is_stock else [FAST, SLOW]:
                    session.progress.say(f"starting {contender.title} with {release.title}")
                    with self._named(contender.name, _way(release, lane)):
                        stack = self._start(contender, release, lane)
                        closing.callback(stack.close)
                        starting.append((stack, lane))
        for stack, lane in starting:
            with self._named(stack.contender, _way(stack.release, lane)):
                stack.connected()
                stack.play(1)
                self.stacks.append((stack, lane))

    def _start(self, contender: GatewayClient, release: Release, lane: str) -> PlayedStack:
        name = f"decode-{contender.name}-{release.client}-{release.server_version}-{lane[:4]}"
        place = Path(self._session.root, name)
        place.mkdir()
        return PlayedStack(contender, release, SYMBOLS, place, has_fast_lane=lane != SLOW, generated=len(SYMBOLS))

    @contextlib.contextmanager
    def _named(self, contender: str, way: str) -> Iterator[None]:
        try:
            yield
        except AgentFailed as error:
            self._session.failures[f"{contender}, {way}"] = str(error)

    def take(self) -> list[Table]:
        """Take rounds until the time is used up."""
        cells = [
            Cell("decode-cpu", stack.contender, _way(stack.release, lane), partial(self._sample, stack, lane))
            for stack, lane in self.stacks
        ]
        session = self._session
        least, most = (1, 1) if session.is_quick else (3, 100)
        until_s = session.progress.share(0.35)
        samples = take_rounds(cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
        session.failures.update(samples.failures)
        cpu = [
            Row(contender, way, summarise(taken, SPREAD), len(taken)) for (_, contender, way), taken in samples.items()
        ]
        rates = [
            Row(contender, way, summarise(self._rates[contender, way], SPREAD), len(taken))
            for (_, contender, way), taken in samples.items()
        ]
        return [
            _compared(Table("decode-cpu", "CPU per L1 message", "ns", list(SPREAD), cpu)),
            _compared(Table("decode-rate", "L1 messages a second, one after the other", "1/s", list(SPREAD), rates)),
        ]

    def take_latencies(self, until: float, ticks_per_s: float, seconds: float) -> Table:
        """Take rounds of evenly sent ticks until that part of the time is used up."""
        session, found = self._session, dict[tuple[str, str], Matches]()

        def sample(stack: PlayedStack, way: str) -> Sequence[float]:
            matches = stack.latencies(way, 0.2 if session.is_quick else seconds, ticks_per_s)
            found.setdefault((stack.contender, _way(stack.release, way)), Matches()).add(matches)
            return []

        name = f"wire-{ticks_per_s:g}"
        cells = [
            Cell(name, stack.contender, _way(stack.release, way), partial(sample, stack, way))
            for stack, lane in self.stacks
            if lane != SLOW
            for way in ([PUBLISHED] if lane else stack.ways)
        ]
        most = 1 if session.is_quick else 20
        samples = take_rounds(
            cells, session.progress, until_s=session.progress.share(until), least=1, most=most, warm_ups=0
        )
        session.failures.update(samples.failures)
        rows = [
            Row(contender, way, summarise(one.latencies_ns, TAIL), len(one.latencies_ns),
                extras={"unmatched": float(one.unmatched), "sent, not seen singly": float(one.not_seen)})
            for (contender, way), one in found.items() if one.latencies_ns
        ]  # fmt: skip
        title = f"Wire to visible: {ticks_per_s:,.0f} ticks a second, evenly, of {len(SYMBOLS)} symbols"
        ours = next((row.way for row in rows if row.contender == "tickring"), "")
        return compare(Table(name, title, "ns", list(TAIL), rows), ("tickring", ours))

    def _sample(self, stack: PlayedStack, lane: str) -> Sequence[float]:
        kind = stack.contender, _way(stack.release, lane)
        played: Played = stack.play(self._counts.count(*kind))
        self._counts.took(played.took_ns / self._counts.count(*kind), *kind)
        self._rates.setdefault(kind, []).append(played.messages / played.took_ns * 1e9)
        return [played.cpu_ns / played.messages]


def _way(release: Release, lane: str) -> str:
    return f"{release.title}, {lane}" if lane else release.title


def _compared(table: Table) -> Table:
    """Hold all against the fast lane's first row that is there."""
    ours = next((row for row in table.rows if row.way.endswith(FAST)), None)
    return compare(table, ("tickring", "" if ours is None else ours.way))


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take CPU and rates from the same samples, and the two tables of latencies."""
    with contextlib.ExitStack() as closing:
        decoding = _Decoding(session)
        decoding.start(closing)
        tables = decoding.take()
        tables.append(decoding.take_latencies(0.75, 100.0, 2.0))
        tables.append(decoding.take_latencies(1.0, 10_000.0, 0.5))
        return tables, [NOTE, IN_HAND]


if __name__ == "__main__":
    title = "What does it cost to take a tick from the socket, how many a second can be taken, and how soon?"
    sys.exit(ask("decode", title, 70.0, measure, GATEWAY_CLIENTS))
