"""A client that asks for its updates in batches: few messages of many symbols, with nothing lost and nothing older."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.websocket_rig import ApiService, Listener, Ticker, own_feed
from tickring.api.ws_messages import quote_updates, with_seq
from tickring.states import Connection, Field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.feeds import Feed

BATCH_S = 0.2
SYMBOLS = [f"ROW{number:03}" for number in range(300)]
EXPECTED = {"hello", "status_update", "subscribed", "snapshot", "quote_updates", "event"}


def _bids(message: dict[str, Any]) -> dict[str, float]:
    return {quote["symbol"]: quote["bid"] for quote in message["quotes"]}


def test_a_batch_is_made_of_ready_documents() -> None:
    """The whole message is JSON with its number and its type, also of one document and of none."""
    documents = [msgspec.json.encode({"symbol": symbol}) for symbol in ("SPY", "QQQ")]
    expected = {"seq": 7, "type": "quote_updates", "quotes": [{"symbol": "SPY"}, {"symbol": "QQQ"}]}
    assert msgspec.json.decode(with_seq(quote_updates(documents), 7)) == expected
    assert msgspec.json.decode(with_seq(quote_updates(documents[:1]), 1))["quotes"] == [{"symbol": "SPY"}]
    assert msgspec.json.decode(with_seq(quote_updates([]), 1))["quotes"] == []


@pytest.fixture(scope="module")
def feed() -> Iterator[Feed]:
    """Three hundred symbols, more than one message holds."""
    with own_feed(capacity=512) as running:
        for symbol in SYMBOLS:
            running.stream(symbol, Field.BID, 0.5)
        running.say_data_flows()
        yield running


@pytest.fixture(scope="module")
def service(feed: Feed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiService]:
    """One service whose batches are far apart."""
    place = tmp_path_factory.mktemp("batches")
    with ApiService(feed.name, place, websocket__batch_s=BATCH_S) as running:
        yield running.wait_ready()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_many_updates_come_in_few_messages(feed: Feed, service: ApiService) -> None:
    """Every symbol's last value comes, in batches only, no more often than `batch_s` allows; `seq` has no gap."""
    slots = [feed.writer.add(symbol) for symbol in SYMBOLS]
    with Listener(service) as listener:
        listener.say("subscribe", symbols="*", batched=True)
        newest = _bids(listener.until("snapshot"))
        started_s = time.monotonic()
        with Ticker(feed, slots, per_s=50, rounds=100) as ticker:
            while set(newest.values()) != {100.0}:
                for symbol, bid in _bids(listener.until("quote_updates")).items():
                    assert bid >= newest[symbol]
                    newest[symbol] = bid
            took_s = time.monotonic() - started_s
            ticker.join()
        batches = [message for message in listener.heard if message["type"] == "quote_updates"]
        rounds = took_s / BATCH_S + 2
        assert len(batches) <= 2 * rounds  # 300 symbols are two messages
        assert max(len(batch["quotes"]) for batch in batches) > 100
        assert {message["type"] for message in listener.heard} <= EXPECTED
        assert [message["seq"] for message in listener.heard] == list(range(1, len(listener.heard) + 1))


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_verdict_that_changes_without_a_tick_comes_in_a_batch(feed: Feed, service: ApiService) -> None:
    """The feed is in doubt: all symbols are told anew, and the newest subscription decides how."""
    with Listener(service) as listener, Listener(service) as one_by_one:
        listener.say("subscribe", symbols="*", batched=True)
        listener.until("snapshot")
        one_by_one.say("subscribe", symbols=SYMBOLS[:1])
        one_by_one.until("snapshot")
        feed.writer.set_line(connection=Connection.DISCONNECTED)
        verdicts: dict[str, str] = {}
        while len(verdicts) < len(SYMBOLS):
            batch = listener.until("quote_updates")
            verdicts |= {one["symbol"]: one["verdict"] for one in batch["quotes"] if one["verdict"] != "live"}
        assert set(verdicts.values()) == {"stale"}
        assert one_by_one.update(SYMBOLS[0], verdict="stale")["reason"] == "connection"
        listener.say("subscribe", symbols="*")
        listener.until("snapshot")
        feed.writer.set_line(connection=Connection.CONNECTED)
        assert listener.update(SYMBOLS[1], verdict="live")
