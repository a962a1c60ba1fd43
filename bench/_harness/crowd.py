"""Many readers at once: processes forked from one that has imported the contender but opened nothing.

Each opens for itself, says that it is ready, waits until all are, reads for a fixed time and reports its own rate.
"""

from __future__ import annotations

import contextlib
import os
import struct
import time
import traceback
from typing import TYPE_CHECKING, Any

from bench._harness.quotes import symbols_of
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench._contenders.contract import Contender

__all__ = ["Crowd"]

_RATE = struct.Struct("@d")


class Crowd:
    """Served by `agent_process`; every public method is a command."""

    def __init__(self, pipe: Connection[Any, Any], contender: Contender, root: Path) -> None:
        del pipe
        self._contender = contender
        self._root = root

    def open(self, size: int) -> None:
        """Nothing: the readers open for themselves."""

    def read(self, size: int, indices: range, readers: int, seconds: float) -> list[float]:
        """Let so many processes read these symbols in turn; return each one's reads per second."""
        ready_out, ready_in = os.pipe()
        go_out, go_in = os.pipe()
        rates_out, rates_in = os.pipe()
        mine = (ready_out, go_in, rates_out)
        parent = os.getpid()
        children: list[int] = []
        try:
            for _ in range(readers):
                child = os.fork()
                if child == 0:
                    self._in_child(parent, mine, (ready_in, go_out, rates_in), (size, indices, seconds))
                children.append(child)
            for end in (ready_in, go_out, rates_in):
                os.close(end)
            with os.fdopen(ready_out, "rb", 0) as ready:
                begun = sum(len(ready.read(1)) for _ in children)
            os.close(go_in)  # every child sees the end of the file at once
            with os.fdopen(rates_out, "rb") as report:
                rates = [rate for (rate,) in _RATE.iter_unpack(report.read())]
        finally:
            for child in children:
                os.waitpid(child, 0)
        if begun < readers or len(rates) < readers:
            raise RuntimeError(f"only {len(rates)} of {readers} readers reported")
        return rates

    def _in_child(
        self, parent: int, inherited: tuple[int, ...], pipes: tuple[int, int, int], task: tuple[int, range, float]
    ) -> None:
        """Never returns: whatever happens, the child must not go on as a second agent."""
        try:
            die_with_parent(parent)
            for end in inherited:
                os.close(end)
            _read_for(self._contender, self._root, pipes, *task)
        except BaseException:  # noqa: BLE001 - the edge of the child
            traceback.print_exc()
        finally:
            os._exit(0)

    def close(self) -> None:
        """Nothing is open."""


def _read_for(
    contender: Contender, root: Path, pipes: tuple[int, int, int], size: int, indices: range, seconds: float
) -> None:
    ready, go, report = pipes
    assert contender.reader is not None
    reader = contender.reader(root / f"{contender.name}-{size}", symbols_of(size))
    loop = next(iter(reader.read_loops(indices).values()))
    elapsed, _ = loop(20)
    chunk = max(1, min(2_000, 20 * 200_000 // max(1, elapsed)))  # about 0.2 ms
    os.write(ready, b".")
    os.close(ready)
    os.read(go, 1)
    started = time.monotonic()
    count = 0
    while time.monotonic() - started < seconds:
        loop(chunk)
        count += chunk
    os.write(report, _RATE.pack(count / (time.monotonic() - started)))
    with contextlib.suppress(Exception):  # measured; what closing says is nobody's number
        reader.close()
