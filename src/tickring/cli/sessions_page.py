"""The sessions of the next days for people: is it open now, and every day in the market's time and in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from tickring.cli.numbers import age
from tickring.cli.tables import TableColumn, print_columns
from tickring.session_table import MarketPhase, SessionTable

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_sessions"]

_STYLES = {MarketPhase.REGULAR: "green", MarketPhase.PRE: "yellow", MarketPhase.POST: "yellow"}


class _Row(NamedTuple):
    """One line: a span, a break between two, or a day without any."""

    session: date
    what: str
    style: str
    opens_ns: int | None
    closes_ns: int | None


def print_sessions(console: Console, name: str, table: SessionTable, zone: tzinfo, now_ns: int, days: int) -> None:
    """Print whether it is open now, then from today on a row for each span, break and day without trading."""
    title = name if name == table.calendar else f"{name}  by {table.calendar}"
    console.print(Text.assemble((title, "bold"), "  ", _now(table, zone, now_ns), (f"  times of {zone}", "dim")))
    console.print()
    rows = _rows(table, _moment(now_ns, zone).date(), days)
    columns = [
        TableColumn("session", [Text(f"{row.session:%a %Y-%m-%d}") for row in rows], is_right=False),
        TableColumn("", [Text(row.what, row.style) for row in rows], is_right=False),
        TableColumn("from", [_local(row.opens_ns, zone, row.session) for row in rows]),
        TableColumn("to", [_local(row.closes_ns, zone, row.session) for row in rows]),
        TableColumn("from, UTC", [_utc(row.opens_ns) for row in rows]),
        TableColumn("to, UTC", [_utc(row.closes_ns) for row in rows]),
        TableColumn("hours", [_hours(row) for row in rows]),
    ]
    print_columns(console, columns, ("hours", "to, UTC", "from, UTC"))
    for note in table.notes:
        console.print(Text(note, "yellow"))


def _now(table: SessionTable, zone: tzinfo, now_ns: int) -> Text:
    change_ns = table.next_change(now_ns)
    span = table.span_at(now_ns)
    word = "closed" if span is None else "open" if span.phase is MarketPhase.REGULAR else f"open ({span.phase})"
    text = Text(f" {word} ", "bold black on green" if span is not None else "bold black on bright_blue")
    if change_ns is None or change_ns >= table.until_ns:
        return text.append(" for all of these days")
    verb = "closes" if span is not None else "opens"
    return text.append(f" {verb} {_moment(change_ns, zone):%a %H:%M}, in {age((change_ns - now_ns) / 1e9)}", "not bold")


def _rows(table: SessionTable, today: date, days: int) -> list[_Row]:
    rows = [
        _Row(date.fromisoformat(span.session), span.phase, _STYLES[span.phase], span.opens_ns, span.closes_ns)
        for span in table.spans
    ]
    rows += [
        _Row(date.fromisoformat(before.session), "break", "dim", before.closes_ns, after.opens_ns)
        for before, after in pairwise(table.spans)
        if before.session == after.session and before.closes_ns < after.opens_ns
    ]
    wanted = [today + timedelta(days=number) for number in range(days)]
    unknown_from = _moment(table.until_ns, UTC).date()
    for day in set(wanted) - {row.session for row in rows}:
        word = ("closed", "bright_blue") if day < unknown_from else ("unknown", "bold red")
        rows.append(_Row(day, *word, None, None))
    return sorted((row for row in rows if row.session in wanted), key=lambda row: (row.session, row.opens_ns or 0))


def _moment(at_ns: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_ns // 1_000_000_000, zone)


def _local(at_ns: int | None, zone: tzinfo, session: date) -> Text:
    if at_ns is None:
        return Text("")
    at = _moment(at_ns, zone)
    return Text(f"{at:%H:%M}" if at.date() == session else f"{at:%a %H:%M}")


def _utc(at_ns: int | None) -> Text:
    return Text("" if at_ns is None else f"{_moment(at_ns, UTC):%m-%d %H:%M}", "dim")


def _hours(row: _Row) -> Text:
    if row.opens_ns is None or row.closes_ns is None:
        return Text("")
    return Text(f"{(row.closes_ns - row.opens_ns) / 3600e9:.4g}")
