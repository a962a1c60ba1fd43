"""What the event log has of one symbol. Imported with the first question to the database only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import func, or_, select

from tickring.api.record_documents import iso_time
from tickring.api.symbol_schemas import LogTurn
from tickring.api.symbol_turns import SymbolLog
from tickring.db import EventLogEntry
from tickring.episodes import Episode
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

__all__ = ["read_symbol_log"]

_LOOKED_AT = 50_000
"""The newest entries of the log: a symbol that is hardly ever named must not cost a look at all of it."""
_TAKEN = 1_000
_EPISODES = {"episode.opened", "episode.closed"}
_OF_MANY = ("set.changed", "contract.changed")
_SET_WORDS = {"added": "added to what is streamed", "removed": "taken out of what is streamed"}


def read_symbol_log(session: Session, symbol: str, scopes: Sequence[str]) -> SymbolLog:
    """Return what the newest entries say of a symbol, the newest first."""
    newest = session.scalar(select(func.max(EventLogEntry.id))) or 0
    farms = EventLogEntry.subject.startswith("farm ", autoescape=True)
    query = (
        select(EventLogEntry)
        .where(EventLogEntry.id > newest - _LOOKED_AT)
        .where(or_(EventLogEntry.subject.in_([symbol, *scopes]), EventLogEntry.kind.in_(_OF_MANY), farms))
        .order_by(EventLogEntry.id.desc())
        .limit(_TAKEN)
    )
    turns: list[LogTurn] = []
    episodes: dict[tuple[str, str], Episode] = {}
    for row in session.scalars(query):
        data = msgspec.json.decode(row.data, type=dict[str, Any])
        if row.kind in _EPISODES:
            episode = _episode(row, data)
            if episode is not None:  # closed comes before opened here, and has all that the other has
                episodes.setdefault((episode.episode_id, episode.opened_at), episode)
        elif row.kind in _OF_MANY:
            turns += [_turn(row, text) for text in _said_of(symbol, row, data)]
        elif row.subject == symbol:
            turns.append(_turn(row, row.text))
    return SymbolLog(turns, list(episodes.values()))


def _said_of(symbol: str, row: EventLogEntry, data: dict[str, Any]) -> list[str]:
    """Return what an entry about many symbols says of this one."""
    if symbol in data.get("symbols", ()):
        return [row.text]
    return [text for key, text in _SET_WORDS.items() if symbol in data.get(key, ())]


def _turn(row: EventLogEntry, text: str) -> LogTurn:
    return LogTurn(at=iso_time(row.at), id=row.id, name=row.kind, text=text)


def _episode(row: EventLogEntry, data: dict[str, Any]) -> Episode | None:
    """Return the episode of an entry; None: another release has written it otherwise."""
    told = {
        **{key: data.get(key) for key in ("episode_id", "severity", "code", "opened_at", "duration_s", "count")},
        "kind": data.get("kind_of"),
        "scope": row.subject,
        "cause": row.text,
        "closed_at": iso_time(row.at) if row.kind == "episode.closed" else None,
        "sequence": 0,
    }
    try:
        return msgspec.convert(told, Episode)
    except JSON_FAULTS:
        return None
