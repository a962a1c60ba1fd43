"""`tickring project add|list|show`: what the desk works on."""

from typing import Annotated

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.planning.opening import opened
from tickring.cli.printable import printable
from tickring.cli.tables import light_table

__all__ = ["project"]

project = typer.Typer(
    name="project", help="Projects: what the desk works on.", no_args_is_help=True, rich_markup_mode="rich"
)


@project.callback()
def project_group() -> None:
    """Projects: what the desk works on (docs/planner.md)."""


@project.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="1-100 printable characters, no other project's.")],
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="For people.")] = "",
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Make a project; its theme is empty until `tickring theme set`.

    [dim]Examples:[/dim]

      tickring project add 'Semis'
      tickring project add 'Semis' --note 'long only' --config desk.toml
    """
    with opened(config, flags) as (database, _):
        from tickring.planner.projects import add_project

        with database.writing() as session:
            made = add_project(session, name, note=note)
        typer.echo(f"project {made.id} {made.name!r}: made; next: tickring theme set --project {made.id} SPY QQQ")


@project.command("list")
def list_projects(config: ConfigOption = None, flags: SetOption = None, as_json: JsonOption = False) -> None:
    """Show every project with its number, the size of its theme, and which snapshot counts.

    [dim]Examples:[/dim]

      tickring project list
      tickring project list --json | jq '.[].name'
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.projects import all_projects
        from tickring.planner.snapshots import chosen_rule

        with database.reading() as session:
            rows = [
                {
                    "id": row.id,
                    "name": row.name,
                    "note": row.note,
                    "theme": len(row.theme),
                    "snapshot": chosen_rule(session, row.id),
                    "is_streamed": row.id == settings.stream.project_id,
                }
                for row in all_projects(session)
            ]
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo("no project yet; make one: tickring project add NAME")
        return
    table = light_table()
    for title in ("number", "name", "theme", "snapshot", "note"):
        table.add_column(title, overflow="fold")
    for row in rows:
        style = "bold" if row["is_streamed"] else ""
        cells = (row["id"], row["name"], f"{row['theme']} symbols", row["snapshot"], printable(str(row["note"])))
        table.add_row(*(Text(str(cell), style) for cell in cells))
    people().print(table)


@project.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NUMBER|NAME")],
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one project: its theme, its snapshots, and which of them counts.

    [dim]Examples:[/dim]

      tickring project show 1
      tickring project show 'Semis' --json
    """
    with opened(config, flags) as (database, _):
        from tickring.planner.moments import iso_from_datetime
        from tickring.planner.projects import find_project
        from tickring.planner.snapshots import chosen_rule, list_snapshots

        with database.reading() as session:
            found = find_project(session, name)
            theme = [member.symbol for member in found.theme]
            snapshots = list_snapshots(session, found.id)
            rule = chosen_rule(session, found.id)
            made_at = iso_from_datetime(found.created_at)
    if as_json:
        values = {"id": found.id, "name": found.name, "note": found.note, "created_at": made_at, "theme": theme}
        print_json({**values, "snapshot": rule, "snapshots": [one.id for one in snapshots]})
        return
    typer.echo(
        f"project {found.id} {found.name!r}, made {made_at}{printable(found.note) and ': ' + printable(found.note)}"
    )
    typer.echo(f"theme: {', '.join(theme) or 'empty'}")
    counts = {"none": "none, the theme is streamed", "latest": "always the latest"}.get(rule, f"number {rule}")
    typer.echo(f"snapshot: {counts}; {len(snapshots)} imported")
