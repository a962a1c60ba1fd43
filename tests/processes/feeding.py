"""Feeders that need no gateway, and feeders that misbehave in every way; started by a real supervisor.

Each is called as the real one is. `in_turn` lets the lives of one test behave differently: line n of the file
`<state_dir>/plan` names what life n does, the last line all that follow.
"""

from __future__ import annotations

import collections
import ctypes
import itertools
import os
import resource
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psutil

from tickring.feeder import SegmentWriter
from tickring.feeder_status import FeederStatus, write_feeder_status
from tickring.states import Connection, DataType, Field, QuoteState, RunState, Source

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from tickring.config.structs import Config

MEMORY_GROUP = "tickring-test"
"""Begins the name of a memory group that a test has made."""
_PERIOD_S = 0.02
_TICKS_BEFORE = 10


def in_turn(config: Config, epoch: int, inbox: Pipe) -> int:
    """Do what the plan says for this life."""
    plan = (Path(config.files.state_dir) / "plan").read_text().split()
    lives = Path(config.files.state_dir) / "lives"
    number = len(lives.read_text().splitlines()) if lives.exists() else 0
    with lives.open("a") as file:
        file.write(f"{os.getpid()} {epoch}\n")
    code: int = globals()[plan[min(number, len(plan) - 1)]](config, epoch, inbox)
    return code


# ---- one that works --------------------------------------------------------------------------------------------------


class Stream:
    """Ticks for every symbol of the configuration."""

    def __init__(self, config: Config, epoch: int) -> None:
        self.is_ending = False
        self._config = config
        self._epoch = epoch
        self._writer = SegmentWriter.attach(config.segment.name, epoch=epoch)
        self._writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode="mock")
        self._slots = [self._begin(symbol) for symbol in config.stream.symbols]
        self._count = 0

    @property
    def lock_fd(self) -> int:
        """The descriptor of the writer lock."""
        return self._writer._lock.fd

    def _begin(self, symbol: str) -> int:
        slot = self._writer.add(symbol)
        self._writer.begin(slot)
        self._writer.set_state(
            slot, state=QuoteState.LIVE, source=Source.IB_STREAM, data_type=DataType.REALTIME, publish=False
        )
        return slot

    def tick(self) -> None:
        """Publish one round and stamp the heartbeat."""
        self._count += 1
        for slot in self._slots:
            self._writer.tick(slot, time.time_ns(), Field.BID, 100.0 + self._count, Field.ASK, 101.0 + self._count)
            self._writer.vouch(slot)
        self._writer.heartbeat()
        self._writer.commit()
        if self._count % 10 == 1:
            status = FeederStatus(
                epoch=self._epoch,
                pid=os.getpid(),
                written_at="2026-01-01T00:00:00.000000Z",
                desired=len(self._slots),
                confirmed=len(self._slots),
                last_data_mono_ns=time.monotonic_ns(),
            )
            write_feeder_status(self._config.segment.name, status)

    def run(self, ticks: float = float("inf")) -> None:
        """Tick so often, or until SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, "is_ending", True))
        for number in itertools.count():
            if self.is_ending or number >= ticks:
                return
            self.tick()
            time.sleep(_PERIOD_S)


def stream(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001 - called as the real one
    """Stream until SIGTERM."""
    Stream(config, epoch).run()
    return 0


# ---- and all the others ----------------------------------------------------------------------------------------------


def hang_in_a_callback(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream for a while, then loop in Python for ever."""
    Stream(config, epoch).run(_TICKS_BEFORE)
    return _a_callback_that_never_returns()


def _a_callback_that_never_returns() -> NoReturn:
    while True:
        time.sleep(0.001)


def hang_in_a_c_call(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream for a while, then enter a call that never comes back to Python, nor gives the others a chance."""
    Stream(config, epoch).run(_TICKS_BEFORE)
    return _a_call_that_never_returns()


def _a_call_that_never_returns() -> int:
    collections.deque(itertools.repeat(None), maxlen=0)
    return 0


def never_stamp(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Start, and stamp nothing."""
    time.sleep(600)
    return 0


def raise_at_start(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """End with a traceback."""
    raise ValueError("this feeder cannot start")


def end_with_zero(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream for a while, then end as if that had been asked for."""
    Stream(config, epoch).run(_TICKS_BEFORE)
    return 0


def refuse(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Say that the configuration is wrong."""
    return 78


def balloon(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream for a while, then take memory until the limit says no."""
    streaming = Stream(config, epoch)
    streaming.run(_TICKS_BEFORE)
    limit = psutil.Process().memory_info().vms + (256 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    blocks: list[bytearray] = []
    while True:
        streaming.tick()  # else the machine's other work could make it look silent first
        blocks.append(bytearray(16 << 20))


def grow_when_confined(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream; once it was put into a memory group of a test, take memory until the kernel ends it."""
    streaming = Stream(config, epoch)
    blocks: list[bytearray] = []
    while True:
        streaming.tick()
        time.sleep(_PERIOD_S)
        if MEMORY_GROUP in Path("/proc/self/cgroup").read_text():
            blocks.append(bytearray(os.urandom(1 << 20)) * 16)


def ignore_sigterm(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream, and do not end when asked to."""
    streaming = Stream(config, epoch)
    while True:
        streaming.tick()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(_PERIOD_S)


def outlive_its_parent(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Take back what ends it with its supervisor, and stream on."""
    ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # PR_SET_PDEATHSIG of linux/prctl.h
    Stream(config, epoch).run()
    return 0


def lend_its_lock(config: Config, epoch: int, inbox: Pipe) -> int:  # noqa: ARG001
    """Stream, beside a process that has inherited the writer lock and outlives everybody; its pid goes to a file."""
    streaming = Stream(config, epoch)
    # Nothing in tickring does this; a library that forks without exec could.
    keeper = subprocess.Popen(["sleep", "600"], pass_fds=[streaming.lock_fd], stdin=subprocess.DEVNULL)
    (Path(config.files.state_dir) / "keeper").write_text(str(keeper.pid))
    streaming.run()
    return 0
