"""The supervisor: owns the segment, serves its socket, keeps the children running, one run of the stream at a time.

One loop on one thread, the main one: children are started from it, because the kernel ends a child when the thread that
started it ends. Signals only queue; the loop decides. Everything is put together here: up in the order configuration,
locks, segment, control socket, children, run; down in the reverse, on every way out and in bounded time. After SIGKILL
the kernel ends the children, the locks are free, and the segment stays for the next supervisor to take over.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tickring.atomic_file import remove_dead_drafts
from tickring.config.checks import contract_of
from tickring.config.planner_need import needs_planner
from tickring.control.messages import Refusal, Start
from tickring.errors import ConfigError
from tickring.signal_queue import SignalQueue
from tickring.supervisor.announcer import Announcer
from tickring.supervisor.answering import answer
from tickring.supervisor.api_need import needs_api
from tickring.supervisor.child_list import child_list
from tickring.supervisor.children import Children
from tickring.supervisor.control_server import ControlServer
from tickring.supervisor.episode_desk import EpisodeDesk
from tickring.supervisor.event_wait import wait_and_serve
from tickring.supervisor.exit_words import EXIT_CONFIGURATION, signal_name
from tickring.supervisor.feeder_life import FeederLife
from tickring.supervisor.foreground import EXIT_ENDED, Foreground
from tickring.supervisor.instance_lock import open_segment, take_instance_lock
from tickring.supervisor.manner import Manner
from tickring.supervisor.planner_life import PlannerLife
from tickring.supervisor.programs import Programs
from tickring.supervisor.readiness import Readiness
from tickring.supervisor.reporting import Reporter, notes_of
from tickring.supervisor.run_directory import RunDirectory
from tickring.supervisor.state_scribe import StateScribe
from tickring.supervisor.stream_run import NotStreamable, StreamRun
from tickring.supervisor.stream_runs import StreamRuns
from tickring.supervisor.stream_view import StreamView
from tickring.supervisor.systemd_notify import SystemdNotifier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tickring.config.structs import Config, ContractConfig
    from tickring.control.messages import SimulatorAnswer, SimulatorCommand, SupervisorReport
    from tickring.episodes import Episode
    from tickring.supervisor.embedded_gateway import GatewayLife
    from tickring.supervisor.live_config import Change, LiveConfig
    from tickring.supervisor.segment_host import SegmentHost

__all__ = ["Supervisor"]

_LOG = logging.getLogger("tickring.supervisor")
_HEEDED = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP),
    *(signal.SIGUSR1, signal.SIGTSTP),
)
_SLOW_PERIOD_S = 1.0
_STATE_FILE_WITHIN_S = 1.0


class Supervisor:
    """One life of the service. Main thread only; takes the process's signal handlers while it serves."""

    def __init__(
        self,
        live: LiveConfig,
        *,
        is_embedded: bool = False,
        manner: Manner | None = None,
        programs: Programs | None = None,
        foreground: Foreground | None = None,
        notifier: SystemdNotifier | None = None,
    ) -> None:
        """`is_embedded`: start the simulator and use it as the gateway. `notifier`: None, nobody is told."""
        self.live = live
        self.runs = StreamRuns(live)
        self.children: Children
        self.episodes: EpisodeDesk
        self._is_embedded = is_embedded
        self._manner = manner or Manner()
        self._programs = programs or Programs()
        self._foreground = foreground or Foreground()
        self._readiness = Readiness(notifier or SystemdNotifier())
        self._reporter = Reporter()
        self._gateway: GatewayLife | None = None
        self.feeder: FeederLife
        self._planner: PlannerLife | None = None
        self._host: SegmentHost
        self._view: StreamView
        self._control: ControlServer
        self._scribe: StateScribe
        self._announcer: Announcer
        self._signals: SignalQueue
        self._pending: deque[int] = deque()
        self._slow_at_s = 0.0

    def serve(self) -> int:
        """Serve until SIGTERM, Ctrl-C or the viewer's end; return the exit code.

        In the foreground a child that calls its configuration wrong ends it too, with 78.

        Raises:
            TickringError, OSError: it could not start; nothing is left behind.
        """
        # The signals first: one that comes while something is started waits for the loop.
        with SignalQueue(_HEEDED) as self._signals, contextlib.ExitStack() as started:
            # The command line lets it end a process; here the pipe of a feeder that has just died would do so.
            started.callback(signal.signal, signal.SIGPIPE, signal.signal(signal.SIGPIPE, signal.SIG_IGN))
            self._start(started)
            code = self._loop()
        _LOG.info("supervisor.ended exit_code=%d", code)
        return code

    # ---- up and down ----

    def _start(self, started: contextlib.ExitStack) -> None:
        config = self.live.config
        _LOG.info("supervisor.starting segment=%s data_root=%s", config.segment.name, config.files.data_root)
        lock = take_instance_lock(config.files.data_root, config.supervisor.disk_stuck_s)
        started.callback(lock.release)
        self._host = open_segment(config)
        started.callback(self._close_segment)
        if not self._manner.begins_run:  # else the first life of the feeder does it
            self._host.grant_epoch(fence_timeout_s=config.supervisor.fence_timeout_s)
        self._view = StreamView(self._host.paths.directory)
        started.callback(self._view.close)
        self._scribe = StateScribe(config.files.state_dir, config.stream.heartbeat_timeout_s)
        started.callback(self._scribe.close, _STATE_FILE_WITHIN_S)
        directory = started.enter_context(RunDirectory())
        self.feeder = FeederLife(self._host, self._programs.feeder, self._feeder_config)
        if self._is_embedded:
            from tickring.supervisor.embedded_gateway import GatewayLife

            self._gateway = GatewayLife(lambda: self.live.config.simulator, directory.path, self._host.paths.directory)
        if needs_planner(config):
            self._planner = PlannerLife(self._programs.planner, self._planner_config, self.runs, self.feeder)
            started.callback(self._planner.close)
        gateway = None if self._gateway is None else self._gateway.launch
        has_api = needs_api(config, is_sample=self._manner.is_sample)
        specs = child_list(self.live, self._programs, self.feeder, self._planner, gateway, has_api=has_api)
        self.children = Children(specs, config.supervisor)
        self.episodes = EpisodeDesk(
            self.live,
            view=self._view,
            runs=self.runs,
            children=self.children,
            feeder=self.feeder,
            scribe=self._scribe,
            tell=self._note_episode,
        )
        started.callback(self.episodes.close)
        self._announcer = Announcer(
            self.live,
            host=self._host,
            view=self._view,
            runs=self.runs,
            children=self.children,
            episodes=self.episodes,
            scribe=self._scribe,
            readiness=self._readiness,
        )
        self._control = ControlServer.of(self._host.paths.control_socket, partial(answer, self), config.supervisor)
        started.callback(self._control.close)
        started.callback(self._stop_children)
        for keeper in self.children.permanent:
            keeper.start_now()
        if self._manner.begins_run:
            self.begin_run(Start(by="start"))
        started.callback(self._foreground.stop)
        self._foreground.start()

    def _stop_children(self) -> None:
        """End the run, then every child, the last one started first."""
        self._readiness.stopping()
        for keeper in self.children.permanent:
            keeper.let_end()  # a signal to the whole group may reach them too
        deadline_s = time.monotonic() + self.live.config.supervisor.stop_limit_s
        self.end_run("the supervisor ends", deadline_s)
        for keeper in reversed(self.children.permanent):
            keeper.ask_to_stop(time.monotonic())
            self._turn_until(lambda keeper=keeper: keeper.is_gone, deadline_s)  # type: ignore[misc]

    def _close_segment(self) -> None:
        """Say `stopped`, and remove what a feeder that was killed had not finished beside the segment."""
        remove_dead_drafts(self._host.paths.directory)
        self._host.close(remove=not self._manner.keeps_segment)

    # ---- what can be asked of it ----

    @property
    def run(self) -> StreamRun | None:
        """The run that is on."""
        return self.runs.current

    def begin_run(self, request: Start) -> StreamRun:
        """Begin a run; none may be on. Raises NotStreamable, StreamLockBusy, JobLockUnusable."""
        run = self.runs.begin(request, self.children.of_a_run)
        if self._planner is not None:
            self._planner.run_begun(run)
        return run

    def end_run(self, why: str, deadline_s: float | None = None) -> str | None:
        """End the run that is on and return its id, None if there is none; the loop turns until its feeder is gone."""
        if self._planner is not None and self.run is not None and not self.runs.is_ending:
            self._planner.run_ended(self.run.run_id, why)
        self.runs.ask_to_end(self.children.of_a_run, why)
        if deadline_s is None:
            deadline_s = time.monotonic() + self.live.config.supervisor.stop_limit_s
        self._turn_until(lambda: all(keeper.is_gone for keeper in self.children.of_a_run), deadline_s)
        self._scribe.stopped()
        ended = self.runs.finish()
        self._announcer.say_state()
        return ended

    def subscribe(self, symbols: Mapping[str, ContractConfig]) -> None:
        """Stream these too; a run must be on. Raises NotStreamable."""
        self.runs.subscribe(symbols, self.feeder.inbox)

    def unsubscribe(self, symbols: tuple[str, ...]) -> None:
        """Stream these no longer; a run must be on."""
        self.runs.unsubscribe(symbols, self.feeder.inbox)

    def reload(self) -> Change:
        """Read the configuration again and put in force what can be; a child that refused the old one tries again.

        Raises:
            ConfigError: it is wrong; nothing has changed.
        """
        self._readiness.reloading()
        try:
            change = self.live.reload()
        finally:
            self._readiness.reloaded()
        config = self.live.config
        logging.getLogger().setLevel(config.log.level.upper())
        self.children.set_settings(config.supervisor)
        if self.run is not None and self.run.follows_configuration:
            self.unsubscribe(change.removed)
            try:
                self.subscribe({symbol: contract_of(config, symbol) for symbol in change.added})
            except NotStreamable as error:
                _LOG.error("config.symbols_refused error=%s", error)
        if self._planner is not None:
            self._planner.reload()
        for keeper in self.children.keepers:
            if keeper.is_refused:
                keeper.restart(time.monotonic())
        _LOG.info(
            "config.reloaded applied=%s needs_restart=%s",
            *(",".join(change.applied) or "-", ",".join(change.needs_restart) or "-"),
        )
        return change

    def ask_simulator(self, command: SimulatorCommand) -> SimulatorAnswer | Refusal:
        """Hand a command to the embedded simulator; refused where the prices are not its own."""
        if self._gateway is None or self.live.config.stream.api_mode != "mock":
            return Refusal(
                code="not_mock",
                message="this service does not run on its own simulator",
                next_step="faults are for `tickring run` without a gateway; ask another simulator at its own socket",
            )
        return self._gateway.ask(command)

    def report(self) -> SupervisorReport:
        """Return everything that is known."""
        return self._reporter.report(
            self._placed(self.live.config),
            view=self._view,
            run=self.run,
            children=self.children,
            is_embedded=self._is_embedded,
            notes=notes_of(self.children, self.live, self.run, self._scribe.error),
        )

    def _note_episode(self, episode: Episode) -> None:
        if self._planner is not None:
            self._planner.note_episode(episode)

    # ---- while it serves ----

    def _loop(self) -> int:
        while True:
            self._turn()
            if self._manner.ends_when_refused and self.children.is_refused:
                return EXIT_CONFIGURATION
            while self._pending:
                if self._heed(self._pending.popleft()):
                    return EXIT_ENDED
            code = self._foreground.look()
            if code is not None:
                return code

    def _turn_until(self, is_done: Callable[[], bool], deadline_s: float) -> None:
        """Turn without serving the socket until something is done; beyond the time children get SIGKILL."""
        while not is_done():
            now_s = time.monotonic()
            if now_s >= deadline_s:
                for keeper in self.children.keepers:
                    keeper.kill(now_s)
            self._turn(serves=False)

    def _turn(self, *, serves: bool = True) -> None:
        now_s = time.monotonic()
        self.children.notice(now_s, self._view.look(now_s))
        # Before anything that takes time: what readers must know first is that something is wrong.
        has_news = self._announcer.say_state()
        self._host.heartbeat()
        self.children.act(now_s)
        if self._planner is not None:
            self._planner.turn()
        self.feeder.turn()
        if self._announcer.say_state() or has_news:
            self._view.look(now_s)
        self._announcer.judge(now_s)
        if now_s >= self._slow_at_s:
            self._slow_at_s = now_s + _SLOW_PERIOD_S
            self._announcer.note_heartbeat(now_s)
        period_s = self.live.config.supervisor.heartbeat_period_s
        control = self._control if serves else None
        pipes = [] if self._planner is None else self._planner.fds
        pipes += [] if self.feeder.inbox is None else self.feeder.inbox.fds
        self._pending += wait_and_serve(self._signals, self.children, pipes, control, within_s=period_s)

    def _heed(self, number: int) -> bool:
        """Act on a signal; return whether it means the end."""
        if number == signal.SIGTSTP:
            self._foreground.suspend()
        elif number == signal.SIGUSR1:
            _LOG.info("supervisor.state report=%s", msgspec.json.encode(self.report()).decode())
        elif number == signal.SIGHUP and not self._foreground.is_hung_up:
            try:
                self.reload()
            except ConfigError as error:
                _LOG.error("config.refused error=%s", error)
        else:
            _LOG.info("supervisor.ending signal=%s", signal_name(number))
            return True
        return False

    # ---- what the children get ----

    def _feeder_config(self) -> Config:
        return self._placed(self.runs.feeder_config())

    def _planner_config(self) -> Config:
        config = self.live.config
        if not self._is_embedded or not config.simulator.always_open:
            return config
        return replace(config, sessions=replace(config.sessions, always_open=True))

    def _placed(self, config: Config) -> Config:
        return config if self._gateway is None else self._gateway.placed(config)
