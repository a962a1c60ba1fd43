"""What goes wrong at night, on purpose: faults of a simulated gateway against the whole service, with their times.

Needs the extras `service` and one of `ib`, `ib10`.
"""

from tickring.drill.running import run_drill
from tickring.drill.scenario import Outcome, Scenario
from tickring.drill.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "Outcome", "Scenario", "run_drill"]
