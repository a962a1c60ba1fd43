"""What is streamed and why: the planner's words, the feeder's, and what the segment shows, by symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.api.record_schemas import SymbolLook, SymbolsDocument
from tickring.errors import SegmentError, TickringError
from tickring.feeder_status import FeederStatus, read_feeder_status
from tickring.iso_time import iso_now
from tickring.planner_status import PlannerStatus, read_planner_status

if TYPE_CHECKING:
    from tickring.api.context import ApiContext
    from tickring.api.segment_view import SegmentView
    from tickring.planner_status import PlannedSymbol
    from tickring.reader import Quote

__all__ = ["symbols_document"]


def symbols_document(context: ApiContext) -> SymbolsDocument:
    """Return it, planned symbols first and in the planner's order; never raises for want of a part."""
    planner, fault = _planner_words(context.segment)
    feeder = _feeder_words(context.segment)
    quotes = _quotes(context.segment)
    rows = {} if planner is None else {row.symbol: row for row in planner.symbols}
    faults = {} if feeder is None else _rotated(feeder) | feeder.unresolved
    names = [*rows, *sorted({*quotes, *faults} - set(rows))]
    return SymbolsDocument(
        symbols=tuple(_look(name, rows.get(name), quotes.get(name), faults.get(name)) for name in names),
        origins=() if planner is None else planner.origins,
        unnamed={} if planner is None else planner.unnamed,
        project_id=None if planner is None else planner.project_id,
        decision_snapshot_id=None if planner is None else planner.decision_snapshot_id,
        max_symbols=None if planner is None else planner.max_symbols,
        planner_written_at=None if planner is None else planner.written_at,
        planner_fault=fault,
        desired=0 if feeder is None else feeder.desired,
        confirmed=0 if feeder is None else feeder.confirmed,
        pending=0 if feeder is None else feeder.pending,
        on_fallback=0 if feeder is None else len(feeder.fallback) - feeder.rotated_served,
        rotated=0 if feeder is None else feeder.rotated_served,
        at=iso_now(),
    )


def _look(name: str, row: PlannedSymbol | None, quote: Quote | None, fault: str | None) -> SymbolLook:
    return SymbolLook(
        symbol=name,
        origin=None if row is None else row.origin,
        priority=None if row is None else row.priority,
        state=None if row is None else row.state,
        since=None if row is None else row.since,
        held_until=None if row is None else row.held_until,
        leaves_at=None if row is None else row.leaves_at,
        con_id=None if row is None else row.con_id,
        verdict=None if quote is None else quote.verdict,
        source=None if quote is None else quote.source,
        fault=fault,
    )


def _rotated(feeder: FeederStatus) -> dict[str, str]:
    """Why symbols without a line do not stream, and how old what they are served is."""
    ages = {
        symbol: "none has come yet" if age_s is None else f"{age_s:g} s old" for symbol, age_s in feeder.rotated.items()
    }
    return {
        symbol: f"no market data line is left; served by snapshots in turn, the newest: {age}"
        for symbol, age in ages.items()
    }


def _planner_words(segment: SegmentView) -> tuple[PlannerStatus | None, str | None]:
    try:
        return read_planner_status(segment.segment), None
    except TickringError as error:
        return None, str(error)


def _feeder_words(segment: SegmentView) -> FeederStatus | None:
    try:
        return read_feeder_status(segment.segment)
    except TickringError:
        return None  # the stream's status tells why


def _quotes(segment: SegmentView) -> dict[str, Quote]:
    try:
        reader = segment.reader()
    except SegmentError:
        return {}
    return {symbol: reader[symbol] for symbol in reader.symbols()}
