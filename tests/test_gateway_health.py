"""`tickring gateway-health`: 0 only from a gateway that answers; every half of one has its own word."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import run
from tests.loop_thread import LoopThread
from tests.scripted_gateway import ScriptedGateway
from tickring.gateway_health import GatewayHealth, HealthState, check_gateway
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import NamedRequest, Request, StartApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess
    from tickring.simulator.wire.replies import Reply

IDS = (50, 49, 48)


def check(port: int, timeout_s: float = 10.0, ids: tuple[int, ...] = IDS) -> GatewayHealth:
    """Ask what listens at a port of this machine."""
    return check_gateway("127.0.0.1", port, ids, timeout_s)


def check_scripted(script: Callable[[Request], list[Reply]], max_version: int = 176) -> GatewayHealth:
    """Ask a gateway of few words."""
    gateway = ScriptedGateway(max_version, script)
    with LoopThread() as thread:
        thread.run(gateway.__aenter__())
        try:
            return check(int(gateway.place.rpartition(":")[2]), 0.5)
        finally:
            thread.run(gateway.__aexit__())


@pytest.mark.parametrize("version", [157, 165, 200, 226])
def test_a_gateway_that_answers_is_ready(start_simulator: Callable[..., SimulatorProcess], version: int) -> None:
    """With accounts and clock, whatever version it speaks at most; its client id is free again at once."""
    gateway = start_simulator(always_open=True, pace=0.1, max_server_version=version)
    for _ in range(2):
        health = check(gateway.port, ids=(50,))
        assert health.state is HealthState.READY, health
        assert health.is_ready
        assert health.server_version == min(version, 176)
        assert health.accounts
        assert all(account.startswith("SIM") for account in health.accounts)
        assert health.clock_skew_s is not None
        assert abs(health.clock_skew_s) < 3.0


def test_ids_that_are_taken_are_passed_over(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """326: the next reserved id; none left is a state of its own."""
    gateway = start_simulator(always_open=True, pace=0.1)
    held = {}
    for client_id in IDS[:2]:
        held[client_id] = socket.create_connection(("127.0.0.1", gateway.port), timeout=10)
        held[client_id].sendall(b"API\0\0\0\0\x09v100..157\0\0\0\x0871\x002\x00%d\x00\x00" % client_id)
        while b"SIM" not in held[client_id].recv(4096):
            pass
    assert check(gateway.port).is_ready
    taken = check(gateway.port, ids=IDS[:2])
    assert (taken.state, taken.is_ready) == (HealthState.ID_TAKEN, False)
    for peer in held.values():
        peer.close()


def test_a_closed_port_is_closed() -> None:
    """Nothing listens there."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert check(bound.getsockname()[1]).state is HealthState.CLOSED
    assert check_gateway("no.such.host.invalid", 4002, IDS, 1.0).state is HealthState.CLOSED


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x05hello", b"\xff" * 64])
def test_an_open_port_is_no_gateway(answer: bytes) -> None:
    """A listener that says nothing, or something else: the API does not answer, and the check ends in time."""
    found: list[GatewayHealth] = []
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(4)
        asking = threading.Thread(target=lambda: found.append(check(listening.getsockname()[1], 0.5)))
        asking.start()
        peer, _ = listening.accept()
        with peer:
            peer.sendall(answer)
            asking.join(10)
    assert [health.state for health in found] == [HealthState.NO_API], found


def test_a_stopped_gateway_is_no_api(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """SIGSTOP: the kernel still accepts connections, nobody answers them."""
    gateway = start_simulator(always_open=True, pace=0.1)
    os.kill(gateway.pid, signal.SIGSTOP)
    try:
        assert check(gateway.port, 0.5).state is HealthState.NO_API
    finally:
        os.kill(gateway.pid, signal.SIGCONT)
    assert check(gateway.port).is_ready


def test_a_login_that_waits_for_a_person_is_not_ready() -> None:
    """Hello alone, or without order id, or without accounts: not logged in, and what is missing."""
    order_id, accounts = replies.NextValidId(order_id=1), replies.ManagedAccounts(accounts=("SIM1",))
    for given, missing in (([], "order id"), ([order_id], "accounts"), ([accounts], "order id")):
        answers: list[Reply] = list(given)
        health = check_scripted(lambda request, answers=answers: answers if isinstance(request, StartApi) else [])  # type: ignore[misc]
        assert health.state is HealthState.NOT_LOGGED_IN
        assert missing in health.text
        assert "second factor" in health.text


def test_a_session_that_does_not_tell_the_time_is_mute() -> None:
    """Logged in, and a question stays without an answer."""

    def tells_no_time(request: Request) -> list[Reply]:
        if isinstance(request, StartApi):
            return [replies.ManagedAccounts(accounts=("SIM1",)), replies.NextValidId(order_id=1)]
        assert isinstance(request, NamedRequest)
        return []

    health = check_scripted(tells_no_time)
    assert health.state is HealthState.MUTE
    assert health.accounts == ("SIM1",)


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_ends_with_the_verdict(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """0 and a line for people, JSON for scripts; 1 and the reason when nobody is there; 2 without an id to use."""
    gateway = start_simulator(always_open=True, pace=0.1)
    place = ["--port", str(gateway.port)]
    well = run("gateway-health", *place)
    assert well.returncode == 0, well.stderr
    assert "the API answers" in well.stdout
    document = json.loads(run("gateway-health", *place, "--json").stdout)
    assert (document["ready"], document["state"], document["port"]) == (True, "ready", gateway.port)
    no_ids = run("gateway-health", *place, "--set", "gateway.client_id_pool=0")
    assert no_ids.returncode == 2
    assert "--client-id" in no_ids.stderr
    gateway.close()
    ill = run("gateway-health", *place, "--timeout", "1")
    assert ill.returncode == 1
    assert "cannot connect" in ill.stdout


def test_the_command_waits_for_a_gateway_that_starts(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """`--wait`: for a unit that must not go on before the gateway answers."""
    gateway = start_simulator(always_open=True, pace=0.1)
    gateway.do("refuse", seconds=1.5)
    assert run("gateway-health", "--port", str(gateway.port), "--wait", "20").returncode == 0
