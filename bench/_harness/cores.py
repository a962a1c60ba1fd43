"""Where things run: the writer (and whatever serves it) on one core, the timed reader on another."""

import os
from pathlib import Path

__all__ = ["describe_pinning", "pin", "reader_core", "writer_core"]


def _physical(core: int) -> str:
    topology = Path(f"/sys/devices/system/cpu/cpu{core}/topology")
    try:
        return (topology / "physical_package_id").read_text() + (topology / "core_id").read_text()
    except OSError:
        return str(core)


# Read once: an agent that is pinned to one core must still know the other. A child inherits the choice by environment.
_ALLOWED = sorted(os.sched_getaffinity(0))


def _choose() -> tuple[int, int]:
    chosen = os.environ.get("TICKRING_BENCH_CORES")
    if chosen:
        writer, reader = chosen.split(",")
        return int(writer), int(reader)
    writing = _ALLOWED[0]
    # Not the hyperthread sibling of the writer's core, if there is a choice.
    others = [core for core in _ALLOWED[1:] if _physical(core) != _physical(writing)] or _ALLOWED[1:] or [writing]
    os.environ["TICKRING_BENCH_CORES"] = f"{writing},{others[0]}"
    return writing, others[0]


_WRITER, _READER = _choose()


def writer_core() -> int:
    """Return the core of writers, and of servers that are not on the reader's."""
    return _WRITER


def reader_core() -> int:
    """Return the core of the timed reader."""
    return _READER


def pin(core: int) -> None:
    """Keep this process, and what it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


def describe_pinning() -> str:
    """Say it for the report."""
    if _WRITER == _READER:
        return f"one core only (core {_WRITER}): writer and reader share it, so nothing here is about two cores"
    return f"writers and servers on core {_WRITER}, timed readers on core {_READER} (os.sched_setaffinity)"
