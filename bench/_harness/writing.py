"""The writer's role: one contender's store(s), written on command or until told to stop."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from bench._harness.quotes import COUNTS, symbols_of, ticks, values_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench._contenders.contract import Contender, Writer
    from bench._harness.quotes import Tick

__all__ = ["Writing"]

_CHUNK_NS = 500_000


class Writing:
    """Served by `agent_process`; every public method is a command."""

    def __init__(self, pipe: Connection[Any, Any], contender: Contender, root: Path) -> None:
        self._pipe = pipe
        self._contender = contender
        self._root = root
        self._writers: dict[int, Writer] = {}

    def open(self, size: int) -> None:
        """Make a store of `size` symbols, each with a first quote."""
        assert self._contender.writer is not None
        place = self._root / f"{self._contender.name}-{size}"
        self._writers[size] = self._contender.writer(place, symbols_of(size))
        self.keep_alive()

    def keep_alive(self) -> None:
        """Before a sample in which nothing is written."""
        for writer in self._writers.values():
            writer.keep_alive()

    def publish_each(self, size: int, indices: range, count: int) -> None:
        """Publish quote number `count` of every one of these symbols."""
        writer = self._writers[size]
        for tick in ticks(indices, range(count, count + 1), time.time_ns()):
            writer.publish(tick)
        writer.keep_alive()

    def loops(self, size: int) -> list[str]:
        """Return the names of the ways to publish."""
        return list(self._writers[size].publish_loops())

    def time_loop(self, size: int, way: str, count: int) -> float:
        """Publish about `count` ticks to the symbols in turn; return ns per tick."""
        all_ticks = _enough(range(size), count)
        return self._writers[size].publish_loops()[way](all_ticks) / len(all_ticks)

    def write(self, size: int, indices: range, ticks_per_s: float | None) -> float:
        """Write to these symbols in turn, at a rate or (None) as fast as it goes; return ticks/s when told to stop."""
        writer = self._writers[size]
        writer.keep_alive()
        started = time.perf_counter_ns()
        if ticks_per_s is None:
            written = self._at_full_speed(writer, indices)
        else:
            written = self._at_rate(writer, indices, ticks_per_s, is_waking=False)
        elapsed = time.perf_counter_ns() - started
        return written * 1e9 / elapsed

    def write_waking(self, size: int, index: int, ticks_per_s: float) -> float:
        """As `write` to one symbol, waking those who wait, at uneven intervals."""
        started = time.perf_counter_ns()
        written = self._at_rate(self._writers[size], range(index, index + 1), ticks_per_s, is_waking=True)
        return written * 1e9 / (time.perf_counter_ns() - started)

    def _at_full_speed(self, writer: Writer, indices: range) -> int:
        loop = next(iter(writer.publish_loops().values()))
        all_ticks = _enough(indices, 4_000)
        at, length, written = 0, 1, 0
        while not self._pipe.poll():
            chunk = all_ticks[at : at + length]
            elapsed = loop(chunk)
            written += len(chunk)
            at = (at + length) % len(all_ticks)
            # Long enough that asking for the stop costs nothing, short enough that the stop comes soon.
            length = max(1, min(1_000, int(len(chunk) * _CHUNK_NS / max(1, elapsed))))
        self._pipe.recv()
        return written

    def _at_rate(self, writer: Writer, indices: range, ticks_per_s: float, *, is_waking: bool) -> int:
        publish = writer.publish_waking if is_waking else writer.publish
        interval_ns = 1e9 / ticks_per_s
        chance = random.Random(1)  # not for secrets
        written = 0
        due_ns = float(time.monotonic_ns())
        while not self._pipe.poll():
            # Uneven, or the writer would keep meeting a polling reader at the same point of its loop.
            due_ns += interval_ns * chance.uniform(0.5, 1.5)
            pause_ns = due_ns - time.monotonic_ns()
            if pause_ns > 0:
                time.sleep(pause_ns / 1e9)
            index = indices[written % len(indices)]
            values = values_of(index, written // len(indices))
            publish((index, *values, time.monotonic_ns()))
            written += 1
        self._pipe.recv()
        return written

    def stop(self) -> None:
        """Nothing: what was to be stopped has failed already. The loops take this command themselves."""

    def close(self) -> None:
        """Close all stores."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


def _enough(indices: range, count: int) -> list[Tick]:
    """Return at least `count` ticks to these symbols in turn; repeating them changes every value every time."""
    laps = min(COUNTS, max(2, -(-count // len(indices))))
    once = ticks(indices, range(laps), time.time_ns())
    return once * max(1, count // len(once))
