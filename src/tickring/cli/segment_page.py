"""The segment report for people: what it is, who is behind it, what has been counted."""

import time

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tickring import _core
from tickring.cli.numbers import ABSENT, age, bytes_text, duration
from tickring.cli.palette import CONNECTION_STYLES, MODE_STYLES, RUN_STATE_STYLES
from tickring.cli.reasons import REASONS
from tickring.cli.segment_report import ProcessLine, SegmentReport
from tickring.cli.tables import light_table
from tickring.reader import ApiMode, Reason

__all__ = ["mode_badges", "print_segment"]


def mode_badges(operator: ApiMode, gateway: ApiMode) -> Text:
    """Return the kind of account as a badge; two of them where the operator and the gateway disagree."""
    badges = Text.assemble((f" {operator} ", MODE_STYLES[operator]))
    if gateway is not operator:
        badges.append(" but the gateway says ", "red")
        badges.append(f" {gateway} ", MODE_STYLES[gateway])
    return badges


def print_segment(console: Console, report: SegmentReport) -> None:
    """Print everything."""
    console.print(Text.assemble((report.path, "bold"), "  ", mode_badges(report.api_mode, report.gateway_api_mode)))
    if report.feed_fault is not None:
        words = REASONS[Reason(report.feed_fault)]
        console.print(Text(f" {words.why} ", "bold white on red"))
        console.print(Text(words.do))
    if report.successor_fault is not None:
        console.print(Text(f"The next segment cannot be read: it {report.successor_fault}", "red"))
    if not report.is_in_place:
        console.print(Text(" Nothing stands at this path any more: removed under its readers. ", "bold white on red"))
    for part in (_facts(report), _processes(report), _counters(report)):
        console.print()
        console.print(part)


def _facts(report: SegmentReport) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    created = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(report.created_ns / 1e9))
    table.add_row("layout", f"version {report.layout_version}, this tickring reads {_core.LAYOUT_VERSION}")
    table.add_row("segment id", f"{report.segment_id}, made {created}")
    memory = ABSENT if report.memory_bytes is None else bytes_text(report.memory_bytes)
    table.add_row("size", f"{bytes_text(report.segment_bytes)} mapped, {memory} of memory")
    use = report.active_symbols / report.capacity
    crowded = f"{report.active_symbols:,} of {report.capacity:,} symbols ({use:.1%})"
    table.add_row("capacity", Text(crowded, "red" if use > 0.9 else ""))
    table.add_row("depth", f"{report.depth} records a symbol; history and followers see {report.depth - 2}")
    epoch = f"{report.epoch} granted, {report.feeder_epoch} served" + (", superseded" if report.is_superseded else "")
    table.add_row("epoch", Text(epoch, "" if report.epoch == report.feeder_epoch else "red"))
    table.add_row("connection", Text(report.connection, CONNECTION_STYLES[report.connection]))
    table.add_row("limits", f"heartbeat {report.heartbeat_limit_s:g} s, vouched {report.vouch_limit_s:g} s")
    return table


def _processes(report: SegmentReport) -> Table:
    table = light_table()
    for title in ("role", "state", "pid", "process", "heartbeat", "since"):
        table.add_column(title, no_wrap=True, justify="right" if title == "pid" else "left")
    for line in report.processes:
        table.add_row(
            Text(line.role),
            Text(line.state, RUN_STATE_STYLES[line.state]),
            str(line.pid) if line.pid > 0 else ABSENT,
            Text(line.process, "green" if line.process == "alive" else "red"),
            Text(_heartbeat(line), "red" if line.is_late else ""),
            ABSENT if line.since_ns <= 0 else age(max(0.0, time.time() - line.since_ns / 1e9)),
        )
    return table


def _heartbeat(line: ProcessLine) -> str:
    limit = "" if line.heartbeat_limit_s is None else f", limit {line.heartbeat_limit_s:g} s"
    ago = "" if line.heartbeat_age_s == float("inf") else " ago"
    return f"{duration(line.heartbeat_age_s)}{ago}{limit}"


def _counters(report: SegmentReport) -> Table:
    table = light_table()
    table.add_column("counter", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("of", no_wrap=True)
    table.add_column("counts")
    for line in report.counters:
        table.add_row(line.name, f"{line.value:,}", Text(line.unit, "dim"), line.owner, Text(line.text, "dim"))
    return table
