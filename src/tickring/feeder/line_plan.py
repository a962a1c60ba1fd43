"""Which symbols get the market data lines that there are: by priority, and among equals who has one keeps it."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LineWish", "plan_lines"]


class LineWish(NamedTuple):
    """One symbol that wants a line."""

    symbol: str
    priority: int
    """The lower number gets its line first, and takes it from a higher one."""
    rank: int
    """Among those of one priority that have none: the lower number first."""
    is_held: bool
    """It has a line."""

    @property
    def order(self) -> tuple[int, bool, int, str]:
        """What to sort by."""
        return self.priority, not self.is_held, self.rank, self.symbol


def plan_lines(wishes: Collection[LineWish], lines: int) -> frozenset[str]:
    """Return the symbols that shall have a line, at most so many."""
    if len(wishes) <= lines:
        return frozenset(one.symbol for one in wishes)
    return frozenset(one.symbol for one in nsmallest(lines, wishes, key=lambda one: one.order))
