"""What one client of the WebSocket is told: a real service over a segment that this process writes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.feeds import Feed
from tests.websocket_rig import ApiService, Listener, Ticker, own_feed, own_name
from tickring.reader import ApiMode, Connection
from tickring.states import Field, QuoteState

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class World:
    """A feed and the service that shows it."""

    def __init__(self, feed: Feed, service: ApiService) -> None:
        self.feed = feed
        self.service = service

    def listen(self, **options: Any) -> Listener:
        """Connect."""
        return Listener(self.service, **options)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests here; each uses symbols of its own."""
    limits = {"websocket__clients_max": 20, "websocket__symbols_max": 50}
    with own_feed(capacity=64) as feed, ApiService(feed.name, tmp_path_factory.mktemp("world"), **limits) as service:
        feed.say_data_flows()
        yield World(feed, service.wait_ready())


@pytest.fixture
def listener(world: World) -> Iterator[Listener]:
    """One client."""
    with world.listen() as connected:
        yield connected


def test_a_snapshot_then_updates_with_numbers_without_a_gap(world: World, listener: Listener) -> None:
    """Hello, status, the answer, all quotes at once, then each change; `seq` counts every message of the connection."""
    slot = world.feed.stream("SPY", Field.BID, 10.0, Field.ASK, 10.2)
    hello = listener.next()
    assert hello is not None
    assert {"type": "hello", "protocol": 1, "throttle_ms": 100, "api_mode": "mock"}.items() <= hello.items()
    assert hello["epoch"] == world.feed.host.epoch
    listener.say("subscribe", symbols=["SPY", "NOT THERE"])
    assert listener.until("subscribed")["symbols"] == ["NOT THERE", "SPY"]
    snapshot = listener.until("snapshot")
    quotes = {quote["symbol"]: quote for quote in snapshot["quotes"]}
    assert {"verdict": "live", "bid": 10.0, "ask": 10.2, "mid": 10.1, "last": None}.items() <= quotes["SPY"].items()
    assert quotes["NOT THERE"]["verdict"] == "missing"
    assert snapshot["status"]["stream"]["state"] == "streaming"
    for price in (11.0, 12.0, 13.0):
        world.feed.tick(slot, Field.BID, price)
        update = listener.update("SPY", bid=price)
        assert set(update) == {"type", "seq", *quotes["SPY"]}
        assert update["ts"].endswith("Z")
        assert len(update["ts"]) == len("2026-03-04T05:06:07.080Z")
    assert [message["seq"] for message in listener.heard] == list(range(1, len(listener.heard) + 1))


def test_a_hundred_a_second_come_as_ten(world: World, listener: Listener) -> None:
    """Never more than one in a window, and the last value always comes."""
    slot = world.feed.stream("FAST", Field.BID, 0.5)
    listener.say("subscribe", symbols=["FAST"])
    listener.until("snapshot")
    started_s = time.monotonic()
    with Ticker(world.feed, [slot], per_s=100, rounds=150) as ticker:
        listener.update("FAST", bid=150.0)
        took_s = time.monotonic() - started_s
        ticker.join()
    bids = [one["bid"] for one in listener.updates("FAST")]
    assert bids == sorted(set(bids))
    assert 3 <= len(bids) <= took_s / 0.1 + 2


def test_a_client_hears_what_it_asked_for(world: World, listener: Listener) -> None:
    """Of other symbols nothing; of one that it does not want any more nothing either."""
    one, other = (world.feed.stream(symbol, Field.BID, 1.0) for symbol in ("ONE", "OTHER"))
    listener.say("subscribe", symbols=["ONE", "OTHER"])
    listener.until("snapshot")
    listener.say("unsubscribe", symbols=["OTHER"])
    assert listener.until("subscribed")["symbols"] == ["ONE"]
    world.feed.tick(other, Field.BID, 2.0)
    world.feed.tick(one, Field.BID, 2.0)
    listener.update("ONE", bid=2.0)
    listener.say("unsubscribe", symbols="*")
    assert listener.until("subscribed")["symbols"] == []
    world.feed.tick(one, Field.BID, 3.0)
    listener.until("status_update")
    listener.until("status_update")
    assert not [update for update in listener.updates("OTHER") if update["bid"] == 2.0]
    assert not [update for update in listener.updates("ONE") if update["bid"] == 3.0]


def test_all_means_also_what_comes_later(world: World, listener: Listener) -> None:
    """`*`: a symbol that is added afterwards is told without asking again."""
    world.feed.stream("EARLY", Field.BID, 1.0)
    listener.say("subscribe", symbols="*")
    assert listener.until("subscribed")["symbols"] == "*"
    assert "EARLY" in {quote["symbol"] for quote in listener.until("snapshot")["quotes"]}
    slot = world.feed.stream("LATE", Field.BID, 1.0)
    listener.update("LATE", bid=1.0)
    world.feed.tick(slot, Field.BID, 2.0)
    listener.update("LATE", bid=2.0)


def test_a_verdict_changes_without_a_tick(world: World, listener: Listener) -> None:
    """The link to the broker is in doubt: every quote is told anew, with its old prices and the verdict of now."""
    world.feed.stream("SILENT", Field.BID, 5.0)
    listener.say("subscribe", symbols=["SILENT"])
    listener.until("snapshot", lambda one: one["quotes"][0]["verdict"] == "live")
    world.feed.writer.set_line(connection=Connection.DISCONNECTED)
    update = listener.update("SILENT", verdict="stale")
    assert (update["bid"], update["reason"]) == (5.0, "connection")
    assert listener.event("BROKER_DISCONNECTED")["event"]["cause"] == "the feeder has lost its gateway"
    world.feed.writer.set_line(connection=Connection.CONNECTED)
    listener.event("BROKER_CONNECTED")


def test_a_state_of_its_own_is_told(world: World, listener: Listener) -> None:
    """A record that changes only the state is an update too."""
    slot = world.feed.stream("QUIET", Field.BID, 5.0)
    listener.say("subscribe", symbols=["QUIET"])
    listener.until("snapshot")
    world.feed.writer.set_state(slot, state=QuoteState.QUIET)
    world.feed.writer.commit()
    assert listener.update("QUIET", verdict="quiet")["state"] == "quiet"


def test_the_status_comes_each_second(listener: Listener) -> None:
    """Also when nothing changes, with all that the contract names."""
    listener.until("status_update")
    again = listener.until("status_update")
    assert set(again["stream"]) == {"state", "status", "mode", "cause", "code", "since"}
    assert again["feed_alive"] is True
    assert {"desired", "confirmed", "pending", "on_fallback", "heartbeat_age_s", "market_data_type", "api_mode"} <= set(
        again
    )


def test_what_cannot_be_understood_is_told_and_no_more(listener: Listener) -> None:
    """Each gets its error with a next step; the connection goes on."""
    wrong = {
        "{": "bad_message",
        '{"type":"dance"}': "bad_message",
        '{"type":"subscribe","symbols":7}': "bad_message",
        '{"type":"subscribe","symbols":["a/b"]}': "invalid_symbol",
        msgspec.json.encode(
            {"type": "subscribe", "symbols": [f"S{number}" for number in range(51)]}
        ).decode(): "too_many_symbols",
    }
    for text, code in wrong.items():
        listener.say_text(text)
        error = listener.until("error")
        assert error["code"] == code
        assert error["message"]
        assert error["next_step"]
    listener.say("ping", id=7)
    assert listener.until("pong")["id"] == 7
    listener.say("ping")
    assert listener.until("pong")["id"] is None


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example"}, 4403),
        ({"Origin": "https://evil.example"}, 4403),
        ({"Authorization": "Bearer wrong-wrong-wrong-wrong"}, 4401),
    ],
)
def test_who_may_not_is_told_why(world: World, headers: dict[str, str], code: int) -> None:
    """Another host's name, another page, a wrong token: closed with a code of its own, before anything is told."""
    host = headers.pop("Host", None)
    address = f"ws://{host}/ws" if host else None
    with Listener(world.service, uri=address, additional_headers=headers) as refused:
        closed = refused.until_closed()
    assert closed[0] == code
    assert closed[1]
    assert refused.heard == []


def test_a_browser_brings_its_token_as_a_subprotocol(world: World) -> None:
    """The token is never sent back; a page of the service's own may ask."""
    offered = ["tickring", f"token.{world.service.token}"]
    headers = {"Origin": world.service.url}
    with Listener(world.service, subprotocols=offered, additional_headers=headers) as page:
        page.until("hello")
        assert page.subprotocol == "tickring"
    with Listener(world.service, subprotocols=["tickring", "token.wrong-wrong-wrong"]) as refused:
        assert refused.until_closed()[0] == 4401
    assert world.service.token not in world.service.log


def test_one_too_many_is_told_so(world: World) -> None:
    """Beyond `websocket.clients_max` a client is closed with 4409; those that are there hear on."""
    crowd = [world.listen() for _ in range(20)]
    for one in crowd:
        one.until("hello")
    with world.listen() as late:
        assert late.until_closed()[0] == 4409
    crowd[0].until("status_update")
    for one in crowd:
        one.close()


def test_another_segment_means_another_snapshot(tmp_path: Path) -> None:
    """Before there is a segment the status says so; when one comes, and when it is replaced, all is told anew."""
    name = own_name()
    with ApiService(name, tmp_path) as service:
        service.wait_ready()
        with Listener(service) as listener:
            listener.say("subscribe", symbols="*")
            snapshot = listener.until("snapshot")
            assert snapshot["quotes"] == []
            assert snapshot["status"]["stream"]["state"] == "not_running"
            with own_feed(name, heartbeat_limit_s=1.0) as feed:
                feed.stream("SPY", Field.BID, 10.0)
                first = listener.until("snapshot", lambda one: [quote["bid"] for quote in one["quotes"]] == [10.0])
                feed.writer.close()
                feed.host.replace()
                feed.writer = feed.restart_writer()
                feed.go_live(ApiMode.MOCK)
                feed.stream("QQQ", Field.BID, 20.0)
                second = listener.until("snapshot", lambda one: [quote["bid"] for quote in one["quotes"]] == [20.0])
            assert first["status"]["segment_id"] != second["status"]["segment_id"]
            service.process.terminate()
            assert listener.until_closed()[0] == 1012
        assert service.process.wait(20) == 0
