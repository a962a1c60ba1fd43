"""The feeder's end is bounded, whatever holds it up."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import IBAPI_9
from tests.feeder_rig import FeederRig, tenth
from tests.loop_thread import LoopThread
from tests.scripted_gateway import ScriptedGateway, contract_details, usual_answers
from tests.waiting import wait_until
from tickring.feeder import exits
from tickring.simulator.wire import replies
from tickring.simulator.wire.requests import CancelMktData, ReqContractDetails, ReqMktData, StartApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tickring.simulator.running import SimulatorProcess
    from tickring.simulator.wire.replies import Reply
    from tickring.simulator.wire.requests import Request

pytestmark = pytest.mark.slow
STOP_LIMIT_S = 2.0


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A gateway that says everything for a session to begin, and then reads nothing, ever."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    taken: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            taken.append(one)
            one.recv(64)
            one.sendall(b"".join(_frame(text) for text in ("157\x0020260105 09:30:00 EST\0", "15\x001\0SIM1\0")))
            one.sendall(_frame("9\x001\x001\0"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)
    for one in taken:
        one.close()


def _frame(text: str) -> bytes:
    return struct.pack(">I", len(text)) + text.encode()


def test_a_gateway_that_does_not_read_does_not_hold_it(deaf_port: int, segment_name: str) -> None:
    """Requests wait in our buffer and in the kernel's; the end does not wait for either."""
    symbols = tuple(f"X{number:05d}" for number in range(4000))
    changes: dict[str, dict[str, Any]] = {
        "segment": {"capacity": 8192},
        "gateway": {"outbound_deadline_s": 60.0},
        "feeder": {"messages_per_s": 1000.0},
    }
    with FeederRig(IBAPI_9, segment_name, deaf_port, symbols, **changes) as rig:
        rig.start()
        wait_until(lambda: "session.ready" in rig.log(), "the session begins", show=rig.show)
        rig.wait_words(lambda words: words.pending == 4000, "all are asked for")
        time.sleep(1.0)
        code, took_s = rig.stop()
        assert code == exits.STOPPED
        assert took_s < STOP_LIMIT_S


def test_a_gateway_that_stands_still_does_not_hold_it(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Streams cannot be cancelled any more: the connection ends without."""
    simulator = start_simulator(always_open=True, pace=0.1)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY", "QQQ")) as rig:
        rig.start().wait_live()
        os.kill(simulator.pid, signal.SIGSTOP)
        try:
            code, took_s = rig.stop()
        finally:
            os.kill(simulator.pid, signal.SIGCONT)
        assert code == exits.STOPPED
        assert took_s < STOP_LIMIT_S


def test_what_streams_is_cancelled_first(segment_name: str) -> None:
    """As far as the socket takes it at once."""

    def script(request: Request) -> list[Reply]:
        match request:
            case StartApi():
                return [replies.ManagedAccounts(accounts=("SIM1",)), replies.NextValidId(order_id=1)]
            case ReqContractDetails(req_id=req_id):
                return [contract_details(req_id), replies.ContractDetailsEnd(req_id=req_id)]
            case _:
                return usual_answers(request)

    gateway = ScriptedGateway(157, script)
    with LoopThread() as loop, FeederRig(IBAPI_9, segment_name, 1, ()) as rig:
        loop.run(gateway.__aenter__())
        rig.config = tenth(int(gateway.place.split(":")[1]), segment_name, ("SPY",))
        rig.start().wait_live("SPY")
        assert rig.stop()[0] == exits.STOPPED
        asked = [request.req_id for request in gateway.requests if isinstance(request, ReqMktData)]
        wait_until(
            lambda: [one.req_id for one in gateway.requests if isinstance(one, CancelMktData)] == asked,
            "what ran is cancelled",
            show=lambda: gateway.requests,
        )
        loop.run(gateway.__aexit__())


def test_what_hangs_is_ended_with_its_traceback(segment_name: str, tmp_path: Path) -> None:
    """Somewhere in a system call that does not return: the limit holds, and the log says where it was."""

    def script(request: Request) -> list[Reply]:
        match request:
            case StartApi():
                return [replies.ManagedAccounts(accounts=("SIM1",)), replies.NextValidId(order_id=1)]
            case ReqContractDetails(req_id=req_id):
                return [contract_details(req_id), replies.ContractDetailsEnd(req_id=req_id)]
            case ReqMktData(req_id=req_id):
                return [replies.TickString(req_id=req_id, tick_type=45, value="nonsense")]
            case _:
                return []

    os.mkfifo(tmp_path / "poison-01.bin")  # nobody reads it: opening it to write never returns
    gateway = ScriptedGateway(157, script)
    with LoopThread() as loop, FeederRig(IBAPI_9, segment_name, 1, ()) as rig:
        loop.run(gateway.__aenter__())
        port = int(gateway.place.split(":")[1])
        rig.config = tenth(port, segment_name, ("SPY",), feeder={"poison_dir": str(tmp_path), "stop_timeout_s": 0.5})
        rig.start()
        wait_until(lambda: rig.reader.status().heartbeat_age_s > 0.5, "it hangs", show=rig.show)
        code, took_s = rig.stop()
        assert code == 1
        assert took_s < STOP_LIMIT_S
        assert "Timeout" in rig.log()
        assert "poison.py" in rig.log()
        loop.run(gateway.__aexit__())
