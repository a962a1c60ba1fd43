"""`tickring config check|show|init`: what the configuration says, and a file to begin with."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import print_json
from tickring.config.settings import settings
from tickring.config.show import show as shown
from tickring.config.show import values_of
from tickring.config.template import template

__all__ = ["config"]

config = typer.Typer(
    name="config",
    help="Check, show or begin a configuration.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@config.callback()
def config_group() -> None:
    """Check, show or begin a configuration (docs/configuration.md)."""


@config.command()
def check(file: ConfigOption = None, flags: SetOption = None) -> None:
    """Say everything that is wrong with the configuration, with its place; exit code 78 if anything is.

    [dim]Examples:[/dim]

      tickring config check
      tickring config check --config new.toml && mv new.toml tickring.toml
    """
    loaded = load_or_end(file, flags)
    for note in loaded.notes:
        typer.echo(f"note: {note}")
    count = len(loaded.config.stream.symbols)
    given = len(loaded.origins)
    typer.echo(
        f"{loaded.file or 'no file'}: fine; {given} values given, {len(settings())} settings, {count} symbols, "
        f"gateway {loaded.config.gateway.host}:{loaded.config.gateway.port}"
    )


@config.command()
def show(file: ConfigOption = None, flags: SetOption = None, as_json: JsonOption = False) -> None:
    """Show every setting as it counts, and where its value came from: default, file and line, variable, flag.

    [dim]Examples:[/dim]

      tickring config show | grep -v default
      tickring config show --set gateway.port=4001 --json | jq -r '.[] | select(.origin != "default").name'
    """
    loaded = load_or_end(file, flags)
    if as_json:
        rows = [
            {"name": row.name, "value": row.value, "origin": row.origin.kind, "where": row.origin.where}
            for row in values_of(loaded)
        ]
        print_json(rows)
    else:
        typer.echo(shown(loaded))


@config.command()
def init(
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Where to; without it: stdout.")] = None,
) -> None:
    """Write a file with every setting, its range and its default, all commented out. Never overwrites one.

    [dim]Examples:[/dim]

      tickring config init tickring.toml
      tickring config init | less
    """
    if path is None:
        sys.stdout.write(template())
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError:
        cannot_look(f"{path} is there already and is left alone; choose another name, or remove it")
    except OSError as error:
        cannot_look(f"{path} cannot be written: {error.strerror}")
    typer.echo(f"{path}: every setting, all at their defaults")
