"""The supervisor's children, one row each, and in words what a row has no room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.numbers import ABSENT, age, bytes_text
from tickring.cli.palette import RUN_STATE_STYLES
from tickring.cli.printable import printable
from tickring.cli.tables import TableColumn, print_columns
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from tickring.control.messages import ChildReport

__all__ = ["print_children"]

_GIVEN_UP_FIRST = ("files", "threads", "cpu", "memory", "pid")


def print_children(console: Console, children: Sequence[ChildReport]) -> None:
    """Print the table, then how earlier lives ended and when the next one begins."""
    if not children:
        console.print(Text("no children", "yellow"))
        return

    def column(title: str, cell: Callable[[ChildReport], Text], *, is_right: bool = True) -> TableColumn:
        return TableColumn(title, [cell(child) for child in children], is_right=is_right)

    columns = [
        column("child", lambda child: Text(printable(child.name), "bold"), is_right=False),
        column("state", _state, is_right=False),
        column("pid", lambda child: Text(ABSENT if child.pid is None else str(child.pid))),
        column("up", lambda child: Text(ABSENT if child.uptime_s is None else age(child.uptime_s))),
        column("restarts", lambda child: Text(f"{child.restarts:,}", "yellow" if child.restarts else "")),
        column("heartbeat", _heartbeat),
        column("cpu", lambda child: Text(ABSENT if child.cpu_percent is None else f"{child.cpu_percent:.0f}%")),
        column("memory", lambda child: Text(ABSENT if child.rss_bytes is None else bytes_text(child.rss_bytes))),
        column("threads", lambda child: Text(ABSENT if child.threads is None else str(child.threads))),
        column("files", lambda child: Text(ABSENT if child.open_files is None else str(child.open_files))),
    ]
    print_columns(console, columns, _GIVEN_UP_FIRST)
    for child in children:
        words = _words(child)
        if words is not None:
            console.print(words)


def _state(child: ChildReport) -> Text:
    style = RUN_STATE_STYLES[RunState(child.state)] if child.state in set(RunState) else "bold red"
    return Text(printable(child.state), style)


def _heartbeat(child: ChildReport) -> Text:
    if child.heartbeat_age_s is None:
        return Text(ABSENT)
    limit_s = child.heartbeat_limit_s
    is_late = limit_s is not None and child.heartbeat_age_s > limit_s
    limit = "" if limit_s is None else f" / {limit_s:g}s"
    return Text(f"{age(child.heartbeat_age_s)}{limit}", "bold red" if is_late else "")


def _words(child: ChildReport) -> Text | None:
    parts: list[str] = []
    if child.last_exit is not None:
        parts.append(f"its last life ended: {printable(child.last_exit)}")
    if child.starts_in_s is not None:
        parts.append(f"starts again in {age(max(0.0, child.starts_in_s))}")
    if not parts:
        return None
    return Text.assemble((f"{printable(child.name)} ", "bold"), ("; ".join(parts), "yellow"))
