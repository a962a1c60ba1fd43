"""UltraDict: a dict in every process, kept alike by a stream of pickled changes in shared memory.

With a single writer it needs no shared lock. The stream is larger than its default, so that a full dump is rare.
"""

from __future__ import annotations

import logging
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer, peer
from bench._harness.quotes import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER", "name_of"]

_STREAM_BYTES = 1_000_000
_DUMP_BYTES = 1_000_000  # of a fixed size it gets our name; otherwise a new, nameless segment at every dump


def name_of(place: Path) -> str:
    """Return the start of the names of its shared memory: of this run only, and removed with it."""
    return f"ultradict-bench-{place.parent.name.rpartition('-')[2]}-{place.name}"


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        logging.getLogger().setLevel(logging.ERROR)  # it warns at every full dump
        sizes = {"buffer_size": _STREAM_BYTES, "full_dump_size": _DUMP_BYTES}
        self._dict = peer("UltraDict").UltraDict(name=name_of(place), create=True, **sizes)
        self._symbols = symbols
        self._publish_each(ticks(range(len(symbols)), range(1), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"dict[symbol] = tuple": self._publish_each}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        shared, symbols = self._dict, self._symbols
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            shared[symbols[index]] = (bid, ask, last, bid_size, ask_size, last_size, ts_ns)
        return perf_counter_ns() - started

    def close(self) -> None:
        self._dict.close()


class _Reader(Reader):
    replays = True

    def __init__(self, place: Path, symbols: list[str]) -> None:
        logging.getLogger().setLevel(logging.ERROR)
        self._dict = peer("UltraDict").UltraDict(name=name_of(place), create=False, buffer_size=_STREAM_BYTES)
        self._symbols = symbols

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        shared, symbols = self._dict, [self._symbols[index] for index in indices]

        def loop(count: int) -> tuple[int, float]:
            turns = islice(cycle(symbols), count)
            bid = ask = last = bid_size = 0.0
            started = perf_counter_ns()
            for symbol in turns:
                bid, ask, last, bid_size, _, _, _ = shared[symbol]
            return perf_counter_ns() - started, bid + ask + last + bid_size

        return {"dict[symbol]": loop}

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        shared, positions = self._dict, [*zip(self._symbols, quantities, strict=False)]

        def in_a_loop() -> float:
            shared.apply_update()
            quotes, total = shared.data, 0.0
            for symbol, quantity in positions:
                bid, ask, _, _, _, _, _ = quotes[symbol]
                total += quantity * (bid if quantity > 0 else ask)
            return total

        return {"apply_update once, then its local dict": in_a_loop}

    def poll(self, index: int) -> Callable[[], int]:
        shared, symbol = self._dict, self._symbols[index]
        return lambda: int(shared[symbol][6])

    def close(self) -> None:
        self._dict.close()


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "from UltraDict import UltraDict",
        f"shared = UltraDict(name={name_of(place)!r}, create=False, buffer_size={_STREAM_BYTES})",
        f"values = shared[{symbol!r}][:4]",
    )


CONTENDER = Contender(
    name="ultradict",
    title="UltraDict",
    usage="dict[symbol] = tuple, one writer, no shared lock, 1 MB stream",
    lacks="verdict, history, waking; every reader replays every tick of every symbol; torn reads only meet asserts",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    modules=("UltraDict",),
    distributions=("UltraDict",),
    install="pip install UltraDict",
)
