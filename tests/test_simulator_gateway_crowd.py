"""Many clients at once, clients that do not read, and the log of what everybody was sent."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.simulator_raw_client import RawClient, request
from tests.waiting import wait_until
from tickring.simulator.control.tick_fields import field_word
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from tickring.simulator.control.sent_log import SentLine

KINDS = {
    "4": "ErrorReply",
    "9": "NextValidId",
    "15": "ManagedAccounts",
    "49": "CurrentTime",
    "58": "MarketDataType",
    "81": "TickReqParams",
}


def test_a_hundred_clients_stream_at_once() -> None:
    """A hundred clients with ids of their own all get the ticks of their own requests, and of no others."""
    with (
        SimulatorProcess.start(
            always_open=True, pace=0.1, sample_s=0.1, clients=200, lines=1000, generated=100
        ) as simulator,
        ExitStack() as stack,
    ):
        clients = [stack.enter_context(RawClient(simulator.port)) for _ in range(100)]
        for number, client in enumerate(clients):
            client.greet()
            client.start(number)
            for name in range(3):
                client.subscribe(1000 * number + name, ("SPY", "QQQ", f"SIM{number + 1:05}")[name])
        for number, client in enumerate(clients):
            for name in range(3):
                client.until_tick(1000 * number + name)
        status = simulator.do("status")
        assert sorted(one["client_id"] for one in status["clients"]) == list(range(100))
        assert status["subscriptions"] == 300
        for number, client in enumerate(clients):
            assert {message.req_id // 1000 for message in client.messages if message.is_tick} == {number}
            assert client.answers()
        stack.close()
        wait_until(lambda: not simulator.do("status")["clients"], "no clients")
        assert simulator.do("status")["subscriptions"] == 0


def test_clients_above_the_limit() -> None:
    """Forty clients more than the limit are sent away; those within it, and whoever comes later, are served."""
    with SimulatorProcess.start(always_open=True, pace=0.1, clients=5) as simulator, ExitStack() as stack:
        clients = [stack.enter_context(RawClient(simulator.port)) for _ in range(45)]
        for number, client in enumerate(clients):
            client.greet()
            client.start(number)
        for client in clients[:5]:
            client.until_error(2158)
        for client in clients[5:]:
            client.until_over()
            assert [len(message.fields) for message in client.messages] == [2]
        clients[0].close()
        wait_until(lambda: len(simulator.do("status")["clients"]) == 4, "a free place")
        RawClient.ready(simulator.port, client_id=99).close()


def _ask_for_ever(client: RawClient, question: bytes) -> None:
    for _ in range(5000):
        client.send(question)


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


@pytest.mark.slow
def test_a_client_that_never_reads_its_ticks() -> None:
    """Who reads nothing costs neither memory nor the others' ticks, and gets the newest state when it reads again."""
    with (
        SimulatorProcess.start(
            always_open=True, pace=0.0, sample_s=0.001, lines=1000, message_rate=0, generated=200, log=""
        ) as simulator,
        RawClient.ready(simulator.port, client_id=1, receive_buffer_bytes=4096) as silent,
        RawClient.ready(simulator.port, client_id=2) as other,
    ):
        for number in range(200):
            silent.subscribe(number, f"SIM{number + 1:05}")
        before_bytes = _resident_bytes(simulator.pid)
        assert simulator.do("burst", count=1000)["clients"] == 1
        other.subscribe(1, "SPY")
        other.until_tick(1)
        other.listen(2.0)
        since = len(other.messages)
        other.until_tick(1, since=since)
        assert _resident_bytes(simulator.pid) - before_bytes < 100 << 20
        assert simulator.do("status")["subscriptions"] == 201
        silent.listen(1.0)
        assert silent.answers()


@pytest.mark.slow
def test_a_client_that_asks_and_never_reads() -> None:
    """Who asks for ever more answers and reads none is dropped with RST; the others notice nothing."""
    with SimulatorProcess.start(always_open=True, pace=0.0, message_rate=0, log="") as simulator:
        with (
            RawClient.ready(simulator.port, client_id=1, receive_buffer_bytes=4096) as silent,
            RawClient.ready(simulator.port, client_id=2) as other,
        ):
            question = b"".join(request(81, number, "S") for number in range(200))
            with pytest.raises(ConnectionError):
                _ask_for_ever(silent, question)
            assert [one["client_id"] for one in simulator.do("status")["clients"]] == [2]
            assert other.answers()
            assert _resident_bytes(simulator.pid) < 400 << 20
        assert "does not read" in simulator.errors


def test_the_log_says_what_the_client_received() -> None:
    """The log holds what the client received, in order, field by field, each noted before it could be read."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02) as simulator:
        with RawClient.ready(simulator.port, client_id=3) as client:
            client.subscribe(1, "SPY", generic="233,236")
            client.subscribe(2, "BRK B")
            client.subscribe(3, "NOSUCH")
            client.until_tick(1, 48)
            client.cancel(1)
            simulator.do("mute")
            client.ask(8, 1, 1)
            simulator.do("exact_4096", seconds=0.2)
            client.listen(0.4)
            simulator.do("burst", count=11)
            client.until_tick(2, 2, since=len(client.messages))
            client.listen(0.4)
        lines = [line for line in simulator.sent() if line.direction == "sent"]
        received = client.messages[1:]  # without the handshake
        assert [_shown(line) for line in lines] == [_told(message.fields) for message in received]
        for line, message in zip(lines, received, strict=True):
            assert line.mono_ns < message.received_ns
        assert {line.symbol for line in lines if line.kind == "tick"} == {"SPY", "BRK B"}
        asked = [(line.kind, line.req_id) for line in simulator.sent() if line.direction == "received"]
        assert asked == [
            ("StartApi", None),
            ("ReqMktData", 1),
            ("ReqMktData", 2),
            ("ReqMktData", 3),
            ("CancelMktData", 1),
            ("ReqIds", None),
        ]


def _shown(line: SentLine) -> tuple[object, ...]:
    if line.kind != "tick":
        return (line.kind, line.req_id)
    return (line.req_id, line.field, line.value if isinstance(line.value, str) else float(line.value or 0))


def _told(fields: tuple[str, ...]) -> tuple[object, ...]:
    match fields:
        case ("1" | "2" | "45", _, req_id, number, value, *_):
            return (int(req_id), field_word(int(number)), float(value))
        case ("46", _, req_id, number, text):
            return (int(req_id), field_word(int(number)), text)
        case ("4", _, req_id, *_) | ("58", _, req_id, *_) | ("81", req_id, *_):
            return (KINDS[fields[0]], int(req_id))
        case _:
            return (KINDS[fields[0]], None)


@pytest.mark.slow
def test_a_burst_is_fast() -> None:
    """Fifty thousand ticks arrive within ten seconds on any machine; on a quiet one within a fifth of a second."""
    with (
        SimulatorProcess.start(always_open=True, pace=0.0, generated=50, message_rate=0) as simulator,
        RawClient.ready(simulator.port) as client,
    ):
        for number in range(50):
            client.subscribe(number, f"SIM{number + 1:05}")
        client.until_tick(49)
        before = sum(message.is_tick for message in client.messages)
        simulator.do("mute")
        assert simulator.do("burst", count=50_000)["ticks"] == 50_000
        client.until(lambda _: len(client.messages) >= before + 50_000, "all ticks")
