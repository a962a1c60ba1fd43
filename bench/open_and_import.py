"""What does a fresh process pay before its first quote: import, open, read?

Every sample is a new interpreter on the reader's core that imports the contender, opens a store of 500 symbols that is
being served, and reads one quote; it times the three steps itself. Starting the interpreter is not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench._harness.agent import AgentFailed
from bench._harness.cores import pin, reader_core, writer_core
from bench._harness.question import ask
from bench._harness.quotes import checksum, symbols_of
from bench._harness.results import Row, Table
from bench._harness.rounds import Cell, Samples, take_rounds
from bench._harness.statistics import SPREAD, compare, summarise

if TYPE_CHECKING:
    from bench._contenders.contract import Contender
    from bench._harness.session import Session

SIZE = 500
INDEX = 123
STEPS = {"import": "Import, in a fresh interpreter", "open": "Open", "first-quote": "Read the first quote"}
TOTAL = "to-first-quote"
_SCRIPT = """
from time import perf_counter_ns as clock
begun = clock()
{importing}
imported = clock()
{opening}
opened = clock()
{reading}
read = clock()
print(imported - begun, opened - imported, read - opened, sum(values), flush=True)
import os
os._exit(0)  # what closing costs is not asked
"""


def _sample(session: Session, contender: Contender, samples: Samples) -> list[float]:
    assert contender.first_quote is not None
    session.writer(contender).call("keep_alive")
    place = Path(session.place(contender, SIZE))
    script = _SCRIPT.format(**contender.first_quote(place, symbols_of(SIZE)[INDEX])._asdict())
    pin(reader_core())  # the interpreter inherits it
    try:
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=False, env=os.environ)
    finally:
        pin(writer_core())
    if done.returncode != 0 or not done.stdout:
        raise AgentFailed(f"{contender.name}: {done.stderr.strip().splitlines()[-1:]}")
    *times, found = (float(word) for word in done.stdout.split())
    if abs(found - checksum(INDEX, 0)) > 1e-6:
        raise AgentFailed(f"{contender.name} read values that sum up to {found}, published were {checksum(INDEX, 0)}")
    for step, took in zip(STEPS, times, strict=True):
        samples.setdefault((step, contender.name, ""), []).append(took)
    return [sum(times)]


def measure(session: Session) -> tuple[list[Table], list[str]]:
    """Take the three steps and their sum."""
    steps = Samples()
    able = session.open_all(session.contenders(), [SIZE])
    cells = [Cell(TOTAL, one.name, "", partial(_sample, session, one, steps)) for one in able]
    least, most = (1, 1) if session.is_quick else (9, 60)
    until_s = session.progress.share(1.0)
    samples = take_rounds(cells, session.progress, until_s=until_s, least=least, most=most, warm_ups=1)
    session.failures.update(samples.failures)
    samples.update(steps)
    tables = []
    for name, title in {TOTAL: "From nothing to the first quote: import + open + read", **STEPS}.items():
        rows = [
            Row(contender, "", summarise(taken, SPREAD), len(taken))
            for (table, contender, _), taken in samples.items()
            if table == name
        ]
        tables.append(compare(Table(name, title, "ns", list(SPREAD), rows), ("tickring", "")))
    return tables, ["Files are in the page cache: the first import after a boot takes longer for everybody."]


if __name__ == "__main__":
    sys.exit(ask("open_and_import", "What does a fresh process pay before its first quote?", 40.0, measure))
