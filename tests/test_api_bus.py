"""The event bus: every subscriber hears of every event of its type, whatever another one does."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest

from tickring.api.bus import EventBus
from tickring.api.bus_events import (
    BarReceived,
    BrokerConnected,
    BrokerDisconnected,
    EventName,
    ExecutionEvent,
    QuoteReceived,
)
from tickring.states import Field

if TYPE_CHECKING:
    from tests.feeds import Feed

AT = "2026-03-04T05:06:07.080910Z"


def order(number: int) -> ExecutionEvent:
    """An event that is never dropped."""
    return ExecutionEvent(EventName.EXECUTION_ORDER_SUBMITTED, AT, {"number": number})


def bar(number: int) -> BarReceived:
    """An event that the next one supersedes."""
    return BarReceived("SPY", "M1", AT, 1.0, 2.0, 0.5, 1.5, float(number))


def test_names_are_the_documents() -> None:
    """Events carry the names that clients filter by."""
    assert [str(one.name) for one in (bar(1), BrokerConnected(AT), BrokerDisconnected(AT, "1100"), order(1))] == [
        "BAR_RECEIVED",
        "BROKER_CONNECTED",
        "BROKER_DISCONNECTED",
        "EXECUTION_ORDER_SUBMITTED",
    ]


def test_a_quote_reaches_who_subscribed_to_quotes(feed: Feed) -> None:
    """By type; others hear nothing of it; who has unsubscribed neither."""
    feed.stream("SPY", Field.BID, 10.0)
    event = QuoteReceived(feed.open_reader()["SPY"])
    bus = EventBus()
    heard: list[object] = []
    others: list[object] = []
    end = bus.subscribe(QuoteReceived, heard.append)
    bus.subscribe(BarReceived, others.append)
    assert bus.publish(event)
    assert bus.dispatch() == 1
    end()
    end()
    bus.publish(event)
    bus.dispatch()
    assert heard == [event]
    assert others == []
    assert event.name is EventName.QUOTE_RECEIVED


def test_one_that_throws_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It is counted and logged with its traceback, not for ever; all others hear every event."""
    bus = EventBus()
    heard: list[int] = []

    def throw(_: ExecutionEvent) -> None:
        raise ValueError("of the subscriber")

    bus.subscribe(ExecutionEvent, throw)
    bus.subscribe(ExecutionEvent, lambda event: heard.append(event.content["number"]))
    for number in range(100):
        bus.publish(order(number))
    with caplog.at_level(logging.ERROR):
        bus.dispatch()
    assert heard == list(range(100))
    assert bus.failed == 100
    assert [record.getMessage().rsplit("=", 1)[1] for record in caplog.records] == [
        "1",
        "2",
        "4",
        "8",
        "16",
        "32",
        "64",
    ]
    assert caplog.records[0].exc_info is not None


def test_it_is_bounded_and_nothing_of_an_order_is_dropped_in_silence() -> None:
    """Too many bars push the oldest out; an order that finds no room is refused to who published it. Both counted."""
    bus = EventBus(queue_max=3)
    heard: list[object] = []
    bus.subscribe(BarReceived, lambda event: heard.append(event.volume))
    bus.subscribe(ExecutionEvent, lambda event: heard.append(event.content["number"]))
    assert [bus.publish(bar(number)) for number in range(10)] == [True] * 10
    assert [bus.publish(order(number)) for number in range(5)] == [True, True, True, False, False]
    assert len(bus) == 6
    assert bus.dispatch() == 6
    assert heard == [0, 1, 2, 7.0, 8.0, 9.0]
    assert (bus.published, bus.dropped, bus.refused) == (13, 7, 2)


def test_what_a_subscriber_publishes_comes_after() -> None:
    """No recursion: the event waits for its turn, and the same call hands it on."""
    bus = EventBus()
    heard: list[int] = []

    def again(event: ExecutionEvent) -> None:
        number = event.content["number"]
        heard.append(number)
        if number < 3:
            bus.publish(order(number + 1))
            assert bus.dispatch() == 0

    bus.subscribe(ExecutionEvent, again)
    bus.publish(order(0))
    assert bus.dispatch() == 4
    assert heard == [0, 1, 2, 3]


def test_any_thread_may_publish() -> None:
    """Each publisher's events come in its order, none is lost, and the owner is woken whenever there is something."""
    woken = threading.Event()
    bus = EventBus(queue_max=10_000, wake=woken.set)
    heard: list[tuple[int, int]] = []
    bus.subscribe(ExecutionEvent, lambda event: heard.append((event.content["thread"], event.content["number"])))

    def publish(thread: int) -> None:
        for number in range(500):
            bus.publish(ExecutionEvent(EventName.EXECUTION_STATUS, AT, {"thread": thread, "number": number}))

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    while len(heard) < 2000:
        assert woken.wait(20)
        woken.clear()
        bus.dispatch()
    for thread in threads:
        thread.join()
    for number in range(4):
        assert [count for thread, count in heard if thread == number] == list(range(500))


def test_a_queue_has_room() -> None:
    """A bound of nothing is a mistake."""
    with pytest.raises(ValueError, match="queue_max is 0, must be at least 1"):
        EventBus(queue_max=0)
