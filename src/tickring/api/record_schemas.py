"""The documents of what the database and the planner know: projects, snapshots, runs, events, contracts, symbols."""

from __future__ import annotations

from typing import Any

import msgspec

from tickring.planner_status import OriginStatus
from tickring.states import Source
from tickring.verdict import Verdict

__all__ = [
    "ContractDocument",
    "EventDocument",
    "EventsDocument",
    "ProjectDocument",
    "ProjectsDocument",
    "RunDocument",
    "RunsDocument",
    "SnapshotDocument",
    "SnapshotItem",
    "SnapshotsDocument",
    "SymbolLook",
    "SymbolsDocument",
]


class SymbolLook(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol that is streamed or wanted. Null: the planner has not said, or has not been asked for it."""

    symbol: str
    origin: str | None
    """`position`, `working_order`, `snapshot`, `theme`, `static`, `file`, `http` or `sql`."""
    priority: int | None
    """The lower number gets its place first."""
    state: str | None
    """`streamed`, `leaving`, `waiting` or `truncated`."""
    since: str | None
    held_until: str | None
    leaves_at: str | None
    con_id: int | None
    verdict: Verdict | None
    """Null: it is not in the segment."""
    source: Source | None
    fault: str | None
    """Why the gateway does not serve it."""


class SymbolsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What is streamed and why."""

    symbols: tuple[SymbolLook, ...]
    origins: tuple[OriginStatus, ...]
    unnamed: dict[str, str]
    """Positions and orders that have no symbol, and why."""
    project_id: int | None
    decision_snapshot_id: int | None
    max_symbols: int | None
    planner_written_at: str | None
    """Null: no planner has said anything here."""
    planner_fault: str | None
    desired: int
    confirmed: int
    pending: int
    on_fallback: int
    rotated: int
    """Served in turn for want of market data lines; not in `on_fallback`."""
    at: str


class ProjectDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One desk's piece of work."""

    id: int
    name: str
    note: str
    created_at: str
    theme: tuple[str, ...]
    """What is streamed while no decision snapshot counts."""
    snapshot_rule: str
    """`fixed`, `latest` or `none`."""
    decision_snapshot_id: int | None
    """The one that counts under `fixed`."""
    snapshots: int
    is_configured: bool
    """It is `stream.project_id`."""


class ProjectsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """All projects, by number."""

    projects: tuple[ProjectDocument, ...]


class SnapshotItem(msgspec.Struct, frozen=True, kw_only=True):
    """One decision."""

    symbol: str
    side: str
    """`long`, `short` or `flat`."""
    weight: float | None
    quantity: float | None
    note: str


class SnapshotDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What a project has decided for a day."""

    id: int
    name: str
    decided_at: str
    imported_at: str
    origin: str
    items: tuple[SnapshotItem, ...]


class SnapshotsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A project's decision snapshots, the newest decision first."""

    project_id: int
    snapshots: tuple[SnapshotDocument, ...]


class RunDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the stream."""

    run_id: str
    started_at: str
    started_by: str
    project_id: int | None
    decision_snapshot_id: int | None
    api_mode: str
    host: str
    pid: int
    ended_at: str | None
    ended_how: str | None
    """Null: it runs, or ended without a word."""


class RunsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """Runs, the newest first."""

    runs: tuple[RunDocument, ...]


class EventDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the event log."""

    id: int
    at: str
    kind: str
    subject: str
    text: str
    data: dict[str, Any]


class EventsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the event log, the oldest first."""

    events: tuple[EventDocument, ...]
    next_after: int
    """What to ask for next as `after`."""
    has_more: bool
    """There are younger ones already."""


class ContractDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A symbol and the contract behind it. Empty and null: not known."""

    symbol: str
    con_id: int | None
    ib_symbol: str
    sec_type: str
    exchange: str
    primary_exchange: str
    currency: str
    local_symbol: str
    trading_class: str
    min_tick: float | None
    multiplier: float | None
    time_zone_id: str
    trading_hours: str
    liquid_hours: str
    is_pinned: bool
    """Said by a user: never replaced by what the gateway answers."""
    resolved_at: str | None
    changed_at: str
