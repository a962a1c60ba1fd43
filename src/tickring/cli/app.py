"""The typer app: every command under its name."""

from importlib import metadata
from typing import Annotated

import typer

from tickring.cli.config_command import config
from tickring.cli.files_command import files
from tickring.cli.history_command import history
from tickring.cli.quote_command import quote
from tickring.cli.run_command import run
from tickring.cli.segment_command import segment
from tickring.cli.simulator_command import simulator
from tickring.cli.top.command import top
from tickring.cli.verdicts_command import verdicts

__all__ = ["app"]

_ENDING = (
    "Exit codes: 0 looked; 1 bad news, with --strict; 2 cannot look (no such segment, not a symbol, wrong arguments); "
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
app.command()(simulator)
app.command()(run)
app.add_typer(config)
app.add_typer(files)
