"""Moving sample quotes for the pictures: a seeded random walk per symbol, in a market that a test can rule.

Not a market: prices go up and down by a cent at a time and mean nothing. Deterministic from (seed, symbol).
"""

import random
import zlib
from collections.abc import Iterator

from tickring.states import Field

__all__ = ["SampleWalk"]

_CENT = 0.01


class SampleWalk:
    """One symbol's walk; `tick` gives the next message as field, value, ... pairs."""

    def __init__(self, symbol: str, seed: int) -> None:
        # crc32, not hash(): the same symbol must walk the same way in every process.
        self._random = random.Random(seed ^ zlib.crc32(symbol.encode()))  # not for secrets
        self._bid_cents = self._random.randrange(2_000, 60_000)
        self._spread_cents = self._random.randrange(1, 5)
        self._volume = 0

    def first(self) -> list[Field | float]:
        """Return the opening message: all prices of the session so far are the first one."""
        opening = self._bid_cents * _CENT
        return [*self._sides(), Field.OPEN, opening, Field.HIGH, opening, Field.LOW, opening, Field.CLOSE, opening]

    def tick(self) -> list[Field | float]:
        """Return one change: usually the sides move, sometimes a trade happens."""
        if self._random.random() < 0.3:
            return list(self._trade())
        self._bid_cents = max(100, self._bid_cents + self._random.choice((-1, 0, 1)))
        return self._sides()

    def _sides(self) -> list[Field | float]:
        bid, ask = self._bid_cents * _CENT, (self._bid_cents + self._spread_cents) * _CENT
        sizes = self._random.randrange(1, 40) * 100.0, self._random.randrange(1, 40) * 100.0
        return [Field.BID, round(bid, 2), Field.BID_SIZE, sizes[0], Field.ASK, round(ask, 2), Field.ASK_SIZE, sizes[1]]

    def _trade(self) -> Iterator[Field | float]:
        size = self._random.randrange(1, 20) * 10
        self._volume += size
        price = self._bid_cents + self._random.choice((0, self._spread_cents))
        yield from (
            Field.LAST,
            round(price * _CENT, 2),
            Field.LAST_SIZE,
            float(size),
            Field.VOLUME,
            float(self._volume),
        )
