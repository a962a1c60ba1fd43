"""Clients that are broken, rude or wrong: each hears the truth or loses its connection, and nobody else notices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.simulator_raw_client import RawClient, market_data, request
from tests.waiting import wait_until
from tickring.simulator.running import SimulatorProcess
from tickring.simulator.wire.frames import frame

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatorProcess]:
    """One simulator for all tests of this file."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.05, clients=200) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """A simulator without clients, which is still well afterwards: another client gets its ticks."""
    _wait_for_clients(shared, 0)
    shared.do("message_rate", limit=50)
    failed_before = shared.errors.count("Traceback")
    yield shared
    with RawClient.ready(shared.port, client_id=900) as client:
        client.subscribe(1, "SPY")
        client.until_tick(1)
    assert shared.is_running
    assert shared.errors.count("Traceback") == failed_before


def _wait_for_clients(simulator: SimulatorProcess, count: int) -> None:
    wait_until(lambda: len(simulator.do("status")["clients"]) == count, f"{count} clients")


def test_half_a_handshake_is_waited_for_and_disturbs_nobody(simulator: SimulatorProcess) -> None:
    """Half a handshake is waited for and disturbs nobody."""
    with RawClient(simulator.port) as half, RawClient.ready(simulator.port) as other:
        half.send(b"API\0\0\0\0\x09v157")
        assert half.listen(0.3) == []
        assert not half.is_over
        assert other.answers()
        half.send(b"..176")
        half.until(lambda message: message.fields[0] == "176")


def test_a_handshake_may_come_byte_by_byte(simulator: SimulatorProcess) -> None:
    """A handshake may come byte by byte."""
    with RawClient(simulator.port) as client:
        for byte in b"API\0" + frame(b"v157..176") + request(71, 2, 5, ""):
            client.send(bytes([byte]))
        client.until_error(2158)
        assert client.answers()


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x05hello", b"API\0\0\0\0\x05hello"])
def test_who_greets_like_no_api_client_is_disconnected(simulator: SimulatorProcess, greeting: bytes) -> None:
    """Who greets like no api client is disconnected."""
    with RawClient(simulator.port) as client:
        client.send(greeting)
        client.until_over()
        assert client.raw == b""


@pytest.mark.parametrize("versions", ["v100..156", "v66", "v201..226", "v300", "v176..157", "v99999999999..1", ""])
def test_versions_without_any_in_common_are_disconnected(simulator: SimulatorProcess, versions: str) -> None:
    """Versions without any in common are disconnected."""
    with RawClient(simulator.port) as client:
        client.greet(versions)
        client.until_over()
        assert client.raw == b""


@pytest.mark.parametrize(("versions", "agreed"), [("v100..157", "157"), ("v180", "180"), ("v157..99999", "200")])
def test_the_lower_of_both_maxima_is_agreed_upon(simulator: SimulatorProcess, versions: str, agreed: str) -> None:
    """The lower of both maxima is agreed upon."""
    with RawClient(simulator.port) as client:
        client.greet(versions)
        assert client.until(lambda message: len(message.fields) == 2).fields[0] == agreed


def test_nothing_is_answered_before_start_api(simulator: SimulatorProcess) -> None:
    """Nothing is answered before start api."""
    with RawClient(simulator.port) as client:
        client.greet()
        client.send(market_data(1, "SPY") + request(8, 1, 1) + request(49, 1) + request(61, 1))
        assert [len(message.fields) for message in client.listen(0.4)] == [2]  # the handshake's version and time
        assert simulator.do("status")["subscriptions"] == 0
        client.start(3)
        client.until_error(2158)
        assert not any(message.is_tick for message in client.listen(0.2))


def test_a_second_start_api_changes_nothing(simulator: SimulatorProcess) -> None:
    """A second start api changes nothing."""
    with RawClient.ready(simulator.port, client_id=1) as client:
        since = len(client.messages)
        client.start(2)
        assert client.answers()
        assert [message.fields[0] for message in client.messages[since:]] == ["9"]
        assert [one["client_id"] for one in simulator.do("status")["clients"]] == [1]


def test_a_client_id_in_use_is_refused_with_326_and_free_after_its_owner(simulator: SimulatorProcess) -> None:
    """A client id in use is refused with 326 and free after its owner."""
    with RawClient.ready(simulator.port, client_id=7), RawClient(simulator.port) as second:
        second.greet()
        second.start(7)
        assert "client id" in second.until_error(326)
        second.until_over()
        assert not any(message.fields[0] in {"9", "15"} for message in second.messages)
    _wait_for_clients(simulator, 0)
    RawClient.ready(simulator.port, client_id=7).close()


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFFFF0, (1 << 20) + 1])
def test_an_absurd_length_is_answered_up_to_there_and_ends_the_connection(
    simulator: SimulatorProcess, length: int
) -> None:
    """An absurd length is answered up to there and ends the connection."""
    with RawClient.ready(simulator.port) as client:
        since = len(client.messages)
        client.send(request(8, 1, 1) + length.to_bytes(4, "big") + b"123")
        client.until_over()
        assert [message.fields[0] for message in client.messages[since:]] == ["9"]


@pytest.mark.parametrize(
    ("payload", "req_id", "said"),
    [
        (b"", -1, ""),
        (b"\0", -1, ""),
        (b"abc\0", -1, "abc"),
        (b"8", -1, "8"),
        (market_data("x17", "SPY")[4:], -1, "x17"),
        (market_data(17, "SPY")[4:].replace(b"\x000.0\0", b"\0abc\0"), 17, "strike"),
        (b"1\x0011\x0018\0", 18, "missing"),
        (b"20\x0019\0SPY\0", 19, "conId"),
        (b"2\x002\0\0", -1, "reqId"),
        (b"59\x001\0three\0", -1, "three"),
        (b"1\x0011\x0099999999999\0", -1, "99999999999"),
        (b"2\x002\0\xff\xfe\\u0041\0", -1, "reqId"),
    ],
)
def test_an_unreadable_request_is_answered_with_320_and_the_session_goes_on(
    simulator: SimulatorProcess, payload: bytes, req_id: int, said: str
) -> None:
    """An unreadable request is answered with 320 and the session goes on."""
    with RawClient.ready(simulator.port) as client:
        client.send(frame(payload))
        assert said in client.until_error(320, req_id)
        assert client.answers()


def test_an_unknown_request_is_answered_with_its_number(simulator: SimulatorProcess) -> None:
    """An unknown request is answered with its number."""
    with RawClient.ready(simulator.port) as client:
        client.ask(10, 5, 44, "0", "SPY")
        assert "message 10" in client.until_error(321, 44)
        client.ask(999, 1)
        assert "message 999" in client.until_error(321)


def test_a_flood_is_warned_three_times_and_then_disconnected(simulator: SimulatorProcess) -> None:
    """A flood is warned three times and then disconnected."""
    with RawClient.ready(simulator.port) as flood, RawClient.ready(simulator.port, client_id=2) as other:
        began_s = time.monotonic()
        while not flood.is_over and time.monotonic() < began_s + 10:
            try:
                flood.send(request(8, 1, 1) * 10)
            except OSError:
                break
            flood.read(0.02)
        flood.until_over()
        texts = [message.fields[4] for message in flood.messages if message.fields[:4] == ("4", "2", "-1", "100")]
        assert [text[-3:] for text in texts] == ["(1)", "(2)", "(3)"]
        assert "max=50" in texts[0]
        assert time.monotonic() - began_s >= 2.0  # one strike a second at most
        assert other.answers()


def test_a_flood_with_paceapi_is_served(simulator: SimulatorProcess) -> None:
    """A flood with paceapi is served."""
    with RawClient(simulator.port) as client:
        client.greet("v157..176 +PACEAPI")
        client.start(1)
        client.until_error(2158)
        since = len(client.messages)
        client.send(request(8, 1, 1) * 500)
        client.until(lambda _: len(client.messages) - since >= 500, "500 answers")
        assert client.errors(since) == []


def test_a_client_may_leave_in_the_middle_of_a_frame(simulator: SimulatorProcess) -> None:
    """A client may leave in the middle of a frame."""
    for cut in (1, 4, 9, 30):
        client = RawClient.ready(simulator.port)
        client.subscribe(1, "SPY")
        client.until_tick(1)
        client.send(market_data(2, "AAPL")[:cut])
        client.close()
        _wait_for_clients(simulator, 0)
        assert simulator.do("status")["subscriptions"] == 0


def test_requests_may_come_in_any_pieces(simulator: SimulatorProcess) -> None:
    """Requests may come in any pieces."""
    with RawClient.ready(simulator.port) as client:
        data = b"".join(market_data(number, "SPY") for number in range(1, 11))
        for at in range(0, len(data), 7):
            client.send(data[at : at + 7])
        for number in range(1, 11):
            client.until_tick(number)


def test_the_same_id_twice_is_322_and_an_unknown_one_300(simulator: SimulatorProcess) -> None:
    """The same id twice is 322 and an unknown one 300."""
    with RawClient.ready(simulator.port) as client:
        client.subscribe(1, "SPY")
        client.subscribe(1, "AAPL")
        client.until_error(322, 1)
        client.cancel(2)
        client.until_error(300, 2)
        client.cancel(1)
        client.cancel(1)
        client.until_error(300, 1)
        assert simulator.do("status")["subscriptions"] == 0


@pytest.mark.parametrize("symbol", ["NOSUCH", "BRK.B", "", "SPY\\u0000", "SIM00001", "é", "A" * 10_000])
def test_an_unknown_symbol_is_200(simulator: SimulatorProcess, symbol: str) -> None:
    """An unknown symbol is 200."""
    with RawClient.ready(simulator.port) as client:
        client.subscribe(5, symbol)
        client.until_error(200, 5)
        assert client.answers()
        assert simulator.do("status")["subscriptions"] == 0
