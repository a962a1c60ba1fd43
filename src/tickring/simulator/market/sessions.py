"""When the market is open: US equity sessions by the calendar, or as somebody wishes.

Times in are seconds since 1970, dates are New York's. A session's day begins with its pre-market at 04:00 and lasts
until the next one's: at night and on weekends the last session's day goes on, closed.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from tickring.simulator.market.holidays import early_closes, is_trading_day, next_trading_day, previous_trading_day

__all__ = ["NEW_YORK", "Part", "Phase", "Session", "Sessions"]

NEW_YORK = ZoneInfo("America/New_York")
PRE_START, REGULAR_START, REGULAR_END, POST_END = wall_time(4), wall_time(9, 30), wall_time(16), wall_time(20)
EARLY_END, EARLY_POST_END = wall_time(13), wall_time(17)
DAYS_OF_HOURS = 6


class Phase(Enum):
    """What part of a trading day a moment belongs to."""

    CLOSED = "closed"
    PRE = "pre"
    REGULAR = "regular"
    POST = "post"


class Part(msgspec.Struct, frozen=True):
    """A stretch of a session's day with one phase; `end_s` does not belong to it."""

    phase: Phase
    start_s: int
    end_s: int


class Session(msgspec.Struct, frozen=True):
    """A session's day. `start_s` and `end_s` are those of the regular hours, `parts` has all that trades, in order."""

    date: date
    start_s: int
    end_s: int
    parts: tuple[Part, ...]
    next_start_s: int
    """When the next session's day begins: its pre-market, or midnight when the market is always open."""

    def phase(self, now_s: float) -> Phase:
        """Return the phase of a moment of this day."""
        for part in self.parts:
            if part.start_s <= now_s < part.end_s:
                return part.phase
        return Phase.CLOSED


class Sessions:
    """The calendar, and what overrides it.

    `always_open`: every day is one regular session from midnight to midnight in New York. `force` overrides the
    phase whatever the hour; who holds a phase for long compares `version`.
    """

    def __init__(self, always_open: bool = False) -> None:
        self.always_open = always_open
        self.forced: Phase | None = None
        self.forced_since_s: float | None = None
        self.version = 0

    def force(self, phase: Phase | None, now_s: float | None = None) -> None:
        """Set the phase by hand, None to go back to the calendar.

        `now_s` is when; without it the first question asked afterwards says when. A market closed by hand keeps its
        last values of that moment.
        """
        self.forced = phase
        self.forced_since_s = now_s
        self.version += 1

    def closed_since(self, now_s: float) -> float | None:
        """Return since when the market is closed by hand, None when it is not; if nobody has said when, it is now."""
        if self.forced is not Phase.CLOSED:
            return None
        if self.forced_since_s is None:
            self.forced_since_s = now_s
        return self.forced_since_s

    @property
    def is_continuous(self) -> bool:
        """Whether the days have one session around the clock: always open, or opened by hand."""
        if self.forced is None or self.forced is Phase.CLOSED:
            return self.always_open
        return True

    @property
    def _continuous_phase(self) -> Phase:
        return Phase.REGULAR if self.forced in (None, Phase.CLOSED) else self.forced

    def phase(self, now_s: float) -> Phase:
        """Return the phase at a moment."""
        if self.forced is not None:
            return self.forced
        return self.session_of(now_s).phase(now_s)

    def session_of(self, now_s: float) -> Session:
        """Return the session's day that a moment belongs to: the one that runs, or else the last one before."""
        day = _new_york_date(now_s)
        if self.is_continuous:
            return _continuous(day, self._continuous_phase)
        if not is_trading_day(day) or now_s < _calendar(day).parts[0].start_s:
            day = previous_trading_day(day)
        return _calendar(day)

    def session_on(self, day: date) -> Session | None:
        """Return the session of a date, None when there is none."""
        if self.is_continuous:
            return _continuous(day, self._continuous_phase)
        return _calendar(day) if is_trading_day(day) else None

    def previous(self, day: date) -> Session:
        """Return the last session before a date."""
        if self.is_continuous:
            return _continuous(day - timedelta(days=1), self._continuous_phase)
        return _calendar(previous_trading_day(day))

    def previous_session_date(self, now_s: float) -> date:
        """Return the date of the session before the one that a moment belongs to: the day of `close`."""
        return self.previous(self.session_of(now_s).date).date

    def backwards(self, day: date) -> Iterator[Session]:
        """Yield the sessions of that date, if any, and of the days before it, newest first, without end."""
        session = self.session_on(day) or self.previous(day)
        while True:
            yield session
            session = self.previous(session.date)

    def trading_hours(self, now_s: float, days: int = DAYS_OF_HOURS) -> str:
        """Return IB's text of all hours that trade, from today on: `yyyymmdd:hhmm-yyyymmdd:hhmm;yyyymmdd:CLOSED`."""
        return self._hours(now_s, days, is_liquid=False)

    def liquid_hours(self, now_s: float, days: int = DAYS_OF_HOURS) -> str:
        """Return IB's text of the regular hours, in the same form."""
        return self._hours(now_s, days, is_liquid=True)

    def _hours(self, now_s: float, days: int, *, is_liquid: bool) -> str:
        """What is forced by hand was not in anybody's timetable and does not show."""
        texts: list[str] = []
        for offset in range(days):
            day = _new_york_date(now_s) + timedelta(days=offset)
            if self.always_open:
                session = _continuous(day, Phase.REGULAR)
            elif is_trading_day(day):
                session = _calendar(day)
            else:
                texts.append(f"{day:%Y%m%d}:CLOSED")
                continue
            start_s = session.start_s if is_liquid else session.parts[0].start_s
            end_s = session.end_s if is_liquid else session.parts[-1].end_s
            texts.append(f"{_hours_text(start_s)}-{_hours_text(end_s)}")
        return ";".join(texts)


def _new_york_date(now_s: float) -> date:
    return datetime.fromtimestamp(now_s, NEW_YORK).date()


def _hours_text(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, NEW_YORK):%Y%m%d:%H%M}"


def _epoch_s(day: date, at: wall_time) -> int:
    return int(datetime.combine(day, at, NEW_YORK).timestamp())


@lru_cache(maxsize=1024)
def _calendar(day: date) -> Session:
    is_early = day in early_closes(day.year)
    regular_end_s = _epoch_s(day, EARLY_END if is_early else REGULAR_END)
    post_end_s = _epoch_s(day, EARLY_POST_END if is_early else POST_END)
    pre_start_s, regular_start_s = _epoch_s(day, PRE_START), _epoch_s(day, REGULAR_START)
    parts = (
        Part(Phase.PRE, pre_start_s, regular_start_s),
        Part(Phase.REGULAR, regular_start_s, regular_end_s),
        Part(Phase.POST, regular_end_s, post_end_s),
    )
    return Session(day, regular_start_s, regular_end_s, parts, _epoch_s(next_trading_day(day), PRE_START))


@lru_cache(maxsize=1024)
def _continuous(day: date, phase: Phase) -> Session:
    start_s = _epoch_s(day, wall_time(0))
    end_s = _epoch_s(day + timedelta(days=1), wall_time(0))  # 23, 24 or 25 hours
    return Session(day, start_s, end_s, (Part(phase, start_s, end_s),), end_s)
