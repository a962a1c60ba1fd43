"""Episodes as the supervisor tells them, else as the feeder told them last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickring.control.messages import EpisodeList, Episodes
from tickring.errors import ApiRefused, BadReply, ControlError
from tickring.feeder_status import read_feeder_status

if TYPE_CHECKING:
    from tickring.api.context import ApiContext
    from tickring.episodes import Episode

__all__ = ["ToldEpisodes", "told_episodes"]


class ToldEpisodes(NamedTuple):
    """Closed and open ones, in the order of their last change."""

    episodes: tuple[Episode, ...]
    book: str
    sequence: int
    supervisor_alive: bool


async def told_episodes(context: ApiContext, since: int = 0) -> ToldEpisodes:
    """Return those behind `since`; without a supervisor all that the feeder has told."""
    try:
        told = await context.supervisor.ask(Episodes(since), EpisodeList)
    except (ControlError, BadReply, ApiRefused):
        feeder = read_feeder_status(context.segment.segment)
        return ToldEpisodes(
            () if feeder is None else feeder.episodes, "" if feeder is None else f"feeder-{feeder.epoch}", 0, False
        )
    return ToldEpisodes(told.episodes, told.book, told.sequence, True)
