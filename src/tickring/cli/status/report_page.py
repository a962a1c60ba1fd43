"""The report of a running supervisor as a page: what an operator looks for stands first, and nothing is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tickring.cli.alert_page import alerter_text
from tickring.cli.numbers import age
from tickring.cli.palette import MODE_STYLES, STREAM_STYLES
from tickring.cli.printable import printable
from tickring.cli.status.budget_lines import history_text, lines_text, pacing_text
from tickring.cli.status.children_table import print_children
from tickring.cli.status.clocks import local_clock
from tickring.cli.status.connection_lines import codes_text, connection_text, episode_lines
from tickring.cli.status.feeder_lines import data_text, error_text, fallback_text, symbols_text, unresolved_lines
from tickring.cli.tables import light_table
from tickring.states import ApiMode

if TYPE_CHECKING:
    from rich.console import Console

    from tickring.control.messages import StreamReport, SupervisorReport
    from tickring.feeder_status import FeederStatus

__all__ = ["mode_banner", "print_report", "status_badge"]

_TRANSITIONS_SHOWN = 5
_BANNERS = {
    ApiMode.MOCK: " MOCK: made-up prices of a simulator ",
    ApiMode.PAPER: " PAPER: the prices of a paper account ",
    ApiMode.UNKNOWN: " UNKNOWN: nobody has said whose prices these are ",
}


def status_badge(status: str) -> Text:
    """The one word that counts, in its colour."""
    return Text(f" {printable(status).upper()} ", STREAM_STYLES.get(status, "bold white on red"))


def mode_banner(mode: str) -> Text | None:
    """Return a line that nobody overlooks where the prices are not those of a live account."""
    known = ApiMode(mode) if mode in set(ApiMode) else ApiMode.UNKNOWN
    return None if known is ApiMode.LIVE else Text(_BANNERS[known], MODE_STYLES[known])


def print_report(console: Console, report: SupervisorReport) -> None:
    """Print everything that fits a screen; lists are shortened and say so."""
    banner = mode_banner(report.api_mode)
    if banner is not None:
        console.print(banner)
    console.print(_headline(report.stream))
    for note in report.notes:
        console.print(Text(f"note: {printable(note)}", "yellow"))
    console.print()
    print_children(console, report.children)
    console.print()
    console.print(_facts(report))
    if report.stream.transitions:
        console.print()
        console.print(_transitions(report.stream))


def _headline(stream: StreamReport) -> Group:
    first = Text.assemble(
        status_badge(stream.status),
        "  ",
        (printable(stream.state), "bold"),
        f" since {local_clock(stream.since)} ({age(stream.since_s)})  ",
        (f"mode {printable(stream.mode)}, health {printable(stream.health)}", "dim"),
    )
    code = f" [{printable(stream.code)}]" if stream.code else ""
    return Group(first, Text.assemble(printable(stream.cause), (code, "dim")))


def _facts(report: SupervisorReport) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(
        "segment", f"{printable(report.segment)}, epoch {report.epoch}, files in {printable(report.data_root)}"
    )
    table.add_row("supervisor", f"pid {report.pid}, up {age(report.uptime_s)}, tickring {printable(report.version)}")
    table.add_row("gateway", _gateway(report))
    table.add_row("run", _run(report))
    if report.alerter is not None:
        table.add_row("alerts", alerter_text(report.alerter))
    feeder = report.feeder
    if feeder is None:
        table.add_row("feeder", Text("has not said anything yet", "yellow"))
        return table
    is_present = feeder.epoch == report.epoch and any(child.pid == feeder.pid for child in report.children)
    if not is_present:
        table.add_row("feeder", Text("what follows is of a life of it that is over", "yellow"))
    table.add_row("symbols", symbols_text(feeder))
    for number, line in enumerate(unresolved_lines(feeder)):
        table.add_row("unresolved" if number == 0 else "", line)
    if feeder.fallback:
        table.add_row("fallback", fallback_text(feeder))
    if is_present:
        table.add_row("data", data_text(feeder))
        table.add_row("connection", connection_text(feeder))
        _add_budget(table, feeder)
    table.add_row("errors", error_text(feeder))
    if feeder.errors_by_code:
        table.add_row("codes", codes_text(feeder))
    for number, line in enumerate(episode_lines(feeder) if is_present else ()):
        table.add_row("trouble" if number == 0 else "", line)
    return table


def _add_budget(table: Table, feeder: FeederStatus) -> None:
    if feeder.lines is not None:
        table.add_row("lines", lines_text(feeder, feeder.lines))
    if feeder.pacing is not None:
        table.add_row("pacing", pacing_text(feeder.pacing))
    if feeder.history_queue:
        table.add_row("history", history_text(feeder))


def _gateway(report: SupervisorReport) -> str:
    text = printable(report.gateway) + (" (our own simulator)" if report.is_embedded else "")
    feeder = report.feeder
    if feeder is not None and feeder.server_version is not None:
        text += f", server version {feeder.server_version}"
    if feeder is not None and feeder.account:
        text += f", account {printable(feeder.account)}"
    return text


def _run(report: SupervisorReport) -> Text:
    run = report.run
    if run is None:
        return Text("none: `tickring start` begins one", "yellow")
    by = f" by {printable(run.by)}" if run.by else ""
    snapshot = "" if run.decision_snapshot_id is None else f", decision snapshot {run.decision_snapshot_id}"
    return Text(
        f"{printable(run.run_id)} since {local_clock(run.started_at)}{by}, project {run.project_id}{snapshot}, "
        f"{run.symbols:,} symbols wanted"
    )


def _transitions(stream: StreamReport) -> Padding:
    table = light_table()
    for title in ("#", "at", "state", "status"):
        table.add_column(title, no_wrap=True)
    table.add_column("why", overflow="fold")
    for step in stream.transitions[-_TRANSITIONS_SHOWN:]:
        style = "green" if step.status == "connected" else "yellow" if step.status == "degraded" else "red"
        table.add_row(
            str(step.sequence),
            local_clock(step.at),
            Text(printable(step.state)),
            Text(printable(step.status), style),
            Text(printable(step.cause)),
        )
    return Padding(table, 0, expand=False)
