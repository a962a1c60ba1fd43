"""What the event log says of a time: faults with their begin and end, and the runs of the stream."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import or_, select

from tickring.cli.report.figures import Fault, Run
from tickring.db.record_tables import EventLogEntry, StreamRun

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["gather_faults", "gather_runs"]

_KINDS = ("episode.opened", "episode.closed")


def gather_faults(session: Session, since: datetime, until: datetime) -> list[Fault]:
    """Return the faults that were open at any time between the two, by their begin.

    One whose end is not in the log goes on, as far as anybody wrote down.
    """
    found: dict[str, Fault] = {}
    query = (
        select(EventLogEntry)
        .where(EventLogEntry.kind.in_(_KINDS), EventLogEntry.at < until)
        .order_by(EventLogEntry.at, EventLogEntry.id)
    )
    for entry in session.scalars(query):
        fault = _fault(entry, msgspec.json.decode(entry.data))
        if fault.closed_at is not None and fault.closed_at < since:
            found.pop(fault.episode_id, None)
        else:
            found[fault.episode_id] = fault
    return sorted(found.values(), key=lambda fault: fault.opened_at)


def _fault(entry: EventLogEntry, data: dict[str, Any]) -> Fault:
    return Fault(
        episode_id=str(data["episode_id"]),
        kind=str(data["kind_of"]),
        scope=entry.subject,
        severity=str(data["severity"]),
        cause=entry.text,
        code=int(data["code"]),
        opened_at=datetime.fromisoformat(str(data["opened_at"])),
        closed_at=entry.at if entry.kind == "episode.closed" else None,
        count=int(data["count"]),
    )


def gather_runs(session: Session, since: datetime, until: datetime) -> list[Run]:
    """Return the runs that were on at any time between the two, by their begin."""
    query = (
        select(StreamRun)
        .where(StreamRun.started_at < until, or_(StreamRun.ended_at.is_(None), StreamRun.ended_at >= since))
        .order_by(StreamRun.started_at)
    )
    return [
        Run(run.run_id, run.started_at, run.ended_at, run.started_by, run.ended_how) for run in session.scalars(query)
    ]
