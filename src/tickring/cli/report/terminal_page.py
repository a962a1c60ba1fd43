"""The report in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tickring.cli.report.durations import in_words
from tickring.cli.tables import light_table

if TYPE_CHECKING:
    from rich.console import Console

    from tickring.cli.report.figures import Report

__all__ = ["print_report"]

_SYMBOLS_SHOWN = 10
_SHARE_GOOD = 0.999


def print_report(console: Console, report: Report) -> None:
    """Print one page."""
    span = f"{report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} {report.until.tzname() or ''}"
    if report.connected_share is None:
        console.print(Text.assemble(("no run was on", "bold"), f"  {span}"))
    else:
        style = "bold green" if report.connected_share >= _SHARE_GOOD else "bold yellow"
        console.print(Text.assemble((f"{report.connected_share:.2%} connected", style), f"  {span}"))
        console.print(
            f"a run was on for {in_words(report.on_s)}: degraded {in_words(report.degraded_s)}, "
            f"disconnected {in_words(report.disconnected_s)}"
        )
    if not report.faults:
        console.print("no faults")
        return
    kinds = light_table()
    for title in ("fault", "times", "open", "together", "longest"):
        kinds.add_column(title, justify="left" if title == "fault" else "right")
    for one in report.kinds:
        kinds.add_row(one.kind, str(one.count), str(one.open or ""), in_words(one.total_s), in_words(one.longest_s))
    console.print()
    console.print(kinds)
    if report.slowest:
        slowest = light_table()
        for title in ("slowest to heal", "from", "took", "cause"):
            slowest.add_column(title, justify="right" if title == "took" else "left", overflow="fold")
        for fault in report.slowest:
            took = "" if fault.closed_at is None else in_words((fault.closed_at - fault.opened_at).total_seconds())
            slowest.add_row(f"{fault.kind} {fault.scope}", f"{fault.opened_at:%d %b %H:%M:%S}", took, fault.cause)
        console.print()
        console.print(slowest)
    if report.symbols:
        worst = list(report.symbols.items())[:_SYMBOLS_SHOWN]
        told = ", ".join(f"{symbol} {in_words(seconds)}" for symbol, seconds in worst)
        more = f" and {len(report.symbols) - len(worst)} more" if len(report.symbols) > len(worst) else ""
        console.print(f"\nwithout their own stream: {told}{more}")
