"""The episodes of feeder and supervisor in one list with one sequence, over all lives of the feeder.

A fault is known by kind and scope: the next life of the feeder that meets the same one continues the episode, and does
not open a second. What a dead life has left open stays open until somebody closes it: nobody knows that it is over.
Bounded, pure, one thread.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickring.episodes import Episode, EpisodeKind

__all__ = ["EpisodeLedger"]

_Key: TypeAlias = "tuple[EpisodeKind, str]"


class EpisodeLedger:
    """Open ones and the newest closed ones."""

    def __init__(self, *, open_max: int = 1024, closed_max: int = 512) -> None:
        self.sequence = 0
        """Of the last change."""
        self.forgotten = 0
        """Of the newest closed one that is kept no longer."""
        self.untold = 0
        """Episodes that found no place, because so many were open."""
        self._open_max = open_max
        self._open: dict[_Key, Episode] = {}
        self._told_as: dict[_Key, str] = {}
        """The id that whoever keeps the open episode knows it by now; another than its own after a next life."""
        self._closed: deque[Episode] = deque(maxlen=closed_max)
        self._closed_ids: dict[str, None] = {}
        self._closed_max = closed_max

    @property
    def open(self) -> Iterator[Episode]:
        """Those that go on."""
        return iter(tuple(self._open.values()))

    def take(self, episode: Episode) -> Episode | None:
        """Take note of an episode as its keeper has it; return it as it stands here if it has opened or closed."""
        key = (episode.kind, episode.scope)
        known = self._open.get(key)
        if episode.is_open:
            if known is None:  # closed here is closed, whatever a keeper that is gone has left behind
                return None if episode.episode_id in self._closed_ids else self._begin(key, episode)
            self._told_as[key] = episode.episode_id
            self._open[key] = replace(known, count=max(known.count, episode.count))
            if known.severity is not episode.severity:  # news for the alerts, but neither a begin nor an end
                self.sequence += 1
                self._open[key] = replace(self._open[key], severity=episode.severity, sequence=self.sequence)
            return None
        if episode.episode_id in self._closed_ids:
            self._note_closed(episode.episode_id)
            return None
        if known is None:  # it has come and gone between two looks
            return self._end(episode)
        if self._told_as[key] != episode.episode_id:  # an older one of the same fault, which goes on
            self._note_closed(episode.episode_id)
            return None
        own_s = episode.duration_s if known.episode_id == episode.episode_id else None
        self._note_closed(episode.episode_id)
        return self._finish(key, replace(known, count=episode.count), episode.closed_at or known.opened_at, own_s)

    def close(self, episode: Episode, at_iso: str) -> Episode | None:
        """Close one that its keeper will not close any more; None if it is not open."""
        key = (episode.kind, episode.scope)
        known = self._open.get(key)
        if known is None:
            return None
        self._note_closed(self._told_as[key])
        return self._finish(key, known, at_iso, None)

    def since(self, sequence: int) -> list[Episode]:
        """Return what has opened or closed after that, in order."""
        changed = [one for one in (*self._closed, *self._open.values()) if one.sequence > sequence]
        return sorted(changed, key=lambda one: one.sequence)

    def _begin(self, key: _Key, episode: Episode) -> Episode | None:
        if len(self._open) >= self._open_max:
            self.untold += 1
            return None
        self.sequence += 1
        self._open[key] = replace(episode, sequence=self.sequence)
        self._told_as[key] = episode.episode_id
        return self._open[key]

    def _finish(self, key: _Key, known: Episode, at_iso: str, duration_s: float | None) -> Episode:
        del self._open[key], self._told_as[key]
        if duration_s is None:  # begun in one life and ended in another: only the wall clock knows
            lasted = datetime.fromisoformat(at_iso) - datetime.fromisoformat(known.opened_at)
            duration_s = max(0.0, lasted.total_seconds())
        return self._end(replace(known, closed_at=at_iso, duration_s=duration_s))

    def _end(self, episode: Episode) -> Episode:
        self.sequence += 1
        ended = replace(episode, sequence=self.sequence)
        if len(self._closed) == self._closed_max:
            self.forgotten = self._closed[0].sequence
        self._closed.append(ended)
        self._note_closed(episode.episode_id)
        return ended

    def _note_closed(self, episode_id: str) -> None:
        """Know it as closed for as long as its keeper speaks of it, and then for some time."""
        self._closed_ids.pop(episode_id, None)
        self._closed_ids[episode_id] = None
        while len(self._closed_ids) > 2 * self._closed_max:
            del self._closed_ids[next(iter(self._closed_ids))]
