"""`tickring run`: gateway, feeder, segment and files in this terminal, with `top` to look at them."""

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.opening import cannot_look
from tickring.cli.run_dashboard import with_dashboard
from tickring.cli.run_plan import RunPlan, plan_run
from tickring.errors import TickringError
from tickring.log_setup import set_up_logging

__all__ = ["run"]

_SAMPLE_PLANNER = "tickring.planner.process:run_sample_planner"


def run(
    gateway: Annotated[
        str, typer.Option("--gateway", "-g", metavar="HOST:PORT", help="Gateway or TWS; without one: a simulated one.")
    ] = "",
    symbols: Annotated[str, typer.Option("--symbols", metavar="A,B,...", help="What to stream.")] = "",
    config: ConfigOption = None,
    flags: SetOption = None,
    segment: Annotated[
        str, typer.Option("--segment", "-s", metavar="NAME|DIR", help="Where the quotes go, for every reader.")
    ] = "",
    data_root: Annotated[str, typer.Option("--data-root", metavar="DIR", help="Where the JSON files go.")] = "",
    no_top: Annotated[bool, typer.Option("--no-top", metavar="", help="Show nothing but the log.")] = False,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Append the log to this file instead of stderr.")
    ] = None,
) -> None:
    """Stream quotes from a gateway into shared memory and files, and show them; Ctrl-C ends it all.

    Without a gateway it starts a simulated one, in mode mock, and without symbols it streams a sample project. In a
    terminal it shows `top` (q ends the run), elsewhere one line a second. From another terminal: `tickring status`,
    `symbols`, `positions`, `stop`, `start`, `restart`, `reload`.
    Exit codes: 0 ended as asked; 1 `top` failed; 2 could not start; 78 wrong configuration.

    [dim]Examples:[/dim]

      tickring run
      tickring run --gateway 127.0.0.1:4002 --symbols SPY,QQQ,'BRK B'
      tickring run --config desk.toml --set stream.api_mode=live --no-top
    """
    own = {"stream.symbols": symbols, "segment.name": segment, "files.data_root": data_root}
    plan = plan_run(gateway, config, flags, {name: value for name, value in own.items() if value})
    with contextlib.ExitStack() as open_files:
        if log is not None:
            _log_to(log)
        set_up_logging("run", plan.config.log)
        for note in plan.notes:
            logging.getLogger("tickring.supervisor").warning("config.note %s", note)
        raise typer.Exit(_run(plan, no_top, open_files))


def _run(plan: RunPlan, no_top: bool, open_files: contextlib.ExitStack) -> int:
    try:
        from tickring.supervisor.foreground import Foreground
        from tickring.supervisor.live_config import LiveConfig
        from tickring.supervisor.manner import Manner
        from tickring.supervisor.programs import Programs
        from tickring.supervisor.stderr_aside import StderrAside
        from tickring.supervisor.supervisor import Supervisor
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    config = with_dashboard(plan.config, is_sample=plan.is_embedded)
    viewer_stderr_fd = None
    has_screen = sys.stdout.isatty() and not Console().is_dumb_terminal
    if has_screen and not no_top and sys.stderr.isatty():
        viewer_stderr_fd = open_files.enter_context(StderrAside()).terminal_fd
    viewer = None if no_top else _viewer(plan.config.segment.name, has_screen)
    supervisor = Supervisor(
        LiveConfig(config, plan.reread),
        is_embedded=plan.is_embedded,
        manner=Manner(is_sample=plan.is_embedded),
        programs=Programs(planner=_SAMPLE_PLANNER) if plan.is_embedded else Programs(),
        foreground=Foreground(viewer, viewer_stderr_fd=viewer_stderr_fd),
    )
    try:
        return supervisor.serve()
    except (TickringError, OSError) as error:
        open_files.close()
        cannot_look(str(error))


def _viewer(segment: str, has_screen: bool) -> list[str]:
    more = [] if has_screen else ["--summary", "--interval", "1"]
    return [sys.executable, "-P", "-m", "tickring.cli", "top", "--segment", segment, "--api-mode", "any", *more]


def _log_to(path: Path) -> None:
    """Make descriptor 2, which all children inherit, that file."""
    try:
        with path.open("ab") as file:
            os.dup2(file.fileno(), 2)
    except OSError as error:
        cannot_look(f"{path} cannot be written: {error.strerror}")
