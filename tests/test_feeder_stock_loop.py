"""Where ibapi's own run loop fails and ours passes: the same release, the same gateway, the same fault for both.

Facts: how ibapi behaves at run time, measured with each release (docs/architecture.md, the feeder).
"""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51, SCRIPTS, run
from tests.clients.talking import TalkingClient, new_client_id, stock
from tests.clients.tick_story import heard_ticks, sent_ticks
from tests.feeder_rig import FeederRig
from tests.feeder_story import expected_states, newest_request, state_of_quote, ticks_of
from tests.feeder_world import SYMBOLS, FeederWorld, shared_world
from tests.loop_thread import LoopThread
from tests.waiting import wait_until
from tickring.feeder.frame_reader import FrameReader
from tickring.simulator.wire.frames import server_hello

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow
RELEASES = (IBAPI_9, IBAPI_10_46, IBAPI_10_51)
LIVE = "live/vouched"
REQ_ID = 7


@pytest.fixture(scope="module", params=RELEASES)
def both(request: pytest.FixtureRequest) -> Iterator[tuple[FeederWorld, TalkingClient]]:
    """A gateway, our feeder and the stock run loop of the same release."""
    with shared_world(request.param) as world, TalkingClient(request.param) as talker:
        yield world, talker


@pytest.fixture
def world(both: tuple[FeederWorld, TalkingClient]) -> Iterator[FeederWorld]:
    """Ours: alive with a young stamp through all of it, live again at the end."""
    with both[0].observed():
        yield both[0]


@pytest.fixture
def talker(world: FeederWorld, both: tuple[FeederWorld, TalkingClient]) -> Iterator[TalkingClient]:
    """The stock client, connected, with one stream."""
    client = both[1]
    client.new_client()
    client.connect(world.simulator.port, new_client_id())
    client.subscribe(REQ_ID, stock("SPY"))
    client.wait_for_ticks(REQ_ID, 10)
    yield client
    world.do("fin")  # whatever state it is in, it ends


@pytest.mark.parametrize("cut", [False, True])
def test_exactly_4096_bytes(world: FeederWorld, talker: TalkingClient, cut: bool) -> None:
    """Theirs loses every tick of them, or, cut inside a message, hears nothing ever again. Ours has each."""
    world.do("mute")
    time.sleep(0.2)
    since = len(talker.heard)
    sent_before = len(sent_ticks(world.simulator, talker.client_id, REQ_ID))
    world.do("exact_4096", seconds=1.5, cut=cut)
    time.sleep(0.3)  # for the log to be written

    client_id = world.rig.config.gateway.client_id
    req_ids = {symbol: newest_request(world.simulator, client_id, symbol) for symbol in SYMBOLS}
    symbol = min(req_ids, key=lambda one: req_ids[one])  # the first subscription
    version = world.rig.wait_words(lambda words: words.server_version, "the version is told").server_version or 0
    last = expected_states(ticks_of(world.simulator, client_id, symbol, req_ids[symbol]), version)[-1]
    wait_until(lambda: state_of_quote(world.rig.reader[symbol]) == last, "ours has the last one", timeout_s=1.0)

    time.sleep(1.4)  # their reader's time-out of a second, which throws everything away
    sent = len(sent_ticks(world.simulator, talker.client_id, REQ_ID)) - sent_before
    assert sent > 100
    assert heard_ticks(talker, REQ_ID, since) == []
    if cut:
        world.do("unmute")
        world.rig.wait_said("SPY", LIVE)
        assert talker.quiet_for(0.5, "tickPrice", "tickSize", "connectionClosed", "error")
        assert talker.ask("isConnected") is True


def test_an_absurd_length(world: FeederWorld, talker: TalkingClient) -> None:
    """Theirs collects for ever and says nothing; ours begins a new session at once."""
    world.do("absurd_length")
    wait_until(lambda: "bytes; the stream cannot be followed" in world.rig.log(), "ours notices", timeout_s=1.0)
    world.rig.wait_said("SPY", LIVE)
    assert talker.quiet_for(0.5, "tickPrice", "tickSize", "connectionClosed", "error")
    assert talker.ask("isConnected") is True


def test_a_message_that_cannot_be_decoded(world: FeederWorld, talker: TalkingClient) -> None:
    """Theirs ends its loop and its connection; ours loses the message."""
    sequence = world.rig.reader["SPY"].sequence
    world.do("bad_number", text="abc")
    talker.wait_for("connectionClosed")
    assert talker.ask("isConnected") is False
    wait_until(lambda: world.rig.reader["SPY"].sequence > sequence + 5, "ours goes on", show=world.rig.show)
    assert world.rig.said("SPY") == LIVE


def test_the_close_reaches_the_gateway(world: FeederWorld, talker: TalkingClient) -> None:
    """Theirs up to a second after disconnect(): the client id is still taken. Ours: test_feeder_process.py."""
    world.do("mute")
    time.sleep(0.2)
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime")  # their reader has just begun to wait for a second
    began_s = time.monotonic()
    assert talker.ask("disconnect") is None
    wait_until(lambda: talker.client_id not in client_ids(world), "the gateway sees it", show=lambda: client_ids(world))
    assert time.monotonic() - began_s > 0.5


def client_ids(world: FeederWorld) -> list[object]:
    """Whom the gateway takes for connected."""
    clients = world.do("status")["clients"]
    assert isinstance(clients, list)
    return [client["client_id"] for client in clients]


@pytest.mark.parametrize("release", RELEASES)
def test_a_port_that_accepts_and_says_nothing(release: str, segment_name: str) -> None:
    """Theirs waits in connect() until the peer closes; ours gives up after hello_timeout_s and tries again."""
    with socket.socket() as listening, TalkingClient(release) as talker:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        port = listening.getsockname()[1]
        talker.call("connect_and_run", "127.0.0.1", port, 1)
        peer, _ = listening.accept()
        with FeederRig(release, segment_name, port) as rig:
            rig.start()
            wait_until(lambda: rig.log().count("have not come in time") >= 2, "ours tries again", show=rig.show)
        assert talker.all("connected") == []
        peer.close()
        talker.wait_for("connected")


@pytest.mark.parametrize("release", RELEASES)
def test_a_hello_in_pieces(release: str, segment_name: str) -> None:
    """Theirs takes each piece for a whole one and waits for ever; ours puts them together."""
    hello = server_hello(157, "20260105 09:30:00 Eastern Standard Time")
    welcomes: list[asyncio.Task[None] | None] = []

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        welcomes.append(asyncio.current_task())
        await reader.read(100)
        for piece in (hello[:6], hello[6:]):
            writer.write(piece)
            await asyncio.sleep(0.3)
        while await reader.read(100):
            pass
        writer.close()

    async def all_left() -> None:
        await asyncio.gather(*(task for task in welcomes if task is not None), return_exceptions=True)

    with LoopThread() as loop:
        server = loop.run(asyncio.start_server(welcome, "127.0.0.1", 0))
        port = server.sockets[0].getsockname()[1]
        with TalkingClient(release) as talker:
            talker.call("connect_and_run", "127.0.0.1", port, 1)
            with FeederRig(release, segment_name, port) as rig:
                rig.start()
                wait_until(lambda: "gateway.speaks version=157" in rig.log(), "ours goes on", show=rig.show)
            time.sleep(1.0)
            assert talker.all("connected") == []
        server.close()
        loop.run(all_left())


@pytest.mark.parametrize("release", RELEASES)
def test_a_backlog(release: str) -> None:
    """Six times the waiting messages: theirs takes some twenty times as long, ours six."""
    few, many = 10_000, 60_000
    their_few_s, their_many_s = map(float, run(release, SCRIPTS / "stock_backlog.py", str(few), str(many)).split())
    assert their_many_s / their_few_s > 1.6 * many / few
    ours_s = [our_seconds_for(few), our_seconds_for(many)]
    assert ours_s[1] / ours_s[0] < 1.6 * many / few
    assert ours_s[1] < their_many_s / 3


def our_seconds_for(count: int) -> float:
    """The same frames through our reader, the best of three."""
    data = ((25).to_bytes(4, "big") + bytes(25)) * count

    def once() -> float:
        reader = FrameReader(1 << 18)
        began_s = time.process_time()
        got = 0
        for at in range(0, len(data), 1 << 18):
            reader.feed(data[at : at + (1 << 18)])
            got += sum(1 for _ in reader.frames())
        assert got == count
        return time.process_time() - began_s

    return min(once() for _ in range(3))
