"""A pytest fixture: a gateway of your own for each test, on a free port, with faults on command.

pytest_plugins = ["tickring.simulator.testing"]

def test_my_client(simulator):
    my_client.connect(simulator.host, simulator.port)
    simulator.do("mute", symbol="SPY")
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tickring.simulator.running import SimulatorProcess

__all__ = ["simulator", "start_simulator"]


@pytest.fixture
def start_simulator() -> Iterator[Callable[..., SimulatorProcess]]:
    """Start simulators with settings of your own, ended with the test: `start_simulator(always_open=True, lines=3)`."""
    started: list[SimulatorProcess] = []

    def start(**settings: Any) -> SimulatorProcess:
        process = SimulatorProcess.start(**settings)
        started.append(process)
        return process

    yield start
    for process in started:
        process.close()


@pytest.fixture
def simulator(start_simulator: Callable[..., SimulatorProcess]) -> SimulatorProcess:
    """A gateway whose market is always open and which takes a tenth of a real one's time for everything."""
    return start_simulator(always_open=True, pace=0.1)
