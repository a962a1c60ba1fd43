"""The timed reader's role: loops bound once, run on command."""

from __future__ import annotations

import time
from array import array
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from bench._harness.quotes import quantities, symbols_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from bench._contenders.contract import Contender, Reader, ReadLoop

__all__ = ["Reading"]


class Reading:
    """Served by `agent_process`; every public method is a command."""

    def __init__(self, pipe: Connection[Any, Any], contender: Contender, root: Path) -> None:
        del pipe
        self._contender = contender
        self._root = root
        self._readers: dict[int, Reader] = {}
        self._loops: dict[tuple[int, range], dict[str, ReadLoop]] = {}
        self._books: dict[tuple[int, int], dict[str, Callable[[], float]]] = {}
        self._waiters: dict[tuple[int, int], dict[str, Callable[[float], int | None]]] = {}

    def open(self, size: int) -> None:
        """Open the store of `size` symbols."""
        assert self._contender.reader is not None
        place = self._root / f"{self._contender.name}-{size}"
        self._readers[size] = self._contender.reader(place, symbols_of(size))

    # ---- one quote ----

    def ways(self, size: int, indices: range) -> list[str]:
        """Bind the loops over these symbols and return their names."""
        if (size, indices) not in self._loops:
            self._loops[size, indices] = self._readers[size].read_loops(indices)
        return list(self._loops[size, indices])

    def time_reads(self, size: int, indices: range, way: str, count: int) -> tuple[float, float, int | None]:
        """Read `count` times; return ns per read, the checksum of the last, the retries of all this took."""
        reader = self._readers[size]
        retries = reader.retries
        elapsed, checksum = self._loops[size, indices][way](count)
        return elapsed / count, checksum, None if retries is None else (reader.retries or 0) - retries

    def replays(self, size: int) -> bool:
        """Return whether the first read after a change pays for all changes."""
        return self._readers[size].replays

    def time_changed(
        self, size: int, heating: range, indices: range, way: str, warm: bool
    ) -> tuple[float, float, int | None]:
        """Read each symbol once, after it has changed; `warm` brings the new values into this core's cache before.

        The symbols of `heating` (it may be empty) have changed too and are read first, untimed: this process has just
        slept, and the first reads would mostly measure how cold its code is.
        """
        if warm:
            self._readers[size].warm(indices)
        if heating:
            self._loops[size, heating][way](len(heating))
        return self.time_reads(size, indices, way, len(indices))

    def time_empty_loop(self, count: int) -> float:
        """Return ns per turn of a loop that does nothing: the part of every number that is Python's."""
        turns = islice(cycle([None]), count)
        started = time.perf_counter_ns()
        for _ in turns:
            pass
        return (time.perf_counter_ns() - started) / count

    # ---- a book ----

    def books(self, size: int, positions: int) -> dict[str, float]:
        """Bind the ways to value the first `positions` symbols; return what each makes the book worth."""
        if (size, positions) not in self._books:
            self._books[size, positions] = self._readers[size].book_values(quantities(positions))
        return {way: value() for way, value in self._books[size, positions].items()}

    def time_book(self, size: int, positions: int, way: str, count: int) -> float:
        """Value the book `count` times; return ns per book."""
        value = self._books[size, positions][way]
        started = time.perf_counter_ns()
        for _ in range(count):
            value()
        return (time.perf_counter_ns() - started) / count

    # ---- publish to visible ----

    def waiter_names(self, size: int, index: int) -> list[str]:
        """Bind the ways to sleep until news of this symbol and return their names."""
        if (size, index) not in self._waiters:
            self._waiters[size, index] = self._readers[size].waiters(index)
        return list(self._waiters[size, index])

    def watch_polling(self, size: int, index: int, seconds: float) -> array[int]:
        """Poll for that long; return the ns from publishing to seeing of every change that was seen."""
        newest, clock, latencies = self._readers[size].poll(index), time.monotonic_ns, array("q")
        seen, ends_ns = newest(), clock() + round(seconds * 1e9)
        while True:
            stamp_ns = newest()
            now_ns = clock()
            if stamp_ns != seen:
                latencies.append(now_ns - stamp_ns)
                seen = stamp_ns
            if now_ns > ends_ns:
                return latencies

    def watch_waiting(self, size: int, index: int, way: str, seconds: float) -> array[int]:
        """Sleep until news, again and again for that long; return as `watch_polling` does."""
        wait, clock, latencies = self._waiters[size, index][way], time.monotonic_ns, array("q")
        started_ns = clock()
        ends_ns = started_ns + round(seconds * 1e9)
        while True:
            stamp_ns = wait(0.1)
            now_ns = clock()
            if stamp_ns is not None and stamp_ns > started_ns:  # else it was published before
                latencies.append(now_ns - stamp_ns)
            if now_ns > ends_ns:
                return latencies

    def close(self) -> None:
        """Close all stores."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
