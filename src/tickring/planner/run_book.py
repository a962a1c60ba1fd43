"""Begins and ends of runs on their way into the database: they wait while it does not answer, with their own times."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tickring.db import StreamRun
from tickring.db.event_log import Event, append_events
from tickring.db.stream_runs import end_run, start_run

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.config import Config
    from tickring.control.planner_messages import RunBegun
    from tickring.db import Database

__all__ = ["RunBook"]

_KEPT = 1000


class _Begin(NamedTuple):
    """A run has begun."""

    message: RunBegun
    api_mode: str
    data_root: str
    project_id: int
    decision_snapshot_id: int | None


class _End(NamedTuple):
    """A run has ended."""

    run_id: str
    how: str
    at: datetime


class RunBook:
    """Filled by the loop, emptied by the thread that asks the database. The oldest go when there are too many."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._waiting: deque[_Begin | _End] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def begin(self, message: RunBegun, config: Config) -> None:
        """Note that a run has begun with these parameters; one that is noted already stays as it is."""
        snapshot_id = config.planner.decision_snapshot_id or None
        data_root = str(Path(config.files.data_root).absolute())
        with self._lock:
            stream = config.stream
            self._waiting.append(_Begin(message, stream.api_mode, data_root, stream.project_id, snapshot_id))

    def end(self, run_id: str, how: str) -> None:
        """Note that a run has ended just now."""
        with self._lock:
            self._waiting.append(_End(run_id, how, datetime.now(UTC)))

    def flush(self, database: Database) -> None:
        """Write all that waits. A second thread that comes at the same time writes nothing.

        Raises:
            DatabaseError: nothing was written, and all of it goes on waiting.
        """
        if not self._waiting or not self._writing.acquire(blocking=False):
            return
        try:
            with self._lock:
                notes = list(self._waiting)
            with database.writing() as session:
                for note in notes:
                    _write(session, note)
            with self._lock:
                for note in notes:
                    if self._waiting and self._waiting[0] is note:
                        self._waiting.popleft()
        finally:
            self._writing.release()


def _write(session: Session, note: _Begin | _End) -> None:
    if isinstance(note, _End):
        if end_run(session, note.run_id, note.how, at=note.at):
            append_events(session, [Event("run.ended", note.run_id, note.how, at=note.at)])
        return
    message = note.message
    if session.get(StreamRun, message.run_id) is not None:
        return
    started_at = datetime.fromisoformat(message.started_at)
    start_run(
        session,
        message.run_id,
        by=message.request.by,
        api_mode=note.api_mode,
        project_id=note.project_id,
        decision_snapshot_id=note.decision_snapshot_id,
        pid=message.pid,
        data_root=note.data_root,
        at=started_at,
    )
    append_events(session, [Event("run.started", message.run_id, message.request.by, at=started_at)])
