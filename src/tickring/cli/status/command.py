"""`tickring status`: one screen that says how the service is, also when nobody is left to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tickring.cli.asking import ControlTimeoutOption
from tickring.cli.config_options import ConfigOption
from tickring.cli.exits import BAD_NEWS, CANNOT_LOOK, FINE
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption, SegmentOption, StrictOption
from tickring.cli.output import people, print_json
from tickring.cli.status.document import StatusDocument, look, place_of
from tickring.cli.status.remains_page import print_remains
from tickring.cli.status.report_page import print_report
from tickring.cli.status.watch import watch_as_json, watch_for_people
from tickring.control.client import SupervisorClient
from tickring.errors import InvalidName

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["status"]


def status(
    segment: SegmentOption = "default",
    watch: Annotated[bool, typer.Option("--watch", "-w", metavar="", help="Go on looking until Ctrl-C.")] = False,
    interval: Annotated[
        float, typer.Option("--interval", metavar="S", min=0.1, max=3600, help="Between two looks of --watch.")
    ] = 1.0,
    config: ConfigOption = None,
    data_root: Annotated[
        str, typer.Option("--data-root", metavar="DIR", help="Where the files lie, if not where --config says.")
    ] = "",
    timeout: ControlTimeoutOption = 5.0,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the service on one screen: the stream's state, the run, the children, symbols, errors, the last changes.

    Asks the supervisor. Where none answers it says so, and shows what can be told without one: from the segment, the
    feeder's last words, the lock and the files.

    Exit codes: 0 the supervisor answered; 1 with --strict, it answered and the stream is not connected; 2 no supervisor
    answers.

    [dim]Examples:[/dim]

      tickring status
      tickring status --segment sample --watch
      tickring status --strict --json | jq -r '.status, .report.stream.cause'
    """
    try:
        client = SupervisorClient(segment, timeout_s=timeout)
    except InvalidName as error:
        cannot_look(str(error))
    place = place_of(config, data_root)
    with client:
        if watch:
            if as_json:
                watch_as_json(lambda: look(client, segment, place), interval)
            else:
                watch_for_people(lambda: look(client, segment, place), _print, interval)
            raise typer.Exit(FINE)
        document = look(client, segment, place)
    if as_json:
        print_json(document)
    else:
        _print(people(), document)
    raise typer.Exit(_exit_code(document, strict))


def _print(console: Console, document: StatusDocument) -> None:
    if document.report is not None:
        print_report(console, document.report)
    elif document.remains is not None:
        print_remains(console, document, document.remains)


def _exit_code(document: StatusDocument, strict: bool) -> int:
    if document.report is None:
        return CANNOT_LOOK
    return BAD_NEWS if strict and document.status != "connected" else FINE
