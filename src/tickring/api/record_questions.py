"""What the service asks of the database, each question with its document.

Imported with the first question only: SQLAlchemy is half of what a start would cost, and quotes do not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tickring.api.record_documents import (
    contract_document,
    event_document,
    project_document,
    run_document,
    snapshot_document,
)
from tickring.api.record_schemas import EventsDocument, ProjectsDocument, RunsDocument, SnapshotsDocument
from tickring.db import Contract, DecisionSnapshot, EventLogEntry, Project
from tickring.db.stream_runs import newest_runs
from tickring.errors import ApiRefused, UnknownProject

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.api.record_schemas import ContractDocument

__all__ = ["contract", "events", "projects", "runs", "snapshots"]

_SNAPSHOTS_AT_MOST = 100


def projects(session: Session, *, configured_id: int) -> ProjectsDocument:
    """Return all projects with their themes."""
    kept = dict(
        session.execute(select(DecisionSnapshot.project_id, func.count()).group_by(DecisionSnapshot.project_id)).all()
    )
    found = session.scalars(select(Project).order_by(Project.id))
    return ProjectsDocument(projects=tuple(project_document(one, kept.get(one.id, 0), configured_id) for one in found))


def snapshots(session: Session, project_id: int) -> SnapshotsDocument:
    """Return a project's newest decision snapshots.

    Raises:
        UnknownProject: there is none of this number.
    """
    if session.get(Project, project_id) is None:
        raise UnknownProject(project_id, tuple(str(one) for one in session.scalars(select(Project.id).limit(20))))
    query = (
        select(DecisionSnapshot)
        .where(DecisionSnapshot.project_id == project_id)
        .order_by(DecisionSnapshot.decided_at.desc(), DecisionSnapshot.id.desc())
        .limit(_SNAPSHOTS_AT_MOST)
    )
    found = tuple(snapshot_document(one) for one in session.scalars(query))
    return SnapshotsDocument(project_id=project_id, snapshots=found)


def contract(session: Session, symbol: str) -> ContractDocument:
    """Return the contract behind a symbol.

    Raises:
        ApiRefused: 404, the database has none.
    """
    found = session.get(Contract, symbol)
    if found is None:
        raise ApiRefused(
            404,
            "unknown_contract",
            f"the database has no contract of {symbol!r}",
            "the gateway is asked for it when it is streamed; `tickring contract list` shows the others",
        )
    return contract_document(found)


def runs(session: Session, limit: int) -> RunsDocument:
    """Return the last runs."""
    return RunsDocument(runs=tuple(run_document(one) for one in newest_runs(session, limit)))


def events(session: Session, *, after: int | None, limit: int) -> EventsDocument:
    """Return a page of the event log, the oldest first: those behind `after`, or with None the newest."""
    query = select(EventLogEntry).limit(limit + 1)
    if after is None:
        found = list(session.scalars(query.order_by(EventLogEntry.id.desc())))[:limit][::-1]
        has_more = False
    else:
        found = list(session.scalars(query.where(EventLogEntry.id > after).order_by(EventLogEntry.id)))
        has_more = len(found) > limit
    page = tuple(event_document(one) for one in found[:limit])
    return EventsDocument(events=page, next_after=page[-1].id if page else (after or 0), has_more=has_more)
