"""A gateway and a feeder that many tests share: each finds it live and leaves it so, with the same feeder."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.feeder_heartbeat import HeartbeatSampler
from tests.feeder_rig import FeederRig
from tests.waiting import wait_until
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HEARTBEAT_LIMIT_S", "FeederWorld", "shared_world"]

HEARTBEAT_LIMIT_S = 0.2
"""The stamp is never older, whatever the gateway does."""
SYMBOLS = ("SPY", "QQQ")


class FeederWorld:
    """The simulator, the feeder's rig and the sampler of its heartbeat."""

    def __init__(self, simulator: SimulatorProcess, rig: FeederRig) -> None:
        self.simulator = simulator
        self.rig = rig
        self.pid = rig.pid

    def do(self, word: str, **values: object) -> dict[str, object]:
        """A command to the simulator."""
        return self.simulator.do(word, **values)

    def asked(self, kind: str = "ReqMktData") -> int:
        """How many requests of a kind the gateway has had so far."""
        time.sleep(0.25)  # for the log to be written
        return sum(line.direction == "received" and line.kind == kind for line in self.simulator.sent())

    @contextmanager
    def observed(self) -> Iterator[None]:
        """What every fault must leave: the same feeder, its stamp always young, live again once the fault is over."""
        self.rig.wait_live()
        with HeartbeatSampler(self.rig.name, self.pid) as heartbeat:
            yield
            self.cure()
            self.rig.wait_live(timeout_s=20.0)
            wait_until(lambda: heartbeat.stamps > 1, "the feeder stamps")
        assert self.rig.is_alive, self.rig.log()
        assert self.rig.reader.status().feeder_pid == self.pid
        assert heartbeat.worst_s < HEARTBEAT_LIMIT_S, f"as seen {heartbeat.worst_raw_s}"

    def cure(self) -> None:
        """End every fault that stands."""
        do = self.do
        do("unmute")
        do("slow", seconds=0)
        do("split", mode="whole")
        do("lines", limit=100)
        do("message_rate", limit=0)
        do("clock_offset", seconds=0)
        do("market", phase="auto")
        faults = do("status")["faults"]
        assert isinstance(faults, dict)
        if "is_link_down" in faults:
            do("link_up", code=1102)
        if "competing" in faults:
            do("competing_session", start=False)
        for farm in faults.get("farms_down", ()):
            do("farm", code=2104, farm=farm)
        for symbol in faults.get("permissions", ()):
            do("permission", code=None, symbol=symbol or None)


@contextmanager
def shared_world(client: str, max_server_version: int = 200) -> Iterator[FeederWorld]:
    """For a fixture that outlives a test."""
    name = f"test-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    try:
        with (
            SimulatorProcess.start(
                always_open=True, pace=0.1, sample_s=0.02, max_server_version=max_server_version, message_rate=0
            ) as simulator,
            FeederRig(client, name, simulator.port, SYMBOLS) as rig,
        ):
            rig.start()
            yield FeederWorld(simulator, rig)
    finally:
        shutil.rmtree(Path("/dev/shm") / f"tickring-{name}", ignore_errors=True)
