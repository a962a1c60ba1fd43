"""`tickring symbols`: what is streamed now and why, in one screen."""

from typing import Annotated

import typer

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.exits import BAD_NEWS
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption, SegmentOption, StrictOption
from tickring.cli.output import people, print_json
from tickring.cli.planning.symbols_page import print_symbols, status_age_s
from tickring.errors import TickringError
from tickring.planner_status import PlannerStatus, read_planner_status

__all__ = ["symbols"]

_FRESH_S = 15.0


def symbols(
    segment: SegmentOption = "default",
    is_plan: Annotated[
        bool, typer.Option("--plan", metavar="", help="Ask now what would be streamed; needs no running planner.")
    ] = False,
    is_all: Annotated[bool, typer.Option("--all", metavar="", help="Every row, however many.")] = False,
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
    is_strict: StrictOption = False,
) -> None:
    """Show which symbols are streamed and why: origin, priority, since when, how long they stay, what is left out.

    It shows what the planner of the segment said last. With --strict the exit code is 1 if an origin does not answer,
    something is left out, or the planner is silent.

    [dim]Examples:[/dim]

      tickring symbols --segment sample
      tickring symbols --json | jq -r '.symbols[] | select(.state == "truncated").symbol'
      tickring symbols --plan --set planner.origin=file --set planner.file_path=desk.csv
    """
    status = _plan(config, flags) if is_plan else _said(segment)
    age_s = status_age_s(status)
    if as_json:
        print_json(status)
    else:
        print_symbols(people(), status, age_s=age_s, is_plan=is_plan, is_silent=age_s > _FRESH_S, is_all=is_all)
    is_left_out = any(row.state in {"truncated", "waiting"} for row in status.symbols) or bool(status.unnamed)
    has_faults = any(origin.fault is not None for origin in status.origins) or status.slow_s is not None
    if is_strict and (is_left_out or has_faults or age_s > _FRESH_S):
        raise typer.Exit(BAD_NEWS)


def _said(segment: str) -> PlannerStatus:
    try:
        status = read_planner_status(segment)
    except TickringError as error:
        cannot_look(str(error))
    if status is None:
        cannot_look(
            f"no planner has said anything in segment {segment!r}; is it running? "
            "What would be streamed shows: tickring symbols --plan"
        )
    return status


def _plan(config: ConfigOption, flags: SetOption) -> PlannerStatus:
    settings = load_or_end(config, flags).config
    try:
        from tickring.planner.planning import plan_set
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    return plan_set(settings)
