"""Import decision snapshots, and choose which one counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

from tickring.db import DecisionSnapshot, DecisionSnapshotItem, SnapshotChoice
from tickring.db.column_types import as_utc
from tickring.db.event_log import Event, append_events
from tickring.errors import ImportRefused, UnknownSnapshot
from tickring.planner.symbol_rows import parse_symbol_rows
from tickring.planner.symbols import clean_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.db import Project
    from tickring.planner.stream_symbols import SnapshotRule

__all__ = ["SnapshotSummary", "choose_snapshot", "chosen_rule", "find_snapshot", "import_snapshot", "list_snapshots"]


class SnapshotSummary(NamedTuple):
    """One decision snapshot without its items."""

    id: int
    project_id: int
    name: str
    decided_at: datetime
    imported_at: datetime
    origin: str
    items: int


def import_snapshot(
    session: Session,
    project: Project,
    content: bytes,
    *,
    file_name: str,
    name: str | None = None,
    decided_at: datetime | None = None,
) -> DecisionSnapshot:
    """Store a list of decisions (`tickring.planner.symbol_rows`) as a new snapshot of the project.

    `file_name` without a directory; `name` is the file's unless given; `decided_at` is now unless given.

    Raises:
        ImportRefused: a row is wrong, or there is none; has every such row with its line, and nothing was imported.
        InvalidProjectName: not usable as a name.
        NaiveDatetime: `decided_at` has no zone.
    """
    rows = parse_symbol_rows(content, file_name)
    if not rows:
        raise ImportRefused(file_name, ("has no rows",))
    now = datetime.now(UTC)
    snapshot = DecisionSnapshot(
        project_id=project.id,
        name=clean_name(file_name if name is None else name),
        decided_at=now if decided_at is None else as_utc(decided_at, "the time of the decision"),
        imported_at=now,
        origin=file_name,
        items=[
            DecisionSnapshotItem(
                place=place,
                symbol=row.symbol,
                side=row.side,
                weight=row.weight,
                quantity=row.quantity,
                note=row.note,
            )
            for place, row in enumerate(rows)
        ],
    )
    session.add(snapshot)
    session.flush()
    data = {"decision_snapshot_id": snapshot.id, "items": len(rows), "origin": file_name}
    append_events(session, [Event("snapshot.imported", project.name, snapshot.name, data)])
    return snapshot


def list_snapshots(session: Session, project_id: int) -> list[SnapshotSummary]:
    """Return the project's snapshots, the one decided last first."""
    items = (
        select(func.count())
        .where(DecisionSnapshotItem.decision_snapshot_id == DecisionSnapshot.id)
        .correlate(DecisionSnapshot)
        .scalar_subquery()
    )
    query = (
        select(DecisionSnapshot, items)
        .where(DecisionSnapshot.project_id == project_id)
        .order_by(DecisionSnapshot.decided_at.desc(), DecisionSnapshot.id.desc())
    )
    return [
        SnapshotSummary(row.id, row.project_id, row.name, row.decided_at, row.imported_at, row.origin, count)
        for row, count in session.execute(query)
    ]


def find_snapshot(session: Session, decision_snapshot_id: int) -> DecisionSnapshot:
    """Return the snapshot of this number.

    Raises:
        UnknownSnapshot: there is none.
    """
    found = session.get(DecisionSnapshot, decision_snapshot_id)
    if found is None:
        raise UnknownSnapshot(decision_snapshot_id, "is not in the database")
    return found


def choose_snapshot(session: Session, project: Project, chosen: int | SnapshotRule) -> None:
    """Let this snapshot count for the project from the next refresh on, or `latest`, or `none`: the theme.

    Raises:
        UnknownSnapshot: there is none of this number, or it belongs to another project.
        ValueError: `chosen`: that is what is being said.
    """
    if isinstance(chosen, int):
        found = find_snapshot(session, chosen)
        if found.project_id != project.id:
            raise UnknownSnapshot(chosen, f"belongs to project {found.project_id}, not to {project.id}")
    elif chosen not in {"latest", "none"}:
        raise ValueError(f"{chosen!r} must be a number, 'latest' or 'none'")
    is_fixed = isinstance(chosen, int)
    session.merge(
        SnapshotChoice(
            project_id=project.id,
            rule="fixed" if is_fixed else chosen,
            decision_snapshot_id=chosen if is_fixed else None,
            chosen_at=datetime.now(UTC),
        )
    )
    session.flush()
    append_events(session, [Event("snapshot.chosen", project.name, str(chosen))])


def chosen_rule(session: Session, project_id: int) -> str:
    """Return what counts: a number, `latest` or `none`."""
    choice = session.get(SnapshotChoice, project_id)
    if choice is None:
        return "none"
    return choice.rule if choice.decision_snapshot_id is None else str(choice.decision_snapshot_id)
