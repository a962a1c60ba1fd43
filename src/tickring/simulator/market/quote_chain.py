"""The quotes and trades of a short stretch of time, sample by sample.

A chain begins from nothing but its place in the day, so that whoever looks at a moment sees what a stream has seen: the
stream and the single question run the same generator. It is the hottest code of the simulator: one generator per
stream, state in local variables, one QuoteState per change that is looked at.
"""

from collections.abc import Generator
from math import log
from random import Random

import msgspec

from tickring.simulator.market.day_path import DayPath, Totals
from tickring.simulator.market.quote_state import QuoteState
from tickring.simulator.market.trades import Trade

__all__ = ["Flavour", "Horizon", "chain"]

QUOTE_SHARE = 0.6  # of a quiet name's changes, so many are quotes; the others come with trades
SIDES = ("K", "KQ", "P", "PQ", "Q", "Z", "ZK", "N", "NQ", "V", "KPQZ", "KQZ", "PZ", "NP", "KPQZN", "QZ")
PLACES = "QPNZKDV"


class Flavour(msgspec.Struct, frozen=True):
    """What a listing's quotes look like in one phase."""

    activity: float
    spreads: tuple[int, ...]
    """Sixteen spreads in ticks, one of which is drawn."""
    sizes: tuple[int, ...]
    """Sixty-four sizes in shares."""
    lot: int


class Horizon:
    """Until when a chain's newest state holds; the chain writes it, the walker reads it."""

    __slots__ = ("until_s",)

    def __init__(self) -> None:
        self.until_s = 0.0


def last_size(trade: Trade, flavour: Flavour) -> int:
    """Return the shares of the last trade that was seen: what a sample saw traded is often more than one trade."""
    shares = trade[2]
    if shares < flavour.lot:
        return shares
    return min(flavour.sizes[shares & 63], shares - shares % flavour.lot)


def chain(
    horizon: Horizon,
    random: Random,
    path: DayPath,
    totals: Totals,
    last: Trade,
    flavour: Flavour,
    start_s: float,
    end_s: float,
    sample_s: float,
    is_regular: bool,
) -> Generator[QuoteState, float, None]:
    """Yield the state at the moment sent in; moments must not go back. Ends when one is sent that is past `end_s`.

    `last` is the newest trade before the stretch, of this day or of one before.
    """
    grid, bits, rand = path.grid, random.getrandbits, random.random
    numerator, denominator = grid.numerator, grid.denominator
    sizes, spreads, lot = flavour.sizes, flavour.spreads, flavour.lot
    trades = iter(path.trades(start_s, end_s))
    trade = next(trades, None)
    trade_slot = int((trade[0] - start_s) / sample_s) if trade else 1 << 60
    odds = QUOTE_SHARE * flavour.activity
    is_busy = flavour.activity >= 1.0
    gap_scale = 0.0 if is_busy or odds <= 0 else 1 / log(1 - odds)
    quote_slot = 1 if is_busy else 1 + int(log(1 - rand()) * gap_scale) if odds > 0 else 1 << 60

    last_ticks = last[1]
    last_price = last_ticks * numerator / denominator
    last_shares = last_size(last, flavour)
    last_trade_s = int(last[0])
    last_place = PLACES[last[2] % 7]
    volume = totals.volume
    high_ticks, low_ticks = totals.high, totals.low
    open_price = None if totals.open is None else path.grid.price(totals.open)
    high = None if high_ticks is None else path.grid.price(high_ticks)
    low = None if low_ticks is None else path.grid.price(low_ticks)
    close = path.grid.price(path.previous_close)
    draw = bits(30)
    spread = spreads[draw & 15]
    bid_ticks = max(1, last_ticks - (spread if draw & 16 else 0))
    bid = bid_ticks * numerator / denominator
    ask = (bid_ticks + spread) * numerator / denominator
    bid_size, ask_size = sizes[draw >> 5 & 63], sizes[draw >> 11 & 63]
    bid_places, ask_places = SIDES[draw >> 17 & 15], SIDES[draw >> 21 & 15]

    until_s = start_s
    while True:
        slot = quote_slot if quote_slot < trade_slot else trade_slot  # noqa: FURB136 (a call costs more)
        until_s = start_s + slot * sample_s
        horizon.until_s = until_s if until_s < end_s else end_s  # noqa: FURB136
        now_s = yield QuoteState(
            bid, ask, last_price, bid_size, ask_size, last_shares, volume, high, low, open_price, close, last_trade_s,
            0, bid_places, ask_places, last_place,
        )  # fmt: skip
        if now_s >= end_s:
            return
        while until_s <= now_s:
            draw = bits(30)
            if trade_slot == slot:
                traded_at_s = until_s
                while trade is not None and trade_slot == slot:
                    last_ticks = trade[1]
                    last = trade
                    volume += trade[2]
                    if is_regular:
                        if high_ticks is None or low_ticks is None:
                            high_ticks = low_ticks = last_ticks
                            high = low = open_price = last_ticks * numerator / denominator
                        elif last_ticks > high_ticks:
                            high_ticks, high = last_ticks, last_ticks * numerator / denominator
                        elif last_ticks < low_ticks:
                            low_ticks, low = last_ticks, last_ticks * numerator / denominator
                    traded_at_s = trade[0]
                    trade = next(trades, None)
                    trade_slot = int((trade[0] - start_s) / sample_s) if trade else 1 << 60
                last_price = last_ticks * numerator / denominator
                last_trade_s = int(min(traded_at_s, until_s))
                shares = last[2]
                last_place = PLACES[shares % 7]
                if shares >= lot:
                    whole = shares - shares % lot
                    last_shares = sizes[shares & 63]
                    if last_shares > whole:  # noqa: PLR1730
                        last_shares = whole
                else:
                    last_shares = shares
                kind = 6
            else:
                kind = draw >> 27
            if quote_slot == slot:
                quote_slot = slot + 1 if is_busy else slot + 1 + int(log(1 - rand()) * gap_scale)
            if kind >= 6:  # quoted anew, around the last trade: it was at the bid, at the ask or between
                spread = spreads[draw & 15]
                below = spread if draw & 16 else 0
                if spread > 1 and draw & 96 == 0:
                    below = spread >> 1
                bid_ticks = last_ticks - below
                if bid_ticks < 1:  # noqa: PLR1730
                    bid_ticks = 1
                bid = bid_ticks * numerator / denominator
                ask = (bid_ticks + spread) * numerator / denominator
                bid_places, ask_places = SIDES[draw >> 7 & 15], SIDES[draw >> 11 & 15]
            if kind not in {1, 3}:
                size = sizes[draw >> 15 & 63]
                bid_size = size if size != bid_size else size + lot
            if kind not in {0, 2}:
                size = sizes[draw >> 21 & 63]
                ask_size = size if size != ask_size else size + lot
            slot = quote_slot if quote_slot < trade_slot else trade_slot  # noqa: FURB136
            until_s = start_s + slot * sample_s
