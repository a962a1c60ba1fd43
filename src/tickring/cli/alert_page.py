"""Episodes as a table: what goes on comes first, then what is over, the newest first."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.numbers import age
from tickring.cli.printable import printable
from tickring.cli.status.clocks import local_clock
from tickring.cli.tables import light_table
from tickring.episodes import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tickring.alerter_status import AlerterStatus
    from tickring.episodes import Episode

__all__ = ["alerter_text", "print_episodes"]

_STYLES = {Severity.INFO: "cyan", Severity.WARNING: "yellow", Severity.CRITICAL: "bold red"}


def print_episodes(console: Console, episodes: Sequence[Episode], untold: int) -> None:
    """Print them; `untold`: so many found no place."""
    if not any(one.is_open for one in episodes):
        console.print(Text("nothing is wrong", "green"))
    if untold:
        console.print(Text(f"{untold:,} more found no place: too many are open", "yellow"))
    if not episodes:
        return
    table = light_table()
    for title in ("severity", "what", "whom", "since", "lasts", "seen"):
        table.add_column(title, no_wrap=True)
    table.add_column("why", overflow="fold")
    newest_first = sorted(episodes, key=lambda one: (one.is_open, one.sequence), reverse=True)
    for one in newest_first:
        table.add_row(*_cells(one))
    console.print(table)


def alerter_text(status: AlerterStatus) -> Text:
    """Return the alerter's line of the status page: what is open, and each address."""
    text = Text(f"{status.open_alerts} open")
    for sink in status.sinks:
        text.append(f"; {printable(sink.name)}: ")
        if sink.last_error is not None:
            text.append(f"{sink.waiting} waiting, {printable(sink.last_error)}", "red")
        else:
            last = "nothing yet" if sink.last_delivered_at is None else f"last {local_clock(sink.last_delivered_at)}"
            text.append(f"{sink.waiting} waiting, {last}")
    if status.given_up:
        text.append(f"; {status.given_up:,} given up", "red")
    if status.fault is not None:
        text.append(f"; {printable(status.fault)}", "red")
    if status.ping_error is not None:
        text.append(f"; dead-man's switch: {printable(status.ping_error)}", "red")
    elif status.ping_withheld is not None:
        text.append(f"; dead-man's switch withheld: {printable(status.ping_withheld)}", "yellow")
    return text


def _cells(one: Episode) -> tuple[str | Text, ...]:
    if one.is_open:
        lasts = Text(age(max(0.0, time.time() - datetime.fromisoformat(one.opened_at).timestamp())))
        severity = Text(one.severity, _STYLES[one.severity])
    else:
        lasts = Text(f"{age(one.duration_s)}, over", "dim")
        severity = Text(one.severity, "dim")
    code = f" [{one.code}]" if one.code else ""
    heals = f"; ends by: {printable(one.heals)}" if one.is_open and one.heals else ""
    why = Text(f"{printable(one.cause)}{code}{heals}")
    return severity, one.kind, printable(one.scope), local_clock(one.opened_at), lasts, f"{one.count:,}", why
