"""Add to the event log, and read it. Nothing else can be done with it: the database refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import select

from tickring.db.record_tables import EventLogEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Event", "append_events", "newest_events"]


class Event(NamedTuple):
    """Something that has happened."""

    kind: str
    """A stable dotted name in the past tense: `set.changed`, `origin.failed` ..."""
    subject: str = ""
    text: str = ""
    data: Mapping[str, Any] = MappingProxyType({})
    """Further fields, as JSON takes them."""
    at: datetime | None = None
    """None: when it is written."""


def append_events(session: Session, events: Iterable[Event]) -> None:
    """Write these at the end of the log; they are there when the session's work is.

    Raises:
        NaiveDatetime: a time has no zone.
    """
    now = datetime.now(UTC)
    session.add_all(
        EventLogEntry(
            at=event.at or now,
            kind=event.kind,
            subject=event.subject,
            text=event.text.replace("\0", ""),
            data=msgspec.json.encode(dict(event.data)).decode(),
        )
        for event in events
    )


def newest_events(session: Session, count: int, *, kind: str | None = None) -> list[EventLogEntry]:
    """Return the last entries, the newest first; only those of a kind if one is named."""
    query = select(EventLogEntry).order_by(EventLogEntry.id.desc()).limit(count)
    return list(session.scalars(query if kind is None else query.where(EventLogEntry.kind == kind)))
