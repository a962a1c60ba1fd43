"""`tickring verdicts`: how many quotes may be trusted, the worst first."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import looking
from tickring.cli.options import AcceptedMode, ApiModeOption, JsonOption, SegmentOption, StrictOption
from tickring.cli.output import people, print_json
from tickring.cli.palette import VERDICT_STYLES
from tickring.cli.reasons import REASONS
from tickring.cli.segment_page import mode_badges
from tickring.cli.tables import light_table
from tickring.cli.verdict_groups import ReasonGroup, VerdictReport, count_verdicts
from tickring.feed_fault import feed_fault
from tickring.reader import Reason

__all__ = ["verdicts"]


def verdicts(
    segment: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    examples: Annotated[int, typer.Option("--examples", metavar="N", min=0, help="Symbols to name per reason.")] = 4,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Count the symbols by verdict, the worst first, with examples, reasons and what to do.

    With --strict the exit code is 1 if any symbol is not good (live or quiet), or if there is none.

    [dim]Examples:[/dim]

      tickring verdicts
      tickring verdicts --strict --json > verdicts.json || alert
      tickring verdicts --examples 500
    """
    with looking(segment, api_mode) as reader:
        quotes = reader.batch(reader.symbols()).read()
        header = reader.header()
        path = reader.path
    fault = feed_fault(header)
    report = VerdictReport(
        path=path,
        api_mode=header["supervisor"]["api_mode"],
        gateway_api_mode=header["feeder"]["api_mode"],
        feed_fault=None if fault is None else fault[1],
        symbols=len(quotes),
        good=sum(found.is_good for found in quotes),
        verdicts=count_verdicts(quotes, examples),
    )
    if as_json:
        print_json(report)
    else:
        _print(people(), report)
    is_good = report.good == report.symbols > 0
    raise typer.Exit(BAD_NEWS if strict and not is_good else FINE)


def _print(console: Console, report: VerdictReport) -> None:
    good = f"{report.good:,} of {report.symbols:,} symbols good"
    style = "bold green" if report.good == report.symbols else "bold red"
    badges = mode_badges(report.api_mode, report.gateway_api_mode)
    console.print(Text.assemble((good, style), "  ", badges, "  ", (report.path, "dim")))
    if report.feed_fault is not None:
        console.print(Text(REASONS[Reason(report.feed_fault)].why, "bold white on red"))
    if not report.verdicts:
        return
    console.print()
    table = light_table()
    table.add_column("verdict", no_wrap=True)
    table.add_column("symbols", justify="right", no_wrap=True)
    table.add_column("reason", no_wrap=True)
    table.add_column("for instance")
    table.add_column("what to do")
    for group in report.verdicts:
        for reason in group.reasons:
            table.add_row(
                Text(group.verdict, VERDICT_STYLES[group.verdict]),
                f"{reason.count:,}",
                reason.reason,
                Text(_examples(reason)),
                Text(REASONS[reason.reason].do),
            )
    console.print(table)


def _examples(group: ReasonGroup) -> str:
    left_out = group.count - len(group.examples)
    named = ", ".join(group.examples)
    if not left_out:
        return named
    return f"{named} and {left_out:,} more" if named else f"{left_out:,} symbols"
