"""A planner as a process on the other end of a real pipe, as the supervisor runs it; and what it has said."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Self

import msgspec
from msgspec.structs import replace

from tests.waiting import wait_until
from tickring.config import Config, DatabaseConfig, PlannerConfig, SegmentConfig, StreamConfig
from tickring.control.messages import Subscribe, Unsubscribe
from tickring.control.planner_messages import AskContract, Begun, Priorities, Sessions
from tickring.planner.process import run_planner
from tickring.planner_status import PlannerStatus, read_planner_status

if TYPE_CHECKING:
    from tickring.config.structs import ContractConfig
    from tickring.control.planner_messages import ToPlanner
    from tickring.session_table import SessionTables

_HEARD = Begun | Subscribe | Unsubscribe | Sessions | Priorities | AskContract

QUICK = PlannerConfig(
    refresh_interval_s=0.1,
    refresh_jitter=0.1,
    min_hold_s=0.0,
    unsubscribe_grace_s=0.0,
    heartbeat_period_s=0.02,
    refresh_timeout_s=0.5,
)
"""A planner that asks ten times a second and holds nothing."""


def planner_config(
    segment: str,
    database: DatabaseConfig,
    *,
    planner: PlannerConfig = QUICK,
    symbols: tuple[str, ...] = (),
    project_id: int = 1,
    contracts: dict[str, ContractConfig] | None = None,
    **changes: object,
) -> Config:
    """Return a configuration; `changes` are of the planner's section."""
    return Config(
        segment=SegmentConfig(name=segment),
        stream=StreamConfig(symbols=symbols, project_id=project_id, api_mode="mock"),
        database=database,
        planner=replace(planner, **changes),
        contracts=contracts or {},
    )


class PlannerRun:
    """Started by `__enter__`, ended by its pid."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.streamed: dict[str, ContractConfig] = {}
        self.messages: list[Subscribe | Unsubscribe] = []
        self.sessions: list[SessionTables] = []
        self.begun: list[str] = []
        self.asked: list[AskContract] = []
        self.priorities: dict[str, int] = {}

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe(duplex=True)
        arguments = (msgspec.json.encode(self.config), os.getpid(), theirs)
        self.process = context.Process(target=run_planner, args=arguments)
        self.process.start()
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.pipe.close()

    def stop(self) -> int | None:
        """SIGTERM, and SIGKILL if that is not enough; return the exit code."""
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(20)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(20)
        return self.process.exitcode

    def send(self, request: ToPlanner) -> None:
        """Say something, as the supervisor does."""
        self.pipe.send_bytes(msgspec.json.encode(request))

    def take(self) -> None:
        """Apply every message that has come, as a feeder would; one that makes no sense fails the test."""
        while self.pipe.poll(0):
            message = msgspec.json.decode(self.pipe.recv_bytes(), type=_HEARD)
            if isinstance(message, Sessions):
                self.sessions.append(message.tables)
                continue
            if isinstance(message, AskContract):
                self.asked.append(message)
                continue
            if isinstance(message, Priorities):
                self.priorities = message.priorities
                continue
            if isinstance(message, Begun):
                self.begun.append(message.run_id)
                continue
            self.messages.append(message)
            if isinstance(message, Subscribe):
                self.streamed |= message.symbols
            else:
                assert set(message.symbols) <= set(self.streamed)
                for symbol in message.symbols:
                    del self.streamed[symbol]

    def wait_streamed(self, *symbols: str) -> None:
        """Wait until exactly these are streamed."""

        def is_so() -> bool:
            self.take()
            return set(self.streamed) == set(symbols)

        wait_until(is_so, f"exactly {symbols} are streamed", timeout_s=30, show=lambda: sorted(self.streamed)[:50])

    def status(self) -> PlannerStatus:
        """Return what the planner's file says."""
        found = read_planner_status(self.config.segment.name)
        assert found is not None
        return found

    def wait_fault(self, place: int, words: str | None) -> PlannerStatus:
        """Wait until the origin of this place has a fault with these words, or none; return the status."""

        def is_so() -> bool:
            found = read_planner_status(self.config.segment.name)
            if found is None or not found.origins:
                return False
            fault = found.origins[place].fault
            return fault is None if words is None else words in (fault or "")

        wait_until(is_so, f"fault {words!r} of origin {place}", timeout_s=30, show=self.status)
        return self.status()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)
