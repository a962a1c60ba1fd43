"""`tickring report`: the page for the morning after."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tickring.atomic_file import replace_file
from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.planning.opening import opened
from tickring.cli.report.since import moment_of

__all__ = ["report"]

SinceOption = Annotated[str, typer.Option("--since", help="From when on: 24h, 7d, 2026-03-04, 22:00.")]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write it as one HTML file, with plots.")
]


def report(
    since: SinceOption = "24h",
    html: HtmlOption = None,
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what happened: how long the stream was connected, which faults, what took longest to heal, which symbols.

    Read from the event log of the planner's database; nothing is changed. Exit code 2: no database, or no such time.

    [dim]Examples:[/dim]

      tickring report
      tickring report --since 7d --html week.html
      tickring report --json | jq .connected_share
    """
    now = datetime.now(UTC).astimezone()
    try:
        begin = moment_of(since, now)
    except ValueError as error:
        cannot_look(str(error))
    with opened(config, flags) as (database, _), database.reading() as session:
        from tickring.cli.report.figures import make_report
        from tickring.cli.report.gathering import gather_faults, gather_runs

        found = make_report(gather_faults(session, begin, now), gather_runs(session, begin, now), begin, now)
    if html is not None:
        from tickring.cli.report.html_page import html_page

        try:
            replace_file(html, html_page(found).encode())
        except OSError as error:
            cannot_look(f"{html} cannot be written: {error.strerror}; choose another file")
    if as_json:
        print_json(found)
    else:
        from tickring.cli.report.terminal_page import print_report

        print_report(people(), found)
        if html is not None:
            typer.echo(f"\nwritten: {html}")
