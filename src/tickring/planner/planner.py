"""The planner's loop: ask every half minute what is wanted, keep the set, tell the supervisor what changes, say why.

The loop never waits for anything but its own pipe: questions are asked by another thread (`refresher`), messages sent
by a third (`outbox`). So its heartbeat tells whether *it* turns, and a database that hangs is told as one that hangs.

Over the pipe come `RunBegun` and `Start` (begin anew with these parameters), `RunEnded` and `Stop` (want nothing),
`Reload` (ask at once and tell the whole set again) and `Subscribe` (these are streamed already: after a restart of the
planner), `AccountAnswer` and `ContractAnswer` (what the gateway says), and `EpisodeChanged` for the event log. Over the
pipe go `Begun` (the answer to `RunBegun`), `Subscribe`, `Unsubscribe`, `Priorities`, `Sessions` and `AskContract`. Each
message is a frame of JSON.
"""

from __future__ import annotations

import logging
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import msgspec
from msgspec.structs import replace

from tickring.control.messages import Reload, Start, Stop, Subscribe, Unsubscribe
from tickring.control.planner_messages import Begun, EpisodeChanged, Priorities, RunBegun, RunEnded, Sessions, ToPlanner
from tickring.errors import InvalidPosition
from tickring.feeder_answers import AccountAnswer, ContractAnswer
from tickring.json_faults import JSON_FAULTS
from tickring.own_line import OwnLine
from tickring.planner.contract_clerk import ContractClerk
from tickring.planner.episode_events import note_episode
from tickring.planner.event_queue import EventQueue
from tickring.planner.gateway_intake import GatewayIntake
from tickring.planner.outbox import Outbox
from tickring.planner.refresher import Refresher
from tickring.planner.run_book import RunBook
from tickring.planner.session_desk import SessionDesk
from tickring.planner.set_keeper import SetChange, SetKeeper
from tickring.planner.set_look import SetLook
from tickring.planner.status_report import StatusReport
from tickring.positions import write_positions
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection

    from tickring.config import Config
    from tickring.config.structs import ContractConfig
    from tickring.control.planner_messages import FromPlanner
    from tickring.db import Database
    from tickring.planner.set_look import Look
    from tickring.session_table import SessionTables

__all__ = ["Planner"]

_LOG = logging.getLogger("tickring.planner")
_SYMBOLS_PER_MESSAGE = 500
_LINE_PERIOD_S = 1.0
_LOOKS_APART_S = 1.0  # however often a position changes
_LAST_WORDS_PERIOD_S = 0.05
_MESSAGES: msgspec.json.Decoder[ToPlanner] = msgspec.json.Decoder(cast("Any", ToPlanner))


class Planner:
    """One planner. Main thread only."""

    def __init__(
        self,
        config: Config,
        pipe: Connection,
        *,
        line: int | None = None,
        prepare: Callable[[Database], None] | None = None,
    ) -> None:
        """`line`: the number of the child's line in the header, None for none. Asks nobody yet.

        `prepare` is called with the database before anything is asked of it, in the asking thread; idempotent.
        """
        self._pipe = pipe
        self._prepare = prepare
        self._outbox = Outbox(pipe)
        self._unsaid: list[FromPlanner] = []
        """Said at the end of the turn, after the status: what streams stands on the page already."""
        self._events = EventQueue()
        self._runs = RunBook()
        self._has_positions_fault = False
        self._line = OwnLine(config.segment.name, line, "planner")
        self._line_at_s = self._looked_at_s = 0.0
        self._random = random.Random()
        self._configured = config
        self._config: Config
        self._intake: GatewayIntake
        self._clerk: ContractClerk
        self._refresher: Refresher
        self._report: StatusReport
        self._is_active: bool
        self._refresh_at_s: float
        self._known_sessions: SessionTables | None
        self._told_sessions: SessionTables | None
        self._told_priorities: dict[str, int]
        self._has_new_set: bool
        self._begin(config)

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Go on until `is_stopping()`, or until the pipe's other end is gone."""
        try:
            while not is_stopping() and not self._outbox.is_broken:
                if not self._listen(0.0):  # before the first question: which run it is for may be said already
                    break
                self.turn()
                if not self._listen(self._config.planner.heartbeat_period_s):
                    break
            self._listen(0.0)
            self._write_last_words()
        finally:
            self._refresher.retire()
            self._line.close()

    def turn(self) -> None:
        """Do what is due."""
        now_s = time.monotonic()
        if now_s >= self._line_at_s:
            self._line_at_s = now_s + _LINE_PERIOD_S
            self._line.keep()
        look = self._refresher.take()
        if look is not None and self._is_active:
            self._apply(look, now_s)
        is_asked = self._is_active or len(self._runs) > 0 or len(self._events) > 0
        if is_asked and not self._refresher.is_running and now_s >= self._refresh_at_s:
            self._refresh_at_s, self._looked_at_s = now_s + self._next_wait_s(), now_s
            self._refresher.start()
        if self._is_active and self._look is not None:
            # Until somebody has answered nothing is known, and nothing is let go.
            self._tell(self._keeper.step(now_s))
            self._tell_priorities()
            self._tell_sessions(self._look)
            self._ask_contract(self._look, now_s)
        self._line.beat(self._state())
        self._report.write(
            self._keeper,
            self._look,
            self._events,
            sent=self._sent,
            slow_s=self._slow_s(),
            next_refresh_at_s=None if self._refresher.is_running else self._refresh_at_s,
        )
        for message in self._unsaid:
            self._outbox.send(message)
        self._unsaid.clear()

    # ---- what the supervisor says ----

    def _listen(self, within_s: float) -> bool:
        """Heed all that has come; return whether anybody is there."""
        try:
            if self._pipe.poll(within_s):
                self._heed(self._pipe.recv_bytes())
                while self._pipe.poll(0):
                    self._heed(self._pipe.recv_bytes())
        except (EOFError, OSError):
            return False
        return True

    def _heed(self, frame: bytes) -> None:
        try:
            request = _MESSAGES.decode(frame)
        except JSON_FAULTS as error:
            _LOG.error("planner.bad_message error=%s", error)
            return
        match request:
            case RunBegun():
                self._refresher.retire()
                self._begin(_with_parameters(self._configured, request.request))
                self._runs.begin(request, self._config)
                self._unsaid.append(Begun(request.run_id))
            case Start():
                self._refresher.retire()
                self._begin(_with_parameters(self._configured, request))
            case RunEnded():
                self._runs.end(request.run_id, request.how)
                self._refresh_at_s = 0.0
                self._end()
            case ContractAnswer():
                if self._clerk.hear(request, time.monotonic()):
                    self._intake.contracts.add(request)
            case AccountAnswer():
                if self._intake.accounts.add(request):
                    self._refresh_at_s = min(self._refresh_at_s, self._looked_at_s + _LOOKS_APART_S)
            case EpisodeChanged():
                note_episode(self._events, request.episode)
            case Stop():
                self._end()
            case Reload():
                self._refresh_at_s = 0.0
                self._send(self._sent)
                self._told_sessions = None
                self._has_new_set, self._told_priorities = True, {}
            case Subscribe():
                self._keeper.adopt(request.symbols, time.monotonic())
                self._sent.update(request.symbols)

    def _begin(self, config: Config) -> None:
        self._config = config
        self._refresh_at_s = 0.0
        self._intake = GatewayIntake(config)
        self._clerk = ContractClerk(config.planner)
        self._refresher = Refresher(SetLook(config, self._events, self._runs, self._prepare, self._intake))
        self._report = StatusReport(config)
        self._is_active = True
        self._forget()

    def _end(self) -> None:
        self._is_active = False
        self._forget()
        self._report.hurry()

    def _forget(self) -> None:
        planner = self._config.planner
        self._keeper = SetKeeper(
            max_symbols=min(planner.max_symbols, self._config.segment.capacity),
            min_hold_s=planner.min_hold_s,
            grace_s=planner.unsubscribe_grace_s,
        )
        self._sent: dict[str, ContractConfig] = {}
        self._contracts: dict[str, ContractConfig] = {}
        self._look: Look | None = None
        self._sessions = SessionDesk(self._config.sessions)
        self._known_sessions = self._told_sessions = None
        self._has_new_set, self._told_priorities = False, dict[str, int]()

    # ---- the set ----

    def _apply(self, look: Look, now_s: float) -> None:
        self._note_faults(look)
        wanted = list(look.wanted)
        if not look.is_known:
            wanted += self._keeper.streamed_wishes()
        self._look = look
        self._write_positions(look)
        self._contracts = {**self._sent, **look.contracts}
        change = self._keeper.want(wanted, now_s)
        self._has_new_set = True
        renamed = {
            symbol: contract
            for symbol, contract in look.contracts.items()
            if look.is_known
            and symbol not in change.remove
            and (self._sent.get(symbol, contract) != contract or symbol in look.renumbered & self._sent.keys())
        }
        self._tell(change)
        if renamed:
            # Another contract behind the same name is another stream: nobody else's is touched.
            self._withdraw(renamed)
            self._send(renamed)
            self._events.add("contract.changed", text=f"{len(renamed)} symbols", symbols=sorted(renamed))
            _LOG.info("planner.contracts_changed symbols=%s", ",".join(sorted(renamed)[:20]))

    def _tell(self, change: SetChange) -> None:
        if not change:
            return
        self._has_new_set = True
        self._withdraw(change.remove)
        self._send({symbol: self._contracts[symbol] for symbol in change.add})
        text = f"{len(change.add)} added, {len(change.remove)} removed, {len(self._keeper.streamed)} streamed"
        self._events.add("set.changed", text=text, added=change.add, removed=change.remove)
        _LOG.info("planner.set_changed added=%d removed=%d streamed=%d", *map(len, (*change, self._keeper.streamed)))
        self._report.hurry()

    def _withdraw(self, symbols: Iterable[str]) -> None:
        for part in _parts(sorted(symbols)):
            self._unsaid.append(Unsubscribe(symbols=tuple(part)))
            for symbol in part:
                self._sent.pop(symbol, None)

    def _send(self, contracts: dict[str, ContractConfig]) -> None:
        for part in _parts(sorted(contracts)):
            self._unsaid.append(Subscribe(symbols={symbol: contracts[symbol] for symbol in part}))
        self._sent.update(contracts)

    def _tell_priorities(self) -> None:
        if not self._has_new_set:
            return
        self._has_new_set = False
        priorities = self._keeper.priorities()
        if list(priorities.items()) != list(self._told_priorities.items()):
            self._told_priorities = priorities
            self._unsaid.append(Priorities(priorities))

    def _tell_sessions(self, look: Look) -> None:
        self._sessions.ask(self._sent, look.hours)
        self._known_sessions = self._sessions.take() or self._known_sessions
        if self._known_sessions is not None and self._known_sessions != self._told_sessions:
            self._told_sessions = self._known_sessions
            self._unsaid.append(Sessions(self._known_sessions))

    def _ask_contract(self, look: Look, now_s: float) -> None:
        if look.positions is None:  # nobody could take the answer down
            return
        question = self._clerk.step(
            now_s,
            datetime.now(UTC),
            streamed=self._sent,
            others={**look.kept, **look.contracts},
            told_at=look.told_at,
            is_open=self._is_open,
        )
        if question is not None:
            self._unsaid.append(question)

    def _is_open(self, symbol: str) -> bool | None:
        table = None if self._known_sessions is None else self._known_sessions.of(symbol)
        return None if table is None else table.is_open(time.time_ns())

    # ---- what others read ----

    def _write_positions(self, look: Look) -> None:
        """Write the table whenever the database has answered, and only then: its age tells whether somebody vouches."""
        if look.positions is None:
            return
        try:
            write_positions(self._config.segment.name, look.positions)
        except (OSError, InvalidPosition) as error:
            if not self._has_positions_fault:
                self._events.add("positions.failed", text=str(error))
                _LOG.error("planner.positions_not_written error=%s", error)
            self._has_positions_fault = True
        else:
            self._has_positions_fault = False

    def _write_last_words(self) -> None:
        """Have the database take how the run ended, within a limit: one that hangs is left hanging."""
        give_up_at_s = time.monotonic() + self._config.planner.stop_timeout_s
        while len(self._runs) > 0 and time.monotonic() < give_up_at_s:
            self._refresher.take()
            self._refresher.start()
            time.sleep(_LAST_WORDS_PERIOD_S)

    # ---- how it is ----

    def _note_faults(self, look: Look) -> None:
        before = {} if self._look is None else {origin.name: origin.fault for origin in self._look.origins}
        for origin in look.origins:
            if origin.fault is not None and before.get(origin.name) is None:
                self._events.add("origin.failed", origin.name, origin.fault)
                _LOG.warning(
                    "planner.origin_failed origin=%r error=%r; the last good set stays", origin.name, origin.fault
                )
                self._report.hurry()
            elif origin.fault is None and before.get(origin.name) is not None:
                self._events.add("origin.healed", origin.name, origin.answer or "")
                _LOG.info("planner.origin_healed origin=%r", origin.name)
                self._report.hurry()

    def _slow_s(self) -> float | None:
        running_s = max(self._refresher.running_s(), self._outbox.stuck_s())
        return running_s if running_s > self._config.planner.refresh_timeout_s else None

    def _state(self) -> RunState:
        if not self._is_active:
            return RunState.RUNNING
        if self._slow_s() is not None or (self._look is not None and self._look.has_faults):
            return RunState.DEGRADED
        return RunState.STARTING if self._look is None else RunState.RUNNING

    def _next_wait_s(self) -> float:
        planner = self._config.planner
        return planner.refresh_interval_s * self._random.uniform(1 - planner.refresh_jitter, 1 + planner.refresh_jitter)


def _parts(symbols: list[str]) -> Iterable[list[str]]:
    return (symbols[at : at + _SYMBOLS_PER_MESSAGE] for at in range(0, len(symbols), _SYMBOLS_PER_MESSAGE))


def _with_parameters(config: Config, start: Start) -> Config:
    """Return the configuration with what a run says for itself."""
    stream, planner = config.stream, config.planner
    if start.project_id is not None:
        stream = replace(stream, project_id=start.project_id)
    if start.symbols is not None:
        stream, planner = replace(stream, symbols=start.symbols), replace(planner, origin="static")
    if start.decision_snapshot_id is not None:
        planner = replace(planner, decision_snapshot_id=start.decision_snapshot_id)
    if start.refresh_interval_s is not None:
        planner = replace(planner, refresh_interval_s=start.refresh_interval_s)
    if start.max_symbols is not None:
        planner = replace(planner, max_symbols=start.max_symbols)
    return replace(config, stream=stream, planner=planner)
