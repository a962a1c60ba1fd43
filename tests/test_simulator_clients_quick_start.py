"""ib_async's own first program against the simulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IB_ASYNC, SCRIPTS, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess


@pytest.mark.slow
def test_the_quick_start_shows_moving_quotes(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """Connect, qualify, watch, ask for bars: the bid moves, the bars are whole, nothing is missing."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05)
    told = json.loads(run(IB_ASYNC, SCRIPTS / "ib_async_quick_start.py", simulator.host, str(simulator.port), "1"))
    assert told["con_id"] == 265598
    assert told["is_connected"]
    assert len(set(told["bids"])) >= 2, "the bid does not move"
    assert all(0 < bid < told["ask"] * 1.02 for bid in told["bids"][1:])
    assert told["last"] > 0
    assert told["close"] > 0
    assert 0 < told["snapshot"][0] < told["snapshot"][1]
    assert told["positions"] == {"SPY": 200.0, "AAPL": 100.0, "TSLA": -50.0}
    assert float(told["net_liquidation"][0]) > 0
    assert len(told["bars"]) >= 5 * 7
    for _, opened, high, low, closed, volume in told["bars"]:
        assert low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume > 0
