"""Ticks per second and symbol, from sequence numbers alone: how many records were published between two looks."""

import math
from collections.abc import Sequence

from tickring.reader import Quote

__all__ = ["RateMeter"]

_MEMORY_S = 4.0  # an average over about this long: steady enough to read, quick enough to show a stream that stops


class RateMeter:
    """Remembers each symbol's sequence and rate. Times are monotonic and passed in."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}
        self._segment_id = ""
        self._started_s = 0.0
        self._looked_s = 0.0

    def update(self, quotes: Sequence[Quote], now_s: float) -> list[float]:
        """Return the rate of each quote's symbol; 0 for one that is seen for the first time."""
        segment_id = quotes[0].segment_id if quotes else self._segment_id
        if segment_id != self._segment_id:  # sequences begin anew
            self._seen, self._segment_id = {}, segment_id
            self._started_s = now_s
        elapsed_s = now_s - self._looked_s
        self._looked_s = now_s
        seen: dict[str, tuple[int, float]] = {}
        # The average of all so far until the memory is full, an exponential one from then on.
        weight = max(1 - math.exp(-elapsed_s / _MEMORY_S), min(1.0, elapsed_s / max(now_s - self._started_s, 1e-9)))
        for quote in quotes:
            sequence = quote.sequence
            before, rate = self._seen.get(quote.symbol, (sequence, 0.0))
            # A sequence that went back belongs to another use of the slot.
            latest = max(0, sequence - before) / elapsed_s if elapsed_s > 0 else rate
            seen[quote.symbol] = (sequence, rate + weight * (latest - rate))
        self._seen = seen
        return [rate for _, rate in seen.values()]
