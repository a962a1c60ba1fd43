"""One listing's session day: its half hours, and what had been traded up to any moment.

Immutable once made, apart from a half hour or two kept open.
"""

from functools import cached_property

import msgspec

from tickring.simulator.market.blocks import BLOCK_S, Block
from tickring.simulator.market.grid import Grid
from tickring.simulator.market.sessions import Session
from tickring.simulator.market.trades import BlockTrades, Trade

__all__ = ["DayPath", "Totals"]

OPEN_BLOCKS = 2


class Totals(msgspec.Struct, frozen=True):
    """What a day has come to at a moment; prices in ticks. `volume` counts from 04:00, the prices in regular hours."""

    volume: int
    open: int | None
    high: int | None
    low: int | None
    last: Trade | None
    """The newest trade of this day, None before the first."""


class DayPath:
    """The path of one listing on one day."""

    def __init__(
        self, session: Session, grid: Grid, blocks: list[Block], key: tuple[str | int, ...], previous_close: int
    ) -> None:
        self.session = session
        self.grid = grid
        self.blocks = blocks
        self.previous_close = previous_close
        self.start_s = blocks[0].start_s
        self.end_s = blocks[-1].start_s + BLOCK_S
        self.key = key
        self._opened: dict[int, BlockTrades] = {}

    def index(self, at_s: float) -> int:
        """Return the number of the half hour that a moment falls into."""
        return int(at_s - self.start_s) // BLOCK_S

    def opened(self, index: int) -> BlockTrades:
        """Return the trades of a half hour; the last few asked for are kept."""
        found = self._opened.get(index)
        if found is None:
            while len(self._opened) >= OPEN_BLOCKS:
                del self._opened[next(iter(self._opened))]
            found = self._opened[index] = BlockTrades(self.blocks[index], self.key)
        return found

    def totals(self, at_s: float) -> Totals:
        """Return what had been traded before a moment of this day, or in all of it when the moment is later."""
        index = min(self.index(at_s), len(self.blocks)) if at_s > self.start_s else 0
        whole = self.blocks[:index]
        volume = sum(block.volume for block in whole)
        regular = [block for block in whole if block.is_regular and block.trades]
        prices = [(block.open, block.high, block.low) for block in regular]
        last: Trade | None = None
        if index < len(self.blocks) and at_s > self.start_s:
            block, detail = self.blocks[index], self.opened(index)
            minute = int(at_s - block.start_s) // 60
            inside = [span for span in detail.minutes[:minute] if span.trades]
            trades = detail.between(block.start_s + 60 * minute, at_s)
            volume += sum(span.volume for span in inside) + sum(trade[2] for trade in trades)
            if block.is_regular:
                prices += [(span.open, span.high, span.low) for span in inside]
                prices += [(trade[1], trade[1], trade[1]) for trade in trades]
            last = trades[-1] if trades else detail.last_before(at_s)
        if last is None:
            last = self._last_of(index)
        return Totals(
            volume,
            prices[0][0] if prices else None,
            max(price[1] for price in prices) if prices else None,
            min(price[2] for price in prices) if prices else None,
            last,
        )

    def trades(self, start_s: float, end_s: float) -> list[Trade]:
        """Return the trades between two moments of the same half hour."""
        index = self.index(start_s)
        return self.opened(index).between(start_s, end_s) if self.blocks[index].trades else []

    @cached_property
    def final(self) -> Trade:
        """The day's last trade, after the close as a rule."""
        last = self._last_of(len(self.blocks))
        assert last is not None  # the closing auction
        return last

    def _last_of(self, index: int) -> Trade | None:
        """The last trade in the half hours before that one."""
        for at in range(index - 1, -1, -1):
            if self.blocks[at].trades:
                return self.opened(at).last_before(self.blocks[at].start_s + BLOCK_S)
        return None
