"""Every command once, and what it does on the wire to a client with subscriptions to SPY and QQQ."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator_raw_client import RawClient
from tests.waiting import wait_until
from tickring.simulator.control.commands import COMMANDS
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.gateway.texts import error_text
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

SPY, QQQ = 1, 2
QUIET_S = 0.35  # more than the market needs for a change of SPY


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatorProcess]:
    """One simulator for all tests of this file."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """A simulator without clients and faults."""
    failed_before = shared.errors.count("Traceback")
    yield shared
    for word, values in _UNDO:
        shared.do(word, **values)
    wait_until(lambda: not shared.do("status")["clients"], "no clients")
    assert shared.do("status")["faults"] == {}
    assert shared.errors.count("Traceback") == failed_before


_UNDO: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unmute", {}),
    ("split", {"mode": "whole"}),
    ("slow", {"seconds": 0}),
    ("link_up", {"code": 1102}),
    ("farm", {"code": 2104}),
    ("competing_session", {"start": False}),
    ("permission", {"code": None}),
    ("permission", {"code": None, "symbol": "SPY"}),
    ("lines", {"limit": 100, "taken": 0}),
    ("message_rate", {"limit": 50}),
    ("clock_offset", {"seconds": 0}),
    ("market", {"phase": "auto"}),
    ("halt", {"symbol": "SPY", "value": 0}),
    ("rst", {}),
)


@pytest.fixture
def client(simulator: SimulatorProcess) -> Iterator[RawClient]:
    """A client with both subscriptions, ticks of which have come."""
    with RawClient.ready(simulator.port) as client:
        client.subscribe(SPY, "SPY")
        client.subscribe(QQQ, "QQQ")
        client.until_tick(SPY)
        client.until_tick(QQQ)
        yield client


def _ticks(client: RawClient, req_id: int, seconds: float = QUIET_S) -> int:
    """How many ticks come within so long, after those that were on the way."""
    client.listen(0.05)
    return sum(message.is_tick and message.req_id == req_id for message in client.listen(seconds))


# ---- silence ----


def test_mute_and_unmute_of_a_symbol(simulator: SimulatorProcess, client: RawClient) -> None:
    """Mute and unmute of a symbol."""
    assert simulator.do("mute", symbol="spy") == {}
    assert _ticks(client, SPY) == 0
    assert _ticks(client, QQQ) > 0
    assert simulator.do("status")["faults"] == {"muted_symbols": ["SPY"]}
    assert simulator.do("unmute", symbol="SPY") == {}
    client.until_tick(SPY, since=len(client.messages))


@pytest.mark.parametrize("values", [{}, {"farm": "usfarm"}])
def test_mute_and_unmute_of_all_and_of_a_farm(
    simulator: SimulatorProcess, client: RawClient, values: dict[str, str]
) -> None:
    """Mute and unmute of all and of a farm."""
    simulator.do("mute", **values)
    assert _ticks(client, SPY) + _ticks(client, QQQ, 0.0) == 0
    assert client.answers()
    simulator.do("unmute", **values)
    client.until_tick(QQQ, since=len(client.messages))


def test_half_open_is_silence_in_both_directions_on_an_open_socket(
    simulator: SimulatorProcess, client: RawClient
) -> None:
    """Half open is silence in both directions on an open socket."""
    assert simulator.do("half_open") == {"clients": 1}
    client.listen(0.05)
    taken = simulator.do("status")["requests_taken"]
    client.ask(8, 1, 1)
    assert simulator.do("error", code=1100) == {"told": 0}
    assert client.listen(QUIET_S) == []
    assert not client.is_over
    status = simulator.do("status")
    assert status["requests_taken"] == taken
    assert [one["state"] for one in status["clients"]] == ["frozen"]
    assert status["subscriptions"] == 0
    RawClient.ready(simulator.port, client_id=2).close()  # new connections work
    assert simulator.do("half_open") == {"clients": 0}


def test_slow_answers_wait_so_long(simulator: SimulatorProcess, client: RawClient) -> None:
    """Slow answers wait so long."""
    simulator.do("slow", seconds=0.4)
    began_s = time.monotonic()
    assert client.answers()
    assert time.monotonic() - began_s >= 0.4
    simulator.do("slow", seconds=0)
    assert client.answers()


# ---- connections ----


def test_rst_is_seen_as_a_reset(simulator: SimulatorProcess, client: RawClient) -> None:
    """Rst is seen as a reset."""
    assert simulator.do("rst") == {"clients": 1}
    client.until_over()
    assert client.was_reset


def test_fin_is_seen_as_an_end_in_order(simulator: SimulatorProcess, client: RawClient) -> None:
    """Fin is seen as an end in order."""
    assert simulator.do("fin") == {"clients": 1}
    client.until_over()
    assert not client.was_reset


def test_refuse_closes_the_port_and_keeps_the_clients(simulator: SimulatorProcess, client: RawClient) -> None:
    """Refuse closes the port and keeps the clients."""
    assert simulator.do("refuse", seconds=0.5) == {}
    began_s = time.monotonic()
    with pytest.raises(ConnectionRefusedError):
        RawClient(simulator.port)
    with pytest.raises(CommandRefused, match="closed already"):
        simulator.do("refuse", seconds=1)
    with pytest.raises(CommandRefused, match="closed already"):
        simulator.do("restart")
    assert client.answers()
    wait_until(lambda: _connects(simulator.port), "the port is back")
    assert time.monotonic() - began_s >= 0.45


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_restart_comes_back_empty_with_ghosts_and_a_lower_order_id(simulator: SimulatorProcess) -> None:
    """Restart comes back empty with ghosts and a lower order id."""
    with RawClient.ready(simulator.port, client_id=4) as client:
        client.subscribe(1, "SPY")
        client.until_tick(1)
        assert simulator.do("restart", seconds=0.3, ghost_seconds=0.6, next_valid_id=77) == {}
        client.until_over()
        assert not client.was_reset
        with pytest.raises(ConnectionRefusedError):
            RawClient(simulator.port)
    wait_until(lambda: _connects(simulator.port), "the port is back")
    status = simulator.do("status")
    assert (status["port"], status["subscriptions"], status["next_valid_id"]) == (simulator.port, 0, 77)
    with RawClient(simulator.port) as ghost:
        ghost.greet()
        ghost.start(4)
        ghost.until_error(326)
        ghost.until_over()
    RawClient.ready(simulator.port, client_id=5).close()
    time.sleep(0.6)
    with RawClient.ready(simulator.port, client_id=4) as again:
        again.until(lambda message: message.fields[0] == "9" and message.fields[2] == "77")
    simulator.do("restart", seconds=0)
    wait_until(lambda: _connects(simulator.port), "the port is back")
    assert simulator.do("status")["next_valid_id"] == 67


# ---- links and farms ----


@pytest.mark.parametrize("code", [1100, 2110])
def test_link_down_stops_the_ticks_and_tells_so_often(
    simulator: SimulatorProcess, client: RawClient, code: int
) -> None:
    """Link down stops the ticks and tells so often."""
    since = len(client.messages)
    assert simulator.do("link_down", code=code, repeat=3) == {"clients": 1}
    assert client.until_error(code, since=since) == error_text(code)
    assert _ticks(client, SPY) == 0
    assert client.errors(since) == [(-1, code)] * 3


def test_link_up_1101_forgets_the_subscriptions(simulator: SimulatorProcess, client: RawClient) -> None:
    """Link up 1101 forgets the subscriptions."""
    simulator.do("link_down")
    assert simulator.do("link_up", code=1101) == {"clients": 1, "subscriptions": 2}
    assert client.until_error(1101) == error_text(1101)
    assert _ticks(client, SPY) == 0
    assert simulator.do("status")["subscriptions"] == 0
    since = len(client.messages)
    client.subscribe(SPY, "SPY")  # the old id is free
    client.until_tick(SPY, since=since)
    assert client.errors(since) == []


def test_link_up_1102_keeps_the_subscriptions(simulator: SimulatorProcess, client: RawClient) -> None:
    """Link up 1102 keeps the subscriptions."""
    simulator.do("link_down")
    assert simulator.do("link_up", code=1102) == {"clients": 1, "subscriptions": 2}
    client.until_error(1102)
    client.until_tick(SPY, since=len(client.messages))
    assert simulator.do("status")["subscriptions"] == 2


def test_link_up_1102_without_data_leaves_dead_subscriptions(simulator: SimulatorProcess, client: RawClient) -> None:
    """Link up 1102 without data leaves dead subscriptions."""
    simulator.do("link_down")
    simulator.do("link_up", code=1102, data=False)
    client.until_error(1102)
    assert _ticks(client, SPY) == 0
    assert simulator.do("status")["subscriptions"] == 2
    client.subscribe(3, "SPY")
    client.until_tick(3)


def test_farm_notices(simulator: SimulatorProcess, client: RawClient) -> None:
    """Farm notices."""
    for code in (2105, 2106, 2107, 2108, 2119, 2157, 2158):
        assert simulator.do("farm", code=code, farm="somefarm") == {"clients": 1}
        since = client.messages.index(client.messages[-1])
        assert client.until_error(code, since=since) == error_text(code, "somefarm")
    assert simulator.do("farm", code=2103) == {"clients": 1}
    client.until_error(2103)
    assert _ticks(client, SPY) == 0
    simulator.do("farm", code=2104)
    client.until_tick(SPY, since=len(client.messages))
    simulator.do("farm", code=2103)
    simulator.do("farm", code=2104, data=False)
    assert _ticks(client, SPY) == 0


# ---- permissions and limits ----


@pytest.mark.parametrize("code", [200, 354, 10089, 10091, 10168, 10186, 10197])
def test_permission_refusals(simulator: SimulatorProcess, client: RawClient, code: int) -> None:
    """Permission refusals."""
    assert simulator.do("permission", code=code, symbol="spy") == {}
    client.subscribe(7, "SPY")
    assert client.until_error(code, 7) == error_text(code)
    client.subscribe(8, "AAPL")
    client.until_tick(8)
    assert not any(message.is_tick and message.req_id == 7 for message in client.messages)
    assert simulator.do("status")["subscriptions"] == 3


def test_permission_10167_brings_delayed_ticks(simulator: SimulatorProcess, client: RawClient) -> None:
    """Permission 10167 brings delayed ticks."""
    simulator.do("permission", code=10167)
    client.subscribe(7, "SPY")
    client.until_error(10167, 7)
    assert client.until_tick(7).tick_type in {66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 88, 90}
    assert ("58", "1", "7", "3") in [message.fields for message in client.messages]


def test_permission_10090_lets_live_ticks_flow(simulator: SimulatorProcess, client: RawClient) -> None:
    """Permission 10090 lets live ticks flow."""
    simulator.do("permission", code=10090)
    client.subscribe(7, "SPY")
    client.until_error(10090, 7)
    client.until_tick(7, 1)


def test_a_competing_session_takes_the_data_and_gives_it_back(simulator: SimulatorProcess, client: RawClient) -> None:
    """A competing session takes the data and gives it back."""
    assert simulator.do("competing_session") == {"subscriptions": 2}
    client.until_error(10197, SPY)
    client.until_error(10197, QQQ)
    assert _ticks(client, SPY) == 0
    client.subscribe(3, "AAPL")
    client.until_error(10197, 3)
    assert simulator.do("competing_session", start=False) == {"subscriptions": 2}
    client.until_tick(SPY, since=len(client.messages))


def test_a_silent_competing_session_whose_data_does_not_come_back(
    simulator: SimulatorProcess, client: RawClient
) -> None:
    """A silent competing session whose data does not come back."""
    since = len(client.messages)
    simulator.do("competing_session", silent=True)
    assert _ticks(client, SPY) == 0
    simulator.do("competing_session", start=False, resume=False)
    assert _ticks(client, SPY) == 0
    assert client.errors(since) == []


def test_lines_above_the_limit_are_101(simulator: SimulatorProcess, client: RawClient) -> None:
    """Lines above the limit are 101."""
    assert simulator.do("lines", limit=3) == {"in_use": 2}
    client.subscribe(3, "AAPL")
    client.subscribe(4, "MSFT")
    assert client.until_error(101, 4) == error_text(101)
    client.cancel(SPY)
    client.subscribe(5, "MSFT")
    client.until_tick(5)
    assert simulator.do("status")["subscriptions"] == 3


def test_lines_in_use_elsewhere_are_not_there(simulator: SimulatorProcess, client: RawClient) -> None:
    """Who has a line keeps it, the next one is refused; given back, it is served."""
    assert simulator.do("lines", taken=98) == {"in_use": 2}
    client.subscribe(3, "AAPL")
    assert client.until_error(101, 3) == error_text(101)
    client.until_tick(SPY)
    status = simulator.do("status")
    assert (status["lines"], status["lines_taken"], status["subscriptions"]) == (100, 98, 2)
    simulator.do("lines", taken=97)
    client.subscribe(4, "AAPL")
    client.until_tick(4)


def test_requests_are_counted_by_when_they_must_have_come(simulator: SimulatorProcess, client: RawClient) -> None:
    """A burst in the middle of many requests is counted as what it was; with a new limit the count begins anew."""
    simulator.do("message_rate", limit=0)
    before = simulator.do("status")["requests_taken"]
    for _ in range(40):
        client.ask(8, 1, 1)
        time.sleep(0.01)
    wait_until(lambda: simulator.do("status")["requests_taken"] == before + 40, "all are read")
    assert 15 <= simulator.do("status")["busiest_second"] <= 43  # with the three of the session's beginning
    for _ in range(100):
        client.ask(8, 1, 1)
    wait_until(lambda: simulator.do("status")["busiest_second"] >= 90, "the burst is seen")
    time.sleep(1.1)
    simulator.do("message_rate", limit=50)
    client.ask(8, 1, 1)
    wait_until(lambda: simulator.do("status")["busiest_second"] > 0, "counted anew")
    assert simulator.do("status")["busiest_second"] <= 2


def test_message_rate_of_another_limit(simulator: SimulatorProcess, client: RawClient) -> None:
    """Message rate of another limit."""
    client.listen(1.05)  # a second without requests
    assert set(simulator.do("message_rate", limit=5)) == {"busiest_second"}
    for _ in range(6):
        client.ask(8, 1, 1)
    assert "max=5 rec=6 (1)" in client.until_error(100)


def test_error_to_all_to_an_id_and_to_who_asked_for_a_symbol(simulator: SimulatorProcess, client: RawClient) -> None:
    """Error to all to an id and to who asked for a symbol."""
    assert simulator.do("error", code=9999, text='odd "text" \\ é') == {"told": 1}
    assert client.until_error(9999) == 'odd "text" \\u005c \\u00e9'
    assert simulator.do("error", code=354, req_id=42) == {"told": 1}
    assert client.until_error(354, 42) == error_text(354)
    assert simulator.do("error", code=10197, symbol="qqq") == {"told": 1}
    client.until_error(10197, QQQ)
    with pytest.raises(CommandRefused, match="AAPL"):
        simulator.do("error", code=10197, symbol="AAPL")


# ---- clock and market ----


def test_clock_offset_moves_the_gateways_time(simulator: SimulatorProcess, client: RawClient) -> None:
    """Clock offset moves the gateways time."""
    simulator.do("clock_offset", seconds=3600)
    client.ask(49, 1)
    said = int(client.until(lambda message: message.fields[0] == "49").fields[2])
    assert 3590 < said - time.time() < 3610
    client.until_tick(SPY, since=len(client.messages))


def test_market_closed_and_open(simulator: SimulatorProcess, client: RawClient) -> None:
    """Market closed and open."""
    assert simulator.do("market", phase="closed") == {"phase": "closed"}
    client.until(
        lambda message: message.is_tick and message.fields[2:5] == (str(SPY), "1", "-1.0"),
        "a bid of -1",
    )
    assert simulator.do("market", phase="open") == {"phase": "regular"}
    since = len(client.messages)
    client.until(lambda message: message.fields[0] == "1" and message.fields[4] != "-1.0", since=since)


@pytest.mark.parametrize("value", [1, 2])
def test_halt_is_told_and_ended(simulator: SimulatorProcess, client: RawClient, value: int) -> None:
    """Halt is told and ended."""
    assert simulator.do("halt", symbol="spy", value=value) == {}
    client.until(lambda message: message.fields == ("45", "6", str(SPY), "49", f"{value}.0"), "halted")
    assert _ticks(client, SPY) == 0
    since = len(client.messages)
    simulator.do("halt", symbol="SPY", value=0)
    client.until(lambda message: message.fields == ("45", "6", str(SPY), "49", "0.0"), "not halted", since=since)


def test_price_moves_by_the_factor(simulator: SimulatorProcess, client: RawClient) -> None:
    """Price moves by the factor."""
    before = float(client.until_tick(SPY, 1).fields[4])
    assert simulator.do("price", symbol="SPY", factor=0.5) == {}
    client.until(
        lambda message: (
            message.fields[0] == "1"
            and message.fields[2:4] == (str(SPY), "1")
            and abs(float(message.fields[4]) / before - 0.5) < 0.01
        ),
        "half the price",
    )
    simulator.do("price", symbol="SPY", factor=2)


@pytest.mark.parametrize(
    ("word", "values"),
    [
        ("mute", {"symbol": "NOSUCH"}),
        ("unmute", {"symbol": "NOSUCH"}),
        ("permission", {"code": 354, "symbol": "NOSUCH"}),
        ("halt", {"symbol": "NOSUCH"}),
        ("price", {"symbol": "NOSUCH", "factor": 2}),
        ("hold", {"symbol": "NOSUCH", "quantity": 2}),
        ("order", {"symbol": "NOSUCH", "quantity": 2}),
        ("error", {"code": 354, "symbol": "NOSUCH"}),
    ],
)
def test_a_symbol_that_does_not_exist_is_refused_by_name(
    simulator: SimulatorProcess, word: str, values: dict[str, Any]
) -> None:
    """A symbol that does not exist is refused by name."""
    with pytest.raises(CommandRefused, match="NOSUCH"):
        simulator.do(word, **values)


@pytest.mark.parametrize(("word", "values"), [("burst", {"count": 10}), ("exact_4096", {})])
def test_ticks_without_a_subscription_are_refused(
    simulator: SimulatorProcess, word: str, values: dict[str, Any]
) -> None:
    """Ticks without a subscription are refused."""
    with RawClient.ready(simulator.port), pytest.raises(CommandRefused, match="subscribe first"):
        simulator.do(word, **values)


# ---- account ----


def test_a_changed_position_is_told_to_who_asked_for_positions(simulator: SimulatorProcess, client: RawClient) -> None:
    """After the list with its end; nobody who has not asked, or has cancelled, hears of it."""
    with RawClient.ready(simulator.port, client_id=2) as deaf:
        client.ask(61, 1)
        client.until(lambda message: message.fields[0] == "62", "the end of the positions")
        before = len(client.messages)
        simulator.do("hold", symbol="QQQ", quantity=-7.5, average_cost=401.25)
        told = client.until(lambda message: message.fields[0] == "61", "a position", since=before)
        assert (told.fields[4], told.fields[-2:]) == ("QQQ", ("-7.5", "401.25"))
        client.ask(64, 1)
        assert client.answers()
        before = len(client.messages)
        simulator.do("hold", symbol="QQQ", quantity=0)
        assert client.answers()
        assert deaf.answers()
        assert not [message for message in (*client.messages[before:], *deaf.messages) if message.fields[0] == "61"]


def test_an_order_of_another_program_stands_in_the_list_of_all_orders(
    simulator: SimulatorProcess, client: RawClient
) -> None:
    """With what is left of it, until it is gone; among a client's own orders it is not."""
    simulator.do("order", symbol="SPY", side="SELL", quantity=100, filled=40)
    client.ask(16, 1)
    order = client.until(lambda message: message.fields[0] == "5", "an order")
    status = client.until(lambda message: message.fields[0] == "3", "its status")
    client.until(lambda message: message.fields[0] == "53", "the end of the orders")
    assert ("SELL" in order.fields, "100" in order.fields) == (True, True)
    assert status.fields[2:5] == ("Submitted", "40", "60")
    simulator.do("order", symbol="SPY", quantity=0)
    for all_or_own in (16, 5):
        before = len(client.messages)
        client.ask(all_or_own, 1)
        client.until(lambda message: message.fields[0] == "53", "the end of the orders", since=before)
        assert not [message for message in client.messages[before:] if message.fields[0] in {"3", "5"}]


# ---- looking ----


def test_status_tells_what_is_there(simulator: SimulatorProcess, client: RawClient) -> None:
    """Status tells what is there."""
    status = simulator.do("status")
    assert status["port"] == simulator.port
    assert status["clients"] == [{"client_id": 1, "server_version": 176, "subscriptions": 2, "state": "ready"}]
    assert (status["subscriptions"], status["lines"], status["message_rate"]) == (2, 100, 50)
    assert status["phase"] == "regular"
    assert status["ticks_sent"] >= sum(message.is_tick for message in client.messages) > 0
    assert status["requests_taken"] >= 3


def test_quit_ends_the_process() -> None:
    """Quit ends the process."""
    with SimulatorProcess.start(always_open=True, pace=0.0) as simulator, RawClient.ready(simulator.port) as client:
        assert simulator.do("quit") == {}
        client.until_over()
        wait_until(lambda: not simulator.is_running, "the process has ended", timeout_s=2)
        assert simulator.errors.count("Traceback") == 0


def test_every_command_stands_in_a_test() -> None:
    """Every command stands in a test."""
    from pathlib import Path

    here = Path(__file__).parent
    texts = "".join(path.read_text() for path in here.glob("test_simulator_gateway_*.py"))
    words = {str(command.__struct_config__.tag) for command in COMMANDS}
    assert {word for word in words if f'do("{word}"' not in texts} == set()
