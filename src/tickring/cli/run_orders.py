"""`tickring start|stop|restart|reload`: orders to a running supervisor about the run, a child, the configuration."""

from typing import Annotated

import typer

from tickring.cli.asking import ControlTimeoutOption, order
from tickring.cli.options import JsonOption, SegmentOption
from tickring.control.messages import Done, Reload, Reloaded, Restart, Start, Started, Stop, Stopped

__all__ = ["reload", "restart", "start", "stop"]

_BY = "cli"


def start(
    segment: SegmentOption = "default",
    project: Annotated[
        int | None, typer.Option("--project", metavar="N", min=0, help="Stream this project's symbols.")
    ] = None,
    snapshot: Annotated[
        int | None, typer.Option("--snapshot", metavar="N", min=1, help="Of the project's decision snapshots this one.")
    ] = None,
    symbols: Annotated[str, typer.Option("--symbols", metavar="A,B,...", help="Stream these instead.")] = "",
    max_symbols: Annotated[
        int | None, typer.Option("--max-symbols", metavar="N", min=1, help="No more than so many.")
    ] = None,
    refresh: Annotated[
        float | None, typer.Option("--refresh", metavar="S", min=0.1, help="Ask again for the symbols so often.")
    ] = None,
    timeout: ControlTimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Begin a run of the stream in a supervisor that is up; what is not given is as configured.

    Exit codes: 0 it has begun, `tickring status` tells how far it is; 1 refused, for instance ib_stream_lock_busy
    because a run is on; 2 no supervisor answers.

    [dim]Examples:[/dim]

      tickring start
      tickring start --project 7 --max-symbols 50
      tickring start --segment desk --symbols SPY,QQQ,'BRK B'
    """
    body = Start(
        project_id=project,
        decision_snapshot_id=snapshot,
        refresh_interval_s=refresh,
        max_symbols=max_symbols,
        symbols=_names(symbols),
        by=_BY,
    )
    answer = order(segment, body, Started, timeout_s=timeout, as_json=as_json)
    if not as_json:
        typer.echo(f"run {answer.run_id} has begun; `tickring status` tells how far it is")


def stop(
    segment: SegmentOption = "default",
    timeout: ControlTimeoutOption = 30.0,
    as_json: JsonOption = False,
) -> None:
    """End the run; the supervisor, the segment and the files stay, and the quotes read `feed_down`.

    Exit codes: 0 nothing runs any more, also if nothing ran; 1 refused; 2 no supervisor answers.

    [dim]Examples:[/dim]

      tickring stop
      tickring stop --json | jq -r .run_id
    """
    answer = order(segment, Stop(by=_BY), Stopped, timeout_s=timeout, as_json=as_json)
    if not as_json:
        typer.echo("nothing ran" if answer.run_id is None else f"run {answer.run_id} has ended")


def restart(
    child: Annotated[str, typer.Argument(metavar="CHILD", help="As `tickring status` calls it: feeder, flusher.")],
    segment: SegmentOption = "default",
    timeout: ControlTimeoutOption = 30.0,
    as_json: JsonOption = False,
) -> None:
    """End one child and start it again at once, also one that waits for its next try or was given up.

    Exit codes: 0 done, or under way as `tickring status` tells; 1 refused, for instance unknown_child; 2 no supervisor
    answers.

    [dim]Examples:[/dim]

      tickring restart feeder
      tickring restart flusher --segment desk
    """
    answer = order(segment, Restart(child), Done, timeout_s=timeout, as_json=as_json)
    if not as_json:
        typer.echo(answer.text or f"{child} is being restarted")


def reload(
    segment: SegmentOption = "default",
    timeout: ControlTimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Have the supervisor read its configuration again; what can be applied is, what needs a restart is named.

    Exit codes: 0 read; 1 refused, for instance because the new configuration is wrong: the old one goes on; 2 no
    supervisor answers.

    [dim]Examples:[/dim]

      tickring config check && tickring reload
      tickring reload --json | jq -r '.needs_restart[]'
    """
    answer = order(segment, Reload(), Reloaded, timeout_s=timeout, as_json=as_json)
    if as_json:
        return
    typer.echo(f"applied: {', '.join(answer.applied) or 'nothing has changed'}")
    if answer.needs_restart:
        typer.echo(f"needs a restart of the service: {', '.join(answer.needs_restart)}")


def _names(text: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return names or None
