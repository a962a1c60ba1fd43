"""Plain Python over shared memory: struct on an mmap in /dev/shm, guarded by a sequence counter.

As people write it: the writer makes the counter odd, packs the fields, makes it even; a reader unpacks, looks at the
counter again and starts over if it moved. Python has no memory fences: this relies on x86 (and on struct copying eight
bytes at a time), and a writer killed in between leaves its readers spinning for ever.
"""

from __future__ import annotations

import contextlib
import mmap
import struct
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer
from bench._harness.quotes import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]

_SLOT = struct.Struct("@Q6dq")  # counter, values, time: one cache line
_FIELDS = struct.Struct("@6dq")
_COUNTER = struct.Struct("@Q")


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        with (place / "quotes").open("w+b") as file:
            file.truncate(len(symbols) * _SLOT.size)
            self._memory = mmap.mmap(file.fileno(), 0)
        self._counters = [0] * len(symbols)
        self._publish_each(ticks(range(len(symbols)), range(1), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"counter odd, fields, counter even": self._publish_each}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        memory, counters, size = self._memory, self._counters, _SLOT.size
        pack_counter, pack_fields = _COUNTER.pack_into, _FIELDS.pack_into
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            at = index * size
            counter = counters[index] + 2
            pack_counter(memory, at, counter - 1)
            pack_fields(memory, at + 8, bid, ask, last, bid_size, ask_size, last_size, ts_ns)
            pack_counter(memory, at, counter)
            counters[index] = counter
        return perf_counter_ns() - started

    def close(self) -> None:
        self._memory.close()


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        with (place / "quotes").open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), len(symbols) * _SLOT.size, prot=mmap.PROT_READ)
        self._retries = 0

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        memory, unpack, unpack_counter = self._memory, _SLOT.unpack_from, _COUNTER.unpack_from
        places = [index * _SLOT.size for index in indices]

        def loop(count: int) -> tuple[int, float]:
            turns = islice(cycle(places), count)
            bid = ask = last = bid_size = 0.0
            retries = 0
            started = perf_counter_ns()
            for at in turns:
                while True:
                    counter, bid, ask, last, bid_size, _, _, _ = unpack(memory, at)
                    if not counter & 1 and unpack_counter(memory, at)[0] == counter:
                        break
                    retries += 1
            elapsed = perf_counter_ns() - started
            self._retries += retries
            return elapsed, bid + ask + last + bid_size

        return {"by offset": loop}

    def warm(self, indices: range) -> None:
        for index in indices:
            _SLOT.unpack_from(self._memory, index * _SLOT.size)

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        memory, unpack, unpack_counter, size = self._memory, _SLOT.unpack_from, _COUNTER.unpack_from, _SLOT.size
        positions = [(index * size, quantity) for index, quantity in enumerate(quantities)]

        def in_a_loop() -> float:
            total = 0.0
            for at, quantity in positions:
                while True:
                    counter, bid, ask, _, _, _, _, _ = unpack(memory, at)
                    if not counter & 1 and unpack_counter(memory, at)[0] == counter:
                        break
                    self._retries += 1
                total += quantity * (bid if quantity > 0 else ask)
            return total

        return {"Python loop": in_a_loop, **_with_numpy(memory, quantities)}

    def poll(self, index: int) -> Callable[[], int]:
        memory, unpack, unpack_counter, at = self._memory, _SLOT.unpack_from, _COUNTER.unpack_from, index * _SLOT.size

        def newest() -> int:
            while True:
                values = unpack(memory, at)
                if not values[0] & 1 and unpack_counter(memory, at)[0] == values[0]:
                    return int(values[7])

        return newest

    @property
    def retries(self) -> int:
        return self._retries

    def close(self) -> None:
        with contextlib.suppress(BufferError):  # a numpy view is still there
            self._memory.close()


def _with_numpy(memory: mmap.mmap, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
    try:
        import numpy as np
    except ImportError:
        return {}
    size = len(quantities)
    counters = np.frombuffer(memory, "u8", size * 8).reshape(size, 8)[:, 0]
    numbers = np.frombuffer(memory, "f8", size * 8).reshape(size, 8)
    book = np.array(quantities)
    is_long = book > 0

    def over_arrays() -> float:
        while True:
            before = counters.copy()
            prices = np.where(is_long, numbers[:, 1], numbers[:, 2])
            if not (before & 1).any() and np.array_equal(before, counters):
                return float(np.dot(prices, book))

    return {"numpy over the whole memory": over_arrays}


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    at = int(symbol[3:]) * _SLOT.size
    return FirstQuote(
        "import mmap, struct",
        f"file = open({str(place / 'quotes')!r}, 'rb'); memory = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); "
        "slot = struct.Struct('@Q6dq')",
        f"values = slot.unpack_from(memory, {at})[1:5]",
    )


CONTENDER = Contender(
    name="struct",
    title="struct over shared memory",
    usage="mmap in /dev/shm, sequence counter before and after, in pure Python",
    lacks="verdict, history, waking; a killed writer blocks its readers; no fences (x86 only)",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    distributions=("python",),
)
