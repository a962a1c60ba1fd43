"""`tickring theme set|show`: the symbols of a project while no decision snapshot counts."""

from typing import Annotated

import typer

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.options import JsonOption
from tickring.cli.output import print_json
from tickring.cli.planning.opening import ProjectOption, opened

__all__ = ["theme"]

theme = typer.Typer(
    name="theme", help="The symbols of a project's theme.", no_args_is_help=True, rich_markup_mode="rich"
)


@theme.callback()
def theme_group() -> None:
    """The symbols of a project's theme (docs/planner.md)."""


@theme.command("set")
def set_(
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="All of them: SPY 'BRK B' EUR.USD.")],
    project: ProjectOption = "",
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Make these symbols, and no others, the theme of a project.

    [dim]Examples:[/dim]

      tickring theme set SPY QQQ 'BRK B'
      tickring theme set --project Semis NVDA AMD
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.projects import find_project, set_theme

        with database.writing() as session:
            found = find_project(session, project or settings.stream.project_id)
            added, removed = set_theme(session, found, symbols)
            count = len(found.theme)
        typer.echo(
            f"theme of project {found.id} {found.name!r}: {count} symbols; {_list(added, '+')}{_list(removed, '-')}"
        )


@theme.command()
def show(
    project: ProjectOption = "", config: ConfigOption = None, flags: SetOption = None, as_json: JsonOption = False
) -> None:
    """Show the theme of a project, one symbol a line.

    [dim]Examples:[/dim]

      tickring theme show
      tickring theme show --project Semis --json
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.projects import find_project

        with database.reading() as session:
            found = find_project(session, project or settings.stream.project_id)
            symbols = [member.symbol for member in found.theme]
    if as_json:
        print_json(symbols)
    else:
        for symbol in symbols:
            typer.echo(symbol)


def _list(symbols: list[str], sign: str) -> str:
    shown = " ".join(f"{sign}{symbol}" for symbol in symbols[:20])
    more = f" and {len(symbols) - 20} more" if len(symbols) > 20 else ""
    return f"{shown}{more} " if symbols else ""
