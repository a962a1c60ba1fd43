"""Keep one child running: start it, notice its end, wait, start it again.

A child that says its configuration is wrong is not started again: the next start would end the same way. All in the
main job's loop; nothing here waits but for the start itself and, in `stop`, for the end.
"""

import logging
import time
from collections.abc import Callable

from tickring.config.structs import SupervisorConfig
from tickring.errors import TickringError
from tickring.states import RunState
from tickring.supervisor.restart_backoff import RestartBackoff
from tickring.supervisor.running_child import RunningChild

__all__ = ["EXIT_CONFIGURATION", "ChildKeeper"]

_LOG = logging.getLogger("tickring.supervisor")

EXIT_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


class ChildKeeper:
    """Holds at most one life of the child at a time. Times are monotonic seconds."""

    def __init__(
        self, name: str, launch: Callable[[], RunningChild], settings: SupervisorConfig, *, stop_within_s: float
    ) -> None:
        """`launch` starts one life; an error of ours or of the system in it counts as a life of no length."""
        self.name = name
        self.state = RunState.STARTING
        self.restarts = 0
        self._launch = launch
        self._backoff = RestartBackoff(settings)
        self._stop_within_s = stop_within_s
        self._child: RunningChild | None = None
        self._started_s = 0.0
        self._due_s = 0.0

    @property
    def is_refused(self) -> bool:
        """Whether the child has said that its configuration is wrong."""
        return self.state is RunState.FAILED

    @property
    def sentinels(self) -> list[int]:
        """What becomes readable when something is to be done."""
        return [] if self._child is None or self._child.sentinel is None else [self._child.sentinel]

    def start(self) -> None:
        """Start the first life; unlike later ones it may fail.

        Raises:
            TickringError, OSError: what `launch` raised.
        """
        self._take(self._launch())

    def tend(self) -> None:
        """Do what is to be done now."""
        now_s = time.monotonic()
        if self._child is not None:
            code = self._child.exit_code()
            if code is not None:
                self._ended(code, now_s)
        elif self.state is RunState.BACKING_OFF and now_s >= self._due_s:
            self.restarts += 1
            try:
                self._take(self._launch())
            except (TickringError, OSError) as error:
                _LOG.error("child.not_started child=%s error=%s", self.name, error)
                self._back_off(0.0, now_s)

    def stop(self) -> None:
        """End it and start it no more. Idempotent."""
        child, self._child = self._child, None
        self.state = RunState.STOPPED
        if child is not None:
            child.stop(self._stop_within_s)
            _LOG.info("child.stopped child=%s pid=%d exit_code=%s", self.name, child.pid, child.exit_code())

    def _take(self, child: RunningChild) -> None:
        self._child, self._started_s = child, time.monotonic()
        self.state = RunState.RUNNING
        _LOG.info("child.started child=%s pid=%d", self.name, child.pid)

    def _ended(self, code: int, now_s: float) -> None:
        assert self._child is not None
        pid, ran_s = self._child.pid, now_s - self._started_s
        self._child.stop(0.0)  # it is over: gives back what belonged to it
        self._child = None
        _LOG.error("child.exited child=%s pid=%d exit_code=%d uptime_s=%.1f", self.name, pid, code, ran_s)
        if code == EXIT_CONFIGURATION:
            self.state = RunState.FAILED
            _LOG.error("child.refused child=%s: its configuration is wrong, see above; not started again", self.name)
        else:
            self._back_off(ran_s, now_s)

    def _back_off(self, ran_s: float, now_s: float) -> None:
        delay_s = self._backoff.wait_s(ran_s)
        self._due_s, self.state = now_s + delay_s, RunState.BACKING_OFF
        _LOG.warning("child.backing_off child=%s delay_s=%.1f", self.name, delay_s)
