"""How much of a core does a feeder need for 100, 500 and 2,000 symbols with 4 ticks a second each?

A process plays ticks evenly, a write every 10 ms, over a loopback socket. The number is the CPU time of the process
that reads the socket, all threads, with everything that it does: tickring's feeder with the lane that takes ticks past
ibapi's decoder and without it, and ibapi's own loop, which keeps the prices in a dict. Files are written by a process
of its own, the flusher: its CPU is a row of its own, and so is the feeder's meanwhile.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from bench._contenders.gateway_clients import GATEWAY_CLIENTS, GatewayClient
from bench._harness.agent import AgentFailed
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import percentile
from bench._wire.played_stack import PlayedStack
from tickring.simulator.market.catalog_generated import generated_listing

if TYPE_CHECKING:
    from bench._harness.session import Session

CLIENT = "ibapi-9.81.1"
SIZES = (100, 500, 2_000)
LONG_S = 45.0
TICKS_PER_S = 4.0
FAST, SLOW = "fast lane", "every message through ibapi"
WITH_FILES, FLUSHER = "fast lane, while files are written", "the flusher, which writes them"
AMONG = [one for one in GATEWAY_CLIENTS if one.name in {"tickring", CLIENT}]


class _Loads:
    """All stacks."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # Thousands of subscriptions take a while to stand: only where there is time for that.
        whole = SIZES if session.progress.left_s > LONG_S else SIZES[:2]
        self._sizes = (20, 40) if session.is_quick else whole
        self._sample_s = 0.3 if session.is_quick else 1.0
        self._stacks: list[tuple[PlayedStack, str, int]] = []
        self._flusher: dict[tuple[str, str], list[float]] = {}

    def start(self, closing: contextlib.ExitStack) -> None:
        """Start them one after the other; those that cannot are named."""
        session = self._session
        for size in self._sizes:
            for contender in (cast("GatewayClient", one) for one in AMONG if one.name in session.here()):
                for way in ["own loop"] if contender.is_stock else [FAST, SLOW]:
                    session.progress.say(f"starting {contender.title}, {way}, with {size} symbols")
                    try:
                        stack = self._start(contender, way, size)
                        closing.callback(stack.close)
                        stack.connected()
                        stack.stream(0.1, size * TICKS_PER_S)
                    except AgentFailed as error:
                        session.failures[f"{contender.name}, {way}, {size} symbols"] = str(error)
                    else:
                        self._stacks.append((stack, way, size))

    def _start(self, contender: GatewayClient, way: str, size: int) -> PlayedStack:
        release = next(one for one in contender.releases if one.client == CLIENT)
        place = Path(self._session.root, f"load-{contender.name}-{way[:4]}-{size}")
        place.mkdir()
        symbols = [generated_listing(number).symbol for number in range(1, size + 1)]
        return PlayedStack(contender, release, symbols, place, has_fast_lane=way != SLOW, generated=size, sample_s=10.0)

    def take(self) -> list[Table]:
        """Take rounds until the time is used up; both tables are of the same samples."""
        session = self._session
        cells = [
            Cell(str(size), stack.contender, way, partial(self._sample, stack, size))
            for stack, way, size in self._stacks
        ]
        least, most = (1, 1) if session.is_quick else (3, 20)
        until_s = session.progress.share(1.0)
        cells += [
            Cell(str(size), stack.contender, WITH_FILES, partial(self._sample_with_files, stack, size))
            for stack, way, size in self._stacks
            if way == FAST
        ]
        samples = take_rounds(cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
        session.failures.update(samples.failures)
        whole: dict[tuple[str, str], Row] = {}
        for (size, contender, way), taken in sorted(samples.items(), key=lambda sample: int(sample[0][0])):
            row = whole.setdefault((contender, way), Row(contender, way, {}, len(taken)))
            row.values[size] = percentile(sorted(taken), 50.0)
        for (size, contender), shares in self._flusher.items():
            row = whole.setdefault((contender, FLUSHER), Row(contender, FLUSHER, {}, len(shares)))
            row.values[size] = percentile(sorted(shares), 50.0)
        sizes = [str(size) for size in self._sizes]
        rows = [row for row in whole.values() if sizes[0] in row.values]
        each = [
            Row(row.contender, row.way, {size: percent / 100 / (int(size) * TICKS_PER_S) * 1e9
                                         for size, percent in row.values.items()}, row.samples)
            for row in rows
        ]  # fmt: skip
        return [
            Table("load-cpu", "CPU by number of symbols", "% of a core", sizes, rows),
            Table("load-tick", "The same for each tick", "ns", sizes, each),
        ]

    def _sample_with_files(self, stack: PlayedStack, size: int) -> list[float]:
        feeder, flusher = stack.stream_with_files(self._sample_s, size * TICKS_PER_S)
        self._flusher.setdefault((str(size), stack.contender), []).append(flusher)
        return [feeder]

    def _sample(self, stack: PlayedStack, size: int) -> list[float]:
        return [stack.stream(self._sample_s, size * TICKS_PER_S)]


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take both tables."""
    with contextlib.ExitStack() as closing:
        loads = _Loads(session)
        loads.start(closing)
        return loads.take(), [
            f"Each symbol has {TICKS_PER_S:g} ticks a second: bids, asks, lasts, their sizes and volumes."
        ]


if __name__ == "__main__":
    title = "How much of a core does a feeder need for 100, 500 and 2,000 symbols?"
    sys.exit(ask("feeder_load", title, 60.0, measure, AMONG))
