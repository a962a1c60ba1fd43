"""When markets are open in the next days: the plain table that the planner sends and the feeder asks.

Everything hard - calendars, holidays, daylight saving, a contract's own hours - is done before, in the planner. What is
left is numbers: nanoseconds since 1970 on the wall clock (CLOCK_REALTIME), sorted. A table speaks for `from_ns` up to
`until_ns` and for nothing else: outside, or where no session could be computed, the answer is None with a reason and
never a guess. Pure; any process, any thread.
"""

from bisect import bisect_right
from enum import StrEnum

import msgspec

__all__ = ["MarketPhase", "OpenSpan", "SessionTable", "SessionTables"]


class MarketPhase(StrEnum):
    """What kind of trading a span is."""

    REGULAR = "regular"
    PRE = "pre"
    POST = "post"


class OpenSpan(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of time in which the market is open without a break; a lunch break ends one and the next begins."""

    opens_ns: int
    closes_ns: int
    """The first moment that does not belong to it."""
    session: str
    """The trading day's date, `2026-11-27`; of an evening's opening that of the day after."""
    phase: MarketPhase = MarketPhase.REGULAR


class SessionTable(msgspec.Struct, frozen=True, kw_only=True):
    """The spans of one market, of one contract's hours in it.

    Raises:
        ValueError: spans out of order, overlapping, empty or outside `from_ns` to `until_ns`. Decoding raises
            msgspec.ValidationError for the same.
    """

    calendar: str
    """Whose days these are: `XNYS`, `XHKG`, `FX`, `24/7`; empty if there is none."""
    from_ns: int
    until_ns: int
    """The first moment that this table does not know."""
    spans: tuple[OpenSpan, ...] = ()
    unknown: str = ""
    """Why nothing is known, then there are no spans; empty: the table counts."""
    notes: tuple[str, ...] = ()
    """Where calendar and contract disagree, day by day; for people."""

    def __post_init__(self) -> None:
        if self.until_ns < self.from_ns:
            raise ValueError(f"until_ns {self.until_ns} lies before from_ns {self.from_ns}")
        if self.unknown and self.spans:
            raise ValueError(f"a table of which nothing is known ({self.unknown}) has no spans")
        before_ns = self.from_ns
        for span in self.spans:
            if not before_ns <= span.opens_ns < span.closes_ns <= self.until_ns:
                raise ValueError(
                    f"span {span.opens_ns} to {span.closes_ns} of {span.session} is empty, overlaps the one before, "
                    f"or lies outside {self.from_ns} to {self.until_ns}"
                )
            before_ns = span.closes_ns

    def is_open(self, at_ns: int) -> bool | None:
        """Return whether the market is open at a moment; None where this table does not know (`reason` says why)."""
        if self.unknown or not self.from_ns <= at_ns < self.until_ns:
            return None
        return self.span_at(at_ns) is not None

    def span_at(self, at_ns: int) -> OpenSpan | None:
        """Return the span that a moment lies in."""
        place = bisect_right(self.spans, at_ns, key=_opens_ns)
        if place and at_ns < self.spans[place - 1].closes_ns:
            return self.spans[place - 1]
        return None

    def next_change(self, at_ns: int) -> int | None:
        """Return the first moment after `at_ns` at which `is_open` answers otherwise; None if it never does again.

        Two spans that touch (pre-market and regular hours) are no change. The end of the table is one: from there on
        nothing is known.
        """
        if self.unknown or at_ns >= self.until_ns:
            return None
        if at_ns < self.from_ns:
            return self.from_ns
        place = bisect_right(self.spans, at_ns, key=_opens_ns)
        if not place or at_ns >= self.spans[place - 1].closes_ns:
            return self.spans[place].opens_ns if place < len(self.spans) else self.until_ns
        change_ns = self.spans[place - 1].closes_ns
        for span in self.spans[place:]:
            if span.opens_ns != change_ns:
                break
            change_ns = span.closes_ns
        return change_ns

    def reason(self, at_ns: int) -> str:
        """Return why `is_open` is None at a moment, with the next step; empty where it is not."""
        if self.unknown:
            return self.unknown
        if at_ns < self.from_ns:
            return "the table of sessions begins later; wrong clock, or ask the planner for an earlier one"
        if at_ns >= self.until_ns:
            return "the table of sessions has ended; the planner has sent no newer one"
        return ""


class SessionTables(msgspec.Struct, frozen=True, kw_only=True):
    """The message: each table once, and which symbol goes by which.

    Raises:
        ValueError: a symbol names a table that is not there.
    """

    tables: tuple[SessionTable, ...]
    of_symbol: dict[str, int]
    """Symbol to its place in `tables`."""

    def __post_init__(self) -> None:
        for symbol, place in self.of_symbol.items():
            if not 0 <= place < len(self.tables):
                raise ValueError(f"{symbol} goes by table {place}, there are {len(self.tables)}")

    def of(self, symbol: str) -> SessionTable | None:
        """Return the symbol's table; None if the message does not name the symbol."""
        place = self.of_symbol.get(symbol)
        return None if place is None else self.tables[place]


def _opens_ns(span: OpenSpan) -> int:
    return span.opens_ns
