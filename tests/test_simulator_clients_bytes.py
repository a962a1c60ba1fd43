"""What clients of other people do with bytes that no gateway should send, and that the simulator goes on regardless.

Each test writes down what the stock client does today. ibapi's facts: a read of exactly 4096 bytes followed by a second
of silence is thrown away; a message that cannot be decoded ends the loop; an absurd length, or noise, is waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9
from tests.clients.fixtures import NEWEST_SESSIONS
from tests.clients.talking import new_client_id, stock
from tests.clients.tick_story import heard_ticks, sent_ticks, wait_until_all_is_heard
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.clients.fixtures import Session
    from tests.clients.talking import TalkingClient
    from tickring.simulator.running import SimulatorProcess

NOISY = ("connectionClosed", "error", "log", "run_died", "run_ended", "tickPrice", "tickSize", "tickString")


@pytest.fixture
def watcher(talker: TalkingClient) -> TalkingClient:
    """The client with a running subscription, 101."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 12)
    return talker


@pytest.fixture
def fresh(other: TalkingClient, gateway: SimulatorProcess) -> TalkingClient:
    """Another client, not there yet when the fault comes; see `check_served`."""
    assert gateway.port
    return other


def check_served(fresh: TalkingClient, gateway: SimulatorProcess) -> None:
    """The simulator is there for another client."""
    fresh.connect(gateway.port, new_client_id())
    fresh.subscribe(901, stock("NVDA"))
    fresh.wait_for_ticks(901, 12)


def check_deaf(watcher: TalkingClient) -> None:
    """It hears nothing at all any more, is not told why, and believes to be connected."""
    wait_until(lambda: watcher.quiet_for(0.2, *NOISY), "the client falls silent", timeout_s=3)
    assert not {"connectionClosed", "run_died", "run_ended"} & {told["call"] for told in watcher.heard}
    assert watcher.ask("isConnected")


# ---- bytes in pieces: nothing is wrong ----


@pytest.mark.parametrize("mode", ["bytes", "odd"])
def test_pieces_of_any_size_say_the_same(watcher: TalkingClient, gateway: SimulatorProcess, mode: str) -> None:
    """Byte by byte or in odd pieces: every tick and every answer is heard as it was sent."""
    gateway.do("split", mode=mode)
    since = len(watcher.heard)
    watcher.subscribe(102, stock("NVDA"), "233")
    watcher.call("reqContractDetails", 103, stock("SPY"))
    watcher.wait_for_ticks(102, 30)
    watcher.wait_for("contractDetailsEnd", since, reqId=103)
    gateway.do("mute")
    for req_id in (101, 102):
        wait_until_all_is_heard(watcher, gateway, req_id)


# ---- a stream that cannot be followed any more ----


def test_noise_makes_every_client_deaf(watcher: TalkingClient, fresh: TalkingClient, gateway: SimulatorProcess) -> None:
    """These random bytes begin like the length of a message that never ends."""
    assert gateway.do("garbage") == {"clients": 1}
    check_deaf(watcher)
    check_served(fresh, gateway)


def test_an_absurd_length_makes_every_client_deaf(
    watcher: TalkingClient, fresh: TalkingClient, gateway: SimulatorProcess
) -> None:
    """No client refuses it: all collect bytes for ever."""
    assert gateway.do("absurd_length") == {"clients": 1}
    check_deaf(watcher)
    check_served(fresh, gateway)


def test_half_a_message_and_silence(watcher: TalkingClient, fresh: TalkingClient, gateway: SimulatorProcess) -> None:
    """Nothing is heard, nothing is told."""
    assert gateway.do("truncate", close=False) == {"clients": 1}
    check_deaf(watcher)
    check_served(fresh, gateway)


def test_half_a_message_and_the_end(watcher: TalkingClient, fresh: TalkingClient, gateway: SimulatorProcess) -> None:
    """The end is heard as any other; the half message is dropped without a word."""
    since = len(watcher.heard)
    assert gateway.do("truncate", close=True) == {"clients": 1}
    watcher.wait_for("connectionClosed", since)
    if watcher.is_ibapi:
        watcher.wait_for("run_ended", since)
    assert not watcher.codes(since)
    check_served(fresh, gateway)


# ---- a message that cannot be understood ----


@pytest.mark.parametrize("message_id", [190, 1000])
def test_an_unknown_message(watcher: TalkingClient, gateway: SimulatorProcess, message_id: int) -> None:
    """9.81.1 ignores it, 10.x reports 505, ib_async logs it; ticks go on with all of them."""
    since = len(watcher.heard)
    assert gateway.do("unknown_message", message_id=message_id) == {"clients": 1}
    if not watcher.is_ibapi:
        assert "KeyError" in watcher.wait_for("log", since)["error"]
    elif watcher.name != IBAPI_9:
        watcher.wait_for_code(505, since, reqId=-1)
    watcher.wait_for_ticks(101, 5, len(watcher.heard))
    assert watcher.codes(since) == ([505] if watcher.is_ibapi and watcher.name != IBAPI_9 else [])


def test_a_number_that_is_none(
    watcher: TalkingClient, session: Session, fresh: TalkingClient, gateway: SimulatorProcess
) -> None:
    """The loop of ibapi dies of it, in text and in protobuf, and the connection ends; ib_async logs it."""
    since = len(watcher.heard)
    assert gateway.do("bad_number") == {"clients": 1}
    if watcher.is_ibapi:
        died = watcher.wait_for("run_died", since)["error"]
        assert ("InvalidOperation" if session.server_version > 200 else "ValueError") in died
        watcher.wait_for("connectionClosed", since)
        assert not watcher.codes(since)
        assert not watcher.ask("isConnected")
    else:
        assert "ValueError" in watcher.wait_for("log", since)["error"]
        watcher.wait_for_ticks(101, 5, len(watcher.heard))
    check_served(fresh, gateway)


# ---- 4096 bytes and a second of silence ----


@pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)
def test_a_read_of_4096_bytes_is_lost_in_ibapi(watcher: TalkingClient, gateway: SimulatorProcess) -> None:
    """The client drops them without a word if it is ibapi, and goes on; ib_async hears all of them."""
    gateway.do("mute")
    before = wait_until_all_is_heard(watcher, gateway, 101)
    messages = gateway.do("exact_4096", seconds=1.2)["messages"]
    wait_until(
        lambda: len(sent_ticks(gateway, watcher.client_id, 101)) == len(before) + messages, "the log has all of them"
    )
    if watcher.is_ibapi:
        assert watcher.quiet_for(1.2, *NOISY)
        assert heard_ticks(watcher, 101) == before
    else:
        wait_until_all_is_heard(watcher, gateway, 101)
        assert watcher.quiet_for(1.2, "connectionClosed")
    gateway.do("unmute")
    watcher.wait_for_ticks(101, 3, len(watcher.heard))
    assert watcher.ask("isConnected")


@pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)
def test_a_read_of_4096_bytes_that_ends_inside_a_message_makes_ibapi_deaf(
    watcher: TalkingClient, fresh: TalkingClient, gateway: SimulatorProcess
) -> None:
    """The rest of the cut message is taken for a length: ibapi never hears anything again. ib_async hears all."""
    gateway.do("mute")
    before = wait_until_all_is_heard(watcher, gateway, 101)
    gateway.do("exact_4096", seconds=1.2, cut=True)
    assert watcher.quiet_for(1.2, "connectionClosed", "error")
    gateway.do("unmute")
    check_served(fresh, gateway)
    if watcher.is_ibapi:
        check_deaf(watcher)
        assert heard_ticks(watcher, 101) == before
    else:
        watcher.wait_for_ticks(101, 3, len(watcher.heard))
        gateway.do("mute")
        wait_until_all_is_heard(watcher, gateway, 101)
