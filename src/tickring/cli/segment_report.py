"""Everything a segment's header page says, in one structure for people and scripts alike.

Counters come by name, unit and text from the native core's table, so a new counter shows here without a change.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

from tickring import _core
from tickring.cli.printable import printable
from tickring.errors import TickringError
from tickring.feed_fault import feed_fault
from tickring.process_life import process_life
from tickring.reader import ApiMode, Connection, QuoteReader, RunState

__all__ = ["CounterLine", "ProcessLine", "SegmentReport", "process_lines", "read_segment"]

_UNLIMITED_S = 10.0  # heartbeats that have no limit in the header: older than this says nothing for the process


class ProcessLine(msgspec.Struct, frozen=True):
    """One process's line of the header."""

    role: str
    """`supervisor`, `feeder`, or the child's name."""
    state: RunState
    pid: int
    process: str
    """`alive`, `gone`, ...: see `process_life`."""
    heartbeat_age_s: float
    """Infinite (null in JSON) if it never beat."""
    heartbeat_limit_s: float | None
    since_ns: int
    """Wall clock: when it took the line."""

    @property
    def is_late(self) -> bool:
        """Whether the heartbeat is older than the header allows."""
        return self.heartbeat_limit_s is not None and self.heartbeat_age_s > self.heartbeat_limit_s


class CounterLine(msgspec.Struct, frozen=True):
    """One counter of the header."""

    name: str
    value: int
    unit: str
    owner: str
    text: str


class SegmentReport(msgspec.Struct, frozen=True):
    """What `tickring segment --json` prints."""

    path: str
    is_in_place: bool
    """Whether a file stands at the path; if not, this is the mapping of one that was removed."""
    segment_id: str
    layout_version: int
    created_ns: int
    segment_bytes: int
    memory_bytes: int | None
    """What the file at the path takes of its tmpfs."""
    capacity: int
    active_symbols: int
    directory_version: int
    """Moves whenever a symbol is added or retired."""
    table_entries: int
    depth: int
    epoch: int
    feeder_epoch: int
    is_superseded: bool
    successor_fault: str | None
    """Why the file that has replaced this one cannot be read: readers move as soon as it can."""
    api_mode: ApiMode
    """What the operator configured."""
    gateway_api_mode: ApiMode
    """What the gateway's accounts say."""
    connection: Connection
    heartbeat_limit_s: float
    vouch_limit_s: float
    feed_fault: str | None
    """Why the feed as a whole is not good: a reason of docs/verdicts.md."""
    processes: list[ProcessLine]
    counters: list[CounterLine]


def process_lines(header: dict[str, Any]) -> list[ProcessLine]:
    """Return supervisor, feeder and children with what /proc says of them."""
    limit_s = header["supervisor"]["heartbeat_limit_ns"] / 1e9
    now_ns = header["read_ns"]
    # The supervisor beats faster than the feeder must, but nobody is ended for its silence.
    supervisor = _process_line("supervisor", header["supervisor"], None, now_ns, proof_s=limit_s)
    feeder = _process_line("feeder", header["feeder"], limit_s, now_ns, proof_s=limit_s)
    children = [_process_line(printable(child["name"]), child, None, now_ns) for child in header["children"]]
    return [supervisor, feeder, *children]


def _process_line(
    role: str, line: dict[str, Any], limit_s: float | None, now_ns: int, *, proof_s: float = _UNLIMITED_S
) -> ProcessLine:
    """`proof_s`: a heartbeat younger than this shows that the process lives, though /proc does not show it here."""
    beat_ns = line["heartbeat_ns"]
    age_s = max(0, now_ns - beat_ns) / 1e9 if beat_ns > 0 else float("inf")
    life = process_life(line["pid"], line["start_ticks"], age_s, limit_s=proof_s)
    return ProcessLine(role, line["state"], line["pid"], life, age_s, limit_s, line["since_ns"])


def _memory_bytes(path: str) -> int | None:
    try:
        return Path(path).stat().st_blocks * 512  # stat(2): always blocks of 512 bytes
    except OSError:
        return None


def _unreadable(path: str) -> str | None:
    """Return why the file at the path cannot be read, or None if it can, or if none is there (any more)."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return None if isinstance(error, FileNotFoundError) else str(error)
    try:
        _core.check_segment(fd, path)
    except TickringError as error:
        return str(error).removeprefix(f"{path}: ")
    finally:
        os.close(fd)
    return None


def read_segment(reader: QuoteReader) -> SegmentReport:
    """Read the header page once and look its processes up in /proc."""
    header = reader.header()
    identity, supervisor, feeder = header["identity"], header["supervisor"], header["feeder"]
    fault = feed_fault(header)
    memory_bytes = _memory_bytes(reader.path)
    return SegmentReport(
        path=reader.path,
        is_in_place=memory_bytes is not None,
        segment_id=identity["segment_id"],
        layout_version=identity["layout_version"],
        created_ns=identity["created_ns"],
        segment_bytes=identity["segment_bytes"],
        memory_bytes=memory_bytes,
        capacity=identity["capacity"],
        active_symbols=feeder["active_symbols"],
        directory_version=feeder["directory_version"],
        table_entries=identity["table_entries"],
        depth=identity["depth"],
        epoch=supervisor["epoch"],
        feeder_epoch=feeder["epoch"],
        is_superseded=bool(supervisor["superseded"]),
        successor_fault=_unreadable(reader.path) if supervisor["superseded"] and memory_bytes is not None else None,
        api_mode=supervisor["api_mode"],
        gateway_api_mode=feeder["api_mode"],
        connection=feeder["connection"],
        heartbeat_limit_s=supervisor["heartbeat_limit_ns"] / 1e9,
        vouch_limit_s=supervisor["vouch_limit_ns"] / 1e9,
        feed_fault=None if fault is None else fault[1],
        processes=process_lines(header),
        counters=[
            CounterLine(name, header["counters"][name], unit, owner, text) for name, unit, owner, text in _core.COUNTERS
        ],
    )
