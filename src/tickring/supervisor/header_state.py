"""What the segment's header says of the service as a whole.

`starting`, `running` and `degraded` let quotes be good where the feeder vouches for them; with everything else every
quote reads `feed_down`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.states import RunState

if TYPE_CHECKING:
    from tickring.supervisor.children import Children
    from tickring.supervisor.stream_runs import StreamRuns

__all__ = ["header_state"]


def header_state(children: Children, runs: StreamRuns, *, ready_limit_s: float) -> RunState:
    """Return the state as of now.

    A run that has never been whole is `starting`, for `ready_limit_s` at most and until a child fails.
    """
    run = runs.current
    if run is None:
        return RunState.STOPPED
    if runs.is_ending:
        return RunState.STOPPING
    if any(keeper.is_refused for keeper in children.of_a_run):
        return RunState.FAILED
    if children.are_whole:
        runs.is_past_start = True
        return RunState.RUNNING
    is_late = time.monotonic() - run.started_s > ready_limit_s
    runs.is_past_start = runs.is_past_start or children.have_troubles or is_late
    return RunState.DEGRADED if runs.is_past_start else RunState.STARTING
