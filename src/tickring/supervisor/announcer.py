"""What the supervisor makes known each turn: its state in the header, the stream's to systemd, episodes, state file.

Short, and never waits: the header is memory, systemd's socket does not block, the state file is another thread's.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tickring.states import RunState
from tickring.supervisor.header_state import header_state

if TYPE_CHECKING:
    from tickring.supervisor.children import Children
    from tickring.supervisor.episode_desk import EpisodeDesk
    from tickring.supervisor.live_config import LiveConfig
    from tickring.supervisor.readiness import Readiness
    from tickring.supervisor.segment_host import SegmentHost
    from tickring.supervisor.state_scribe import StateScribe
    from tickring.supervisor.stream_runs import StreamRuns
    from tickring.supervisor.stream_view import StreamView

__all__ = ["Announcer"]

_LOG = logging.getLogger("tickring.supervisor")


class Announcer:
    """One per supervisor. Main thread only."""

    def __init__(
        self,
        live: LiveConfig,
        *,
        host: SegmentHost,
        view: StreamView,
        runs: StreamRuns,
        children: Children,
        episodes: EpisodeDesk,
        scribe: StateScribe,
        readiness: Readiness,
    ) -> None:
        """Says nothing yet."""
        self._live = live
        self._host = host
        self._view = view
        self._runs = runs
        self._children = children
        self._episodes = episodes
        self._scribe = scribe
        self._readiness = readiness
        self._state = RunState.UNKNOWN

    def say_state(self) -> bool:
        """Put the state as it is now into the header; return whether it is another one."""
        limit_s = self._live.config.supervisor.ready_limit_s
        state = header_state(self._children, self._runs, ready_limit_s=limit_s)
        if state is self._state:
            return False
        self._state = state
        self._host.set_state(state)
        _LOG.info("supervisor.state_changed state=%s", state)
        return True

    def judge(self, now_s: float) -> None:
        """Say what the stream is by what was looked at last: to systemd, and as episodes."""
        runs, feeder = self._runs, self._view.feeder
        troubles = [f"{keeper.name}: {keeper.trouble}" for keeper in self._children.keepers if keeper.trouble]
        hint = "; ".join(troubles) if runs.current is not None and not runs.is_ending else runs.why_ended
        wanted = 0 if runs.current is None else len(runs.current.wanted)
        limit_s = self._live.config.stream.data_limit_s
        words = self._view.judge(self._state, wanted=wanted, data_limit_s=limit_s, hint=hint, now_s=now_s)
        self._episodes.look(words, hint, now_s)
        confirmed = 0 if feeder is None else feeder.confirmed
        text = f"{words.state}: {words.cause}; {confirmed} of {wanted} symbols confirmed"
        self._readiness.tell(now_s, state=self._state, status=words.status, text=text, lost=self._children.lost)

    def note_heartbeat(self, now_s: float) -> None:
        """Have the state file say that the stream runs, if it does."""
        self._children.look_at_figures(now_s)
        header, run = self._view.header, self._runs.current
        if run is None or header is None or self._children["feeder"].state is not RunState.RUNNING:
            return
        errors = 0 if self._view.feeder is None else self._view.feeder.errors
        updates = header.counters["ticks_published"]
        self._scribe.heartbeat(tuple(run.wanted), {"updates": updates, "errors": errors, "life": header.segment_id})
