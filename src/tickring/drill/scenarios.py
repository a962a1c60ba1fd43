"""Every scenario, in the order in which a drill plays them."""

from __future__ import annotations

from tickring.drill.connection_scenarios import CONNECTION_SCENARIOS
from tickring.drill.crowd_scenarios import CROWD_SCENARIOS
from tickring.drill.data_scenarios import DATA_SCENARIOS
from tickring.drill.link_scenarios import LINK_SCENARIOS
from tickring.drill.process_scenarios import PROCESS_SCENARIOS

__all__ = ["SCENARIOS"]

SCENARIOS = (*DATA_SCENARIOS, *CROWD_SCENARIOS, *LINK_SCENARIOS, *CONNECTION_SCENARIOS, *PROCESS_SCENARIOS)
