"""Redis over a unix socket: one string of 56 packed bytes per symbol.

The server is started by the writer on a private socket, without persistence and without a port, pinned once to the
writer's core and once to the reader's. redis-py with hiredis and a connection of its own, as its documentation has it
fast; beside it the bare protocol over a socket, which is what the round trip costs without the client.
"""

from __future__ import annotations

import functools
import os
import socket
import subprocess
import time
from itertools import cycle, islice
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import Contender, FirstQuote, Reader, Writer, peer
from bench._contenders.packed_book import over_packed
from bench._harness.cores import reader_core, writer_core
from bench._harness.quotes import RECORD, ticks
from tickring.process_identity import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench._contenders.contract import PublishLoop, ReadLoop
    from bench._harness.quotes import Tick

__all__ = ["CONTENDERS"]

_CHANNEL = "news"
_BATCH = 500


def _client(place: Path) -> Any:
    return peer("redis").Redis(unix_socket_path=str(place / "socket"), single_connection_client=True)


def _start_server(place: Path, core: int) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def in_server() -> None:
        die_with_parent(parent)
        os.sched_setaffinity(0, {core})

    settings = {
        "port": 0,
        "unixsocket": "socket",
        "save": "",
        "appendonly": "no",
        "dir": str(place),
        "loglevel": "warning",
    }
    words = [word for name, value in settings.items() for word in (f"--{name}", str(value))]
    command = ["redis-server", *words]
    # preexec_fn is safe here: an agent has one thread.
    return subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, preexec_fn=in_server)  # noqa: PLW1509


class _Writer(Writer):
    def __init__(self, place: Path, symbols: list[str], server_core: Callable[[], int]) -> None:
        self._server = _start_server(place, server_core())
        self._symbols = symbols
        self._client = self._connected(place)
        self._publish_batches(ticks(range(len(symbols)), range(1), time.time_ns()))

    def _connected(self, place: Path) -> Any:
        deadline = time.monotonic() + 10.0
        while True:
            try:
                client = _client(place)
                client.ping()
            except peer("redis").ConnectionError:
                if self._server.poll() is not None or time.monotonic() > deadline:
                    self._server.kill()
                    raise
                time.sleep(0.01)
            else:
                return client

    def publish(self, tick: Tick) -> None:
        self._publish_each((tick,))

    def publish_loops(self) -> dict[str, PublishLoop]:
        return {"SET": self._publish_each, f"pipeline of {_BATCH} SET": self._publish_batches}

    def _publish_each(self, all_ticks: Sequence[Tick]) -> int:
        put, symbols, pack = self._client.set, self._symbols, RECORD.pack
        started = perf_counter_ns()
        for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks:
            put(symbols[index], pack(bid, ask, last, bid_size, ask_size, last_size, ts_ns))
        return perf_counter_ns() - started

    def _publish_batches(self, all_ticks: Sequence[Tick]) -> int:
        symbols, pack = self._symbols, RECORD.pack
        started = perf_counter_ns()
        for first in range(0, len(all_ticks), _BATCH):
            pipeline = self._client.pipeline(transaction=False)
            for index, bid, ask, last, bid_size, ask_size, last_size, ts_ns in all_ticks[first : first + _BATCH]:
                pipeline.set(symbols[index], pack(bid, ask, last, bid_size, ask_size, last_size, ts_ns))
            pipeline.execute()
        return perf_counter_ns() - started

    def publish_waking(self, tick: Tick) -> None:
        # The message carries the quote, so that nobody has to read it as well; the key is left as it was.
        self._client.publish(_CHANNEL, RECORD.pack(*tick[1:]))

    def close(self) -> None:
        self._client.close()
        self._server.terminate()
        self._server.wait(10.0)


class _Reader(Reader):
    def __init__(self, place: Path, symbols: list[str]) -> None:
        self._place = place
        self._symbols = symbols
        self._client = _client(place)
        self._bare = socket.socket(socket.AF_UNIX)
        self._bare.connect(os.fsencode(place / "socket"))
        self._pubsub: Any = None

    def read_loops(self, indices: range) -> dict[str, ReadLoop]:
        symbols = [self._symbols[index] for index in indices]
        return {
            "redis-py GET": _by_client(self._client.get, symbols),
            "GET without redis-py (socket + hiredis)": _by_socket(self._bare, symbols),
        }

    def book_values(self, quantities: Sequence[float]) -> dict[str, Callable[[], float]]:
        symbols, mget, unpack = self._symbols[: len(quantities)], self._client.mget, RECORD.unpack

        def in_a_loop() -> float:
            total = 0.0
            for packed, quantity in zip(mget(symbols), quantities, strict=True):
                bid, ask, _, _, _, _, _ = unpack(packed)
                total += quantity * (bid if quantity > 0 else ask)
            return total

        return {"MGET + Python loop": in_a_loop, **over_packed("MGET", lambda: list(mget(symbols)), quantities)}

    def poll(self, index: int) -> Callable[[], int]:
        get, unpack, symbol = self._client.get, RECORD.unpack, self._symbols[index]
        return lambda: int(unpack(get(symbol))[6])

    def waiters(self, index: int) -> dict[str, Callable[[float], int | None]]:  # noqa: ARG002 - one channel
        self._pubsub = _client(self._place).pubsub(ignore_subscribe_messages=True)
        self._pubsub.subscribe(_CHANNEL)
        unpack = RECORD.unpack

        def next_news(timeout_s: float) -> int | None:
            message = self._pubsub.get_message(timeout=timeout_s)
            return None if message is None else int(unpack(message["data"])[6])

        return {"pub/sub": next_news}

    def close(self) -> None:
        if self._pubsub is not None:
            self._pubsub.close()
        self._bare.close()
        self._client.close()


def _by_client(get: Callable[[str], bytes], symbols: list[str]) -> ReadLoop:
    unpack = RECORD.unpack

    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(symbols), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for symbol in turns:
            bid, ask, last, bid_size, _, _, _ = unpack(get(symbol))
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _by_socket(connection: socket.socket, symbols: list[str]) -> ReadLoop:
    hiredis = peer("hiredis")
    parser, commands = hiredis.Reader(), [hiredis.pack_command(("GET", symbol)) for symbol in symbols]
    unpack, send, receive, feed, parse = RECORD.unpack, connection.sendall, connection.recv, parser.feed, parser.gets

    def loop(count: int) -> tuple[int, float]:
        turns = islice(cycle(commands), count)
        bid = ask = last = bid_size = 0.0
        started = perf_counter_ns()
        for command in turns:
            send(command)
            feed(receive(4096))
            bid, ask, last, bid_size, _, _, _ = unpack(parse())
        return perf_counter_ns() - started, bid + ask + last + bid_size

    return loop


def _first_quote(place: Path, symbol: str) -> FirstQuote:
    return FirstQuote(
        "import redis, struct",
        f"client = redis.Redis(unix_socket_path={str(place / 'socket')!r}, single_connection_client=True)",
        f"values = struct.unpack('=6dq', client.get({symbol!r}))[:4]",
    )


def _contender(name: str, where: str, server_core: Callable[[], int]) -> Contender:
    return Contender(
        name=name,
        title=f"Redis, {where}",
        usage="unix socket, redis-py with hiredis, GET/SET/MGET of packed bytes; no persistence",
        lacks="verdict, history (unless kept as a stream)",
        writer=functools.partial(_Writer, server_core=server_core),
        reader=_Reader,
        first_quote=_first_quote,
        modules=("redis", "hiredis"),
        programs=("redis-server",),
        distributions=("redis", "hiredis"),
        install="pip install 'redis[hiredis]' and apt-get install redis-server",
    )


CONTENDERS = [
    _contender("redis-other-core", "server on the writer's core", writer_core),
    _contender("redis-own-core", "server on the reader's core", reader_core),
]
