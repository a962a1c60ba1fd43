"""One life of the planner after the other, and what they say: it changes the run's symbols and reaches the feeder.

Whatever becomes of a planner, the set that it named last stays; the next one is told of it and takes it over.
"""

from __future__ import annotations

import logging
import os
import signal
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tickring.control.messages import Reload, Stop, Subscribe, Unsubscribe
from tickring.control.planner_messages import (
    AskContract,
    Begun,
    EpisodeChanged,
    Priorities,
    RunBegun,
    RunEnded,
    Sessions,
)
from tickring.feeder_answers import ContractAnswer
from tickring.supervisor.planner_link import LinkUnreadable, PlannerLink
from tickring.supervisor.running_child import RunningChild, SpawnedChild

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import Config
    from tickring.control.planner_messages import FromPlanner, ToPlanner
    from tickring.episodes import Episode
    from tickring.feeder_answers import FeederAnswer
    from tickring.supervisor.feeder_life import FeederLife
    from tickring.supervisor.stream_run import StreamRun
    from tickring.supervisor.stream_runs import StreamRuns

__all__ = ["PlannerLife"]

_LOG = logging.getLogger("tickring.supervisor")
_SYMBOLS_PER_MESSAGE = 500
_EPISODES_KEPT = 256


class PlannerLife:
    """What the planner's specification is made of. Main thread only; never waits."""

    def __init__(self, target: str, config: Callable[[], Config], runs: StreamRuns, feeder: FeederLife) -> None:
        """`config`: as of the start of each life."""
        self._target = target
        self._config = config
        self._runs = runs
        self._feeder = feeder
        self._link: PlannerLink | None = None
        self._child: RunningChild | None = None
        feeder.hear = self._pass_on
        self._speaks_of = ""
        """The run whose begin the planner has answered."""
        self._untold: deque[Episode] = deque(maxlen=_EPISODES_KEPT)
        """What has opened or closed while there was no planner to be told."""

    def launch(self) -> RunningChild:
        """Start the next life and tell it what is on."""
        self._close_link()
        self._link = PlannerLink()
        try:
            config = self._config()
            config_json = msgspec.json.encode(config)
            self._child = SpawnedChild("planner", self._target, config_json, os.getpid(), self._link.theirs)
        except BaseException:
            self._close_link()
            raise
        self._link.started()
        planner = config.planner
        self._feeder.watch_accounts(planner.positions_period_s if planner.read_positions else 0.0)
        run = self._runs.current
        if run is None or self._runs.is_ending:
            self._send(Stop())
        else:
            self.run_begun(run)
        while self._untold:
            self._send(EpisodeChanged(self._untold.popleft()))
        return self._child

    # ---- what it is told ----

    def run_begun(self, run: StreamRun) -> None:
        """Tell it of the run that is on, and of what is streamed for it already."""
        self._speaks_of = ""
        self._send(
            RunBegun(run_id=run.run_id, request=run.request, pid=os.getpid(), started_at=run.report().started_at)
        )
        names = sorted(run.planned)
        for at in range(0, len(names), _SYMBOLS_PER_MESSAGE):
            part = names[at : at + _SYMBOLS_PER_MESSAGE]
            self._send(Subscribe(symbols={symbol: run.wanted[symbol] for symbol in part}))
        if self._feeder.account is not None:
            self._send(self._feeder.account)

    def run_ended(self, run_id: str, how: str) -> None:
        """Tell it that a run has ended, or is about to."""
        self._speaks_of = ""
        self._feeder.sessions = self._feeder.account = None
        self._feeder.priorities = {}
        self._send(RunEnded(run_id=run_id, how=how))

    def note_episode(self, episode: Episode) -> None:
        """Have it write into the event log that an episode has opened or closed; one that is down is told later."""
        if self._link is None or not self._link.is_open:
            self._untold.append(episode)
        else:
            self._send(EpisodeChanged(episode))

    def reload(self) -> None:
        """Have it ask everybody at once."""
        self._send(Reload())

    def _pass_on(self, answer: FeederAnswer) -> None:
        """Hand on what the feeder says; a planner that is down is told the newest of the account later."""
        if self._runs.current is not None and not self._runs.is_ending:
            self._send(answer)

    def _send(self, message: ToPlanner) -> None:
        if self._link is not None:
            self._link.send(message)

    # ---- what it says ----

    @property
    def fds(self) -> list[tuple[int, int]]:
        """What to poll for, with the events."""
        return [] if self._link is None else self._link.fds

    def turn(self) -> None:
        """Write what the pipe takes, and heed what has come. A planner that talks nonsense is ended."""
        if self._link is None:
            return
        self._link.flush()
        try:
            for message in self._link.take():
                self._heed(message)
        except LinkUnreadable as error:
            _LOG.error("planner.unreadable error=%s", error)
            self._close_link()
            if self._child is not None:
                self._child.send(signal.SIGTERM)

    def _heed(self, message: FromPlanner) -> None:
        run = self._runs.current
        if run is None or self._runs.is_ending:
            return
        if isinstance(message, Begun):
            self._speaks_of = message.run_id
        if run.run_id != self._speaks_of:
            return
        match message:
            case Subscribe():
                self._runs.plan(message.symbols, self._feeder.inbox)
            case Unsubscribe():
                self._runs.unplan(message.symbols, self._feeder.inbox)
            case Priorities():
                self._feeder.set_priorities(message.priorities)
            case Sessions():
                self._feeder.set_sessions(message.tables)
            case AskContract():
                if self._feeder.ask_contract(message.symbol, message.contract, self._pass_on) is None:
                    self._send(ContractAnswer(question=-1, symbol=message.symbol, text="the feeder does not run now"))
            case Begun():
                _LOG.info("planner.follows run_id=%s", message.run_id)

    def close(self) -> None:
        """Close the pipe, once the last life has ended. Idempotent."""
        self._close_link()

    def _close_link(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
