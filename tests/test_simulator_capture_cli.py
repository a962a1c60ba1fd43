"""`tickring simulator --record` and `--replay`, with a client of other people on both."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli_runs import environment
from tests.clients.environments import IBAPI_9
from tests.clients.talking import TalkingClient, stock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tickring.simulator.running import SimulatorProcess


class Started:
    """`tickring simulator ...`, told where it listens; ended by Ctrl-C."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tickring.cli", "simulator", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline()
        self.port = int(self.said.rpartition("127.0.0.1:")[2].split(";")[0])

    def end(self) -> int:
        """Press Ctrl-C; return the exit code."""
        self._process.send_signal(signal.SIGINT)
        code = self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


def prices(client: TalkingClient, req_id: int) -> list[tuple[int, float]]:
    """What the client heard of a stream so far."""
    return [(heard["tickType"], heard["price"]) for heard in client.all("tickPrice", reqId=req_id)]


def test_what_was_recorded_is_played(start_simulator: Callable[..., SimulatorProcess], tmp_path: Path) -> None:
    """A session through the proxy; then the same client gets the same prices from the file, under its own ids."""
    gateway = start_simulator(always_open=True, pace=0.1)
    capture = tmp_path / "capture.jsonl"
    recorder = Started("--record", f"127.0.0.1:{gateway.port}", "--capture", str(capture))
    with TalkingClient(IBAPI_9) as client:
        client.connect(recorder.port)
        client.call("reqMktData", 7, stock("SPY"), "", False, False, [])
        client.wait_for("tickPrice", reqId=7, tickType=2)
        heard = prices(client, 7)
    assert recorder.end() == 0
    assert "SIM1000001" not in capture.read_text()
    gateway.close()

    player = Started("--replay", str(capture), "--speed", "20")
    with TalkingClient(IBAPI_9) as client:
        client.connect(player.port)
        client.call("reqMktData", 99, stock("SPY"), "", False, False, [])
        client.wait_for("tickPrice", reqId=99, tickType=2)
        assert prices(client, 99)[: len(heard)] == heard[: len(prices(client, 99))]
    assert player.end() == 0
