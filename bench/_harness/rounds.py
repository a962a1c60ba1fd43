"""Take samples of all contenders in turns.

Every round takes one sample of every cell in a new random order, so that whatever the machine does for a while - heat,
a neighbour, a timer - happens to all of them alike. A cell whose contender fails is dropped and named.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from bench._harness.agent import AgentFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench._harness.progress import Progress

__all__ = ["Cell", "Samples", "take_rounds"]


class Cell(NamedTuple):
    """One row of one table: `sample` takes one sample, or several at once."""

    table: str
    contender: str
    way: str
    sample: Callable[[], Sequence[float]]


class Samples(dict[tuple[str, str, str], list[float]]):
    """By (table, contender, way)."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: dict[str, str] = {}


def take_rounds(
    cells: Sequence[Cell], progress: Progress, *, until_s: float, least: int, most: int, warm_ups: int = 2
) -> Samples:
    """Take `least` to `most` rounds, as many as fit until `until_s` (on the progress' clock)."""
    samples = Samples()
    order = list(cells)
    chance = random.Random(7)  # not for secrets
    for number in range(-warm_ups, most):
        if not order or (number >= least and progress.elapsed_s >= until_s):
            break
        if number >= 1 and progress.elapsed_s >= 1.5 * until_s:  # a slow machine: fewer rounds than one would like
            break
        progress.say("warming up" if number < 0 else f"round {number + 1}")
        chance.shuffle(order)
        for cell in list(order):
            try:
                taken = cell.sample()
            except AgentFailed as error:
                samples.failures[f"{cell.contender}, {cell.way} ({cell.table})"] = str(error)
                samples.pop(cell[:3], None)
                order.remove(cell)
            else:
                if number >= 0:
                    samples.setdefault(cell[:3], []).extend(taken)
    return samples
