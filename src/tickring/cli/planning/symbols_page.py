"""The page of `tickring symbols`."""

import time
from collections import Counter
from datetime import datetime

from rich.console import Console
from rich.text import Text

from tickring.cli.numbers import ABSENT, age
from tickring.cli.printable import printable
from tickring.cli.tables import TableColumn, print_columns
from tickring.planner_status import OriginStatus, PlannedSymbol, PlannerStatus

__all__ = ["print_symbols", "status_age_s"]

_ROWS = 60
_DOUBTS = 10
_STYLES = {"streamed": "green", "leaving": "yellow", "waiting": "bold yellow", "truncated": "bold red"}
_WHY = {
    "leaving": "wanted no longer, or beyond max_symbols; kept for its hold and grace",
    "waiting": "wanted, but the places are taken until others leave",
    "truncated": "wanted, but beyond max_symbols",
}


def status_age_s(status: PlannerStatus) -> float:
    """Return how old the planner's word is, by the wall clock."""
    return max(0.0, -_until_s(status.written_at))


def print_symbols(
    console: Console, status: PlannerStatus, *, age_s: float, is_plan: bool, is_silent: bool, is_all: bool
) -> None:
    """Print all of it: whose set, who was asked, the rows, and what the words mean."""
    counts = Counter(row.state for row in status.symbols)
    snapshot = "" if status.decision_snapshot_id is None else f", snapshot {status.decision_snapshot_id}"
    console.print(
        f"project {status.project_id}{snapshot}: {counts['streamed'] + counts['leaving']} "
        f"{'would be streamed' if is_plan else 'streamed'} of at most {status.max_symbols}, "
        f"asked every {status.refresh_interval_s:g} s",
        style="bold",
    )
    for origin in status.origins:
        _print_origin(console, origin)
    if status.slow_s is not None:
        console.print(
            f"the answers have been awaited for {age(status.slow_s)}: the set stays as it is", style="bold red"
        )
    if is_silent:
        console.print(f"the planner's last word is {age(age_s)} old: is it running?", style="bold red")
    for name, why in status.unnamed.items():
        console.print(f"not streamed: {printable(name)} {printable(why)}", style="bold red", soft_wrap=True)
    for name, why in list(status.doubts.items())[:_DOUBTS]:
        console.print(f"{printable(name)} {printable(why)}", style="yellow", soft_wrap=True)
    if len(status.doubts) > _DOUBTS:
        console.print(f"and the contracts of {len(status.doubts) - _DOUBTS} more", style="yellow")
    if status.events_lost:
        console.print(f"{status.events_lost} entries of the event log are lost", style="red")
    rows = status.symbols if is_all else status.symbols[:_ROWS]
    if rows:
        console.print()
        print_columns(console, _columns(rows), ("priority", "con id", "held for"))
    if len(rows) < len(status.symbols):
        rest = Counter(row.state for row in status.symbols[len(rows) :])
        more = ", ".join(f"{count} {state}" for state, count in rest.items())
        console.print(f"and {len(status.symbols) - len(rows)} more ({more}); all of them: --all", style="dim")
    for state, why in _WHY.items():
        if counts[state]:
            console.print(f"{counts[state]} {state}: {why}", style=_STYLES[state])


def _print_origin(console: Console, origin: OriginStatus) -> None:
    if origin.fault is None:
        console.print(f"{printable(origin.name)}: {printable(origin.answer or 'not asked yet')}")
        return
    since = "" if origin.failing_since is None else f" for {age(-_until_s(origin.failing_since))}"
    kept = "there never was an answer" if origin.answer is None else f"kept: {printable(origin.answer)}"
    console.print(
        f"{printable(origin.name)}: no answer{since} ({kept}): {printable(origin.fault)}",
        style="bold red",
        soft_wrap=True,
    )


def _columns(rows: tuple[PlannedSymbol, ...]) -> list[TableColumn]:
    styles = [_STYLES.get(row.state, "") for row in rows]
    return [
        TableColumn("symbol", [Text(printable(row.symbol), "bold") for row in rows], is_right=False),
        TableColumn("state", [Text(row.state, style) for row, style in zip(rows, styles, strict=True)], is_right=False),
        TableColumn("origin", [Text(row.origin) for row in rows], is_right=False),
        TableColumn("priority", [Text(str(row.priority)) for row in rows]),
        TableColumn("since", [Text(age(max(0.0, -_until_s(row.since)))) for row in rows]),
        TableColumn("held for", [_left(row.held_until) for row in rows]),
        TableColumn("leaves in", [_left(row.leaves_at) for row in rows]),
        TableColumn("con id", [Text(ABSENT if row.con_id is None else str(row.con_id)) for row in rows]),
    ]


def _left(moment: str | None) -> Text:
    if moment is None or _until_s(moment) <= 0:
        return Text(ABSENT)
    return Text(age(_until_s(moment)))


def _until_s(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp() - time.time()
