"""From a day's path to bars: takes the coarsest pieces that fit, so that a day's bar never looks at a trade."""

from collections.abc import Iterator

from tickring.simulator.market.blocks import BLOCK_S, Block
from tickring.simulator.market.day_path import DayPath
from tickring.simulator.market.trades import Span, spans

__all__ = ["RunningBar", "bars_of_day"]


class RunningBar:
    """A bar that still takes in what comes; prices in ticks."""

    __slots__ = ("close", "count", "high", "low", "open", "start_s", "value", "volume")

    def __init__(self, start_s: int, price: int) -> None:
        self.start_s = start_s
        self.open = self.high = self.low = self.close = price
        self.volume = 0
        self.count = 0
        self.value = 0.0
        """Shares times price, from the middle of each piece."""

    def add(self, piece: "Span | Block | RunningBar") -> None:
        """Take in what was traded next, if anything."""
        trades = piece.count if isinstance(piece, RunningBar) else piece.trades
        if not trades:
            return
        if not self.count:
            self.open, self.high, self.low = piece.open, piece.high, piece.low
        elif piece.high > self.high or piece.low < self.low:
            self.high, self.low = max(self.high, piece.high), min(self.low, piece.low)
        self.close = piece.close
        self.count += trades
        self.volume += piece.volume
        if isinstance(piece, RunningBar):
            self.value += piece.value
        else:
            self.value += piece.volume * (piece.open + piece.high + piece.low + piece.close) / 4


def bars_of_day(
    path: DayPath, start_s: int, end_s: float, width_s: int, midnight_s: int, price: int
) -> list[RunningBar]:
    """Return the bars of a stretch of one day, `end_s` not included; the last one may still be running.

    Bars begin at multiples of their width since midnight, the first one where the stretch does. `price` is that of the
    last trade before, and stands for bars without any.
    """
    found: list[RunningBar] = []
    pieces = _pieces(path, start_s, end_s, width_s)
    piece_s, piece = next(pieces, (0, None))
    at_s = start_s
    while at_s < end_s:
        next_s = midnight_s + ((at_s - midnight_s) // width_s + 1) * width_s
        bar = RunningBar(at_s, price)
        while piece is not None and piece_s < next_s:
            bar.add(piece)
            piece_s, piece = next(pieces, (0, None))
        found.append(bar)
        price = bar.close
        at_s = next_s
    return found


def _pieces(path: DayPath, start_s: int, end_s: float, width_s: int) -> Iterator[tuple[int, Span | Block]]:
    """Yield half hours, minutes or seconds, whichever is the longest that no bar's edge cuts."""
    for index, block in enumerate(path.blocks):
        block_end_s = block.start_s + BLOCK_S
        if block_end_s <= start_s or block.start_s >= end_s:
            continue
        is_whole = block.start_s >= start_s and block_end_s <= end_s
        if is_whole and (width_s % BLOCK_S == 0 or not block.trades):
            yield block.start_s, block
            continue
        detail = path.opened(index)
        for number, minute in enumerate(detail.minutes):
            minute_s = block.start_s + 60 * number
            if minute_s + 60 <= start_s or minute_s >= end_s or not minute.trades:
                continue
            if width_s >= 60 and minute_s >= start_s and minute_s + 60 <= end_s:
                yield minute_s, minute
                continue
            trades = detail.between(max(start_s, minute_s), min(end_s, minute_s + 60))
            for second, span in enumerate(spans(trades, minute_s, 1, 60, minute.open)):
                if span.trades:
                    yield minute_s + second, span
