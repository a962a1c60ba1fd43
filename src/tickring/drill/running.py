"""Plays scenarios one after another on one stage; a stage that does not heal makes way for a new one."""

from __future__ import annotations

import itertools
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tickring.drill.scenario import Act, Outcome, Scenario
from tickring.drill.stage import Stage
from tickring.errors import TickringError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["SLACK_S", "play", "run_drill"]

SLACK_S = 2.5
_WELL_WITHIN_S = 120.0
_LIES_SHOWN = 3
_numbers = itertools.count(1)


def play(stage: Stage, scenario: Scenario, *, slack_s: float = SLACK_S) -> Outcome:
    """Play one, and hold every quote that was read meanwhile against what the gateway had sent."""
    act = Act(stage, scenario, slack_s)
    if stage.wait(stage.is_well, act.limit_s(_WELL_WITHIN_S)) is None:
        act.fail(f"not played, because before it: {stage.status()}, {', '.join(stage.not_streaming()[:_LIES_SHOWN])}")
        return act.outcome
    stage.lies()
    try:
        scenario.play(act)
    except TickringError as error:
        act.fail(f"{type(error).__name__}: {error}")
    lies = stage.lies()
    if lies:
        act.fail(f"{len(lies)} quotes read live and were not so: {'; '.join(lies[:_LIES_SHOWN])}")
    return act.outcome


def run_drill(scenarios: Iterable[Scenario], *, speed: float = 1.0, seed: int = 1) -> Iterator[Outcome]:
    """Yield the outcome of each as it is known. Main thread only.

    Raises:
        StageBroken: the service does not even start.
    """
    with ExitStack() as stages:
        stage: Stage | None = None
        for scenario in scenarios:
            if stage is None:
                place = stages.enter_context(tempfile.TemporaryDirectory(prefix="tickring-drill-"))
                name = f"drill-{os.getpid()}-{next(_numbers)}"
                stage = stages.enter_context(Stage(name, Path(place), speed=speed, seed=seed))
            outcome = play(stage, scenario)
            yield outcome
            if not outcome.is_passed:
                stages.close()
                stage = None
