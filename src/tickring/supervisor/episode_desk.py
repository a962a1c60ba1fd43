"""Episodes as the supervisor has them: what each turn has seen, what is asked for them, tests of the alerts.

Puts together what `episode_watch` judges by. Main thread only.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from tickring.control.messages import AlertTestAsked, EpisodeList, Refusal
from tickring.maintenance_windows import MaintenanceWindows
from tickring.supervisor.alerter_need import ALERTER
from tickring.supervisor.disk_watch import DiskWatch
from tickring.supervisor.episode_watch import EpisodeWatch, Seen
from tickring.supervisor.market_hours import in_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.control.messages import AlertTest
    from tickring.episodes import Episode
    from tickring.stream_words import StreamWords
    from tickring.supervisor.children import Children
    from tickring.supervisor.feeder_life import FeederLife
    from tickring.supervisor.live_config import LiveConfig
    from tickring.supervisor.state_scribe import StateScribe
    from tickring.supervisor.stream_runs import StreamRuns
    from tickring.supervisor.stream_view import StreamView

__all__ = ["EpisodeDesk"]


class EpisodeDesk:
    """One per supervisor."""

    def __init__(
        self,
        live: LiveConfig,
        *,
        view: StreamView,
        runs: StreamRuns,
        children: Children,
        feeder: FeederLife,
        scribe: StateScribe,
        tell: Callable[[Episode], None],
    ) -> None:
        """`tell` is called with each episode that opens or closes. Begins to watch the disk."""
        self._live = live
        self._view = view
        self._runs = runs
        self._children = children
        self._feeder = feeder
        self._scribe = scribe
        epoch = view.look(time.monotonic()).epoch
        self._watch = EpisodeWatch(int(time.time()), epoch, tell)
        self._disk = DiskWatch(live.config.files, lambda: live.config.supervisor)
        self._disk.start()
        self._test = AlertTestAsked(0)
        self._test_sink = ""

    def look(self, words: StreamWords, hint: str, now_s: float) -> None:
        """Take note of what this turn has seen. `hint`: what is known of the cause of the stream's state."""
        run = None if self._runs.is_ending else self._runs.current
        faults = self._disk.faults(now_s, self._children.running_since_s("flusher"))
        if self._scribe.error:
            faults["state file"] = f"the state file is not written: {self._scribe.error}"
        self._watch.look(
            Seen(
                now_s=now_s,
                now_ns=time.time_ns(),
                words=words,
                cause=f"{words.cause}: {hint}" if hint else words.cause,
                run_id=None if run is None else run.run_id,
                run_age_s=0.0 if run is None else now_s - run.started_s,
                ready_limit_s=self._live.config.supervisor.ready_limit_s,
                stale_limit_s=self._live.config.stream.heartbeat_timeout_s,
                feeder=self._view.feeder,
                in_session=self._in_session(),
                is_in_maintenance=_windows(self._live.config.alerts.maintenance).holds(time.time_ns()),
                keepers=self._children.keepers,
                disk_faults=faults,
            )
        )

    def note_lock_conflict(self, why: str) -> None:
        """Note that a run was refused because somebody else has its lock; the next run that begins ends that."""
        self._watch.lock_conflict = why

    def list_since(self, sequence: int) -> EpisodeList:
        """Return what has opened or closed after that."""
        ledger = self._watch.ledger
        return EpisodeList(
            book=self._watch.name,
            sequence=ledger.sequence,
            episodes=tuple(ledger.since(sequence)),
            forgotten=ledger.forgotten,
            untold=ledger.untold,
            status=self._view.machine.words.status,
            is_run_on=self._runs.current is not None and not self._runs.is_ending,
            in_session=self._in_session(),
            test=self._test.number,
            test_sink=self._test_sink,
        )

    def ask_test(self, request: AlertTest) -> AlertTestAsked | Refusal:
        """Have the alerter send a test message with its next look."""
        if ALERTER not in self._children.names:
            return Refusal(
                code="no_alerter",
                message="nobody is told what goes wrong: the service was started with no address under [alerts]",
                next_step="configure one (docs/alerts.md), then start the service again",
            )
        self._test, self._test_sink = AlertTestAsked(self._test.number + 1), request.sink
        return self._test

    def close(self) -> None:
        """Let go of the disk. Idempotent."""
        self._disk.close()

    def _in_session(self) -> bool | None:
        header = self._view.header
        epoch = 0 if header is None else header.epoch
        return in_session(self._view.feeder, epoch, self._feeder.sessions, time.time_ns())


@lru_cache(maxsize=2)
def _windows(texts: tuple[str, ...]) -> MaintenanceWindows:
    """A reload may change them; each turn asks."""
    return MaintenanceWindows(texts)
