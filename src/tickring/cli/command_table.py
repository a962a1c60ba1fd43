"""Every command under its name, and an app of some of them: what is not asked for is not imported.

Importing all commands and describing their options takes several times as long as most of them run.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["COMMANDS", "app_with", "asked_for"]

COMMANDS: Final[Mapping[str, str]] = {
    "top": "top.command:top",
    "quote": "quote_command:quote",
    "history": "history_command:history",
    "verdicts": "verdicts_command:verdicts",
    "segment": "segment_command:segment",
    "positions": "positions_command:positions",
    "sessions": "sessions_command:sessions",
    "explain": "explain_command:explain",
    "gateway-health": "gateway_health_command:gateway_health",
    "exporter": "exporter_command:exporter",
    "logs": "logs_command:logs",
    "report": "report.command:report",
    "simulator": "simulator_command:simulator",
    "run": "run_command:run",
    "drill": "drill_command:drill",
    "status": "status.command:status",
    "start": "run_orders:start",
    "stop": "run_orders:stop",
    "restart": "run_orders:restart",
    "reload": "run_orders:reload",
    "subscribe": "symbol_orders:subscribe",
    "unsubscribe": "symbol_orders:unsubscribe",
    "install-units": "install_units_command:install_units",
    "symbols": "planning.symbols_command:symbols",
    "project": "planning.project_command:project",
    "theme": "planning.theme_command:theme",
    "snapshot": "planning.snapshot_command:snapshot",
    "contract": "planning.contract_command:contract",
    "db": "planning.db_command:db",
    "alert": "alert_command:alert",
    "config": "config_command:config",
    "api": "api_command:api",
    "files": "files_command:files",
}
"""In the order of `tickring --help`: module below `tickring.cli`, and the function or group in it."""

_ENDING = (
    "Exit codes: 0 looked, or done; 1 refused, or bad news with --strict; 2 cannot look or ask (no such segment, no "
    "supervisor, not a symbol, wrong arguments); "
    "78 wrong configuration. Environment: TICKRING_SEGMENT, TICKRING_API_MODE."
)


def asked_for(words: Sequence[str]) -> Iterable[str]:
    """Return the names of the commands that these arguments need: the first one's, else all."""
    return words[:1] if words and words[0] in COMMANDS else COMMANDS


def app_with(names: Iterable[str]) -> typer.Typer:
    """Return `tickring` with these commands; their modules are imported now."""
    app = typer.Typer(
        name="tickring",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=_ENDING)(_tickring)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        command = getattr(import_module(f"tickring.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command)
        else:
            app.command(name)(command)
    return app


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"tickring {metadata.version('tickring')}")
        raise typer.Exit


def _tickring(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_print_version, is_eager=True, help="Show the release and exit."
        ),
    ] = False,
) -> None:
    """One true quote per symbol in shared memory: run the feed, and look at it. Looking cannot hurt the feed.

    Start with [bold]tickring run[/bold], which needs no gateway, and [bold]tickring top --segment sample[/bold].
    """
