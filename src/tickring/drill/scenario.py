"""One thing that goes wrong: what is done, what must be seen, within which time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.drill.stage import Stage

__all__ = ["Act", "Outcome", "Scenario"]

_SHOWN = 3


class Scenario(NamedTuple):
    """`play` does it on a stage where everything streams, and leaves one where everything can stream again."""

    name: str
    what: str
    play: Callable[[Act], None]


class Outcome(msgspec.Struct, kw_only=True):
    """What was seen. A time that is None was not reached, or there was nothing to see."""

    name: str
    what: str
    verdict_s: float | None = None
    """From the fault until it was told."""
    recovery_s: float | None = None
    """From the end of the fault until everything streamed."""
    faults: list[str]
    """Why it did not pass; empty: it did."""

    @property
    def is_passed(self) -> bool:
        """Whether everything was as it must be."""
        return not self.faults


class Act:
    """What a scenario uses: the stage, and limits in seconds of speed 1."""

    def __init__(self, stage: Stage, scenario: Scenario, slack_s: float) -> None:
        """`slack_s` is added to every limit: this machine's processes are not alone."""
        self.stage = stage
        self._slack_s = slack_s
        self.outcome = Outcome(name=scenario.name, what=scenario.what, faults=[])

    def limit_s(self, seconds: float) -> float:
        """Return how long something may take on this stage that takes so long at most in reality."""
        return seconds / self.stage.speed + self._slack_s

    def told(self, condition: Callable[[], object], within_s: float, what: str, *, is_scaled: bool = True) -> None:
        """Note how long it took until the fault was told; the first one of a scenario counts.

        `is_scaled` false: at any speed, because no timer decides.
        """
        limit_s = self.limit_s(within_s) if is_scaled else within_s + self._slack_s
        took_s = self.stage.wait(condition, limit_s)
        if took_s is None:
            self.fail(f"not within {limit_s:.1f} s: {what}")
        elif self.outcome.verdict_s is None:
            self.outcome.verdict_s = took_s

    def healed(self, within_s: float, what: str = "everything streams", *, is_scaled: bool = True) -> None:
        """Note how long it took until everything streamed; the longest of a scenario counts.

        `is_scaled` false: at any speed, because no timer decides but how fast a process starts.
        """
        limit_s = self.limit_s(within_s) if is_scaled else within_s + self._slack_s
        took_s = self.stage.wait(self.stage.all_live, limit_s)
        if took_s is None:
            self.fail(f"not within {limit_s:.1f} s: {what}; {', '.join(self.stage.not_streaming()[:_SHOWN])}")
        else:
            self.outcome.recovery_s = max(took_s, self.outcome.recovery_s or 0.0)

    def check(self, is_so: object, what: str) -> None:
        """Note a fault unless it is so."""
        if not is_so:
            self.fail(what)

    def fail(self, what: str) -> None:
        """Note a fault."""
        self.outcome.faults.append(what)
