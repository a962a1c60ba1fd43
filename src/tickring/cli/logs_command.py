"""`tickring logs`: the service's log, by symbol, by code, by event, and what codes mean."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from tickring.cli.exits import FINE
from tickring.cli.log_lines import LEVELS, LogLine, Wanted, parse_line
from tickring.cli.log_sources import NoJournal, lines_of_file, lines_of_input, lines_of_journal
from tickring.cli.opening import cannot_look
from tickring.cli.output import people
from tickring.gateway_codes import GATEWAY_CODES

__all__ = ["logs"]

_STYLES = {"debug": "dim", "warning": "yellow", "error": "bold red", "critical": "bold white on red"}
_TIME_OF_DAY = slice(11, 23)

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]", help="As `tickring run --log FILE` wrote it; -: standard input. Else the journal."
    ),
]
UnitOption = Annotated[str, typer.Option("--unit", help="The journal's unit.")]
FollowOption = Annotated[bool, typer.Option("--follow", "-f", metavar="", help="Go on with what is added.")]
LinesOption = Annotated[int, typer.Option("--lines", "-n", min=1, max=1_000_000, help="How far to look back.")]
SinceOption = Annotated[str, typer.Option("--since", help="Of the journal: '22:00', '2 hours ago'.")]
SymbolOption = Annotated[list[str] | None, typer.Option("--symbol", help="Only what names this symbol; repeatable.")]
CodeOption = Annotated[list[int] | None, typer.Option("--code", help="Only this code of the gateway; repeatable.")]
EventOption = Annotated[list[str] | None, typer.Option("--event", help="Only these: 'child.*'; repeatable.")]
ProcessOption = Annotated[str, typer.Option("--process", help="Only of this process: feeder, supervisor, planner ...")]
LevelOption = Annotated[str, typer.Option("--level", help=f"This and worse: {', '.join(LEVELS)}.")]
RawOption = Annotated[bool, typer.Option("--raw", metavar="", help="The lines as they were written.")]


def logs(
    file: FileArgument = None,
    unit: UnitOption = "tickring.service",
    follow: FollowOption = False,
    lines: LinesOption = 1000,
    since: SinceOption = "",
    symbol: SymbolOption = None,
    code: CodeOption = None,
    event: EventOption = None,
    process: ProcessOption = "",
    level: LevelOption = "info",
    raw: RawOption = False,
) -> None:
    """Show the service's log: of the systemd unit, or of a file, by symbol, code, event, process and level.

    Events and their fields stand in docs/events.md. Exit code 2: there is no such log.

    [dim]Examples:[/dim]

      tickring logs --follow
      tickring logs --symbol SPY --since '22:00'
      tickring logs run.log --code 1100 --code 1102
      tickring logs --event 'child.*' --level warning --raw | wc -l
    """
    if level not in LEVELS:
        raise typer.BadParameter(f"{level!r} is none of {', '.join(LEVELS)}", param_hint="--level")
    wanted = Wanted(tuple(symbol or ()), tuple(code or ()), tuple(event or ()), process, level)
    source = _source(file, unit, lines, since, follow=follow)
    console = people()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            for line in _chosen(source, wanted):
                if raw:
                    typer.echo(line.raw)
                else:
                    _print(console, line)
    except OSError as error:
        cannot_look(f"{file} cannot be read: {error.strerror}; give the file of `tickring run --log FILE`")
    except NoJournal as error:
        cannot_look(f"{error}; give a file: `tickring run --log run.log`, then `tickring logs run.log`")
    raise typer.Exit(FINE)


def _source(file: Path | None, unit: str, lines: int, since: str, *, follow: bool) -> Iterator[str]:
    if file is None:
        return lines_of_journal(unit, last=lines, follow=follow, since=since)
    if str(file) == "-":
        return lines_of_input()
    return lines_of_file(file, last=lines, follow=follow)


def _chosen(source: Iterator[str], wanted: Wanted) -> Iterator[LogLine]:
    """Yield what is wanted; a traceback goes with its line."""
    is_shown = False
    for text in source:
        line = parse_line(text)
        is_shown = is_shown if line.is_continuation else wanted.holds(line)
        if is_shown:
            yield line


def _print(console: Console, line: LogLine) -> None:
    if line.is_continuation:
        console.print(Text(line.text, "dim"), soft_wrap=True)
        return
    style = _STYLES.get(line.level, "")
    time_of_day = line.at[_TIME_OF_DAY].replace(",", ".")
    text = Text.assemble((f"{time_of_day:<12} ", "dim"), (f"{line.process:<10} ", "cyan"))
    rest = line.text.removeprefix(line.event)
    text.append(line.event, style or "bold")
    text.append(rest, style)
    code = line.fields.get("code", "")
    meaning = GATEWAY_CODES.get(int(code)) if code.isdecimal() else None
    if meaning is not None:
        text.append(f"  ({meaning.meaning})", "dim")
    console.print(text, soft_wrap=True)
