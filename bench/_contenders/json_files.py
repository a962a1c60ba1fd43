"""One JSON file per symbol, replaced atomically: how the original design handed quotes to its readers.

In a tmpfs, so that no disk is in the way. Read as its readers did (`json.load`) and as fast as it gets (msgspec into a
typed structure, and only if the file has been replaced).
"""

from __future__ import annotations

import json
import os
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING

import msgspec

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer
from bench._harness.quotes import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]


class FileQuote(msgspec.Struct):
    """The contents of a file."""

    symbol: str
    bid: float
    ask: float
    last: float
    bid_size: float
    ask_size: float
    last_size: float
    ts_ns: int


_decode = msgspec.json.Decoder(FileQuote).decode


def _load(path: str) -> FileQuote:
    file = os.open(path, os.O_RDONLY)
    try:
        return _decode(os.read(file, 4096))
    finally:
        os.close(file)


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._symbols = symbols
        self._paths = [str(place / f"{symbol}.json") for symbol in symbols]
        self._temporary = str(place / ".new")
        self._publish_each(ticks(range(len(symbols)), range(1), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"msgspec, write, rename": self._publish_each}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        encode, symbols, paths, temporary = msgspec.json.encode, self._symbols, self._paths, self._temporary
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            file = os.open(temporary, flags, 0o640)
            os.write(file, encode(FileQuote(symbols[index], bid, ask, last, bid_size, ask_size, last_size, ts_ns)))
            os.close(file)
            os.rename(temporary, paths[index])  # noqa: PTH104 - the fast way is what is measured
        return perf_counter_ns() - started

    def close(self) -> None:
        pass


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._paths = [str(place / f"{symbol}.json") for symbol in symbols]

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        paths = [self._paths[index] for index in indices]
        loops = {"json.load": _by_json(paths), "msgspec": _by_msgspec(paths)}
        if len(indices) == 1:
            loops["msgspec, if the file is another (stat)"] = _if_replaced(paths[0])
        return loops

    def warm(self, indices: range) -> None:
        for index in indices:
            _load(self._paths[index])

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        positions = [*zip(self._paths, quantities, strict=False)]

        def in_a_loop() -> float:
            total = 0.0
            for path, quantity in positions:
                quote = _load(path)
                total += quantity * (quote.bid if quantity > 0 else quote.ask)
            return total

        return {"msgspec in a Python loop": in_a_loop}

    def poll(self, index: int) -> Callable[[], int]:
        path = self._paths[index]
        return lambda: _load(path).ts_ns

    def close(self) -> None:
        pass


def _by_json(paths: list[str]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(paths), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for path in turns:
            with open(path) as file:  # noqa: PTH123 - the plain way is what is measured
                quote = json.load(file)
            bid = quote["bid"]
            ask = quote["ask"]
            last = quote["last"]
            bid_size = quote["bid_size"]
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _by_msgspec(paths: list[str]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(paths), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for path in turns:
            quote = _load(path)
            bid = quote.bid
            ask = quote.ask
            last = quote.last
            bid_size = quote.bid_size
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _if_replaced(path: str) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        seen, quote = (0, 0), _load(path)
        stat = os.stat
        started = perf_counter_ns()
        for _ in range(count):
            status = stat(path)
            version = status.st_ino, status.st_mtime_ns
            if version != seen:
                quote, seen = _load(path), version
            _ = quote.bid
            _ = quote.ask
            _ = quote.last
            _ = quote.bid_size
        return perf_counter_ns() - started, quote.bid + quote.ask + quote.last + quote.bid_size

    return loop


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "import json",
        f"path = {str(place / f'{symbol}.json')!r}",
        "file = open(path); q = json.load(file); file.close(); values = q['bid'], q['ask'], q['last'], q['bid_size']",
    )


CONTENDER = Contender(
    name="json",
    title="JSON files in tmpfs",
    usage="one file per symbol, written aside and renamed; json.load, or msgspec on os.read",
    lacks="verdict, history, waking; a book is not of one instant",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    distributions=("msgspec",),
)
