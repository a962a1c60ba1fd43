"""The gateway's last word about a symbol's contract, as the event log has it: what is said again is no news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from tickring.db import EventLogEntry
from tickring.db.event_log import Event, append_events

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["contract_doubt", "contract_doubts", "log_once"]

_DOUBTS = ("contract.unknown", "contract.conflict", "contract.ambiguous")
_WORDS = (*_DOUBTS, "contract.resolved", "contract.renumbered", "contract.pinned")


def contract_doubt(session: Session, symbol: str) -> EventLogEntry | None:
    """Return why a symbol's contract is in doubt and since when; None: nothing was said against it since it was found.

    `symbol`: as the table has it.
    """
    last = session.scalar(
        select(EventLogEntry)
        .where(EventLogEntry.kind.in_(_WORDS), EventLogEntry.subject == symbol)
        .order_by(EventLogEntry.id.desc())
        .limit(1)
    )
    return last if last is not None and last.kind in _DOUBTS else None


def contract_doubts(session: Session) -> dict[str, EventLogEntry]:
    """Return the same of every symbol that has one."""
    last = select(func.max(EventLogEntry.id)).where(EventLogEntry.kind.in_(_WORDS)).group_by(EventLogEntry.subject)
    found = session.scalars(select(EventLogEntry).where(EventLogEntry.id.in_(last), EventLogEntry.kind.in_(_DOUBTS)))
    return {entry.subject: entry for entry in found}


def log_once(session: Session, event: Event) -> None:
    """Write a doubt down, unless it is the last word already."""
    last = contract_doubt(session, event.subject)
    if last is None or (last.kind, last.text) != (event.kind, event.text):
        append_events(session, [event])
