"""Make projects and set their themes. Each change stands in the event log, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.db import Project, ThemeMember
from tickring.db.event_log import Event, append_events
from tickring.errors import ProjectExists, UnknownProject
from tickring.planner.symbols import clean_name, clean_symbol

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["add_project", "all_projects", "find_project", "set_theme"]


def add_project(session: Session, name: str, *, note: str = "") -> Project:
    """Make a project without symbols.

    Raises:
        InvalidProjectName: not usable as a name.
        ProjectExists: the name is taken.
    """
    name = clean_name(name)
    other = session.scalar(select(Project).where(Project.name == name))
    if other is not None:
        raise ProjectExists(name, other.id)
    project = Project(name=name, note=note, created_at=datetime.now(UTC))
    session.add(project)
    session.flush()
    append_events(session, [Event("project.added", name, data={"project_id": project.id})])
    return project


def all_projects(session: Session) -> list[Project]:
    """Return every project by its number."""
    return list(session.scalars(select(Project).order_by(Project.id)))


def find_project(session: Session, project: int | str) -> Project:
    """Return the project of this number, or of this name. A text of digits is a number, unless a project is called so.

    Raises:
        UnknownProject: there is none; says which there are.
    """
    found = None
    if isinstance(project, str):
        found = session.scalar(select(Project).where(Project.name == project.strip()))
        if found is None and project.isascii() and project.isdigit() and len(project) < 10:
            project = int(project)
    if found is None and isinstance(project, int):
        found = session.get(Project, project)
    if found is None:
        raise UnknownProject(project, tuple(f"{row.id} {row.name!r}" for row in all_projects(session)))
    return found


def set_theme(session: Session, project: Project, symbols: Iterable[str]) -> tuple[list[str], list[str]]:
    """Make these, and no others, the members of the project's theme; return what was added and what removed, sorted.

    Raises:
        InvalidSymbol: one is none; nothing was changed.
    """
    wanted = {clean_symbol(symbol) for symbol in symbols}
    present = {member.symbol: member for member in project.theme}
    added, removed = sorted(wanted - set(present)), sorted(set(present) - wanted)
    now = datetime.now(UTC)
    for symbol in removed:
        project.theme.remove(present[symbol])
    project.theme.extend(ThemeMember(symbol=symbol, added_at=now) for symbol in added)
    session.flush()
    if added or removed:
        append_events(session, [Event("theme.set", project.name, data={"added": added, "removed": removed})])
    return added, removed
