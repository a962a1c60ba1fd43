"""Keep one child running: start it, notice its end or its silence, end it, start it again.

Each turn of the supervisor's loop has two halves. `notice` only looks - a few system calls, no log - so that the
segment can say the worse before anything else; `act` then does one step and never waits: ending a child that hangs,
proving a writer dead and the wait for the next start all take several turns.

A child that says its configuration is wrong is not started again by itself: the next start would end the same way.
"""

from __future__ import annotations

import logging
import signal
import time
from typing import TYPE_CHECKING

from tickring.errors import TickringError
from tickring.states import RunState
from tickring.supervisor.child_ending import ChildEnding, EndingTimes
from tickring.supervisor.child_entry import TELL_WHERE
from tickring.supervisor.child_spec import HeartbeatPlace, heartbeat_age_s
from tickring.supervisor.exit_words import EXIT_CONFIGURATION, exit_words
from tickring.supervisor.restart_backoff import RestartBackoff
from tickring.supervisor.restart_intensity import RestartIntensity

if TYPE_CHECKING:
    from tickring.config.structs import SupervisorConfig
    from tickring.reader import ReaderStatus
    from tickring.supervisor.child_spec import ChildSpec
    from tickring.supervisor.running_child import RunningChild

__all__ = ["ChildKeeper"]

_LOG = logging.getLogger("tickring.supervisor")
_GOODNESS_PERIOD_S = 1.0


class ChildKeeper:
    """Holds at most one life of the child at a time. Times are monotonic seconds. Main thread only."""

    def __init__(self, spec: ChildSpec, settings: SupervisorConfig) -> None:
        self.spec = spec
        self.name = spec.name
        self.state = RunState.STOPPED
        self.restarts = 0
        """Lives after the first one, since `start`."""
        self.failures = 0
        """Ends, and starts that came to nothing, which nobody had asked for; never goes back."""
        self.last_exit: str | None = None
        self.last_code: int | None = None
        """Of the life before; minus the signal's number if one ended it."""
        self.heartbeat_age_s: float | None = None
        self.started_s = 0.0
        self._settings = settings
        self._backoff = RestartBackoff(settings)
        self._intensity = RestartIntensity(settings)
        self._child: RunningChild | None = None
        self._ending: ChildEnding | None = None
        self._abandoned: list[RunningChild] = []
        self._code: int | None = None
        self._due_s = 0.0
        self._beat_s = 0.0
        self._good_at_s = 0.0
        self._is_wanted = False
        self._is_clear = False
        self._is_restart_asked = False
        self._has_failed = False
        self._has_lived = False

    # ---- what it is like ----

    @property
    def pid(self) -> int | None:
        """Of the present life."""
        return None if self._child is None else self._child.pid

    @property
    def heartbeat_limit_s(self) -> float:
        """How old its stamp may be."""
        is_feeder = self.spec.heartbeat is HeartbeatPlace.FEEDER_LINE
        return self._settings.heartbeat_limit_s if is_feeder else self._settings.child_heartbeat_limit_s

    @property
    def is_refused(self) -> bool:
        """Whether the child has said that its configuration is wrong."""
        return self.state is RunState.FAILED

    @property
    def is_gone(self) -> bool:
        """Whether no process of it is there that could still be waited for."""
        return self._child is None

    @property
    def has_troubles(self) -> bool:
        """Whether it ended or went silent and has not come back since."""
        return self.state in {RunState.BACKING_OFF, RunState.DEGRADED, RunState.FAILED}

    @property
    def is_down(self) -> bool:
        """Whether it has failed or gone silent and does not run again yet; a restart that was asked for is neither."""
        is_coming = self.state in {RunState.STARTING, RunState.BACKING_OFF}
        return self.state in {RunState.DEGRADED, RunState.FAILED} or (is_coming and self._has_failed)

    @property
    def has_given_up(self) -> bool:
        """Whether it ended too often, so that it is only started slowly."""
        return self._intensity.is_over and not self.is_refused

    @property
    def trouble(self) -> str:
        """Why it does not run though it is wanted, in words; empty if it does."""
        if self._ending is not None and self._is_wanted:
            return self._ending.why
        is_down = self.state in {RunState.STARTING, RunState.BACKING_OFF, RunState.DEGRADED, RunState.FAILED}
        return (self.last_exit or "") if is_down else ""

    @property
    def starts_in_s(self) -> float | None:
        """Until the next start, None if none is waited for."""
        return max(0.0, self._due_s - time.monotonic()) if self.state is RunState.BACKING_OFF else None

    @property
    def is_declared(self) -> bool:
        """Whether it is well, or not and a step is due that will not be missed; else the loop has lost sight of it."""
        due_s = self._ending.next_s if self._ending is not None else self._due_s
        waits = self._ending is not None or self.state is RunState.BACKING_OFF
        return not waits or due_s > time.monotonic() - self._settings.fence_timeout_s

    @property
    def notes(self) -> list[str]:
        """Return what an operator should know."""
        notes: list[str] = []
        if self.is_refused:
            notes.append(f"{self.name} is not started again: {self.last_exit}")
        elif self._intensity.is_over:
            settings = self._settings
            notes.append(
                f"{self.name} ended more than {settings.restart_max} times within {settings.restart_period_s:g} s and "
                f"is started every {settings.slow_retry_s:g} s only; last: {self.last_exit}"
            )
        if self._abandoned:
            pids = ", ".join(str(child.pid) for child in self._abandoned)
            notes.append(f"{self.name}: process {pids} outlives SIGKILL, stuck in the kernel; its disk may be dead")
        return notes

    @property
    def sentinels(self) -> list[int]:
        """What becomes readable when something is to be done."""
        return [] if self._child is None else [self._child.sentinel]

    # ---- what is wanted ----

    def start(self) -> None:
        """Have it from now on; its first life begins with the next `act`. The past is forgotten."""
        self._forget()
        self.restarts, self.last_exit, self._has_lived, self._has_failed = 0, None, False, False
        self._is_wanted, self._is_clear, self._is_restart_asked, self._due_s = True, False, False, 0.0
        self.state = RunState.STARTING

    def start_now(self) -> None:
        """Have it from now on, and start its first life; unlike later ones it may fail.

        Raises:
            TickringError, OSError: what launching raised.
        """
        self.start()
        try:
            self._launch(time.monotonic())
        except BaseException:
            self._is_wanted, self.state = False, RunState.STOPPED
            raise

    def restart(self, now_s: float) -> None:
        """End it in order and start it again at once, whatever it was waiting for."""
        self._forget()
        self._is_wanted = True
        if self._child is None:
            self._due_s, self.state = now_s, RunState.BACKING_OFF
        elif self._ending is None:
            self._is_restart_asked, self.state = True, RunState.STOPPING
            self._end(signal.SIGTERM, self._grace_s, "a restart was asked for", now_s)

    def let_end(self) -> None:
        """Start it no more, but leave it alone while it runs: all ends soon."""
        self._is_wanted = False

    def ask_to_stop(self, now_s: float) -> None:
        """End it in order and start it no more. Idempotent."""
        self._is_wanted = self._is_restart_asked = False
        if self._child is None:
            self.state = RunState.STOPPED
            return
        self.state = RunState.STOPPING
        if self._ending is None:
            self._end(signal.SIGTERM, self._grace_s, "it was asked to stop", now_s)

    def kill(self, now_s: float) -> None:
        """Do not wait any longer for its end; after `ask_to_stop`."""
        if self._ending is not None:
            self._ending.kill(now_s)

    def set_settings(self, settings: SupervisorConfig) -> None:
        """Use other times and limits from now on."""
        self._settings = self._backoff.settings = self._intensity.settings = settings

    # ---- one turn ----

    def notice(self, now_s: float, header: ReaderStatus | None) -> None:
        """See whether it has ended or gone silent, and change `state` accordingly; do nothing about it yet."""
        if self._child is None:
            return
        self._code = self._child.exit_code()
        if self._code is not None:
            self.state = RunState.BACKING_OFF if self._is_wanted else self.state
        elif self.spec.heartbeat is not HeartbeatPlace.NONE and header is not None:
            self._notice_beat(self._child.pid, now_s, header)

    def _notice_beat(self, pid: int, now_s: float, header: ReaderStatus) -> None:
        age_s = heartbeat_age_s(self.spec.heartbeat, self.name, pid, header)
        self.heartbeat_age_s = age_s
        if age_s is not None:
            self._beat_s = max(self._beat_s, now_s - age_s)
        if self._ending is not None:
            return
        is_first = self.state is RunState.STARTING and age_s is None
        limit_s = self._settings.start_limit_s if is_first else self.heartbeat_limit_s
        if now_s - self._beat_s > limit_s:
            self.state = RunState.DEGRADED
        elif age_s is not None:
            self.state, self._has_failed = RunState.RUNNING, False

    def act(self, now_s: float) -> None:
        """Do the next step."""
        self._reap_abandoned()
        if self._code is not None:
            self._bury(self._code, now_s)
        elif self._ending is not None:
            self._go_on_ending(self._ending, now_s)
        elif self._child is not None:
            if self.state is RunState.DEGRADED:
                self._end_silent(self._child, now_s)
            elif self.state is RunState.RUNNING and now_s >= self._good_at_s:
                self._see_if_good(now_s)
        if self._child is None and self.state in {RunState.STARTING, RunState.BACKING_OFF}:
            self._go_on_starting(now_s)

    # ---- lives ----

    def _go_on_starting(self, now_s: float) -> None:
        try:
            if not self._is_clear and self.spec.clear is not None and not self.spec.clear():
                return
            self._is_clear = True
            if now_s >= self._due_s:
                self._launch(now_s)
        except (TickringError, OSError) as error:
            self.last_exit = f"could not be started: {error}"
            _LOG.error("child.not_started child=%s error=%s", self.name, error)
            self._back_off(now_s)

    def _launch(self, now_s: float) -> None:
        child = self.spec.launch()
        self.restarts += self._has_lived
        self._child, self._has_lived, self._is_clear = child, True, False
        self._code = self._ending = self.heartbeat_age_s = None
        self.started_s = self._beat_s = time.monotonic()
        self._good_at_s = now_s + self._settings.good_run_s
        stamps = self.spec.heartbeat is not HeartbeatPlace.NONE
        self.state = RunState.STARTING if stamps else RunState.RUNNING
        _LOG.info("child.started child=%s pid=%d", self.name, child.pid)

    @property
    def _grace_s(self) -> float:
        return self._settings.grace_s + self.spec.own_grace_s

    def _end(self, first: signal.Signals, patience_s: float, why: str, now_s: float) -> None:
        assert self._child is not None
        times = EndingTimes(patience_s, self._settings.fence_timeout_s)
        self._ending = ChildEnding(self._child, first, times, why, now_s)

    def _end_silent(self, child: RunningChild, now_s: float) -> None:
        silent_s = now_s - self._beat_s
        _LOG.error("child.silent child=%s pid=%d silent_s=%.1f", self.name, child.pid, silent_s)
        self._end(TELL_WHERE, self._settings.traceback_s, f"it was silent for {silent_s:.1f} s", now_s)

    def _go_on_ending(self, ending: ChildEnding, now_s: float) -> None:
        ending.step(now_s)
        if ending.is_hopeless and self._child is not None:
            _LOG.error("child.not_dead child=%s pid=%d: it outlives SIGKILL", self.name, self._child.pid)
            self._abandoned.append(self._child)
            self._part(f"{ending.why}, and it could not be ended", -signal.SIGKILL, now_s)

    def _bury(self, code: int, now_s: float) -> None:
        child, ending = self._child, self._ending
        assert child is not None
        how = exit_words(code, ending.why if ending is not None else "")
        pid, ran_s = child.pid, now_s - self.started_s
        is_expected = not self._is_wanted or self._is_restart_asked
        if is_expected:
            _LOG.info("child.stopped child=%s pid=%d exit_code=%d", self.name, pid, code)
        else:
            self._see_if_good(now_s)
            _LOG.error(
                "child.exited child=%s pid=%d exit_code=%d uptime_s=%.1f ends_in_period=%d how=%r",
                *(self.name, pid, code, ran_s, self._intensity.ends_in_period(now_s) + 1, how),
            )
        child.close()
        self._part(how, code, now_s)

    def _part(self, how: str, code: int, now_s: float) -> None:
        """Have no life any more, and decide what comes next."""
        self._child = self._ending = self._code = self.heartbeat_age_s = None
        self.last_exit, self.last_code = how, code
        if not self._is_wanted:
            self.state = RunState.STOPPED
        elif self._is_restart_asked:
            self._is_restart_asked, self._due_s, self.state = False, now_s, RunState.BACKING_OFF
        elif code == EXIT_CONFIGURATION:
            self.state = RunState.FAILED
            self.failures += 1
            _LOG.error("child.refused child=%s: its configuration is wrong, see above; not started again", self.name)
        else:
            self._back_off(now_s)

    # ---- when again ----

    def _back_off(self, now_s: float) -> None:
        settings = self._settings
        self._has_failed = True
        self.failures += 1
        if self._intensity.note_end(now_s):
            _LOG.error(
                "supervisor.gave_up child=%s restart_max=%d restart_period_s=%g: started every %g s from now on",
                *(self.name, settings.restart_max, settings.restart_period_s, settings.slow_retry_s),
            )
        delay_s = settings.slow_retry_s if self._intensity.is_over else self._backoff.next_s()
        self._due_s, self.state = now_s + delay_s, RunState.BACKING_OFF
        _LOG.warning("child.backing_off child=%s delay_s=%.2f", self.name, delay_s)

    def _see_if_good(self, now_s: float) -> None:
        """Forgive the ends before if this life was long enough and carried data."""
        self._good_at_s = now_s + _GOODNESS_PERIOD_S
        has_data = self.spec.carries_data
        if now_s - self.started_s >= self._settings.good_run_s and (has_data is None or has_data(self.pid or 0)):
            self._forget()

    def _forget(self) -> None:
        self._backoff.forget()
        self._intensity.forget()

    def _reap_abandoned(self) -> None:
        for child in [one for one in self._abandoned if one.exit_code() is not None]:
            _LOG.info("child.dead_at_last child=%s pid=%d", self.name, child.pid)
            child.close()
            self._abandoned.remove(child)
