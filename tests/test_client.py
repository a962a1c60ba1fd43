"""The Python client against a real service, and what it says when processes die or stand still."""

from __future__ import annotations

import asyncio
import http.server
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.feeds import Feed
from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tests.websocket_rig import ApiService, Ticker, free_port, own_feed
from tickring.client import AsyncClient, AsyncFollow, Client, ClientTiming, RemoteQuote
from tickring.errors import ServiceAnswerUnreadable, ServiceRefused, ServiceUnreachable
from tickring.reader import Reason, Verdict
from tickring.states import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

QUICK = ClientTiming(proof_limit_s=3.0, ping_s=0.1, backoff_first_s=0.05, backoff_limit_s=0.2)


def until(quotes: Iterable[RemoteQuote], holds: Callable[[RemoteQuote], object]) -> RemoteQuote:
    """The first quote for which something holds; a follow that ends without it fails."""
    seen: list[RemoteQuote] = []
    for quote in quotes:
        seen.append(quote)
        if holds(quote):
            return quote
    raise AssertionError(f"it ended; seen last: {seen[-3:]}")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Feed, ApiService]]:
    """A feed and a service that each test may kill."""
    with own_feed() as feed:
        feed.say_data_flows()
        with ApiService(feed.name, tmp_path) as service:
            yield feed, service.wait_ready()


def test_what_the_client_says_when_its_service_dies(world: tuple[Feed, ApiService]) -> None:
    """Asked, followed, stopped, continued, killed, started again: no price is `live` unless the service says so now."""
    feed, service = world
    slot = feed.stream("SPY", Field.BID, 10.0, Field.ASK, 10.2)
    feed.stream("BRK B", Field.BID, 400.0)
    with Client(service.url, api_mode="mock", timing=QUICK) as client:
        assert client.status().stream is not None
        assert {quote.symbol: quote.bid for quote in client.quotes()} == {"SPY": 10.0, "BRK B": 400.0}
        assert [quote.verdict for quote in client.quotes(["BRK B", "XYZ"])] == [Verdict.LIVE, Verdict.MISSING]
        assert client.quote("BRK B").bid == 400.0
        assert [quote.symbol for quote in client.quotes("SPY")] == ["SPY"]
        assert client.quotes([]) == []
        with pytest.raises(ServiceRefused, match="needs the token") as refused:
            client.start(1)
        assert (refused.value.status, refused.value.code) == (401, "token_missing")

        with client.follow(["SPY"], timeout_s=40) as follow:
            assert until(follow, lambda quote: quote.is_good).bid == 10.0
            feed.tick(slot, Field.BID, 11.0)
            until(follow, lambda quote: quote.bid == 11.0)
            wait_until(lambda: client.fault is None and client.quote("SPY").is_good, "what is held is good")

            stop_and_wait(service.process.pid)
            down = until(follow, lambda quote: not quote.is_good)
            assert (down.verdict, down.reason, down.bid) == (Verdict.FEED_DOWN, Reason.CONNECTION, 11.0)
            assert client.quote("SPY").verdict is Verdict.FEED_DOWN
            feed.tick(slot, Field.BID, 12.0)
            service.process.send_signal(signal.SIGCONT)
            until(follow, lambda quote: quote.is_good and quote.bid == 12.0)

            service.end(signal.SIGKILL)
            assert until(follow, lambda quote: not quote.is_good).bid == 12.0
            wait_until(lambda: client.fault is not None, "it says what is wrong")
            with pytest.raises(ServiceUnreachable, match=r"is the service running"):
                client.status()
            feed.tick(slot, Field.BID, 13.0)
            service.start_again()
            assert until(follow, lambda quote: quote.is_good).bid == 13.0

        with client.follow("*", timeout_s=40) as everything:
            assert {next(everything).symbol, next(everything).symbol} == {"SPY", "BRK B"}
        assert client.quote("SPY").bid == 13.0
        with Client(service.url) as for_live:
            assert {quote.reason for quote in for_live.quotes()} == {Reason.OTHER_API_MODE}


def test_the_same_in_asyncio(world: tuple[Feed, ApiService]) -> None:
    """Several followers over one connection; each hears its own symbols, and closing one leaves the others."""
    feed, service = world
    slots = [feed.stream(symbol, Field.BID, 0.5) for symbol in ("SPY", "QQQ")]

    async def first(follow: AsyncFollow, holds: Callable[[RemoteQuote], object]) -> RemoteQuote:
        async for quote in follow:
            if holds(quote):
                return quote
        raise AssertionError("it ended")

    async def main() -> None:
        async with AsyncClient(service.url, token=service.token, api_mode="mock", timing=QUICK) as client:
            assert [quote.symbol for quote in await client.quotes()] == ["QQQ", "SPY"]
            with pytest.raises(ServiceRefused) as refused:
                await client.stop()
            assert (refused.value.status, refused.value.code) == (503, "supervisor_not_running")
            spy = client.follow(["SPY"], timeout_s=30)
            both = client.follow("*", timeout_s=30)
            assert (await first(both, lambda quote: quote.symbol == "QQQ" and quote.is_good)).bid is not None
            both.close()
            assert [quote async for quote in both] == []
            with Ticker(feed, slots, per_s=50):
                newest = await first(spy, lambda quote: quote.is_good and (quote.bid or 0) > 5)
            assert newest.symbol == "SPY"
            await asyncio.to_thread(service.end, signal.SIGKILL)
            down = await first(spy, lambda quote: not quote.is_good)
            assert down.verdict is Verdict.FEED_DOWN
            assert (await client.quote("SPY")).verdict is Verdict.FEED_DOWN
            assert client.fault is not None
            with pytest.raises(ServiceUnreachable):
                await client.status()
            quiet = client.follow(["QQQ"], timeout_s=0.1)
            started_s = time.monotonic()
            assert [quote async for quote in quiet if quote.is_good] == []
            assert time.monotonic() - started_s >= 0.1

    asyncio.run(main())


def test_a_run_from_afar_through_every_death(segment_name: str, tmp_path: Path) -> None:
    """Start and stop with the token; a killed feeder and a killed supervisor are told, and what comes after them."""
    with (
        SupervisorRig(segment_name, tmp_path, "stream", manner={"begins_run": False}) as rig,
        ApiService(segment_name, tmp_path / "api") as service,
    ):
        rig.wait_serving()
        service.wait_ready()
        with Client(service.url, token=service.token, api_mode="mock", timing=QUICK) as client:
            started = client.start(1)
            with pytest.raises(ServiceRefused) as busy:
                client.start(1)
            assert (busy.value.status, busy.value.code) == (409, "ib_stream_lock_busy")
            follow = client.follow(["SPY"], timeout_s=40)
            until(follow, lambda quote: quote.is_good)
            for _ in range(2):
                feeder = rig.child("feeder").pid
                assert feeder is not None
                rig.remember()
                wait_until(lambda: client.quote("SPY").is_good, "SPY is good")
                os.kill(feeder, signal.SIGKILL)
                until(follow, lambda quote: not quote.is_good)
                until(follow, lambda quote: quote.is_good)
            rig.process.kill()
            rig.process.wait()
            down = until(follow, lambda quote: not quote.is_good)
            assert down.verdict is Verdict.FEED_DOWN
            assert client.status().supervisor_alive is False
            rig.start_another()
            wait_until(lambda: client.status().supervisor_alive, "the next one serves", show=lambda: rig.log[-2000:])
            assert client.stop().was_running is False
            again = client.start(1)
            assert again.run_id != started.run_id
            until(follow, lambda quote: quote.is_good)
            assert client.stop().run_id == again.run_id


def test_another_program_is_no_service() -> None:
    """What does not answer like tickring is named."""

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        with (
            Client(f"http://127.0.0.1:{other.server_port}") as client,
            pytest.raises(ServiceAnswerUnreadable, match="is it tickring's address"),
        ):
            client.status()
        other.shutdown()
        thread.join()
    with Client(f"http://127.0.0.1:{free_port()}") as client, pytest.raises(ServiceUnreachable):
        client.quotes()
