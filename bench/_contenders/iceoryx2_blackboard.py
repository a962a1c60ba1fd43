"""iceoryx2's blackboard: one entry per symbol, read and written through pre-bound entry handles.

The fast path of its Python binding 0.10: `struct` on the bytes of `get()` instead of `decode_as`, and one ctypes
structure per writer filled by `pack_into` and handed to `update_with_copy` (its loan API measured slower).
"""

from __future__ import annotations

import ctypes
import os
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer, peer
from bench._harness.quotes import RECORD, ticks, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER", "prefix_of"]

_MAX_READERS = 80
_NAMES = ("bid", "ask", "last", "bid_size", "ask_size", "last_size")


class Entry(ctypes.Structure):
    """One quote. Both sides must call it the same: iceoryx2 compares type names."""

    _fields_ = [*((name, ctypes.c_double) for name in _NAMES), ("ts_ns", ctypes.c_int64)]


def prefix_of(place: Path) -> str:
    """Return the start of the names of its files in /dev/shm: of this run only, and removed with it."""
    return f"iox2_bench_{place.parent.name.rpartition('-')[2]}_{place.name}_"


def _node(place: Path) -> tuple[Any, Any]:
    iox2 = peer("iceoryx2")
    iox2.set_log_level(iox2.LogLevel.Error)
    config = iox2.config.default()
    config.global_cfg.prefix = iox2.FileName.new(prefix_of(place))
    config.global_cfg.root_path = iox2.Path.new(str(place))
    return iox2, iox2.NodeBuilder.new().config(config).create(iox2.ServiceType.Ipc)


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._place = place
        iox2, self._node = _node(place)
        creator = self._node.service_builder(iox2.ServiceName.new("quotes")).blackboard_creator(ctypes.c_uint64)
        creator = creator.max_readers(_MAX_READERS).max_nodes(_MAX_READERS)
        for index in range(len(symbols)):
            creator = creator.add(ctypes.c_uint64(index), Entry(*values_of(index, 0), time.time_ns()))
        self._service = creator.create()
        self._writer = self._service.writer_builder().create()
        self._entries = [self._writer.entry(ctypes.c_uint64(index), Entry) for index in range(len(symbols))]
        self._buffer = Entry()
        self._events = self._node.service_builder(iox2.ServiceName.new("news")).event().open_or_create()
        self._notifier = self._events.notifier_builder().create()
        self._publish_each(ticks(range(len(symbols)), range(1), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"update_with_copy": self._publish_each}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        entries, buffer, pack = self._entries, self._buffer, RECORD.pack_into
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            pack(buffer, 0, bid, ask, last, bid_size, ask_size, last_size, ts_ns)
            entries[index].update_with_copy(buffer)
        return perf_counter_ns() - started

    def publish_waking(self, tick: Tick) -> None:
        self.publish(tick)
        self._notifier.notify()

    def close(self) -> None:
        del self._notifier, self._events, self._entries, self._writer, self._service, self._node


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        del symbols  # entries are looked up when they are asked for: its lookup is linear
        self._iox2, self._node = _node(place)
        name = self._iox2.ServiceName.new
        self._service = self._node.service_builder(name("quotes")).blackboard_opener(ctypes.c_uint64).open()
        self._reader = self._service.reader_builder().create()
        self._entries: dict[int, Any] = {}
        self._events: Any = None

    def _bound(self, indices: range) -> list[Any]:
        for index in indices:
            if index not in self._entries:
                self._entries[index] = self._reader.entry(ctypes.c_uint64(index), Entry)
        return [self._entries[index] for index in indices]

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        loops = {
            "entry handle, struct": _by_struct(self._bound(indices)),
            "entry handle, decode_as (as its examples)": _by_decoding(self._bound(indices)),
        }
        if len(indices) == 1:
            loops["entry handle, is_up_to_date first"] = _if_news(self._bound(indices)[0])
        return loops

    def warm(self, indices: range) -> None:
        for entry in self._bound(indices):
            entry.get()

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        entries = self._bound(range(len(quantities)))
        unpack = RECORD.unpack

        def in_a_loop() -> float:
            total = 0.0
            for entry, quantity in zip(entries, quantities, strict=True):
                bid, ask, _, _, _, _, _ = unpack(entry.get().data)
                total += quantity * (bid if quantity > 0 else ask)
            return total

        return {"Python loop": in_a_loop}

    def poll(self, index: int) -> Callable[[], int]:
        entry, unpack = self._bound(range(index, index + 1))[0], RECORD.unpack
        return lambda: int(unpack(entry.get().data)[6])

    def waiters(self, index: int) -> dict[str, Callable[[float], int | None]]:
        iox2, newest = self._iox2, self.poll(index)
        self._events = self._node.service_builder(iox2.ServiceName.new("news")).event().open_or_create()
        listener = self._events.listener_builder().create()

        def next_news(timeout_s: float) -> int | None:
            return newest() if listener.timed_wait(iox2.Duration.from_secs_f64(timeout_s)) else None

        return {"event + blackboard": next_news}

    def close(self) -> None:
        self._entries.clear()
        del self._reader, self._service, self._events, self._node


def _by_struct(entries: list[Any]) -> ReadLoop:
    unpack = RECORD.unpack

    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(entries), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for entry in turns:
            bid, ask, last, bid_size, _, _, _ = unpack(entry.get().data)
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _by_decoding(entries: list[Any]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(entries), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for entry in turns:
            quote = entry.get().decode_as(Entry)
            bid = quote.bid
            ask = quote.ask
            last = quote.last
            bid_size = quote.bid_size
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _if_news(entry: Any) -> ReadLoop:
    unpack = RECORD.unpack

    def loop(count: int) -> tuple[int, float]:
        value = entry.get()
        bid, ask, last, bid_size, _, _, _ = unpack(value.data)
        started = perf_counter_ns()
        for _ in range(count):
            if not entry.is_up_to_date(value):
                value = entry.get()
                bid, ask, last, bid_size, _, _, _ = unpack(value.data)
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    fields = ", ".join(f"({name!r}, ctypes.c_double)" for name in _NAMES)
    return FirstQuote(
        "import ctypes, struct, iceoryx2 as iox2",
        "iox2.set_log_level(iox2.LogLevel.Error); config = iox2.config.default(); "
        f"config.global_cfg.prefix = iox2.FileName.new({prefix_of(place)!r}); "
        f"config.global_cfg.root_path = iox2.Path.new({os.fspath(place)!r}); "
        f"Entry = type('Entry', (ctypes.Structure,), dict(_fields_=[{fields}, ('ts_ns', ctypes.c_int64)])); "
        "node = iox2.NodeBuilder.new().config(config).create(iox2.ServiceType.Ipc); "
        "service = node.service_builder(iox2.ServiceName.new('quotes')).blackboard_opener(ctypes.c_uint64).open(); "
        "reader = service.reader_builder().create()",
        f"entry = reader.entry(ctypes.c_uint64({int(symbol[3:])}), Entry); "
        "values = struct.unpack('=6dq', entry.get().data)[:4]",
    )


CONTENDER = Contender(
    name="iceoryx2",
    title="iceoryx2 blackboard",
    usage="pre-bound entry handles; struct on the bytes of get(), update_with_copy of one ctypes structure",
    lacks="verdict, history; the set of symbols is fixed when the service is created",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    modules=("iceoryx2",),
    distributions=("iceoryx2",),
    install="pip install iceoryx2",
    largest=500,
)
