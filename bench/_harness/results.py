"""What a question answers, as it is kept in JSON and as tables and plots are made from it. Times are in ns."""

from __future__ import annotations

import msgspec

__all__ = ["Answer", "Machine", "Noise", "Peer", "Row", "Run", "Table"]


class Row(msgspec.Struct):
    """One way of one contender."""

    contender: str
    way: str
    values: dict[str, float]
    """By column: median, p10, p90, or p50, p99, p99.9, or one per size."""
    samples: int
    ratio: float | None = None
    """To the table's reference row; > 1 is slower (for rates: less)."""
    extras: dict[str, float] = {}
    """Other numbers by name, such as `retries per 1,000 reads`."""


class Table(msgspec.Struct):
    """Rows that may be compared: taken in turns in one run."""

    name: str
    title: str
    unit: str
    """`ns` (shown as ns, us, ms) or `1/s`."""
    columns: list[str]
    rows: list[Row]
    ratio_title: str = ""
    note: str = ""

    def find(self, contender: str, way: str) -> Row | None:
        """Return the row, or None."""
        return next((row for row in self.rows if (row.contender, row.way) == (contender, way)), None)

    def of(self, contender: str) -> list[Row]:
        """Return the rows of a contender, fastest first."""
        rows = [row for row in self.rows if row.contender == contender]
        return sorted(rows, key=lambda row: row.values[self.columns[0]])


class Noise(msgspec.Struct):
    """What else the machine did."""

    load_before: float
    others_before_percent: float
    """CPU use of processes that are not ours, of one core, in the second before the start."""
    others_percent: float
    """The same during the run."""
    steal_percent: float
    """Time the hypervisor took away, of all cores, during the run."""
    busiest: list[str]
    loop_before_ns: float
    loop_after_ns: float
    """One turn of an empty loop on the reader's core, at best: a neighbour on the host shows here if nowhere else."""

    @property
    def is_busy(self) -> bool:
        """Whether others took part of the machine: the numbers should be taken again."""
        return self.others_percent > 5.0 or self.others_before_percent > 10.0 or self.steal_percent > 2.0

    @property
    def is_unsteady(self) -> bool:
        """Whether the processor changed its speed: times are of several speeds, ratios hold (rows take turns)."""
        loops = sorted((self.loop_before_ns, self.loop_after_ns))
        return loops[1] > 1.15 * loops[0]


class Machine(msgspec.Struct):
    """Where it ran."""

    cpu: str
    cores: int
    caches: str
    memory_gb: float
    kernel: str
    system: str
    hypervisor: str
    governor: str
    python: str
    pinning: str


class Peer(msgspec.Struct):
    """A contender of the run."""

    name: str
    title: str
    versions: str
    usage: str
    lacks: str
    missing: str | None
    """What to install, if it was not there."""


class Answer(msgspec.Struct):
    """One question's result."""

    question: str
    title: str
    is_quick: bool
    seconds: float
    machine: Machine
    noise: Noise
    peers: list[Peer]
    tables: list[Table]
    failures: dict[str, str]
    """By `contender way`: why there is no number."""
    notes: list[str]

    def table(self, name: str) -> Table | None:
        """Return the table of that name, or None."""
        return next((table for table in self.tables if table.name == name), None)


class Run(msgspec.Struct):
    """All questions of one `make bench`."""

    command: str
    date: str
    commit: str
    seconds: float
    answers: list[Answer]
    failed: dict[str, str]

    def table(self, name: str) -> Table | None:
        """Return the table of that name from whichever question has it, or None."""
        return next((table for answer in self.answers if (table := answer.table(name)) is not None), None)
