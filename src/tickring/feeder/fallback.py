"""One symbol that its stream does not serve: which way around is tried, and what it has brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.feeder.stream import Stream
    from tickring.states import Field

__all__ = ["Fallback", "Step"]


class Step(Enum):
    """A round is a snapshot and, where that brings nothing, a bar; then it rests until the next round."""

    RESTING = "resting"
    SNAPSHOT = "snapshot"
    """Asked for; what comes is published as it comes."""
    WAITING = "waiting"
    """In the queue for a historical request."""
    HISTORY = "history"
    """Bars were asked for."""


@dataclass(eq=False)
class Fallback:
    """Times are seconds on a monotonic clock."""

    stream: Stream
    round_s: float
    """When the present round is due or began."""
    step: Step = Step.RESTING
    req_id: int = -1
    """Of the request that runs, -1 = none."""
    deadline_s: float = inf
    """Of that request."""
    asked_history_s: float = -inf
    """When bars were asked for last: who has waited longest comes first."""
    asked_snapshot_s: float = -inf
    """When a snapshot was asked for last: who has waited longest comes first."""
    served_s: float = -inf
    """When a snapshot last brought a price."""
    has_data: bool = False
    """The snapshot of this round has brought a price."""
    data_type: int = 0
    """As marketDataType said for the snapshot; 0 = unknown."""
    is_halted: bool | None = None
    held: dict[Field, float] = field(default_factory=dict["Field", float])
    """What the snapshot brought before its first price."""
    bar: tuple[str, float] | None = None
    """The newest bar so far: its beginning as IB writes it, and its close."""

    def begin(self, step: Step, req_id: int, deadline_s: float) -> None:
        """A request leaves: nothing of an earlier one counts."""
        self.step, self.req_id, self.deadline_s = step, req_id, deadline_s
        self.has_data, self.data_type, self.is_halted, self.bar = False, 0, None, None
        self.held.clear()
