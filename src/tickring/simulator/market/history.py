"""Historical bars, from the same paths that the streams follow.

Bars of trades agree with the stream to the tick. Bars of quotes (BID, ASK, MIDPOINT, BID_ASK) lie around those of the
trades at the typical spread: they are plausible, not the stream's exact extremes.
"""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby

import msgspec

from tickring.simulator.market.bar_building import RunningBar, bars_of_day
from tickring.simulator.market.day_path import DayPath
from tickring.simulator.market.grid import Grid
from tickring.simulator.market.history_request import DAY_S, BadHistoryRequest, Duration, bar_seconds, check_kind
from tickring.simulator.market.holidays import next_trading_day
from tickring.simulator.market.listing import Listing
from tickring.simulator.market.market import Market
from tickring.simulator.market.seeds import seed_of
from tickring.simulator.market.sessions import NEW_YORK, Session

__all__ = ["BadHistoryRequest", "RawBar", "bar_seconds", "bars", "head_timestamp"]

BARS_AT_MOST = 100_000
OLDEST_YEARS = (1990, 2010)
WEEK_S = 7 * DAY_S


class RawBar(msgspec.Struct, frozen=True, gc=False):
    """One bar. Bars of quotes have -1 for volume, wap and count."""

    start_s: int
    """Seconds since 1970; of bars of a day and longer, the start of the first session in them."""
    open: float
    high: float
    low: float
    close: float
    volume: int
    """Shares."""
    wap: float
    """Price weighted by volume; the close when nothing was traded."""
    count: int


def head_timestamp(listing: Listing) -> int:
    """Return the start of the oldest session that has bars, seconds since 1970; it is made up."""
    first, last = OLDEST_YEARS
    day = next_trading_day(date(first + seed_of("head", listing.symbol) % (last - first), 1, 1))
    return int(datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK).timestamp())


def bars(
    market: Market, listing: Listing, *, end_s: float, duration: str, bar_size: str, use_rth: bool, what: str
) -> list[RawBar]:
    """Return the bars of a duration that ends at a moment, oldest first; the last one may still be running.

    A bar without trades repeats the price before with volume 0, so that a regular day has its 390 minutes.

    Raises:
        BadHistoryRequest: a word that IB does not know, or more bars than anybody should hold.
    """
    check_kind(what)
    width_s = bar_seconds(bar_size)
    windows = _windows(market, listing, Duration.parse(duration), end_s, width_s, use_rth=use_rth)
    grid = market.paths.grid(listing)
    spread = None if what in ("TRADES", "ADJUSTED_LAST") else listing.temper.spread_ticks
    running = (
        _merged(market, listing, windows, width_s) if width_s >= DAY_S else _short(market, listing, windows, width_s)
    )
    if spread is None:
        return [_trades_bar(bar, grid) for bar in running]
    return [_quotes_bar(bar, grid, spread, what) for bar in running]


_Window = tuple[Session, int, float]
"""A session, and from when to when of it."""


def _windows(
    market: Market, listing: Listing, duration: Duration, end_s: float, width_s: int, *, use_rth: bool
) -> list[_Window]:
    """The stretches of trading that a duration covers, oldest first."""
    found: list[_Window] = []
    seconds_left = float(duration.count) if duration.unit == "S" else float("inf")
    days_left = duration.count if duration.unit == "D" else 1 << 30
    oldest_s = head_timestamp(listing)
    bar_count = 0.0
    last_day = datetime.fromtimestamp(end_s, NEW_YORK).date()
    first_day = duration.first_day(last_day) if duration.unit in "WMY" else date.min
    for session in market.sessions.backwards(last_day):
        start_s = session.start_s if use_rth else session.parts[0].start_s
        until_s = min(end_s, session.end_s if use_rth else session.parts[-1].end_s)
        if session.date < first_day or until_s < oldest_s:
            break
        if until_s <= start_s:
            continue
        if seconds_left < until_s - start_s:
            start_s = int(until_s - seconds_left) // width_s * width_s if width_s < DAY_S else start_s
            start_s = max(start_s, session.start_s if use_rth else session.parts[0].start_s)
        found.append((session, start_s, until_s))
        seconds_left -= until_s - start_s
        days_left -= 1
        bar_count += max(1.0, (until_s - start_s) / width_s)
        if bar_count > BARS_AT_MOST:
            raise BadHistoryRequest(
                f"{duration.count} {duration.unit} come to more than {BARS_AT_MOST} bars of {width_s} s; ask for a "
                "shorter duration or longer bars"
            )
        if seconds_left <= 0 or days_left <= 0:
            break
    found.reverse()
    return found


def _short(market: Market, listing: Listing, windows: list[_Window], width_s: int) -> Iterator[RunningBar]:
    """Bars shorter than a day, session by session."""
    for session, start_s, end_s in windows:
        path = market.paths.day(listing, session)
        price = _price_before(market, path, listing, start_s)
        yield from bars_of_day(path, start_s, end_s, width_s, _midnight_s(session), price)


def _merged(market: Market, listing: Listing, windows: list[_Window], width_s: int) -> Iterator[RunningBar]:
    """Bars of whole sessions: a day each, or those of a week or a month together."""
    for _, together in groupby(windows, key=lambda window: _period(window[0].date, width_s)):
        whole: RunningBar | None = None
        for session, start_s, end_s in together:
            path = market.paths.day(listing, session)
            (day,) = bars_of_day(path, start_s, end_s, DAY_S, _midnight_s(session), path.previous_close)
            if whole is None:
                whole = day
                whole.start_s = session.start_s
            else:
                whole.add(day)
        if whole is not None:
            yield whole


def _period(day: date, width_s: int) -> tuple[int, int, int]:
    if width_s == DAY_S:
        return (day.year, day.month, day.day)
    if width_s == WEEK_S:
        return (*day.isocalendar()[:2], 0)
    return (day.year, day.month, 0)


def _midnight_s(session: Session) -> int:
    """Midnight as bars count it; the clock may change between midnight and the session."""
    at = datetime.fromtimestamp(session.start_s, NEW_YORK)
    return session.start_s - 3600 * at.hour - 60 * at.minute


def _price_before(market: Market, path: DayPath, listing: Listing, start_s: int) -> int:
    last = path.totals(start_s).last or market.paths.previous_final(listing, path.session)
    return last[1]


def _trades_bar(bar: RunningBar, grid: Grid) -> RawBar:
    price = grid.price
    close = price(bar.close)
    wap = close
    if bar.volume:
        wap = min(
            price(bar.high), max(price(bar.low), round(bar.value / bar.volume * grid.numerator / grid.denominator, 6))
        )
    return RawBar(bar.start_s, price(bar.open), price(bar.high), price(bar.low), close, bar.volume, wap, bar.count)


def _quotes_bar(bar: RunningBar, grid: Grid, spread: int, what: str) -> RawBar:
    """Quotes around the trades; BID_ASK as IB has it: mean bid, highest ask, lowest bid, mean ask."""
    bid, ask = -((spread + 1) // 2), spread - (spread + 1) // 2
    if what == "BID_ASK":
        middle = (bar.open + bar.close) // 2
        return RawBar(
            bar.start_s,
            grid.price(middle + bid),
            grid.price(bar.high + ask),
            grid.price(bar.low + bid),
            grid.price(middle + ask),
            -1,
            -1.0,
            -1,
        )
    prices = (bar.open, bar.high, bar.low, bar.close)
    if what == "MIDPOINT":
        values = [round((grid.price(ticks + bid) + grid.price(ticks + ask)) / 2, 8) for ticks in prices]
    else:
        offset = bid if what == "BID" else ask
        values = [grid.price(ticks + offset) for ticks in prices]
    opened, high, low, close = values
    return RawBar(bar.start_s, opened, high, low, close, -1, -1.0, -1)
