"""What the supervisor tells of its own accord, put on the bus: steps of the stream's states, and episodes.

It may be stopped or busy: clients get their quotes and the status without it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from tickring.api.bounded_lru import BoundedLRUCache
from tickring.api.bus_events import EventName, ServiceEvent
from tickring.control.messages import EpisodeList, Episodes
from tickring.errors import TickringError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tickring.api.bus import EventBus
    from tickring.api.supervisor_desk import SupervisorDesk
    from tickring.control.messages import SupervisorReport
    from tickring.episodes import Episode

__all__ = ["SupervisorWatch"]

_LOG = logging.getLogger(__name__)
_EPISODES_AT_MOST = 1000
_STEP_FIELDS = ("state", "status", "cause", "code")


class SupervisorWatch:
    """Remembers what it has told; what happened before the first look is not news."""

    def __init__(self, supervisor: SupervisorDesk, bus: EventBus) -> None:
        """Asks nothing yet."""
        self._supervisor = supervisor
        self._bus = bus
        self._life: tuple[int, str] | None = None
        self._step = 0
        self._book = ""
        self._sequence = 0
        self._told: BoundedLRUCache[str, bool] = BoundedLRUCache(_EPISODES_AT_MOST, None)
        """Episode to whether it is open."""

    async def look(self) -> None:
        """Ask once and put what is new on the bus; without an answer nothing is new."""
        try:
            report = await self._supervisor.report()
            told = await self._supervisor.ask(Episodes(self._sequence), EpisodeList)
            if told.book != self._book and self._sequence > 0:  # another supervisor, whose numbers begin anew
                told = await self._supervisor.ask(Episodes(), EpisodeList)
        except TickringError as error:
            _LOG.debug("websocket.supervisor_silent why=%s", error)
            return
        is_first = self._life is None
        news = [*self._steps(report), *self._changes(told)]
        if not is_first:
            for event in sorted(news, key=lambda one: one.at):
                self._bus.publish(event)

    def _steps(self, report: SupervisorReport) -> Iterator[ServiceEvent]:
        life = report.pid, report.started_at
        if life != self._life:  # all that another supervisor has seen is news
            self._life, self._step = life, 0
        for step in report.stream.transitions:
            if step.sequence > self._step:
                self._step = step.sequence
                content = {"sequence": step.sequence, **{name: getattr(step, name) for name in _STEP_FIELDS}}
                yield ServiceEvent(EventName.STREAM_TRANSITION, step.at, content)

    def _changes(self, told: EpisodeList) -> Iterator[ServiceEvent]:
        """Each opens once and closes once, also one that did both between two looks."""
        self._book, self._sequence = told.book, told.sequence
        for episode in told.episodes:
            was_open = self._told.get(episode.episode_id)
            self._told.put(episode.episode_id, episode.closed_at is None)
            if was_open is None:
                yield _event(EventName.EPISODE_OPENED, episode.opened_at, episode)
            if was_open is not False and episode.closed_at is not None:
                yield _event(EventName.EPISODE_CLOSED, episode.closed_at, episode)


def _event(name: EventName, at: str, episode: Episode) -> ServiceEvent:
    return ServiceEvent(name, at, {"episode": msgspec.to_builtins(episode)})
