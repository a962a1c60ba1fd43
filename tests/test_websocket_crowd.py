"""Many clients, some of which stand still: the others are served, memory stays flat, who was evicted learns why."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from tests.feeds import Feed
from tests.waiting import wait_until
from tests.websocket_rig import ApiService, Listener, Ticker, own_feed
from tickring.api.transport import transport_of
from tickring.api.ws_protocol import bounded_protocol
from tickring.states import Field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PING = b"\x89\xfd\x00\x00\x00\x00" + b"p" * 125
READING, STILL = 97, 3
SYMBOLS = 200
MEGABYTE = 1 << 20
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def read_on(service: ApiService, until_s: float) -> tuple[list[int], float]:
    """Follow one symbol until a time; return every bid heard and the longest pause between two."""
    bids: list[int] = []
    longest_s, last_s = 0.0, float("inf")
    uri = f"ws://127.0.0.1:{service.port}/ws"
    async with connect(uri, compression=None, ping_interval=None, open_timeout=30, proxy=None) as connection:
        await connection.send('{"type":"subscribe","symbols":["S0"]}')
        while (left_s := until_s - time.monotonic()) > 0:
            try:
                message = msgspec.json.decode(await asyncio.wait_for(connection.recv(), left_s))
            except TimeoutError:
                break
            if message["type"] == "quote_update":
                bids.append(int(message["bid"]))
                longest_s, last_s = max(longest_s, time.monotonic() - last_s), time.monotonic()
    return bids, longest_s


async def crowd(service: ApiService, seconds: float) -> list[tuple[list[int], float]]:
    """All that read."""
    return await asyncio.gather(*(read_on(service, time.monotonic() + seconds) for _ in range(READING)))


def test_three_of_a_hundred_stand_still(tmp_path: Path) -> None:
    """Three want everything and take nothing: each costs one place per symbol, however much there is to say."""
    with own_feed(capacity=256) as feed:
        slots = [feed.stream(f"S{number}", Field.BID, 0.5, Field.ASK, 1e6) for number in range(SYMBOLS)]
        # Nobody is evicted here: what is measured is what a client costs that is waited for.
        limits = {"websocket__stuck_s": 600, "websocket__ping_s": 600, "websocket__send_buffer_bytes": 4096}
        with ApiService(feed.name, tmp_path, **limits) as service, Ticker(feed, slots, per_s=15) as ticker:
            service.wait_ready()
            still = [Listener(service, is_reading=False) for _ in range(STILL)]
            for one in still:
                one.say("subscribe", symbols="*")
            asyncio.run(crowd(service, 1.5))
            before_bytes, before = service.rss_bytes(), ticker.count
            heard = asyncio.run(crowd(service, 4.0))
            grown_bytes, ticks = service.rss_bytes() - before_bytes, ticker.count - before
            for one in still:
                one.close()
    for bids, _ in heard:
        assert bids == sorted(set(bids))
        assert len(bids) >= 3
    # Kept one by one, the updates of the three would be ten times the limit at the full rate.
    unbounded_bytes = STILL * SYMBOLS * min(ticks, 40) * 500
    assert grown_bytes < 3 * MEGABYTE, f"{grown_bytes:,} bytes; one by one it would be up to {unbounded_bytes:,}"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiService, Feed, list[int]]]:
    """A service that waits for nobody, its feed and the slots to tick."""
    with own_feed(capacity=256) as feed:
        slots = [feed.stream(f"S{number}", Field.BID, 0.5, Field.ASK, 1e6) for number in range(100)]
        limits = {"websocket__stuck_s": 0.5, "websocket__close_s": 4, "websocket__send_buffer_bytes": 4096}
        place = tmp_path_factory.mktemp("hasty")
        with ApiService(feed.name, place, websocket__ping_s=600, **limits) as service:
            yield service.wait_ready(), feed, slots


def test_who_takes_nothing_is_evicted_and_may_come_back(hasty: tuple[ApiService, Feed, list[int]]) -> None:
    """Closed with 4408 and why, which it reads when it wakes; the next connection begins with a fresh snapshot."""
    service, feed, slots = hasty
    with Ticker(feed, slots, per_s=20) as ticker:
        with Listener(service, is_reading=False) as still, Listener(service) as reading:
            still.say("subscribe", symbols="*")
            reading.say("subscribe", symbols=["S0"])
            wait_until(lambda: "websocket.client_evicted" in service.log, "the slow one is evicted")
            code, why = still.until_closed()
            assert (code, "connect again" in why) == (4408, True)
            last = max(one["quotes"][0]["bid"] for one in still.heard if one["type"] == "snapshot")
            now = ticker.count
            reading.until("quote_update", lambda one: one["bid"] >= now)
        with Listener(service) as again:
            again.say("subscribe", symbols=["S0"])
            snapshot = again.until("snapshot")
            assert again.heard[0]["seq"] == 1
            assert snapshot["quotes"][0]["bid"] > last
    assert service.log.count("websocket.client_evicted") == 1


def test_a_snapshot_may_take_its_time_on_a_slow_line(tmp_path: Path) -> None:
    """Longer than a client may stand still and longer than a ping may be unanswered: it arrives whole all the same."""
    names = [f"SLOWLINE{number:04d}" for number in range(1500)]
    with own_feed(capacity=2048) as feed:
        for name in names:
            feed.stream(name, Field.BID, 0.5, Field.ASK, 1e6)
        limits = {"websocket__stuck_s": 0.5, "websocket__ping_s": 0.5, "websocket__send_buffer_bytes": 4096}
        with ApiService(feed.name, tmp_path, **limits) as service, socket.socket() as client:
            service.wait_ready()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", service.port))
            protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{service.port}/ws"), max_size=None)
            protocol.send_request(protocol.connect())
            texts: list[bytes] = []
            began_s = time.monotonic()
            while not any(b'"type":"snapshot"' in text and names[-1].encode() in text for text in texts):
                client.sendall(b"".join(protocol.data_to_send()))  # among it what it answers to pings
                part = client.recv(2048)
                assert part, "it was cut"
                protocol.receive_data(part)
                for event in protocol.events_received():
                    if isinstance(event, Response):
                        protocol.send_text(b'{"type":"subscribe","symbols":"*"}')
                    elif isinstance(event, Frame):
                        assert event.opcode is not Opcode.CLOSE, event
                        texts.append(bytes(event.data))
                time.sleep(0.01)
            assert time.monotonic() - began_s > 1.5, "the line was not slow"
        assert "client_evicted" not in service.log


def test_who_never_wakes_is_cut(hasty: tuple[ApiService, Feed, list[int]]) -> None:
    """After the time to read why, the connection is gone: nothing of it is left in the service."""
    service, feed, slots = hasty
    process = psutil.Process(service.process.pid)

    def connections() -> int:
        return sum(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections("tcp"))

    wait_until(lambda: connections() == 0, "nobody is connected", show=connections)
    with Ticker(feed, slots, per_s=20), Listener(service, is_reading=False) as still:
        still.say("subscribe", symbols="*")
        wait_until(lambda: connections() == 1, "it is connected", show=connections)
        wait_until(lambda: connections() == 0, "it is cut", timeout_s=40, show=lambda: service.log[-2000:])


def test_answers_to_pings_that_nobody_reads_are_not_piled_up() -> None:
    """A client sends five megabytes of pings and reads nothing: little of what they ask for waits in the service."""
    waiting: list[int] = []
    has_ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        ended = await receive()
        assert ended["type"] == "websocket.receive"
        transport = transport_of(scope)
        assert transport is not None
        waiting.append(transport.get_write_buffer_size())
        has_ended.set()

    async def flood() -> None:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(app, ws=bounded_protocol(4096), ws_ping_interval=600, lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        server = await loop.create_server(lambda: HttpToolsProtocol(config, state, {}), "127.0.0.1", 0)
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await loop.sock_connect(client, server.sockets[0].getsockname())
            await loop.sock_sendall(client, HANDSHAKE)
            assert b" 101 " in await loop.sock_recv(client, 4096)
            for _ in range(40):
                await loop.sock_sendall(client, PING * 1000)
            await loop.sock_sendall(client, b"\x81\x80\x00\x00\x00\x00")
            async with asyncio.timeout(60):
                await has_ended.wait()
        server.close()

    asyncio.run(flood())
    assert waiting[0] < MEGABYTE
