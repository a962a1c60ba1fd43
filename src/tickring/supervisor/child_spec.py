"""What the supervisor knows of a child: not its module, but what to start, when, and how to tell that it lives.

One more child is one more specification, put together where the supervisor is (`child_list`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.reader import ReaderStatus
    from tickring.supervisor.running_child import RunningChild

__all__ = ["ChildSpec", "HeartbeatPlace", "RestartKind", "heartbeat_age_s"]


class RestartKind(StrEnum):
    """When a child is to be there."""

    PERMANENT = "permanent"
    """As long as the supervisor is."""
    WITH_RUN = "with_run"
    """While a run of the stream is on."""


class HeartbeatPlace(StrEnum):
    """Where in the segment's header a child stamps that it turns."""

    FEEDER_LINE = "feeder_line"
    CHILD_LINE = "child_line"
    """The line that carries the child's name."""
    NONE = "none"
    """It stamps nothing; only its end is noticed."""


class ChildSpec(NamedTuple):
    """One child. Times in seconds."""

    name: str
    launch: Callable[[], RunningChild]
    """Start one life. An error of ours or of the system counts as a life of no length."""
    restart: RestartKind
    heartbeat: HeartbeatPlace = HeartbeatPlace.NONE
    own_grace_s: float = 0.0
    """From SIGTERM to SIGKILL, on top of `supervisor.grace_s`."""
    clear: Callable[[], bool] | None = None
    """Make sure that nothing of the life before goes on; asked after each end and before each start until it is true.
    It takes some milliseconds at most."""
    carries_data: Callable[[int], bool] | None = None
    """Whether the life with this pid has brought what it is for; None: its running is enough."""
    is_vital: bool = True
    """The stream is not whole without it. A lost planner harms nothing that is streamed."""


def heartbeat_age_s(place: HeartbeatPlace, name: str, pid: int, header: ReaderStatus) -> float | None:
    """Return how old the stamp of the process `pid` is, None before its first one.

    A stamp counts only if it is this very life's own: the line still speaks of the life before until it is taken.
    """
    if place is HeartbeatPlace.FEEDER_LINE:
        is_own = header.feeder_pid == pid and header.feeder_epoch == header.epoch
        age_s = header.heartbeat_age_s if is_own else float("inf")
    else:
        ages_s = [line.heartbeat_age_s for line in header.children if (line.name, line.pid) == (name, pid)]
        age_s = min(ages_s, default=float("inf"))
    return None if age_s == float("inf") else age_s
