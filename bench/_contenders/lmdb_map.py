"""LMDB in a tmpfs: one key per symbol, 56 packed bytes as the value.

Opened as its documentation has it fast: no syncing (there is no disk), a writable map, spare read transactions kept.
A read needs a transaction of its own to see the newest value; getting and aborting it by hand measured fastest.
"""

from __future__ import annotations

import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer, peer
from bench._contenders.packed_book import over_packed
from bench._harness.quotes import RECORD, ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]

_MAX_READERS = 256
_MAP_BYTES = 1 << 31  # sparse; while a reader that was descheduled holds an old snapshot, no page of it is used again
_BATCH = 500


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        fast = {"sync": False, "metasync": False, "writemap": True}
        self._environment = peer("lmdb").open(str(place), map_size=_MAP_BYTES, max_readers=_MAX_READERS, **fast)
        self._keys = [symbol.encode() for symbol in symbols]
        self._publish_batches(ticks(range(len(symbols)), range(1), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"transaction a tick": self._publish_each, f"transaction of {_BATCH} ticks": self._publish_batches}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        begin, keys, pack = self._environment.begin, self._keys, RECORD.pack
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            transaction = begin(write=True)
            transaction.put(keys[index], pack(bid, ask, last, bid_size, ask_size, last_size, ts_ns))
            transaction.commit()
        return perf_counter_ns() - started

    def _publish_batches(self, all_ticks: Sequence[Tick]) -> int:
        begin, keys, pack = self._environment.begin, self._keys, RECORD.pack
        started = perf_counter_ns()
        for first in range(0, len(all_ticks), _BATCH):
            transaction = begin(write=True)
            put = transaction.put
            for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks[first : first + _BATCH]:
                put(keys[index], pack(bid, ask, last, bid_size, ask_size, last_size, ts_ns))
            transaction.commit()
        return perf_counter_ns() - started

    def close(self) -> None:
        self._environment.close()


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._environment = peer("lmdb").open(
            str(place), map_size=_MAP_BYTES, readonly=True, max_readers=_MAX_READERS, readahead=False, max_spare_txns=4
        )
        self._keys = [symbol.encode() for symbol in symbols]

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        begin, unpack = self._environment.begin, RECORD.unpack
        keys = [self._keys[index] for index in indices]

        def loop(count: int) -> tuple[int, float]:
            turns = islice(cycle(keys), count)
            bid = ask = last = bid_size = 0.0
            started = perf_counter_ns()
            for key in turns:
                transaction = begin()
                bid, ask, last, bid_size, _, _, _ = unpack(transaction.get(key))
                transaction.abort()
            return perf_counter_ns() - started, bid + ask + last + bid_size

        return {"begin, get, abort": loop, "with begin(): get (as its documentation)": self._as_documented(keys)}

    def _as_documented(self, keys: list[bytes]) -> ReadLoop:
        begin, unpack = self._environment.begin, RECORD.unpack

        def loop(count: int) -> tuple[int, float]:
            turns = islice(cycle(keys), count)
            bid = ask = last = bid_size = 0.0
            started = perf_counter_ns()
            for key in turns:
                with begin() as transaction:
                    bid, ask, last, bid_size, _, _, _ = unpack(transaction.get(key))
            return perf_counter_ns() - started, bid + ask + last + bid_size

        return loop

    def warm(self, indices: range) -> None:
        transaction = self._environment.begin()
        for index in indices:
            transaction.get(self._keys[index])
        transaction.abort()

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        begin, unpack = self._environment.begin, RECORD.unpack
        keys = self._keys[: len(quantities)]
        positions = [*zip(keys, quantities, strict=True)]

        def in_a_loop() -> float:
            total = 0.0
            transaction = begin()
            get = transaction.get
            for key, quantity in positions:
                bid, ask, _, _, _, _, _ = unpack(get(key))
                total += quantity * (bid if quantity > 0 else ask)
            transaction.abort()
            return total

        def packed() -> list[Any]:
            transaction = begin()
            values = [*map(transaction.get, keys)]
            transaction.abort()
            return values

        return {"one transaction, get in a loop": in_a_loop, **over_packed("one transaction, get", packed, quantities)}

    def poll(self, index: int) -> Callable[[], int]:
        begin, unpack, key = self._environment.begin, RECORD.unpack, self._keys[index]

        def newest() -> int:
            transaction = begin()
            ts_ns = unpack(transaction.get(key))[6]
            transaction.abort()
            return int(ts_ns)

        return newest

    def close(self) -> None:
        self._environment.close()


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "import lmdb, struct",
        f"environment = lmdb.open({str(place)!r}, map_size={_MAP_BYTES}, readonly=True, "
        f"max_readers={_MAX_READERS}, readahead=False)",
        f"transaction = environment.begin(); "
        f"values = struct.unpack('=6dq', transaction.get({symbol.encode()!r}))[:4]; transaction.abort()",
    )


CONTENDER = Contender(
    name="lmdb",
    title="LMDB in tmpfs",
    usage="sync off, writable map; a read transaction a read; struct on the value",
    lacks="verdict, history, waking",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    modules=("lmdb",),
    distributions=("lmdb",),
    install="pip install lmdb",
)
