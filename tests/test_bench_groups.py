"""Processes of a benchmark that sleep (SIGSTOP) do not take the others along, and Ctrl-C ends them all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.child import identity_of, kill_and_wait, state_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("multiprocess", reason="the simulator needs tickring[service]")

ROOT = Path(__file__).parent.parent
COORDINATOR = """
import os, signal, time
from functools import partial
from bench._harness.agent import Agent
from tickring.simulator.running import SimulatorProcess
from tests.test_bench_groups import Sleeper

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background has it ignored
    shell = os.getppid()
    simulator = SimulatorProcess.start()
    agent = Agent("sleeper", Sleeper, 0)
    agent.call("pid")
    parts = (simulator.pid, agent.pid)
    for pid in parts:
        os.kill(pid, signal.SIGSTOP)
    try:
        print(os.getpid(), *parts, flush=True)
        while os.getppid() == shell:
            time.sleep(0.01)
        time.sleep(0.2)  # a signal of the kernel would be here by now
        print("alone", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        pass
    for pid in parts:
        os.kill(pid, signal.SIGCONT)
    agent.close()
    simulator.close()
    print("ended", flush=True)
"""


class Sleeper:
    """What the agent serves: nothing but its pid."""

    def __init__(self, _pipe: object) -> None:
        """Nothing to open."""

    def pid(self) -> int:
        return os.getpid()

    def close(self) -> None:
        """Nothing to close."""


class Started:
    """A shell in a session of its own, and a coordinator with two stopped processes that it started."""

    def __init__(self, place: Path) -> None:
        program = place / "coordinator.py"
        program.write_text(COORDINATOR)
        # With job control, as at a terminal: the coordinator has a group of its own. The shell ends when told to.
        self.shell = subprocess.Popen(
            ["bash", "-c", 'set -m; "$0" "$1" & read -r _', sys.executable, str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        self.coordinator, *self.parts = map(int, self.line().split())
        self.identities = [identity_of(pid) for pid in (self.coordinator, *self.parts)]

    def line(self) -> str:
        """The coordinator's next line; the test's own timeout bounds the wait."""
        assert self.shell.stdout is not None
        return self.shell.stdout.readline().strip()

    def end_shell(self) -> None:
        """Let the shell go and leave its child behind."""
        assert self.shell.stdin is not None
        self.shell.stdin.close()
        assert self.shell.wait(20) in (0, 1)

    def living(self) -> list[int]:
        """Which of the three processes are still there, not counting those that nobody has waited for."""
        there = [one[0] for one in self.identities if one is not None and identity_of(one[0]) == one]
        return [pid for pid in there if state_of(pid) not in "Z-"]

    def close(self) -> None:
        """End what is left."""
        for pid in self.living():
            kill_and_wait(pid)
        self.shell.kill()
        self.shell.wait(20)
        for stream in (self.shell.stdin, self.shell.stdout):
            if stream is not None:
                stream.close()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """A coordinator with stopped processes; ended afterwards, whatever happened."""
    running = Started(tmp_path)
    yield running
    running.close()


def test_a_shell_that_goes_does_not_end_a_benchmark(started: Started) -> None:
    """The kernel hangs up an orphaned group that has stopped members: the stopped ones are in groups of their own."""
    started.end_shell()
    assert started.line() == "alone"
    assert len(started.living()) == 3


def test_ctrl_c_ends_them_all(started: Started) -> None:
    """The terminal's signal reaches the coordinator's group; it wakes those that sleep and ends them."""
    os.killpg(started.coordinator, signal.SIGINT)
    wait_until(lambda: not started.living(), "all are gone", show=started.living)
    assert started.line() == "ended"


def test_a_coordinator_that_is_killed_takes_its_sleepers_along(started: Started) -> None:
    """SIGKILL leaves nobody behind, stopped or not."""
    os.kill(started.coordinator, signal.SIGKILL)
    wait_until(lambda: not started.living(), "all are gone", show=started.living)
