"""From the database's rows to the documents that go out."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import msgspec

from tickring.api.record_schemas import (
    ContractDocument,
    EventDocument,
    ProjectDocument,
    RunDocument,
    SnapshotDocument,
    SnapshotItem,
)

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from tickring.db import Contract, DecisionSnapshot, EventLogEntry, Project, StreamRun

__all__ = ["contract_document", "event_document", "iso_time", "project_document", "run_document", "snapshot_document"]


def project_document(row: Project, snapshots: int, configured_id: int) -> ProjectDocument:
    """Return one project."""
    choice = row.choice
    return ProjectDocument(
        id=row.id,
        name=row.name,
        note=row.note,
        created_at=iso_time(row.created_at),
        theme=tuple(member.symbol for member in row.theme),
        snapshot_rule="none" if choice is None else choice.rule,
        decision_snapshot_id=None if choice is None else choice.decision_snapshot_id,
        snapshots=snapshots,
        is_configured=row.id == configured_id,
    )


def snapshot_document(row: DecisionSnapshot) -> SnapshotDocument:
    """Return one decision snapshot with its decisions."""
    return SnapshotDocument(
        id=row.id,
        name=row.name,
        decided_at=iso_time(row.decided_at),
        imported_at=iso_time(row.imported_at),
        origin=row.origin,
        items=tuple(
            SnapshotItem(
                symbol=item.symbol,
                side=item.side,
                weight=_number(item.weight),
                quantity=_number(item.quantity),
                note=item.note,
            )
            for item in row.items
        ),
    )


def run_document(row: StreamRun) -> RunDocument:
    """Return one run."""
    return RunDocument(
        run_id=row.run_id,
        started_at=iso_time(row.started_at),
        started_by=row.started_by,
        project_id=row.project_id,
        decision_snapshot_id=row.decision_snapshot_id,
        api_mode=row.api_mode,
        host=row.host,
        pid=row.pid,
        ended_at=_iso_or_none(row.ended_at),
        ended_how=row.ended_how,
    )


def event_document(row: EventLogEntry) -> EventDocument:
    """Return one entry of the log."""
    return EventDocument(
        id=row.id,
        at=iso_time(row.at),
        kind=row.kind,
        subject=row.subject,
        text=row.text,
        data=msgspec.json.decode(row.data),
    )


def contract_document(row: Contract) -> ContractDocument:
    """Return one contract."""
    return ContractDocument(
        symbol=row.symbol,
        con_id=row.con_id,
        ib_symbol=row.ib_symbol,
        sec_type=row.sec_type,
        exchange=row.exchange,
        primary_exchange=row.primary_exchange,
        currency=row.currency,
        local_symbol=row.local_symbol,
        trading_class=row.trading_class,
        min_tick=_number(row.min_tick),
        multiplier=_number(row.multiplier),
        time_zone_id=row.time_zone_id,
        trading_hours=row.trading_hours,
        liquid_hours=row.liquid_hours,
        is_pinned=row.is_pinned,
        resolved_at=_iso_or_none(row.resolved_at),
        changed_at=iso_time(row.changed_at),
    )


def iso_time(at: datetime) -> str:
    """Return a time as all documents have it: ISO 8601 in UTC with a `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _iso_or_none(at: datetime | None) -> str | None:
    return None if at is None else iso_time(at)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
