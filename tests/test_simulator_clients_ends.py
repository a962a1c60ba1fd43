"""What clients of other people notice when their connection ends, cannot be had, or is used too much."""

from __future__ import annotations

import socket
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.clients.fixtures import NEWEST_SESSIONS
from tests.clients.talking import new_client_id, stock
from tests.clients.tick_story import heard_ticks, sent_ticks, wait_until_all_is_heard
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.clients.talking import TalkingClient
    from tickring.simulator.running import SimulatorProcess


pytestmark = pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)


def hears_the_end(talker: TalkingClient, since: int = 0) -> None:
    """It hears connectionClosed, once; the loop of ibapi ends; the client knows."""
    talker.wait_for("connectionClosed", since)
    if talker.is_ibapi:
        talker.wait_for("run_ended", since)
    assert not talker.ask("isConnected")
    if not talker.is_ibapi:
        assert len(talker.all("connectionClosed", since)) == 1


def cannot_connect(talker: TalkingClient) -> None:
    """502 in ibapi, an exception in ib_async."""
    if talker.is_ibapi:
        talker.wait_for_code(502, reqId=-1)
        talker.wait_for("run_ended")
    else:
        assert "ConnectionRefusedError" in talker.wait_for("connect_failed")["error"]


@pytest.mark.parametrize("word", ["rst", "fin"])
def test_the_socket_is_closed(
    talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess, word: str
) -> None:
    """The client hears connectionClosed without any error code; the id is free at once; a fresh client is served."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 12)
    since = len(talker.heard)
    assert gateway.do(word) == {"clients": 1}
    other.connect(gateway.port, talker.client_id)
    hears_the_end(talker, since)
    assert not talker.codes(since)


def test_the_port_is_closed_for_a_time(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """A new client is refused, the connected one notices nothing, and the port comes back."""
    assert not other.ask("isConnected")  # its process is there
    gateway.do("refuse", seconds=1)
    other.try_to_connect(gateway.port, new_client_id())
    cannot_connect(other)
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime")
    wait_until_it_listens(gateway)
    other.new_client()
    other.connect(gateway.port, new_client_id())


def listens(gateway: SimulatorProcess) -> bool:
    """Whether the port takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex((gateway.host, gateway.port)) == 0


def wait_until_it_listens(gateway: SimulatorProcess) -> None:
    """Return when the port takes connections again."""
    wait_until(lambda: listens(gateway), "the port is back", show=lambda: (gateway.is_running, gateway.errors))


def test_the_nightly_restart(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """Closed, away, back with an empty session and a lower order id; the old client id is a ghost's for a while."""
    gateway.do("restart", seconds=0.05, next_valid_id=500)  # so that there is something to be lower than
    hears_the_end(talker)
    wait_until_it_listens(gateway)
    client_id = talker.client_id
    talker.new_client()
    before = next(iter(talker.connect(gateway.port, client_id).values()))
    assert before == 500
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101)
    assert not other.ask("isConnected")  # its process is there
    gateway.do("restart", seconds=0.3, ghost_seconds=1.0)
    assert not listens(gateway)
    hears_the_end(talker)
    wait_until_it_listens(gateway)
    other.try_to_connect(gateway.port, client_id)
    other.wait_for_code(326)
    assert gateway.do("status")["subscriptions"] == 0

    def is_accepted() -> bool:
        talker.new_client()
        talker.try_to_connect(gateway.port, client_id)
        time.sleep(0.1)
        return bool(talker.all("nextValidId"))

    wait_until(is_accepted, "the ghost has gone", show=lambda: talker.heard)
    assert next(iter(talker.all("nextValidId")[0].values())) < before
    since = len(talker.heard)
    assert talker.quiet_for(0.2, "tickPrice")
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 1, since)


def test_too_many_messages(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """100 for each strike, with the numbers in its text; the third one closes the socket."""
    gateway.do("message_rate", limit=10)
    since = len(talker.heard)

    def strikes() -> int:
        return len([one for one in talker.all("error", since) if one["errorCode"] == 100])

    def has_heard(count: int) -> bool:
        return strikes() >= count

    for strike in (1, 2, 3):
        # Not one request more: what is sent to a closed socket resets it, and a client may lose what it had not read.
        for _ in range(11):
            talker.call("reqIds", -1)
        wait_until(partial(has_heard, strike), f"strike {strike}", timeout_s=10, show=strikes)
        if strike < 3:
            time.sleep(1.05)  # a strike a second
    first, *_ = [one for one in talker.all("error", since) if one["errorCode"] == 100]
    assert "max=10" in first["errorString"]
    hears_the_end(talker, since)
    assert not gateway.do("status")["clients"]
    gateway.do("message_rate", limit=50)
    other.connect(gateway.port, new_client_id())


def test_a_wrong_clock(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """The time told is off by as much, and so are the trades' times."""
    gateway.do("clock_offset", seconds=-7200)
    talker.call("reqCurrentTime")
    assert abs(talker.wait_for("currentTime")["time"] - (time.time() - 7200)) < 3
    talker.subscribe(101, stock("NVDA"))
    talker.wait_for_ticks(101, 12)
    stamp = talker.wait_for("tickString", reqId=101, tickType=45)["value"]
    assert abs(int(stamp) - (time.time() - 7200)) < 60


def test_a_burst_arrives_whole(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Every one of many ticks over several requests is heard, in order."""
    for req_id, symbol in enumerate(("SPY", "NVDA"), 101):
        talker.subscribe(req_id, stock(symbol))
        talker.wait_for_ticks(req_id, 12)
    gateway.do("mute")
    assert gateway.do("burst", count=2000) == {"ticks": 2000, "clients": 1}
    for req_id in (101, 102):
        wait_until(lambda: len(sent_ticks(gateway, talker.client_id, 101)) >= 1000, "the log is written")
        ticks = wait_until_all_is_heard(talker, gateway, req_id)
        assert len(ticks) >= 1000
    assert len(heard_ticks(talker, 101)) + len(heard_ticks(talker, 102)) >= 2000
