"""What one symbol has been: from its records in the segment, from the episodes that concern it, from the event log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tickring._core import boot_ns
from tickring.api.symbol_schemas import EpisodeTurn, LogTurn, RecordTurn
from tickring.iso_time import iso_or_none
from tickring.states import Source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tickring.config.structs import ContractConfig
    from tickring.episodes import Episode
    from tickring.reader import Quote

__all__ = ["SymbolLog", "Turn", "episode_turns", "newest_first", "record_turns", "scopes_of"]

Turn: TypeAlias = "RecordTurn | EpisodeTurn | LogTurn"


class SymbolLog(NamedTuple):
    """What the event log has of a symbol: entries, and the episodes that it tells of."""

    turns: Sequence[LogTurn] = ()
    episodes: Sequence[Episode] = ()


_OF_ALL = ("stream", "gateway", "child feeder")
_FARM, _FARM_OF = "farm ", "farm of "


def scopes_of(symbol: str, contract: ContractConfig, others: Iterable[str] = ()) -> list[str]:
    """Return the scopes of episodes that concern a symbol, those of `others` included that may.

    A farm that the gateway names may serve any symbol: IB does not say. One that is named by what it serves does not.
    """
    own = f"{_FARM_OF}{contract.sec_type} {contract.currency}"
    farms = {scope for scope in others if scope.startswith(_FARM) and not scope.startswith(_FARM_OF)}
    return [f"symbol {symbol}", own, *_OF_ALL, *sorted(farms)]


def record_turns(records: Sequence[Quote]) -> list[RecordTurn]:
    """Return where the records begin to say something else; `records` and turns newest first."""
    offset_ns = time.time_ns() - boot_ns()
    found: list[RecordTurn] = []
    for place, one in enumerate(records):
        older = records[place + 1] if place + 1 < len(records) else None
        if older is not None and _said(older) == _said(one):
            continue
        at = iso_or_none(one.ts_publish_ns + offset_ns)
        if at is not None:
            found.append(
                RecordTurn(
                    at=at,
                    is_exact=not one.is_state_only,
                    sequence=one.sequence,
                    state=one.state,
                    source=one.source,
                    market_data_type=one.data_type,
                    is_oldest=older is None and one.sequence > 1,
                )
            )
    return found


def _said(one: Quote) -> tuple[object, ...]:
    # Before there is a source the kind of data is what was asked for, which is no news.
    return one.state, one.source, None if one.source is Source.NONE else one.data_type


def episode_turns(episodes: Iterable[Episode], scopes: Collection[str], *, is_told_now: bool) -> list[EpisodeTurn]:
    """Return those that concern the symbol. `is_told_now`: an end that is not told has not come."""
    return [
        EpisodeTurn(at=one.opened_at, until=one.closed_at, is_open=is_told_now and one.closed_at is None, episode=one)
        for one in episodes
        if one.scope in scopes
    ]


def newest_first(turns: Iterable[Turn], limit: int) -> tuple[Turn, ...]:
    """Return the newest of them in one order; an episode that is told twice comes once, as it was told first."""
    found: dict[object, Turn] = {}
    for turn in turns:
        key = (turn.episode.episode_id, turn.at) if isinstance(turn, EpisodeTurn) else id(turn)
        found.setdefault(key, turn)
    return tuple(sorted(found.values(), key=lambda turn: turn.at, reverse=True)[:limit])
