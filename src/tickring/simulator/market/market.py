"""The market of all listings: what a quote is at any moment, and streams of it.

Prices follow from (seed, listing, time) and nothing else: not from who looks, since when, or at what else. Two things
change a market from outside, sessions forced open or closed and interventions on single symbols. Both are noticed at
the next question, without being told.
"""

from collections.abc import Generator

import msgspec

from tickring.simulator.market.catalog import Catalog
from tickring.simulator.market.day_path import DayPath
from tickring.simulator.market.flavours import flavour_of
from tickring.simulator.market.interventions import Interventions
from tickring.simulator.market.listing import Listing
from tickring.simulator.market.paths import Paths
from tickring.simulator.market.quote_chain import PLACES, Flavour, Horizon, chain, last_size
from tickring.simulator.market.quote_state import QuoteState
from tickring.simulator.market.seeds import random_of
from tickring.simulator.market.sessions import Part, Phase, Session, Sessions

__all__ = ["Market", "Walker"]

STRETCHES_S = (1, 5, 15, 60, 300, 900, 1800)
"""How long a chain may be; each divides a half hour."""
CHANGES_A_CHAIN = 200  # each chain begins with a fresh quote, so a short one would wake a quiet name
FOREVER_S = float("inf")
HALTED = 1


class Market:
    """Every listing's quotes. `sample_s` is how often the market may change: 0.25 as IB samples stocks."""

    def __init__(self, seed: int, catalog: Catalog, sessions: Sessions, *, sample_s: float = 0.25) -> None:
        if not 1e-6 <= sample_s <= 60:
            raise ValueError(f"sample_s is {sample_s}, must be between 0.000001 and 60 seconds; IB's own is 0.25")
        self.seed = seed
        self.catalog = catalog
        self.sessions = sessions
        self.sample_s = sample_s
        self.interventions = Interventions()
        self.paths = Paths(seed, sessions, self.interventions)
        self._flavours: dict[tuple[int, bool], Flavour] = {}

    @property
    def version(self) -> int:
        """A number that grows whenever somebody has intervened."""
        return self.sessions.version + self.interventions.version

    def state(self, listing: Listing, now_s: float) -> QuoteState:
        """Return the quote at a moment. Costs a fraction of a millisecond; who asks again and again takes a walker."""
        return Walker(self, listing).step(now_s)

    def walker(self, listing: Listing) -> "Walker":
        """Return a stream of the listing's quotes."""
        return Walker(self, listing)

    def set_factor(self, symbol: str, factor: float) -> None:
        """Multiply the symbol's prices, those of the past too, as a split does to adjusted prices."""
        self.interventions.set_factor(symbol, factor)

    def set_halted(self, symbol: str, value: int, now_s: float | None = None) -> None:
        """Halt the symbol's trading (1: no quotes either), pause it (2: quotes stand still) or let it go on (0).

        Without `now_s` the halt begins at the first moment somebody asks about. What happened meanwhile shows when it
        ends.
        """
        self.interventions.set_halted(symbol, value, now_s)

    def flavour(self, listing: Listing, *, is_regular: bool) -> Flavour:
        """Return how the listing's quotes look; made once."""
        key = (listing.con_id, is_regular)
        found = self._flavours.get(key)
        if found is None:
            found = self._flavours[key] = flavour_of(listing.temper, is_regular=is_regular)
        return found


class Walker:
    """A listing's quotes, one moment after the other. Going back is allowed and costs as much as a new walker."""

    __slots__ = ("_chain", "_from_s", "_horizon", "_market", "_path", "_state", "_version", "listing")

    def __init__(self, market: Market, listing: Listing) -> None:
        self.listing = listing
        self._market = market
        self._horizon = Horizon()
        self._chain: Generator[QuoteState, float, None] | None = None
        self._from_s = FOREVER_S  # nothing is known yet
        self._version = -1
        self._path: DayPath | None = None  # held, so that it need not be made again for each stretch of the day
        self._state: QuoteState | None = None

    def step(self, now_s: float) -> QuoteState:
        """Return the quote at a moment; the same object as before when nothing has changed."""
        market = self._market
        if now_s >= self._from_s and self._version == market.sessions.version + market.interventions.version:
            state = self._state
            if now_s < self._horizon.until_s and state is not None:
                return state
            if self._chain is not None:
                try:
                    state = self._chain.send(now_s)
                except StopIteration:
                    return self._open(now_s)
                self._state = state
                self._from_s = now_s
                return state
        return self._open(now_s)

    def _open(self, now_s: float) -> QuoteState:
        """Begin anew at a moment."""
        market = self._market
        self._version = market.version
        self._chain = None
        halt = market.interventions.halt(self.listing.symbol, now_s)
        closed_since_s = market.sessions.closed_since(now_s)
        stops_s = [closed_since_s] if closed_since_s is not None else []
        if halt is not None:
            stops_s.append(halt.since_s)
        stopped_s = min(stops_s, default=FOREVER_S)
        state = self._natural(min(now_s, stopped_s))
        if stopped_s <= now_s:
            self._chain = None
            self._horizon.until_s = FOREVER_S
            if closed_since_s is not None and closed_since_s <= now_s:
                state = _without_quotes(state)
            if halt is not None and halt.since_s <= now_s:
                state = msgspec.structs.replace(state, halted=halt.value)
                state = _without_quotes(state) if halt.value == HALTED else state
        if any(now_s < stop_s for stop_s in stops_s):  # a stop ahead, as for who looks at delayed data: look again
            self._chain = None
            self._horizon.until_s = now_s
        self._state = state
        self._from_s = now_s
        return state

    def _natural(self, now_s: float) -> QuoteState:
        """The quote without interventions; leaves a chain and a horizon behind."""
        market, listing = self._market, self.listing
        session = market.sessions.session_of(now_s)
        path = self._path = market.paths.day(listing, session)
        part = next((one for one in session.parts if one.start_s <= now_s < one.end_s), None)
        if part is None:
            self._horizon.until_s = next(
                (one.start_s for one in session.parts if one.start_s > now_s), session.next_start_s
            )
            return self._at_rest(path, session, now_s)
        flavour = market.flavour(listing, is_regular=part.phase is Phase.REGULAR)
        start_s, end_s = _stretch(part, now_s, market.sample_s, flavour.activity)
        totals = path.totals(start_s)
        last = totals.last or market.paths.previous_final(listing, session)
        random = random_of(*path.key, start_s, "quotes", repr(market.sample_s))
        self._chain = chain(
            self._horizon,
            random,
            path,
            totals,
            last,
            flavour,
            start_s,
            end_s,
            market.sample_s,
            part.phase is Phase.REGULAR,
        )
        state = next(self._chain)
        return self._chain.send(now_s) if now_s >= self._horizon.until_s else state

    def _at_rest(self, path: DayPath, session: Session, now_s: float) -> QuoteState:
        """What stands there while nothing trades."""
        totals = path.totals(now_s)
        last = totals.last or self._market.paths.previous_final(self.listing, session)
        price = path.grid.price
        flavour = self._market.flavour(self.listing, is_regular=True)
        return QuoteState(
            bid=None,
            ask=None,
            last=price(last[1]),
            bid_size=None,
            ask_size=None,
            last_size=last_size(last, flavour),
            volume=totals.volume,
            high=None if totals.high is None else price(totals.high),
            low=None if totals.low is None else price(totals.low),
            open=None if totals.open is None else price(totals.open),
            close=price(path.previous_close),
            last_trade_s=int(last[0]),
            halted=0,
            bid_exchanges="",
            ask_exchanges="",
            last_exchange=PLACES[last[2] % 7],
        )


def _stretch(part: Part, now_s: float, sample_s: float, activity: float) -> tuple[int, int]:
    """The stretch of time around a moment that one chain covers; long enough to have its number of changes."""
    wanted_s = CHANGES_A_CHAIN * sample_s / max(activity, 1e-9)
    width_s = next((width_s for width_s in STRETCHES_S if width_s >= wanted_s), STRETCHES_S[-1])
    start_s = part.start_s + int(now_s - part.start_s) // width_s * width_s
    return start_s, start_s + width_s


def _without_quotes(state: QuoteState) -> QuoteState:
    return msgspec.structs.replace(
        state, bid=None, ask=None, bid_size=None, ask_size=None, bid_exchanges="", ask_exchanges=""
    )
