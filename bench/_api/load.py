"""The clients' role: requests over kept connections, and WebSockets that note when each tick is in hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["Load"]

_SETTLES_S = 0.3


class Load:
    """Served by an agent; every public method is a command."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        pass

    def body(self, port: int, path: str) -> Any:
        """Return what one request brings."""
        return asyncio.run(_one(port, path))

    def request(self, port: int, path: str, connections: int, seconds: float, least: int) -> tuple[list[int], float]:
        """Ask over so many connections at a time; return each answer's ns and the seconds that all took."""
        return asyncio.run(_requests(port, path, connections, seconds, least))

    def listen(self, port: int, symbols: list[str], clients: int, still: int, seconds: float) -> list[float]:
        """Follow with so many clients, beside so many that read nothing; return each message's ns from its tick."""
        return asyncio.run(_listeners(port, symbols, clients, still, seconds))

    def close(self) -> None:
        """Nothing is kept."""


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise ValueError(f"the answer begins with {head[:60]!r}")
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


def _request(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()


async def _one(port: int, path: str) -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
    try:
        return json.loads(await _ask(reader, writer, _request(port, path)))
    finally:
        writer.close()


async def _requests(port: int, path: str, connections: int, seconds: float, least: int) -> tuple[list[int], float]:
    taken: list[int] = []
    started_s = time.monotonic()

    async def go_on() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        request = _request(port, path)
        await _ask(reader, writer, request)
        own = 0
        while own < least or time.monotonic() - started_s < seconds:
            began = time.perf_counter_ns()
            await _ask(reader, writer, request)
            taken.append(time.perf_counter_ns() - began)
            own += 1
        writer.close()

    await asyncio.gather(*(go_on() for _ in range(connections)))
    return taken, time.monotonic() - started_s


async def _listeners(port: int, symbols: list[str], clients: int, still: int, seconds: float) -> list[float]:
    taken: list[float] = []
    subscribe = json.dumps({"type": "subscribe", "symbols": symbols})
    counts_from = time.monotonic() + _SETTLES_S + clients / 100

    async def go_on() -> None:
        async with connect(f"ws://127.0.0.1:{port}/ws", compression=None, ping_interval=None, proxy=None) as connection:
            await connection.send(subscribe)
            while (left_s := counts_from + seconds - time.monotonic()) > 0:
                with contextlib.suppress(TimeoutError):
                    message = json.loads(await asyncio.wait_for(connection.recv(), left_s))
                    now_us = time.monotonic_ns() / 1e3
                    if message["type"] == "quote_update" and message["bid"] / 1e6 > counts_from:
                        taken.append((now_us - message["bid"]) * 1e3)

    async def stand() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)  # beyond it nothing is taken
        handshake = f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(
            f"{handshake}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        everything = subscribe.encode()
        writer.write(bytes([0x81, 0xFE]) + len(everything).to_bytes(2, "big") + bytes(4) + everything)  # RFC 6455, 5.2
        await asyncio.sleep(counts_from + seconds - time.monotonic())
        writer.transport.abort()

    await asyncio.gather(*(go_on() for _ in range(clients)), *(stand() for _ in range(still)))
    return taken
