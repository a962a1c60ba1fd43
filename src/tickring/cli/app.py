"""The typer app: every command under its name."""

from importlib import metadata
from typing import Annotated

import typer

from tickring.cli.alert_command import alert
from tickring.cli.api_command import api
from tickring.cli.config_command import config
from tickring.cli.drill_command import drill
from tickring.cli.explain_command import explain
from tickring.cli.exporter_command import exporter
from tickring.cli.files_command import files
from tickring.cli.gateway_health_command import gateway_health
from tickring.cli.history_command import history
from tickring.cli.install_units_command import install_units
from tickring.cli.logs_command import logs
from tickring.cli.planning.contract_command import contract
from tickring.cli.planning.db_command import db
from tickring.cli.planning.project_command import project
from tickring.cli.planning.snapshot_command import snapshot
from tickring.cli.planning.symbols_command import symbols
from tickring.cli.planning.theme_command import theme
from tickring.cli.positions_command import positions
from tickring.cli.quote_command import quote
from tickring.cli.report.command import report
from tickring.cli.run_command import run
from tickring.cli.run_orders import reload, restart, start, stop
from tickring.cli.segment_command import segment
from tickring.cli.sessions_command import sessions
from tickring.cli.simulator_command import simulator
from tickring.cli.status.command import status
from tickring.cli.symbol_orders import subscribe, unsubscribe
from tickring.cli.top.command import top
from tickring.cli.verdicts_command import verdicts

__all__ = ["app"]

_ENDING = (
    "Exit codes: 0 looked, or done; 1 refused, or bad news with --strict; 2 cannot look or ask (no such segment, no "
    "supervisor, not a symbol, wrong arguments); "
    "78 wrong configuration. Environment: TICKRING_SEGMENT, TICKRING_API_MODE."
)

app = typer.Typer(
    name="tickring",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(f"tickring {metadata.version('tickring')}")
        raise typer.Exit


@app.callback(epilog=_ENDING)
def tickring(
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


app.command()(top)
app.command()(quote)
app.command()(history)
app.command()(verdicts)
app.command()(segment)
app.command()(positions)
app.command()(sessions)
app.command()(explain)
app.command("gateway-health")(gateway_health)
app.command()(exporter)
app.command()(logs)
app.command()(report)
app.command()(simulator)
app.command()(run)
app.command()(drill)
app.command()(status)
app.command()(start)
app.command()(stop)
app.command()(restart)
app.command()(reload)
app.command()(subscribe)
app.command()(unsubscribe)
app.command("install-units")(install_units)
app.command()(symbols)
app.add_typer(project)
app.add_typer(theme)
app.add_typer(snapshot)
app.add_typer(contract)
app.add_typer(db)
app.add_typer(alert)
app.add_typer(config)
app.add_typer(api)
app.add_typer(files)
