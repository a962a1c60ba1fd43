"""What does it cost to be woken by a packet, before anybody has looked into it?

One process writes messages of the length of a tick over a loopback socket, evenly; another one waits in `recv` and
reads the clock. Nothing is decoded, kept or told. This is the floor of every latency and of every CPU number of a
process that takes ticks one by one, and on a virtual machine it is most of them: see `decode` and `feeder_load`.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from bench._harness.agent import Agent
from bench._harness.cores import reader_core, writer_core
from bench._harness.question import ask
from bench._harness.results import Row, Table
from bench._harness.statistics import TAIL, summarise
from bench._wire.bare_socket import BareReads, make_bare_reader, make_bare_writer

if TYPE_CHECKING:
    from bench._harness.session import Session

RATES = (100.0, 1_000.0, 5_000.0)


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take the one table."""
    rows = []
    with contextlib.ExitStack() as closing:
        writer = Agent("writer", make_bare_writer, writer_core())
        closing.callback(writer.close)
        reader = Agent("reader", make_bare_reader, reader_core())
        closing.callback(reader.close)
        accepting = reader.begin("connect", writer.call("open"))
        writer.call("accept")
        reader.finish(accepting)
        for rate in RATES:
            session.progress.say(f"{rate:,.0f} writes a second")
            reading = reader.begin("read")
            writer.call("send", 0.2 if session.is_quick else session.progress.share(1.0 / len(RATES)), rate)
            reads: BareReads = reader.finish(reading)
            extras = {"CPU, % of a core": 100 * reads.cpu_ns / reads.took_ns}
            tail = summarise(reads.latencies_ns, TAIL)
            rows.append(Row("python", f"{rate:,.0f} writes a second", tail, len(reads.latencies_ns), extras=extras))
    return [Table("waking", "From the write until the bytes are in hand", "ns", list(TAIL), rows)], []


if __name__ == "__main__":
    sys.exit(ask("waking", "What does it cost to be woken by a packet?", 15.0, measure, among=()))
