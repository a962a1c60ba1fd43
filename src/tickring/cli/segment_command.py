"""`tickring segment`: the header page in words."""

import typer

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import looking
from tickring.cli.options import AcceptedMode, ApiModeOption, JsonOption, SegmentOption, StrictOption
from tickring.cli.output import people, print_json
from tickring.cli.segment_page import print_segment
from tickring.cli.segment_report import read_segment

__all__ = ["segment"]


def segment(
    name: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the segment itself: layout, memory, processes, heartbeats, every counter.

    With --strict the exit code is 1 if the feed is not good: a heartbeat beyond its limit, no connection, no feeder.

    [dim]Examples:[/dim]

      tickring segment
      tickring segment --strict --json | jq '.processes[] | {role, process}'
    """
    with looking(name, api_mode) as reader:
        report = read_segment(reader)
    if as_json:
        print_json(report)
    else:
        print_segment(people(), report)
    is_bad = report.feed_fault is not None or not report.is_in_place
    raise typer.Exit(BAD_NEWS if strict and is_bad else FINE)
