"""Clients of other people begin and end sessions with the simulator."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.fixtures import IBAPI_SESSIONS, NEWEST_SESSIONS
from tests.clients.talking import new_client_id
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.clients.fixtures import Session
    from tests.clients.talking import TalkingClient
    from tickring.simulator.running import SimulatorProcess

FARM_NOTICES = {2104, 2106, 2158}


def test_a_session_begins_with_accounts_order_id_and_farm_notices(
    talker: TalkingClient, session: Session, gateway: SimulatorProcess
) -> None:
    """The client hears managedAccounts, nextValidId and that every farm is well, at the agreed version."""
    assert talker.all("connected") == [{"is_connected": True, "server_version": session.server_version}]
    assert talker.all("managedAccounts") == [{"accountsList": "SIM1000001"}]
    assert list(talker.all("nextValidId")[0].values()) == [gateway.do("status")["next_valid_id"]]
    wait_until(lambda: set(talker.codes(req_id=-1)) >= FARM_NOTICES, "farm notices", show=lambda: talker.heard)
    assert set(talker.codes()) == FARM_NOTICES
    (client,) = gateway.do("status")["clients"]
    assert client == {
        "client_id": talker.client_id,
        "server_version": session.server_version,
        "subscriptions": 0,
        "state": "ready",
    }


def test_ids_and_accounts_come_again_when_asked_for(talker: TalkingClient) -> None:
    """`reqIds` and `reqManagedAccts` are answered as at the beginning."""
    since = len(talker.heard)
    talker.call("reqIds", -1)
    talker.call("reqManagedAccts")
    talker.wait_for("managedAccounts", since, accountsList="SIM1000001")
    talker.wait_for("nextValidId", since)


@pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)
def test_current_time_is_answered_once_a_second(talker: TalkingClient) -> None:
    """A second reqCurrentTime within a second stays unanswered; one after it is answered, with the right time."""
    since = len(talker.heard)
    talker.call("reqCurrentTime")
    talker.call("reqCurrentTime")
    told = talker.wait_for("currentTime", since)
    assert abs(told["time"] - time.time()) < 3
    assert talker.quiet_for(1.1, "currentTime")
    since = len(talker.heard)
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime", since)


def test_two_clients_at_once(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """Each of two sessions gets its own answers."""
    other.connect(gateway.port, new_client_id())
    assert {client["client_id"] for client in gateway.do("status")["clients"]} == {talker.client_id, other.client_id}
    since = len(talker.heard)
    other.call("reqCurrentTime")
    other.wait_for("currentTime")
    assert not talker.all("currentTime", since)


def test_a_taken_client_id_is_refused(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """326, then the socket is closed before there is a nextValidId; the first session goes on."""
    other.try_to_connect(gateway.port, talker.client_id)
    other.wait_for_code(326)
    if other.is_ibapi:
        other.wait_for("connectionClosed")
        other.wait_for("run_ended")
    else:
        assert "TimeoutError" in other.wait_for("connect_failed")["error"]
    assert not other.all("nextValidId")
    assert not other.ask("isConnected")
    talker.call("reqCurrentTime")
    talker.wait_for("currentTime")


def test_the_same_id_is_free_at_once_after_hanging_up(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """The gateway frees a client id as soon as it sees the end of the connection."""
    talker.call("hang_up")
    talker.wait_for("hung_up")
    talker.new_client()
    talker.connect(gateway.port, talker.client_id)


@pytest.mark.parametrize("session", IBAPI_SESSIONS, ids=str, indirect=True)
def test_the_stock_disconnect_of_ibapi_keeps_its_id_for_up_to_a_second(
    talker: TalkingClient, session: Session, gateway: SimulatorProcess
) -> None:
    """The reader of ibapi holds the socket until its poll returns: the id is taken for so long."""
    talker.wait_for_code(2158)  # the reader has begun a new poll of a second
    client_id = talker.client_id
    talker.call("disconnect")
    talker.wait_for("connectionClosed")
    talker.new_client()
    talker.try_to_connect(gateway.port, client_id)
    talker.wait_for_code(326)
    wait_until(
        lambda: client_id not in [client["client_id"] for client in gateway.do("status")["clients"]],
        f"{session} lets go of its socket",
        timeout_s=5,
    )
    talker.new_client()
    talker.connect(gateway.port, client_id)


def test_requests_without_a_session_are_refused_by_the_client_itself(
    other: TalkingClient, gateway: SimulatorProcess
) -> None:
    """A request before connecting is 504 in ibapi, an exception in ib_async; nothing reaches the gateway."""
    before = gateway.do("status")["requests_taken"]
    other.call("reqCurrentTime")
    if other.is_ibapi:
        other.wait_for_code(504)
    else:
        assert "ConnectionError" in other.wait_for("raised", call="reqCurrentTime")["error"]
    assert gateway.do("status")["requests_taken"] == before
