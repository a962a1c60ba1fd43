"""Runs of the stream: who began one, what for, when, and how it ended."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.db.record_tables import StreamRun
from tickring.process_identity import ProcessIdentity

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["end_run", "newest_runs", "start_run"]

_UNTOLD = "ended without a word: its process was killed, or the machine went down"


def start_run(
    session: Session,
    run_id: str,
    *,
    by: str,
    api_mode: str,
    project_id: int | None = None,
    decision_snapshot_id: int | None = None,
    pid: int | None = None,
    data_root: str = "",
    at: datetime | None = None,
) -> StreamRun:
    """Note that a run has begun. Runs of this machine that ended without a word are closed.

    Those are the runs of the same `data_root`, where only one can be on, and those whose process is dead; another
    service's run stays open. When they ended nobody knows; they get the time at which that was noticed. `pid`: whose
    run it is, None for this process; `at`: when it began, aware, None for now.
    """
    now = datetime.now(UTC)
    host = socket.gethostname()
    holder = ProcessIdentity.of(os.getpid() if pid is None else pid)
    for left in session.scalars(select(StreamRun).where(StreamRun.ended_at.is_(None), StreamRun.host == host)):
        if left.data_root == data_root or not _is_alive(left):
            left.ended_at, left.ended_how = now, _UNTOLD
    run = StreamRun(
        run_id=run_id,
        started_at=now if at is None else at,
        started_by=by,
        project_id=project_id,
        decision_snapshot_id=decision_snapshot_id,
        api_mode=api_mode,
        host=host,
        pid=os.getpid() if pid is None else pid,
        start_ticks=None if holder is None else holder.start_ticks,
        data_root=data_root,
    )
    session.add(run)
    session.flush()
    return run


def end_run(session: Session, run_id: str, how: str, *, at: datetime | None = None) -> bool:
    """Note that a run has ended, and how; return whether it was running. Idempotent: the first word counts.

    `at`: when, aware; None for now.
    """
    run = session.get(StreamRun, run_id)
    if run is None or run.ended_at is not None:
        return False
    run.ended_at, run.ended_how = at or datetime.now(UTC), how
    session.flush()
    return True


def newest_runs(session: Session, count: int) -> list[StreamRun]:
    """Return the last runs, the newest first."""
    return list(session.scalars(select(StreamRun).order_by(StreamRun.started_at.desc()).limit(count)))


def _is_alive(run: StreamRun) -> bool:
    found = ProcessIdentity.of(run.pid)
    return found is not None and run.start_ticks in {None, found.start_ticks}
