"""multiprocessing's Manager dict: a dict in a server process, asked over a unix socket.

The server runs on the writer's core. A book is fetched whole with `copy()`, one round trip.
"""

from __future__ import annotations

import os
import time
from itertools import cycle, islice
from multiprocessing import get_context
from multiprocessing.managers import BaseManager, DictProxy
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer
from bench._harness.quotes import ticks
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]

_AUTHKEY = b"bench"
_quotes: dict[str, tuple[float, ...]] = {}


def _shared() -> dict[str, tuple[float, ...]]:
    return _quotes


class _BookManager(BaseManager):
    pass


_BookManager.register("quotes", callable=_shared, proxytype=DictProxy)


def _address(place: Path) -> str:
    return str(place / "manager")


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._manager = _BookManager(_address(place), _AUTHKEY, ctx=get_context("spawn"))
        self._manager.start(initializer=die_with_parent, initargs=(os.getpid(),))
        self._dict: Any = self._manager.quotes()  # type: ignore[attr-defined]  # made by register
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
        self._manager.shutdown()


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        manager = _BookManager(_address(place), _AUTHKEY)
        manager.connect()
        self._dict: Any = manager.quotes()  # type: ignore[attr-defined]  # made by register
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
            quotes, total = shared.copy(), 0.0
            for symbol, quantity in positions:
                bid, ask, _, _, _, _, _ = quotes[symbol]
                total += quantity * (bid if quantity > 0 else ask)
            return total

        return {"dict.copy() + Python loop": in_a_loop}

    def poll(self, index: int) -> Callable[[], int]:
        shared, symbol = self._dict, self._symbols[index]
        return lambda: int(shared[symbol][6])

    def close(self) -> None:
        pass


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "from multiprocessing.managers import BaseManager, DictProxy",
        "Manager = type('Manager', (BaseManager,), {}); Manager.register('quotes', proxytype=DictProxy); "
        f"manager = Manager({_address(place)!r}, {_AUTHKEY!r}); manager.connect(); shared = manager.quotes()",
        f"values = shared[{symbol!r}][:4]",
    )


CONTENDER = Contender(
    name="manager",
    title="multiprocessing Manager",
    usage="a dict of tuples in a manager process on the writer's core, over a unix socket",
    lacks="verdict, history, waking",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    distributions=("python",),
)
