"""An episode's begin and end as entries of the event log, with their own times."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.episodes import Episode
    from tickring.planner.event_queue import EventQueue

__all__ = ["note_episode"]


def note_episode(events: EventQueue, episode: Episode) -> None:
    """Note that an episode has opened, or closed: `episode.opened`, `episode.closed`, about its scope."""
    kind = "episode.opened" if episode.is_open else "episode.closed"
    at = datetime.fromisoformat(episode.closed_at or episode.opened_at)
    events.add(
        kind,
        episode.scope,
        episode.cause,
        at=at,
        episode_id=episode.episode_id,
        kind_of=str(episode.kind),
        severity=str(episode.severity),
        code=episode.code,
        opened_at=episode.opened_at,
        duration_s=round(episode.duration_s, 3),
        count=episode.count,
    )
