"""Sessions of contracts: the exchange's calendar, cut down to the contract's own hours where IB has told them.

Neither alone is enough: IB's hours reach only some days and have been wrong on holidays, a calendar knows nothing of
one contract. Open is what both say; where they differ the table notes it. Days that IB's text does not speak of go by
the calendar. If either cannot be had the table says that nothing is known: neither open nor closed.

Pure but for the calendars' cache: whoever asks gives the time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from tickring.errors import SessionsUnknown
from tickring.planner.sessions_calendar import spans_of_year
from tickring.planner.sessions_exchanges import calendar_of
from tickring.planner.sessions_hours import ContractHours, parse_hours
from tickring.session_table import MarketPhase, OpenSpan, SessionTable, SessionTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tickring.config.structs import ContractConfig
    from tickring.planner.stored_hours import StoredHours

__all__ = ["ListedHours", "sessions_of", "table_of_calendar", "tables_of"]

_DAY_NS = 86_400 * 1_000_000_000
_MOST_NOTES = 10


class ListedHours(NamedTuple):
    """What of a contract decides when it trades."""

    calendar: str
    """Of `calendar_of`."""
    liquid_hours: str = ""
    """IB's text of the regular hours; empty: not known, the calendar alone counts."""
    trading_hours: str = ""
    """IB's text of all hours; used where pre-market and post-market are wanted."""
    time_zone_id: str = ""

    @classmethod
    def of(cls, contract: ContractConfig, told: StoredHours, overrides: Mapping[str, str]) -> ListedHours:
        """Return the hours of a contract; `told`: its own, `overrides`: exchange to calendar.

        Raises:
            NoCalendar: no calendar is known for its exchange.
        """
        calendar = calendar_of(
            exchange=contract.exchange,
            primary_exchange=contract.primary_exchange,
            currency=contract.currency,
            sec_type=contract.sec_type,
            overrides=overrides,
        )
        return cls(calendar, told.liquid_hours, told.trading_hours, told.time_zone_id)


def table_of_calendar(calendar: str, from_ns: int, days: int, *, extended: bool = False) -> SessionTable:
    """Return the sessions of a market as `sessions_of`, without a contract."""
    return sessions_of(ListedHours(calendar), from_ns, days, extended=extended)


def sessions_of(hours: ListedHours, from_ns: int, days: int, *, extended: bool = False) -> SessionTable:
    """Return when the contract trades, from midnight UTC of `from_ns`'s day for so many days.

    `extended`: pre-market and post-market too, where the calendar has them. Never raises for what a contract or a
    calendar says: then `unknown` says why. A calendar that ends within these days ends the table.

    Raises:
        ValueError: `days` is not positive.
    """
    if days < 1:
        raise ValueError(f"days is {days}, must be 1 or more")
    start_ns = from_ns - from_ns % _DAY_NS
    return _table(hours, start_ns, start_ns + days * _DAY_NS, extended)


def tables_of(
    contracts: Mapping[str, ListedHours | SessionsUnknown], from_ns: int, days: int, *, extended: bool = False
) -> SessionTables:
    """Return the tables of many symbols; those with the same hours share one.

    A symbol may come with the error that stands in the way of its hours (`NoCalendar`): its table says so.

    Raises:
        ValueError: as `sessions_of`.
    """
    tables: dict[SessionTable, int] = {}
    places: dict[ListedHours | str, int] = {}
    of_symbol: dict[str, int] = {}
    for symbol, hours in contracts.items():
        key = str(hours) if isinstance(hours, SessionsUnknown) else hours
        if key not in places:
            if isinstance(hours, SessionsUnknown):
                table = SessionTable(calendar="", from_ns=from_ns, until_ns=from_ns, unknown=str(hours))
            else:
                table = sessions_of(hours, from_ns, days, extended=extended)
            places[key] = tables.setdefault(table, len(tables))
        of_symbol[symbol] = places[key]
    return SessionTables(tables=tuple(tables), of_symbol=of_symbol)


@lru_cache(maxsize=4096)
def _table(hours: ListedHours, start_ns: int, end_ns: int, extended: bool) -> SessionTable:
    text = hours.trading_hours if extended else hours.liquid_hours
    try:
        spans, until_ns = _calendar_spans(hours.calendar, start_ns, end_ns, extended)
        own = parse_hours(text, hours.time_zone_id) if text else None
    except SessionsUnknown as error:
        return SessionTable(calendar=hours.calendar, from_ns=start_ns, until_ns=end_ns, unknown=str(error))
    notes: tuple[str, ...] = ()
    if own is not None:
        notes = _disagreements(spans, own, start_ns, until_ns)
        spans = _intersection(spans, own)
    return SessionTable(
        calendar=hours.calendar,
        from_ns=start_ns,
        until_ns=until_ns,
        spans=tuple(_clipped(spans, start_ns, until_ns)),
        notes=notes,
    )


@lru_cache(maxsize=512)
def _calendar_spans(calendar: str, start_ns: int, end_ns: int, extended: bool) -> tuple[tuple[OpenSpan, ...], int]:
    """The spans that touch the time asked for, and up to when they are known."""
    spans: list[OpenSpan] = []
    until_ns = end_ns
    first, last = _utc(start_ns) - timedelta(days=2), _utc(end_ns) + timedelta(days=2)
    for year in range(first.year, last.year + 1):
        try:
            spans += spans_of_year(calendar, year)
        except SessionsUnknown:
            # An evening of New Year's Eve may belong to the unknown year; one day is enough for every market.
            known_ns = int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000 - _DAY_NS
            if known_ns <= start_ns:
                raise
            until_ns = min(until_ns, known_ns)
            break
    return tuple(
        span
        for span in spans
        if span.closes_ns > start_ns and span.opens_ns < until_ns and (extended or span.phase is MarketPhase.REGULAR)
    ), until_ns


def _intersection(spans: tuple[OpenSpan, ...], own: ContractHours) -> tuple[OpenSpan, ...]:
    """Within what the text speaks of: open where both are. Outside: the calendar alone."""
    found: list[OpenSpan] = []
    for span in spans:
        if span.opens_ns < own.from_ns:
            found.append(_cut(span, span.opens_ns, min(span.closes_ns, own.from_ns)))
        for opens_ns, closes_ns in own.ranges:
            start_ns, end_ns = max(span.opens_ns, opens_ns), min(span.closes_ns, closes_ns)
            if start_ns < end_ns:
                found.append(_cut(span, start_ns, end_ns))
        if span.closes_ns > own.until_ns:
            found.append(_cut(span, max(span.opens_ns, own.until_ns), span.closes_ns))
    return tuple(found)


def _clipped(spans: tuple[OpenSpan, ...], start_ns: int, end_ns: int) -> list[OpenSpan]:
    return [
        _cut(span, max(span.opens_ns, start_ns), min(span.closes_ns, end_ns))
        for span in spans
        if span.closes_ns > start_ns and span.opens_ns < end_ns
    ]


def _cut(span: OpenSpan, opens_ns: int, closes_ns: int) -> OpenSpan:
    if (opens_ns, closes_ns) == (span.opens_ns, span.closes_ns):
        return span
    return OpenSpan(opens_ns, closes_ns, span.session, span.phase)


def _disagreements(spans: tuple[OpenSpan, ...], own: ContractHours, start_ns: int, end_ns: int) -> tuple[str, ...]:
    """Sessions of the calendar on which IB says closed, and hours of IB's on which the calendar does."""
    low_ns, high_ns = max(own.from_ns, start_ns), min(own.until_ns, end_ns)
    notes = [
        f"{span.session}: open by the calendar, closed by IB's hours of the contract"
        for span in spans
        if low_ns <= span.opens_ns and span.closes_ns <= high_ns and not _meets(span, own.ranges)
    ]
    for opens_ns, closes_ns in own.ranges:
        inside = low_ns <= opens_ns and closes_ns <= high_ns
        if inside and not any(span.opens_ns < closes_ns and opens_ns < span.closes_ns for span in spans):
            notes.append(
                f"{_utc(opens_ns):%Y-%m-%d %H:%M}Z: open by IB's hours of the contract, closed by the calendar"
            )
    kept = list(dict.fromkeys(notes))
    more = len(kept) - _MOST_NOTES
    return tuple(kept[:_MOST_NOTES]) + ((f"and {more} more",) if more > 0 else ())


def _meets(span: OpenSpan, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(opens_ns < span.closes_ns and span.opens_ns < closes_ns for opens_ns, closes_ns in ranges)


def _utc(at_ns: int) -> datetime:
    return datetime.fromtimestamp(at_ns // 1_000_000_000, UTC)
