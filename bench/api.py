"""How long does an answer of the HTTP service take, how many come a second, and how late is a tick at a browser?

Beside it a plain FastAPI application that reads the JSON files, which is how quotes got to browsers before. Services
share the writers' core, clients have the other. A tick's bid says when it was published; each symbol ticks less than
ten times a second, so the throttle holds nothing back: what is measured is the way.
"""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench._api.load import Load
from bench._api.server import Server
from bench._api.ticking import Ticking
from bench._contenders.registry import contender
from bench._harness.agent import Agent, AgentFailed
from bench._harness.cores import pin, reader_core, writer_core
from bench._harness.question import ask
from bench._harness.quotes import symbols_of, values_of
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, take_rounds
from bench._harness.statistics import TAIL, compare, percentile, summarise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench._contenders.contract import Contender
    from bench._harness.session import Session

SIZE = 500
TICKING = range(4)
TICKS_PER_S = 20.0  # of all four: 5 of each
STILL = 3
CONNECTIONS = 8
ONE, ALL = "one symbol", f"all {SIZE} symbols"
PATHS = {ONE: f"/api/quotes/{symbols_of(SIZE)[0]}", ALL: "/api/quotes"}
AMONG = [contender("tickring"), contender("json")]
TABLES = {
    "api-latency": "An answer of the service, one connection",
    "api-rate": f"Answers a second, {CONNECTIONS} connections",
    "ws-latency": "From a tick to a WebSocket client",
}


class _Service:
    """One contender: its writer, its service, and clients of both."""

    def __init__(self, session: Session, known: Contender, load: Agent, closing: contextlib.ExitStack) -> None:
        self._load = load
        self._is_quick = session.is_quick
        place = Path(session.place(known, SIZE))
        self._ticking = Agent(f"{known.name} ticking", partial(Ticking, known.name, place, SIZE), writer_core())
        closing.callback(self._ticking.close)
        self._ticking.call("ready")
        self._server = Server(known.name, place, Path(session.root, f"{known.name}.log"))
        closing.callback(self._server.close)
        self._check()

    def _check(self) -> None:
        """The service must show what was written.

        Raises:
            AgentFailed: it shows something else.
        """
        one = self._load.call("body", self._server.port, PATHS[ONE])
        every = self._load.call("body", self._server.port, PATHS[ALL])["quotes"]
        bids = [quote["bid"] for quote in every]
        if one["bid"] != values_of(0, 0)[0] or bids != [values_of(index, 0)[0] for index in range(SIZE)]:
            raise AgentFailed(f"the service shows {one['bid']} and {len(bids)} quotes that are not those written")

    def answers(self, what: str) -> Sequence[float]:
        """Return ns of single answers."""
        taken, _ = self._load.call("request", self._server.port, PATHS[what], 1, self._seconds, 5)
        return [float(each) for each in taken]

    def rate(self, what: str) -> Sequence[float]:
        """Return answers per second."""
        taken, took_s = self._load.call("request", self._server.port, PATHS[what], CONNECTIONS, self._seconds, 2)
        return [len(taken) / took_s]

    def ticks(self, clients: int, still: int) -> Sequence[float]:
        """Return ns from each tick to each client."""
        symbols = [symbols_of(SIZE)[index] for index in TICKING]
        with self._ticking.going_on("tick", TICKING, TICKS_PER_S):
            taken: list[float] = self._load.call("listen", self._server.port, symbols, clients, still, self._seconds)
        if not taken:
            raise AgentFailed("no tick came to any client")
        return taken

    @property
    def _seconds(self) -> float:
        return 0.3 if self._is_quick else 2.0


def _cells(name: str, service: _Service, *, is_quick: bool) -> list[Cell]:
    cells = []
    for what in PATHS:
        cells.append(Cell("api-latency", name, what, partial(service.answers, what)))
        cells.append(Cell("api-rate", name, what, partial(service.rate, what)))
    crowd = 5 if is_quick else 100
    ways = [(1, 0), (10, 0), (crowd, 0), (crowd, STILL)]
    for clients, still in ways:
        way = f"{clients} client{'s' if clients > 1 else ''}" + (f", {still} more stand still" if still else "")
        cells.append(Cell("ws-latency", name, way, partial(service.ticks, clients, still)))
    return cells


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take all tables."""
    with contextlib.ExitStack() as closing:
        load = Agent("api load", Load, reader_core())
        closing.callback(load.close)
        pin(writer_core())  # the services inherit it
        cells = []
        for known in AMONG:
            if known.name in session.here():
                session.progress.say(f"starting the service of {known.title}")
                try:
                    service = _Service(session, known, load, closing)
                except AgentFailed as error:
                    session.failures[known.title] = str(error)
                else:
                    cells += _cells(known.name, service, is_quick=session.is_quick)
        least, most = (1, 1) if session.is_quick else (3, 100)
        until_s = session.progress.share(0.95)
        samples = take_rounds(cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=0)
    session.failures.update(samples.failures)
    tables = []
    for name, heading in TABLES.items():
        is_rate = name == "api-rate"
        rows = []
        for (of_table, known_name, way), taken in samples.items():
            if of_table == name:
                values = {"median": percentile(sorted(taken), 50.0)} if is_rate else summarise(taken, TAIL)
                rows.append(Row(known_name, way, values, len(taken)))
        table = Table(name, heading, "1/s" if is_rate else "ns", ["median"] if is_rate else list(TAIL), rows)
        tables.append(compare(table, ("tickring", "1 client" if name == "ws-latency" else ONE)))
    notes = [
        "json: a plain FastAPI application that reads the files; its WebSocket looks at them every 100 ms.",
        "All clients of a sample are one process: with 100, a tick waits there for the 99 others too.",
        (
            f"The {STILL} that stand still take nothing; samples with and without them take turns. Here they are not "
            "evicted, as they would be after websocket.stuck_s."
        ),
        "tickring's quotes have some twenty fields and the verdict, the files' eight.",
    ]
    return tables, notes


if __name__ == "__main__":
    title = "How long does an answer of the HTTP service take, and how late is a tick at a WebSocket client?"
    sys.exit(ask("api", title, 60.0, measure, AMONG))
