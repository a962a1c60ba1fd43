"""What stands without a supervisor that answers, as a page; the first line says that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from tickring.cli.numbers import age
from tickring.cli.printable import printable
from tickring.cli.segments_here import segments_here
from tickring.cli.status.clocks import local_clock
from tickring.cli.status.feeder_lines import data_text, error_text, symbols_text
from tickring.cli.status.report_page import mode_banner, status_badge

if TYPE_CHECKING:
    from rich.console import Console

    from tickring.cli.segment_report import ProcessLine, SegmentReport
    from tickring.cli.status.document import StatusDocument
    from tickring.cli.status.remains import Remains

__all__ = ["print_remains"]

_FILES_AGE_LIMIT_S = 3.0  # docs/files.md: older, and their writer is dead or stuck
_HEADLINES = {
    "not_running": " The supervisor is not running. ",
    "silent": " The supervisor is there and does not answer. ",
    "not_permitted": " The supervisor runs, and this user may not ask it. ",
}


def print_remains(console: Console, document: StatusDocument, remains: Remains) -> None:
    """Print it."""
    banner = None if remains.segment is None else mode_banner(remains.segment.gateway_api_mode)
    if banner is not None:
        console.print(banner)
    console.print(Text(_HEADLINES[document.supervisor], "bold white on red"))
    console.print(Text(printable(document.why or ""), "dim"))
    console.print(
        Text.assemble(
            status_badge(remains.status),
            "  ",
            (remains.state, "bold"),
            f"  {remains.cause}",
            (f" [{remains.code}]", "dim"),
        )
    )
    console.print()
    console.print(_facts(remains))


def _facts(remains: Remains) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if remains.segment is None:
        table.add_row("segment", Text(printable(remains.segment_fault or ""), "red"))
        names = segments_here()
        table.add_row("", f"standing in /dev/shm: {', '.join(names)}" if names else "none stands in /dev/shm")
    else:
        _add_segment(table, remains.segment)
    _add_feeder(table, remains)
    table.add_row("lock", _lock(remains))
    table.add_row("files", _files(remains))
    return table


def _add_segment(table: Table, segment: SegmentReport) -> None:
    epoch = f"epoch {segment.epoch} granted, {segment.feeder_epoch} served"
    gone = "" if segment.is_in_place else ", removed under its readers"
    superseded = ", superseded" if segment.is_superseded else ""
    table.add_row("segment", f"{segment.path}, {epoch}, {segment.active_symbols:,} symbols{superseded}{gone}")
    table.add_row("connection", f"{segment.connection}, as the feeder said last")
    for line in segment.processes:
        table.add_row(line.role, _process(line))


def _process(line: ProcessLine) -> Text:
    text = Text("")
    if line.pid > 0:
        text.append(f"pid {line.pid} ")
    text.append(line.process, "green" if line.process == "alive" else "red")
    text.append(f", said {line.state}")
    limit = "" if line.heartbeat_limit_s is None else f" (limit {line.heartbeat_limit_s:g}s)"
    beat = "never" if line.heartbeat_age_s == float("inf") else f"{age(line.heartbeat_age_s)} ago"
    text.append(f", heartbeat {beat}{limit}", "red" if line.is_late else "")
    return text


def _add_feeder(table: Table, remains: Remains) -> None:
    feeder = remains.feeder
    if feeder is None:
        table.add_row("feeder said", Text(printable(remains.feeder_fault or "the feeder has left none"), "yellow"))
        return
    when = f"written {local_clock(feeder.written_at)} by pid {feeder.pid}, epoch {feeder.epoch}"
    table.add_row("feeder said", when if remains.is_feeder_present else Text(f"of the past: {when}", "yellow"))
    table.add_row("symbols", symbols_text(feeder))
    if remains.is_feeder_present:
        table.add_row("data", data_text(feeder))
    table.add_row("errors", error_text(feeder))


def _lock(remains: Remains) -> Text:
    holder = remains.lock_holder
    if holder is not None:
        said = f"held by pid {holder.pid} ({printable(holder.command)})"
    elif remains.is_lock_there:
        said = "held by nobody"
    else:
        said = "no file: no run is on there, or the files lie elsewhere (--data-root)"
    return Text.assemble(said, (f", {remains.lock_path}", "dim"))


def _files(remains: Remains) -> Text:
    files = remains.files
    if files.age_s is None:
        return Text(f"{files.path}: {printable(files.fault or '')}", "yellow")
    is_old = files.age_s > _FILES_AGE_LIMIT_S
    doubt = ": nobody writes it any more, believe disconnected" if is_old and files.status != "disconnected" else ""
    said = f'_status.json says "{printable(files.status or "")}", written {age(files.age_s)} ago{doubt}'
    return Text.assemble((said, "yellow" if is_old else ""), (f", {files.path}", "dim"))
