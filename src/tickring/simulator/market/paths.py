"""All listings' days: made on demand from (seed, listing, date), a bounded number kept.

A day's two ends follow from the levels (see levels.py) alone, so that no day needs its neighbours' trades. Between them
lie the pre-market, the regular session, whose last price is the close, and the hours after it.
"""

from collections import OrderedDict
from datetime import date
from weakref import WeakValueDictionary

from tickring.simulator.market.blocks import Block, part_blocks
from tickring.simulator.market.day_path import DayPath
from tickring.simulator.market.grid import Grid
from tickring.simulator.market.interventions import Interventions
from tickring.simulator.market.levels import Levels, deviate
from tickring.simulator.market.listing import Listing
from tickring.simulator.market.seeds import random_of
from tickring.simulator.market.sessions import Phase, Session, Sessions

__all__ = ["Paths"]

KEPT_DAYS = 512
GAP = 0.25  # a night moves the price by so much of a day's deviation, and some of the way to the next close
EVENING = 0.12
REGULAR_BLOCKS_ROOT = 13**0.5
THIN_DEVIATION = 0.4  # outside regular hours prices move less


class Paths:
    """The days of all listings."""

    def __init__(self, seed: int, sessions: Sessions, interventions: Interventions) -> None:
        self.seed = seed
        self._sessions = sessions
        self._interventions = interventions
        self._kept: OrderedDict[tuple[object, ...], DayPath] = OrderedDict()
        self._living: WeakValueDictionary[tuple[object, ...], DayPath] = WeakValueDictionary()  # in use by somebody
        self._grids: dict[float, Grid] = {}
        self._levels: tuple[tuple[int, float], Levels] | None = None

    def grid(self, listing: Listing) -> Grid:
        """Return the listing's tick grid."""
        found = self._grids.get(listing.min_tick)
        if found is None:
            found = self._grids[listing.min_tick] = Grid(listing.min_tick)
        return found

    def day(self, listing: Listing, session: Session) -> DayPath:
        """Return the listing's path on a session's day."""
        factor = self._interventions.factor(listing.symbol)
        key = (listing.con_id, session.date, session.parts[0].phase, factor)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if len(self._kept) >= KEPT_DAYS:
            self._kept.popitem(last=False)
        found = self._living.get(key) or self._make(listing, session, factor)
        self._kept[key] = self._living[key] = found
        return found

    def previous_final(self, listing: Listing, session: Session) -> tuple[float, int, int]:
        """Return the last trade of all before a session's day."""
        return self.day(listing, self._sessions.previous(session.date)).final

    def _make(self, listing: Listing, session: Session, factor: float) -> DayPath:
        temper, grid = listing.temper, self.grid(listing)
        name = f"{listing.symbol}.{listing.primary_exchange}"
        levels = self._levels_of(listing, name, factor)
        floor = temper.spread_ticks + 2  # room for a bid
        to_ticks = grid.denominator / grid.numerator

        def ticks(price: float) -> float:
            return max(floor, price * to_ticks)

        before = self._sessions.previous(session.date).date
        previous_close, close = ticks(levels.price(before)), ticks(levels.price(session.date))
        day_ticks = close * levels.day_deviation
        key = (self.seed, name, session.date.toordinal(), session.parts[0].phase.value)
        random = random_of(*key)
        previous_end = previous_close + EVENING * previous_close * levels.day_deviation * self._evening(name, before)
        opening = previous_end + 0.3 * (close - previous_end) + GAP * day_ticks * deviate(*key, "gap")
        evening = close + EVENING * day_ticks * self._evening(name, session.date)
        ends = {Phase.PRE: (previous_end, opening), Phase.REGULAR: (opening, close), Phase.POST: (close, evening)}
        if len(session.parts) == 1:  # around the clock: each day begins where the one before has ended
            ends = {session.parts[0].phase: (previous_close, close)}
        blocks: list[Block] = []
        for part in session.parts:
            start, end = ends[part.phase]
            wildness = 1.0 if part.phase is Phase.REGULAR else THIN_DEVIATION
            deviation = day_ticks / REGULAR_BLOCKS_ROOT * wildness * (0.7 + 0.6 * random.random())
            blocks += part_blocks(random, part, temper, start=start, end=end, deviation=deviation, floor=floor)
        return DayPath(session, grid, blocks, key, round(previous_close))

    def _levels_of(self, listing: Listing, name: str, factor: float) -> Levels:
        """Those of the last listing asked for are kept, for bars go through its days in a row."""
        key = (listing.con_id, factor)
        if self._levels is None or self._levels[0] != key:
            temper = listing.temper
            self._levels = (key, Levels(self.seed, name, temper.price * factor, temper.volatility))
        return self._levels[1]

    def _evening(self, name: str, day: date) -> float:
        """Where the hours after a day's close end, in deviations."""
        return deviate(self.seed, name, day.toordinal(), "evening")
