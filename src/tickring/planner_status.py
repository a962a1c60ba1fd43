"""What the planner tells in words: which symbols are streamed and why, and which question got no answer.

One file, `planner_status.json`, in the segment's directory; the planner replaces it as a whole when something changes
and every few seconds; the supervisor, the api and the command line read it. It lies in the segment's tmpfs, so that
writing it takes no disk. The file outlives its writer: whether the planner lives is read from its line in the header,
and how old this is from `written_at`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.names import PLANNER_STATUS_FILE
from tickring.status_file import StatusUnreadable, read_status, write_status

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "OriginStatus",
    "PlannedSymbol",
    "PlannerStatus",
    "PlannerStatusUnreadable",
    "read_planner_status",
    "write_planner_status",
]


class PlannedSymbol(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol that is streamed or wanted."""

    symbol: str
    origin: str
    """`position`, `working_order`, `snapshot`, `theme`, `static`, `file`, `http` or `sql`."""
    priority: int
    """The lower number gets its place first."""
    state: str
    """`streamed`; `leaving`, streamed but wanted no longer; `waiting` for a place; `truncated`, beyond the limit."""
    since: str
    """When this state began: ISO 8601, UTC, as all times here."""
    held_until: str | None = None
    """Until when it stays whatever happens; None: it is not streamed."""
    leaves_at: str | None = None
    """When it goes unless it is wanted again; None: it does not."""
    con_id: int | None = None
    """Of its contract, where one is pinned or configured."""


class OriginStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was asked."""

    name: str
    """`database, project 1`, `file desk.csv`, `positions` ..."""
    answer: str | None = None
    """Which list the last good answer was; None: there never was one."""
    answered_at: str | None = None
    fault: str | None = None
    """Why the newest answer was none: the set is the last good one. None: all is well."""
    failing_since: str | None = None


class PlannerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The planner as of `written_at`. Unknown keys of a later release are ignored when reading."""

    pid: int
    written_at: str
    project_id: int
    decision_snapshot_id: int | None
    """As asked for; None: as the project's user chose."""
    max_symbols: int
    refresh_interval_s: float
    next_refresh_at: str | None = None
    """None: a refresh is under way."""
    origins: tuple[OriginStatus, ...] = ()
    """The set's first, then positions and contracts."""
    slow_s: float | None = None
    """So long has the refresh under way taken already, which is too long; None: it has not."""
    symbols: tuple[PlannedSymbol, ...] = ()
    """The most important first."""
    unnamed: dict[str, str] = {}
    """Positions and orders that have no symbol, and why: they are not streamed."""
    doubts: dict[str, str] = {}
    """Symbols whose contract the gateway does not confirm: since when, and what it says."""
    events_waiting: int = 0
    """Entries of the event log that could not be written yet."""
    events_lost: int = 0
    """And those that were too many to keep."""


class PlannerStatusUnreadable(StatusUnreadable):
    """The file stands but is not a planner's status. `path` names it."""

    writer = "planner"


def write_planner_status(segment: str | Path, status: PlannerStatus) -> None:
    """Replace the status beside the segment (a name or a directory).

    Raises:
        OSError: the tmpfs is full, the directory is gone.
    """
    write_status(segment, PLANNER_STATUS_FILE, status)


def read_planner_status(segment: str | Path) -> PlannerStatus | None:
    """Return what the planner said last, None if no planner has said anything here yet.

    Raises:
        PlannerStatusUnreadable: another file stands there, or it may not be read.
    """
    return read_status(segment, PLANNER_STATUS_FILE, PlannerStatus, PlannerStatusUnreadable)
