"""`tickring top`: the live table, or its plain forms where there is no screen."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from tickring.cli.exits import FINE
from tickring.cli.opening import looking
from tickring.cli.options import AcceptedMode, ApiModeOption, SegmentOption
from tickring.cli.top.feed_look import FeedWatch
from tickring.cli.top.line_painter import LinePainter
from tickring.cli.top.no_screen import print_page, print_summaries
from tickring.cli.top.screen_loop import ScreenLoop
from tickring.cli.top.selection import Sort
from tickring.cli.top.sgr import sgr_for
from tickring.cli.top.view import View

__all__ = ["top"]


def top(
    segment: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    interval: Annotated[
        float, typer.Option("--interval", "-i", min=0.05, max=3600, metavar="SECONDS", help="One frame in this time.")
    ] = 0.5,
    sort: Annotated[Sort, typer.Option("--sort", help="Order at the start.")] = Sort.VERDICT,
    reverse: Annotated[bool, typer.Option("--reverse", "-r", metavar="", help="Turn the order round.")] = False,
    filter_by: Annotated[str, typer.Option("--filter", metavar="TEXT", help="Only symbols that contain this.")] = "",
    bad_only: Annotated[bool, typer.Option("--bad-only", metavar="", help="Only quotes that are not good.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", metavar="", help="One line per interval instead of the table, also in a pipe.")
    ] = False,
    frames: Annotated[int, typer.Option("--frames", min=0, metavar="N", help="End after N frames (0: go on).")] = 0,
) -> None:
    """Watch every symbol live: prices, ages, verdicts, ticks per second.

    Keys: q quit, s sort, r reverse, / filter, v bad only, space pause, arrows and pages scroll, ? help.

    Where stdout is no terminal it prints one page and ends.

    [dim]Examples:[/dim]

      tickring top --segment sample
      tickring top --sort spread --filter EUR
      tickring top --bad-only | mail -s 'not good' desk
      tickring top --summary --interval 60 >> feed.log
    """
    view = View(sort=sort, is_reversed=reverse, needle=filter_by, bad_only=bad_only)
    exit_code = FINE
    with looking(segment, api_mode) as reader:
        watch = FeedWatch(reader)
        console = Console()
        if summary:
            print_summaries(watch, interval, frames)
        elif not sys.stdout.isatty() or console.is_dumb_terminal:
            print_page(watch, view, interval)
        else:
            painter = LinePainter(sgr_for(console), console.encoding)
            loop = ScreenLoop(watch, view, painter, interval_s=interval, frames=frames)
            exit_code = loop.run(sys.stdin.fileno(), sys.stdout.fileno())
    raise typer.Exit(exit_code)
