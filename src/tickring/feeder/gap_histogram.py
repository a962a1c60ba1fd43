"""How long a symbol is used to say nothing: its gaps between ticks, counted in 32 classes, each 1.41 times the last."""

from __future__ import annotations

from array import array
from math import ceil, exp2, log2

__all__ = ["GapHistogram"]

_SHORTEST_S = 0.125
_CLASSES = 32
_FULL = 1024


class GapHistogram:
    """Fixed memory, whatever it is told. Old gaps fade: when it is full, every count is halved."""

    __slots__ = ("_counts", "count")

    def __init__(self) -> None:
        self._counts = array("H", bytes(2 * _CLASSES))
        self.count = 0
        """Gaps that count now."""

    def learn(self, gap_s: float) -> None:
        """Count one gap."""
        place = 0 if gap_s <= _SHORTEST_S else min(_CLASSES - 1, ceil(2.0 * log2(gap_s / _SHORTEST_S)))
        self._counts[place] += 1
        self.count += 1
        if self.count >= _FULL:
            self._counts = array("H", (number >> 1 for number in self._counts))
            self.count = sum(self._counts)

    def below_s(self, share: float) -> float:
        """Return the length that this share of all gaps does not exceed, at most 1.41 times too long; 0 without any."""
        wanted, found = share * self.count, 0
        for place, number in enumerate(self._counts):
            found += number
            if found >= wanted and found:
                return _SHORTEST_S * exp2(place / 2)
        return 0.0
