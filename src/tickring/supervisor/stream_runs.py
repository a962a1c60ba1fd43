"""At most one run of the stream at a time: its begin, its symbols while it is on, its end."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from tickring.supervisor.live_config import RUN
from tickring.supervisor.stream_run import StreamRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import Config, ContractConfig
    from tickring.control.messages import Start
    from tickring.supervisor.child_keeper import ChildKeeper
    from tickring.supervisor.feeder_inbox import FeederInbox
    from tickring.supervisor.live_config import LiveConfig

__all__ = ["StreamRuns"]

_LOG = logging.getLogger("tickring.supervisor")


class StreamRuns:
    """Starts and ends the children that belong to a run. Main thread only."""

    def __init__(self, live: LiveConfig) -> None:
        self.current: StreamRun | None = None
        self.is_ending = False
        self.why_ended = ""
        """In words, of the run that ends or has ended last; empty before the first."""
        self.is_past_start = False
        """Whether the current run has been whole once, or a child has failed: what is not whole now is degraded."""
        self._live = live

    def begin(self, request: Start, children: list[ChildKeeper]) -> StreamRun:
        """Begin a run; its children start with the next turn of the loop. None may be on.

        Raises:
            NotStreamable, StreamLockBusy, JobLockUnusable: as `StreamRun.begin`.
        """
        run = StreamRun.begin(self._live.config, request)
        self._live.started(RUN)
        self.current, self.is_past_start = run, False
        for keeper in children:
            keeper.start()
        _LOG.info("run.started run_id=%s by=%s symbols=%d", run.run_id, request.by or "-", len(run.wanted))
        return run

    def ask_to_end(self, children: list[ChildKeeper], why: str) -> None:
        """Have the run's children end; `finish` when they are gone."""
        if self.current is None or self.is_ending:
            return
        _LOG.info("run.ending run_id=%s why=%r", self.current.run_id, why)
        self.is_ending, self.why_ended = True, why
        now_s = time.monotonic()
        for keeper in reversed(children):
            keeper.ask_to_stop(now_s)

    def finish(self) -> str | None:
        """Give the lock back and return the id of what was on."""
        run, self.current, self.is_ending = self.current, None, False
        if run is None:
            return None
        run.end()
        _LOG.info("run.ended run_id=%s", run.run_id)
        return run.run_id

    def feeder_config(self) -> Config:
        """Return the configuration for a life of the feeder that begins now."""
        config = self._live.config
        return config if self.current is None else self.current.feeder_config(config)

    def subscribe(self, symbols: Mapping[str, ContractConfig], inbox: FeederInbox | None) -> None:
        """Stream these too, until the run ends; a run must be on.

        Raises:
            NotStreamable: nothing has changed.
        """
        assert self.current is not None
        self.current.want(symbols, self._live.config)
        self.current.planned.difference_update(symbols)  # whoever asked for it decides when it goes
        if inbox is not None:
            inbox.add(symbols)

    def unsubscribe(self, symbols: tuple[str, ...], inbox: FeederInbox | None) -> None:
        """Stream these no longer; a run must be on."""
        assert self.current is not None
        self.current.unwant(symbols)
        if inbox is not None:
            inbox.remove(symbols)

    def plan(self, symbols: Mapping[str, ContractConfig], inbox: FeederInbox | None) -> None:
        """Stream what the planner names; a run must be on. What is streamed already is not touched."""
        assert self.current is not None
        refused = len(self.current.refused)
        new, renamed = self.current.plan(symbols, self._live.config)
        if inbox is not None:
            inbox.remove(renamed)
            inbox.add({symbol: symbols[symbol] for symbol in new})
        if len(self.current.refused) > refused:
            symbol, why = next(reversed(self.current.refused.items()))
            _LOG.error("planner.refused symbols=%d symbol=%r error=%s", len(self.current.refused), symbol, why)
        if new:
            _LOG.info("run.planned added=%d wanted=%d", len(new), len(self.current.wanted))

    def unplan(self, symbols: tuple[str, ...], inbox: FeederInbox | None) -> None:
        """Stream no longer what the planner lets go; what others asked for stays."""
        assert self.current is not None
        gone = self.current.unplan(symbols)
        if inbox is not None:
            inbox.remove(gone)
        _LOG.info("run.planned removed=%d wanted=%d", len(gone), len(self.current.wanted))
