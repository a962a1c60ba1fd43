"""tickring itself, and its twin: the same native core compiled without the verdict (see bench/_native)."""

from __future__ import annotations

import random
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer
from bench._contenders.tickring_book import book_values
from bench._harness.quotes import values_of
from bench._harness.twin import load_twin_reader
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDER"]

_BID, _ASK, _LAST, _BID_SIZE, _ASK_SIZE, _LAST_SIZE = list(Field)[:6]


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        limits = SegmentLimits(capacity=max(16, len(symbols)), heartbeat_limit_s=300.0, vouch_limit_s=86_400.0)
        self._host = SegmentHost.open(place / "segment", limits=limits, api_mode=ApiMode.MOCK)
        self._writer = SegmentWriter.attach(place / "segment", epoch=self._host.grant_epoch())
        self._host.set_state(RunState.RUNNING)
        self._writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=ApiMode.MOCK)
        for symbol in symbols:
            slot = self._writer.add(symbol)
            self._writer.begin(slot)
            words = {"state": QuoteState.LIVE, "source": Source.SAMPLE, "data_type": DataType.REALTIME}
            self._writer.set_state(slot, **words, publish=False)  # type: ignore[arg-type]
        self._publish_first(len(symbols))

    def _publish_first(self, size: int) -> None:
        """Publish quote number 0 of every symbol, after another number of ticks of each.

        In life no two symbols have had the same number of ticks. With the same number all newest records would lie at
        the same offset of rings that are a power of two apart, and compete for one set of the cache.
        """
        chance = random.Random(size)  # not for secrets
        for index in range(size):
            for count in range(chance.randrange(1, 64), -1, -1):
                self.publish((index, *values_of(index, count), time.time_ns()))

    def publish(self, tick: Tick) -> None:
        index, bid, ask, last, bid_size, ask_size, last_size, ts_ns = tick
        # fmt: off
        self._writer.tick(index, ts_ns, _BID, bid, _ASK, ask, _LAST, last,
                          _BID_SIZE, bid_size, _ASK_SIZE, ask_size, _LAST_SIZE, last_size)
        # fmt: on

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"tick": self._tick_each, "tick + commit (wakes sleepers)": self._commit_each}

    def _tick_each(self, all_ticks: Sequence[Tick]) -> int:
        tick = self._writer.tick
        b, a, t, bs, asz, ts = _BID, _ASK, _LAST, _BID_SIZE, _ASK_SIZE, _LAST_SIZE
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            tick(index, ts_ns, b, bid, a, ask, t, last, bs, bid_size, asz, ask_size, ts, last_size)
        return perf_counter_ns() - started

    def _commit_each(self, all_ticks: Sequence[Tick]) -> int:
        tick, commit = self._writer.tick, self._writer.commit
        b, a, t, bs, asz, ts = _BID, _ASK, _LAST, _BID_SIZE, _ASK_SIZE, _LAST_SIZE
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            tick(index, ts_ns, b, bid, a, ask, t, last, bs, bid_size, asz, ask_size, ts, last_size)
            commit()
        return perf_counter_ns() - started

    def publish_waking(self, tick: Tick) -> None:
        self.publish(tick)
        self._writer.commit()

    def keep_alive(self) -> None:
        self._host.heartbeat()
        self._writer.heartbeat()

    def close(self) -> None:
        self._writer.close()
        self._host.close(remove=True)


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._symbols = symbols
        self._reader = QuoteReader.open(place / "segment", ApiMode.MOCK)
        self._warmer = QuoteReader.open(place / "segment", ApiMode.MOCK)
        twin = load_twin_reader()
        self._twin = None if twin is None else twin.open(place / "segment", ApiMode.MOCK)
        if self._reader[symbols[0]].verdict != "live":
            raise ValueError(f"not a live quote: {self._reader[symbols[0]]!r}")

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        symbols = [self._symbols[index] for index in indices]
        loops = {
            "by handle": _by_handle([self._reader.handle(symbol) for symbol in symbols]),
            "by handle, verdict not looked at": _values_only([self._reader.handle(symbol) for symbol in symbols]),
            "by symbol": _by_symbol(self._reader, symbols),
        }
        if len(symbols) == 1:
            # More equal strings than the reader remembers by address: found by hash, as a symbol from a message is.
            others = [symbols[0].encode().decode() for _ in range(4096)]
            loops["by symbol, each time another str"] = _by_symbol(self._reader, others)
        if self._twin is not None:
            loops["without a verdict (twin build)"] = _values_only([self._twin.handle(symbol) for symbol in symbols])
        return loops

    def warm(self, indices: range) -> None:
        # Another reader: the timed one must make a new object of the changed quote, not find the one made here.
        for index in indices:
            _ = self._warmer[self._symbols[index]].bid

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        return book_values(self._reader, self._symbols[: len(quantities)], quantities)

    def poll(self, index: int) -> Callable[[], int]:
        handle = self._reader.handle(self._symbols[index])
        return lambda: handle.read().ts_recv_ns

    def waiters(self, index: int) -> dict[str, Callable[[float], int | None]]:
        follower = self._reader.follower([self._symbols[index]])

        def next_news(timeout_s: float) -> int | None:
            if not follower.wait(timeout_s):
                return None
            return follower.take()[-1][0].ts_recv_ns

        return {"follow": next_news}

    @property
    def retries(self) -> int:
        return self._reader.stats["retries"]

    def close(self) -> None:
        self._reader.close()
        self._warmer.close()


def _by_handle(handles: list[Any]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(handles), count)
        quote = handles[0].read()
        started = perf_counter_ns()
        for handle in turns:
            quote = handle.read()
            _ = quote.bid
            _ = quote.ask
            _ = quote.last
            _ = quote.bid_size
            _ = quote.verdict
        return perf_counter_ns() - started, quote.bid + quote.ask + quote.last + quote.bid_size

    return loop


def _values_only(handles: list[Any]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(handles), count)
        quote = handles[0].read()
        started = perf_counter_ns()
        for handle in turns:
            quote = handle.read()
            _ = quote.bid
            _ = quote.ask
            _ = quote.last
            _ = quote.bid_size
        return perf_counter_ns() - started, quote.bid + quote.ask + quote.last + quote.bid_size

    return loop


def _by_symbol(reader: Any, symbols: list[str]) -> ReadLoop:
    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(symbols), count)
        quote = reader[symbols[0]]
        started = perf_counter_ns()
        for symbol in turns:
            quote = reader[symbol]
            _ = quote.bid
            _ = quote.ask
            _ = quote.last
            _ = quote.bid_size
            _ = quote.verdict
        return perf_counter_ns() - started, quote.bid + quote.ask + quote.last + quote.bid_size

    return loop


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "from tickring.reader import QuoteReader",
        f"reader = QuoteReader.open({str(place / 'segment')!r}, 'mock')",
        f"q = reader[{symbol!r}]; values = q.bid, q.ask, q.last, q.bid_size",
    )


CONTENDER = Contender(
    name="tickring",
    title="tickring",
    usage="handle.read(), reader[symbol], batch, follow; every read computes the verdict",
    lacks="",
    writer=_Writer,
    reader=_Reader,
    first_quote=_first_quote,
    distributions=("tickring",),
)
