"""What the supervisor and the planner tell each other, besides the requests of `tickring.control.messages`.

Each message is one frame of JSON over a duplex pipe. A run's begin is answered by `Begun`: what came before it belongs
to the run before.
"""

from __future__ import annotations

import msgspec

from tickring.control.messages import AskContract, Reload, Start, Stop, Subscribe, Unsubscribe
from tickring.episodes import Episode
from tickring.feeder_answers import AccountAnswer, ContractAnswer
from tickring.session_table import SessionTables

__all__ = [
    "AskContract",
    "Begun",
    "EpisodeChanged",
    "FromPlanner",
    "Priorities",
    "RunBegun",
    "RunEnded",
    "Sessions",
    "ToPlanner",
]


class RunBegun(msgspec.Struct, frozen=True, kw_only=True, tag="run_begun"):
    """To the planner: forget everything and begin anew with what this run says. Sent again after its restart."""

    run_id: str
    request: Start
    pid: int
    """The supervisor's."""
    started_at: str
    """ISO 8601, UTC."""


class RunEnded(msgspec.Struct, frozen=True, kw_only=True, tag="run_ended"):
    """To the planner: want nothing until the next run."""

    run_id: str
    how: str
    """In words."""


class EpisodeChanged(msgspec.Struct, frozen=True, tag="episode"):
    """To the planner: an episode has opened or closed; for the event log."""

    episode: Episode


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """From the planner: what comes from here on is of this run."""

    run_id: str


class Priorities(msgspec.Struct, frozen=True, tag="priorities"):
    """From the planner: how much each streamed symbol matters when market data lines are short.

    The lower number first, equals in the order named. Replaces what was told before.
    """

    priorities: dict[str, int]


class Sessions(msgspec.Struct, frozen=True, tag="sessions"):
    """From the planner: when the markets of the streamed symbols are open. Replaces what was told before."""

    tables: SessionTables


ToPlanner = RunBegun | RunEnded | EpisodeChanged | ContractAnswer | AccountAnswer | Start | Stop | Reload | Subscribe
FromPlanner = Begun | Subscribe | Unsubscribe | Sessions | Priorities | AskContract
