"""One symbol that shall be streamed, why, and how much it matters compared with the others."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

__all__ = ["PRIORITIES", "Origin", "Resolution", "WantedSymbol", "merge_wanted"]


class Origin(StrEnum):
    """Where a symbol comes from."""

    POSITION = "position"
    WORKING_ORDER = "working_order"
    SNAPSHOT = "snapshot"
    THEME = "theme"
    STATIC = "static"
    FILE = "file"
    HTTP = "http"
    SQL = "sql"
    EARLIER = "earlier"
    """Streamed when the planner started; nobody has said yet why."""


PRIORITIES: dict[Origin, int] = {
    Origin.POSITION: 0,
    Origin.WORKING_ORDER: 1,
    Origin.SNAPSHOT: 2,
    Origin.STATIC: 3,
    Origin.FILE: 3,
    Origin.HTTP: 3,
    Origin.SQL: 3,
    Origin.THEME: 4,
    Origin.EARLIER: 5,
}
"""The lower number gets its place first."""


class WantedSymbol(NamedTuple):
    """A symbol in upper case."""

    symbol: str
    origin: Origin
    rank: int = 0
    """Within its origin: 0 matters most. A snapshot ranks by weight, the others by their own order."""

    @property
    def priority(self) -> int:
        """The lower number gets its place first."""
        return PRIORITIES[self.origin]

    @property
    def is_held(self) -> bool:
        """Whether money hangs on it already: such a symbol is streamed even above the limit."""
        return self.origin in {Origin.POSITION, Origin.WORKING_ORDER}

    @property
    def order(self) -> tuple[int, int, str]:
        """What to sort by: the most important first."""
        return self.priority, self.rank, self.symbol


class Resolution(NamedTuple):
    """What an origin answered."""

    symbols: tuple[WantedSymbol, ...]
    text: str
    """Which list it was: `snapshot 7 'Friday' of project 1`."""


def merge_wanted(*lists: Iterable[WantedSymbol]) -> tuple[WantedSymbol, ...]:
    """Return each symbol once, for its most important reason, the most important first."""
    best: dict[str, WantedSymbol] = {}
    for one in (wanted for wanted_list in lists for wanted in wanted_list):
        known = best.get(one.symbol)
        if known is None or one.order < known.order:
            best[one.symbol] = one
    return tuple(sorted(best.values(), key=lambda wanted: wanted.order))
