"""What the planner tells in words: which symbols are streamed and why, and which question got no answer.

One file, `planner_status.json`, in the segment's directory; the planner replaces it as a whole when something changes
and every few seconds; the supervisor, the api and the command line read it. It lies in the segment's tmpfs, so that
writing it takes no disk. The file outlives its writer: whether the planner lives is read from its line in the header,
and how old this is from `written_at`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from tickring.atomic_file import replace_file
from tickring.errors import TickringError
from tickring.names import PLANNER_STATUS_FILE, segment_directory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "PLANNER_STATUS_FILE",
    "OriginStatus",
    "PlannedSymbol",
    "PlannerStatus",
    "PlannerStatusUnreadable",
    "read_planner_status",
    "write_planner_status",
]

_MODE = 0o640  # as the segment


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
    events_waiting: int = 0
    """Entries of the event log that could not be written yet."""
    events_lost: int = 0
    """And those that were too many to keep."""


class PlannerStatusUnreadable(TickringError):
    """The file stands but is not a planner's status. `path` names it."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(
            f"{path} is not a planner's status: {why}; it is replaced by the planner's next write, or remove it"
        )
        self.path = path


def write_planner_status(segment: str | Path, status: PlannerStatus) -> None:
    """Replace the status beside the segment (a name or a directory).

    Raises:
        OSError: the tmpfs is full, the directory is gone.
    """
    replace_file(_path_of(segment), msgspec.json.encode(status) + b"\n", mode=_MODE)


def read_planner_status(segment: str | Path) -> PlannerStatus | None:
    """Return what the planner said last, None if no planner has said anything here yet.

    Raises:
        PlannerStatusUnreadable: another file stands there, or it may not be read.
    """
    path = _path_of(segment)
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - a Path would be made for this alone
            return msgspec.json.decode(file.read(), type=PlannerStatus)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise PlannerStatusUnreadable(path, str(error)) from error


def _path_of(segment: str | Path) -> str:
    return os.path.join(segment_directory(segment), PLANNER_STATUS_FILE)  # noqa: PTH118
