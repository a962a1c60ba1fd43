"""Which symbols a project wants streamed: those of its decision snapshot, else the members of its theme."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from sqlalchemy import select

from tickring.db import DecisionSnapshot, DecisionSnapshotItem, Project, SnapshotChoice, ThemeMember
from tickring.db.column_types import as_utc
from tickring.errors import SnapshotTooOld, UnknownProject, UnknownSnapshot
from tickring.planner.symbols import clean_symbol
from tickring.planner.wanted import Origin, Resolution, WantedSymbol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

__all__ = ["SnapshotRule", "build_stream_symbols", "resolve_stream_symbols"]

SnapshotRule = Literal["chosen", "latest", "none"]


def build_stream_symbols(session: Session, project_id: int, decision_snapshot_id: int | None = None) -> list[str]:
    """Return the symbols to be streamed: upper case, each once, sorted.

    The snapshot's symbols if one is named and has some, else those of the project's theme.

    Raises:
        UnknownProject: there is no such project.
        UnknownSnapshot: there is no such snapshot, or it belongs to another project.
        DatabaseUnavailable: by the session's database, at any statement.
    """
    resolution = resolve_stream_symbols(session, project_id, decision_snapshot_id, snapshot="none")
    return sorted(wanted.symbol for wanted in resolution.symbols)


def resolve_stream_symbols(
    session: Session,
    project_id: int,
    decision_snapshot_id: int | None = None,
    *,
    snapshot: SnapshotRule = "chosen",
    age_limit_s: float = float("inf"),
    now: datetime | None = None,
) -> Resolution:
    """Return the symbols with their origin and rank, the most important first.

    A named snapshot counts before `snapshot`, which says what to do without one: `chosen`, as the project's user chose
    (`tickring snapshot use`); `latest`, the one decided last; `none`, the theme. A latest snapshot that was decided
    more than `age_limit_s` before `now` is refused, because yesterday's decisions must not pass for today's; one that
    was named or chosen by its number counts however old. A snapshot without items counts as none.

    Raises:
        UnknownProject, UnknownSnapshot: as `build_stream_symbols`.
        SnapshotTooOld: the latest one is.
        NaiveDatetime: `now` has no zone.
    """
    project = session.get(Project, project_id)
    if project is None:
        raise UnknownProject(project_id, tuple(f"{row.id} {row.name!r}" for row in session.scalars(select(Project))))
    found = _snapshot(session, project_id, decision_snapshot_id, snapshot, age_limit_s, now)
    if found is not None:
        items = session.scalars(
            select(DecisionSnapshotItem).where(DecisionSnapshotItem.decision_snapshot_id == found.id)
        ).all()
        if items:
            # Without a weight in the file's order, behind those with one.
            ranked = sorted(items, key=_importance)
            text = f"snapshot {found.id} {found.name!r} of project {project_id} {project.name!r}"
            return Resolution(_unique([item.symbol for item in ranked], Origin.SNAPSHOT), text)
    members = session.scalars(
        select(ThemeMember.symbol).where(ThemeMember.project_id == project_id).order_by(ThemeMember.symbol)
    ).all()
    return Resolution(_unique(members, Origin.THEME), f"theme of project {project_id} {project.name!r}")


def _snapshot(
    session: Session,
    project_id: int,
    decision_snapshot_id: int | None,
    rule: SnapshotRule,
    age_limit_s: float,
    now: datetime | None,
) -> DecisionSnapshot | None:
    chosen_id, effective = decision_snapshot_id, rule
    if chosen_id is None and rule == "chosen":
        choice = session.get(SnapshotChoice, project_id)
        effective = "none" if choice is None or choice.rule == "none" else "latest"
        chosen_id = None if choice is None else choice.decision_snapshot_id
    if chosen_id is not None:
        found = session.get(DecisionSnapshot, chosen_id)
        if found is None:
            raise UnknownSnapshot(chosen_id, "is not in the database")
        if found.project_id != project_id:
            raise UnknownSnapshot(chosen_id, f"belongs to project {found.project_id}, not to {project_id}")
        return found
    if effective == "none":
        return None
    latest = session.scalars(
        select(DecisionSnapshot)
        .where(DecisionSnapshot.project_id == project_id)
        .order_by(DecisionSnapshot.decided_at.desc(), DecisionSnapshot.id.desc())
        .limit(1)
    ).first()
    if latest is not None:
        age_s = (as_utc(now or datetime.now(UTC), "now") - latest.decided_at).total_seconds()
        if age_s > age_limit_s:
            raise SnapshotTooOld(latest.id, age_s, age_limit_s)
    return latest


def _importance(item: DecisionSnapshotItem) -> tuple[bool, Decimal, int]:
    return item.weight is None, -abs(item.weight or Decimal(0)), item.place


def _unique(symbols: Iterable[str], origin: Origin) -> tuple[WantedSymbol, ...]:
    once = dict.fromkeys(clean_symbol(symbol) for symbol in symbols)
    return tuple(WantedSymbol(symbol, origin, rank) for rank, symbol in enumerate(once))
