"""The foreground job behind `make run` and `tickring run`: owns the segment, starts feeder and flusher, keeps them up.

Everything is put together here: the children are named as what to start, and started from this one thread, because the
kernel ends a child when the thread that started it ends. Signals only queue; the loop decides. Whatever was started is
ended in the order feeder, flusher, gateway, segment, on every way out; after SIGKILL the kernel ends the children, the
segment stays for the next run to take over, and so do files that the next run removes.
"""

import contextlib
import logging
import os
import select
import signal
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tickring.atomic_file import remove_dead_drafts
from tickring.config.structs import Config
from tickring.signal_queue import ENDING, SignalQueue
from tickring.states import ApiMode, RunState
from tickring.supervisor.child_keeper import EXIT_CONFIGURATION, ChildKeeper
from tickring.supervisor.embedded_gateway import EmbeddedGateway
from tickring.supervisor.run_directory import RunDirectory
from tickring.supervisor.running_child import RunningChild, SpawnedChild
from tickring.supervisor.segment_host import SegmentHost, SegmentLimits
from tickring.supervisor.viewer import Viewer

__all__ = ["EXIT_CONFIGURATION", "EXIT_ENDED", "EXIT_VIEWER_FAILED", "MainJob", "Programs"]

_LOG = logging.getLogger("tickring.supervisor")

EXIT_ENDED = 0
EXIT_VIEWER_FAILED = 1


class Programs(NamedTuple):
    """What the children run: `package.module:function`, which returns the exit code."""

    feeder: str = "tickring.feeder.process:run_feeder"
    """Called with the configuration and the epoch."""
    flusher: str = "tickring.flusher.process:run_flusher"
    """Called with the configuration as JSON and the pid of its parent."""


class MainJob:
    """One run. Main thread only; takes the process's signal handlers while it runs."""

    def __init__(
        self,
        config: Config,
        *,
        embedded: bool,
        viewer: Sequence[str] | None = None,
        viewer_stderr_fd: int | None = None,
        programs: Programs | None = None,
    ) -> None:
        """`embedded`: start the simulator and use it as the gateway. `viewer`: the command that shows the run."""
        self._config = config
        self._embedded = embedded
        self._viewer_command = viewer
        self._viewer_stderr_fd = viewer_stderr_fd
        self._programs = programs or Programs()
        self._viewer: Viewer | None = None
        self._keepers: list[ChildKeeper] = []
        self._state = RunState.STARTING
        self._gateway_port = 0
        self._feeder: ChildKeeper
        self._host: SegmentHost
        self._files: RunDirectory

    def run(self) -> int:
        """Run until Ctrl-C, SIGTERM, the viewer's end or a child's "wrong configuration"; return the exit code.

        Raises:
            TickringError, OSError: it could not start; nothing is left behind.
        """
        # The signals first: one that comes while something is started waits for the loop.
        with SignalQueue((*ENDING, signal.SIGTSTP)) as signals, contextlib.ExitStack() as started:
            self._start(started)
            return self._loop(signals)

    # ---- start and end ----

    def _start(self, started: contextlib.ExitStack) -> None:
        config = self._config
        segment, supervision = config.segment, config.supervisor
        self._host = SegmentHost.open(
            segment.name,
            limits=SegmentLimits(segment.capacity, segment.depth, segment.heartbeat_limit_s, segment.vouch_limit_s),
            api_mode=ApiMode(config.stream.api_mode),
            fence_timeout_s=supervision.fence_timeout_s,
        )
        started.callback(self._close_segment)
        self._files = started.enter_context(RunDirectory())
        if self._embedded:
            self._keep(started, ChildKeeper("gateway", self._launch_gateway, supervision, stop_within_s=0.0))
        flusher = ChildKeeper("flusher", self._launch_flusher, supervision, stop_within_s=supervision.grace_s)
        feeder_stop_s = config.feeder.stop_timeout_s + supervision.grace_s
        self._feeder = ChildKeeper("feeder", self._launch_feeder, supervision, stop_within_s=feeder_stop_s)
        self._keep(started, flusher)
        self._keep(started, self._feeder)
        started.callback(self._say, RunState.STOPPING)
        if self._viewer_command is not None:
            self._viewer = Viewer(self._viewer_command, stderr_fd=self._viewer_stderr_fd)
            started.callback(self._viewer.stop)

    def _keep(self, started: contextlib.ExitStack, keeper: ChildKeeper) -> None:
        started.callback(keeper.stop)
        keeper.start()
        self._keepers.append(keeper)

    def _close_segment(self) -> None:
        """Remove the segment, and what a feeder that was killed had not finished beside it."""
        remove_dead_drafts(self._host.paths.directory)
        self._host.close(remove=True)

    # ---- one life of each child ----

    def _launch_gateway(self) -> RunningChild:
        """Start the simulator; every life on the port of the first, where the feeder looks for it."""
        gateway = EmbeddedGateway(self._config.simulator, port=self._gateway_port, directory=self._files.path)
        self._gateway_port = gateway.port
        self._config = replace(
            self._config, gateway=replace(self._config.gateway, host=gateway.host, port=gateway.port)
        )
        return gateway

    def _launch_feeder(self) -> RunningChild:
        epoch = self._host.grant_epoch(fence_timeout_s=self._config.supervisor.fence_timeout_s)
        return SpawnedChild("feeder", self._programs.feeder, self._config, epoch)

    def _launch_flusher(self) -> RunningChild:
        return SpawnedChild("flusher", self._programs.flusher, msgspec.json.encode(self._config), os.getpid())

    # ---- while it runs ----

    def _loop(self, signals: SignalQueue) -> int:
        while True:
            for keeper in self._keepers:
                keeper.tend()
                if keeper.is_refused:
                    return EXIT_CONFIGURATION
            self._say(self._state_now())
            self._host.heartbeat()
            for number in self._wait(signals):
                if number in ENDING:
                    _LOG.info("run.ending signal=%s", signal.Signals(number).name)
                    return EXIT_ENDED
                if number == signal.SIGTSTP and self._viewer is None:
                    self._suspend()
            if self._viewer is not None:
                if self._viewer.is_suspended:  # after it has restored the terminal, which the shell takes now
                    self._suspend()
                if self._viewer.has_ended:
                    return EXIT_VIEWER_FAILED if self._viewer.has_failed else EXIT_ENDED

    def _wait(self, signals: SignalQueue) -> list[int]:
        """Return the signals that have come; soon if a child ends, and always within the heartbeat's period."""
        poll = select.poll()
        for fd in (signals.fd, *(fd for keeper in self._keepers for fd in keeper.sentinels)):
            poll.register(fd, select.POLLIN)
        poll.poll(self._config.supervisor.heartbeat_period_s * 1e3)
        return signals.take()

    def _suspend(self) -> None:
        """Stand still until SIGCONT, as the terminal's user wants; the children do not hear of it and go on."""
        os.kill(os.getpid(), signal.SIGSTOP)

    def _state_now(self) -> RunState:
        if self._feeder.state is not RunState.RUNNING:
            return self._feeder.state
        if not self._host.wait_for_feeder(timeout_s=0.0):
            return RunState.STARTING
        is_whole = all(keeper.state is RunState.RUNNING for keeper in self._keepers)
        return RunState.RUNNING if is_whole else RunState.DEGRADED

    def _say(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self._host.set_state(state)
            _LOG.info("run.state state=%s", state)
