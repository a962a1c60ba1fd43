"""What the supervisor sees of the stream: the header, the feeder's words, and the state that follows from both."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING

from tickring.errors import TickringError
from tickring.feeder_status import read_feeder_status
from tickring.iso_time import iso_from_ns
from tickring.reader import QuoteReader
from tickring.states import RunState
from tickring.stream_facts import facts_from
from tickring.supervisor.stream_machine import StreamMachine

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.feeder_status import FeederStatus
    from tickring.reader import ReaderStatus
    from tickring.stream_words import StreamWords

__all__ = ["StreamView"]

_LOG = logging.getLogger("tickring.supervisor")
_STATUS_PERIOD_S = 0.25


class StreamView:
    """A reader like any other, looked through once a turn of the loop."""

    def __init__(self, directory: Path) -> None:
        """Open the segment of this directory."""
        self.machine = StreamMachine()
        self.header: ReaderStatus | None = None
        self.feeder: FeederStatus | None = None
        """As the feeder wrote last, maybe in an earlier life; None: never, or not to be read."""
        self._directory = directory
        self._reader = QuoteReader.open(directory, api_mode="any")
        self._feeder_read_s = float("-inf")

    def look(self, now_s: float) -> ReaderStatus:
        """Read the header, and the feeder's words some times a second."""
        self.header = self._reader.status()
        if now_s - self._feeder_read_s >= _STATUS_PERIOD_S:
            self._feeder_read_s = now_s
            self.feeder = None
            with contextlib.suppress(TickringError):  # half a file is replaced by the next one
                self.feeder = read_feeder_status(self._directory)
        return self.header

    def judge(self, state: RunState, *, wanted: int, data_limit_s: float, hint: str, now_s: float) -> StreamWords:
        """Let the stream's state follow from what was seen and return it; a change is logged.

        `state`: as the header says from now on, which was read before. `wanted`: symbols of the run, while the feeder
        has not said how many it knows. `hint`: what is known of the cause.
        """
        facts = facts_from(self.header, self.feeder, data_limit_s=data_limit_s)
        if facts is not None:
            facts = facts._replace(
                is_run_on=state in {RunState.STARTING, RunState.RUNNING, RunState.DEGRADED, RunState.FAILED},
                supervisor_state=state,
                supervisor_heartbeat_age_s=0.0,  # whoever asks is at work, however long the start has taken
                desired=facts.desired or wanted,
            )
        at_iso = iso_from_ns(time.time_ns())
        transition = self.machine.observe(facts, now_s=now_s, at_iso=at_iso, cause_hint=hint)
        if transition is not None:
            level = logging.INFO if transition.status == "connected" else logging.WARNING
            _LOG.log(
                level,
                "stream.changed sequence=%d state=%s status=%s code=%s cause=%r",
                *(transition.sequence, transition.state, transition.status, transition.code, transition.cause),
            )
        return self.machine.words

    def close(self) -> None:
        """Let go of the segment. Idempotent."""
        self._reader.close()
