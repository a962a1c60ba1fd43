"""`tickring snapshot import|list|show|use`: what has been decided for a day."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.planning.opening import ProjectOption, opened
from tickring.cli.printable import printable
from tickring.cli.tables import light_table

if TYPE_CHECKING:
    from tickring.planner.stream_symbols import SnapshotRule

__all__ = ["snapshot"]

snapshot = typer.Typer(
    name="snapshot", help="Decision snapshots: import one, choose one.", no_args_is_help=True, rich_markup_mode="rich"
)


@snapshot.callback()
def snapshot_group() -> None:
    """Decision snapshots: import one, choose one (docs/planner.md)."""


@snapshot.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a column `symbol`, or JSON.")],
    project: ProjectOption = "",
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Else the file's.")] = None,
    decided_at: Annotated[
        str, typer.Option("--decided-at", metavar="TIME", help="2026-03-04T15:00:00-05:00 or ...Z; else now.")
    ] = "",
    is_used: Annotated[bool, typer.Option("--use", metavar="", help="Let it count from now on.")] = False,
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Import a list of decisions. A bad row is told by its line, and then nothing is imported.

    Columns: symbol, side (long, short, flat), weight, quantity, note; all but the first may be left out.

    [dim]Examples:[/dim]

      tickring snapshot import today.csv --use
      tickring snapshot import today.json --project Semis --decided-at 2026-03-04T15:00:00-05:00
    """
    moment = _moment(decided_at)
    with opened(config, flags) as (database, settings):
        from tickring.planner.origins.symbol_file import read_regular_file
        from tickring.planner.projects import find_project
        from tickring.planner.snapshots import choose_snapshot, import_snapshot

        content = read_regular_file(file, limit_bytes=settings.planner.answer_limit_bytes)
        with database.writing() as session:
            found = find_project(session, project or settings.stream.project_id)
            made = import_snapshot(
                session, found, content, file_name=file.name, name=name, decided_at=moment
            )  # fmt: skip
            if is_used:
                choose_snapshot(session, found, made.id)
            count = len(made.items)
        typer.echo(f"snapshot {made.id} {made.name!r} of project {found.id} {found.name!r}: {count} symbols imported")
        if not is_used:
            typer.echo(f"it counts after: tickring snapshot use {made.id} --project {found.id}   (or: use latest)")


@snapshot.command("list")
def list_(
    project: ProjectOption = "", config: ConfigOption = None, flags: SetOption = None, as_json: JsonOption = False
) -> None:
    """Show the snapshots of a project, the one decided last first; `*` marks the one that counts.

    [dim]Examples:[/dim]

      tickring snapshot list
      tickring snapshot list --project Semis --json
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.moments import iso_from_datetime
        from tickring.planner.projects import find_project
        from tickring.planner.snapshots import chosen_rule, list_snapshots

        with database.reading() as session:
            found = find_project(session, project or settings.stream.project_id)
            rule = chosen_rule(session, found.id)
            snapshots = list_snapshots(session, found.id)
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "decided_at": iso_from_datetime(one.decided_at),
            "imported_at": iso_from_datetime(one.imported_at),
            "origin": one.origin,
            "items": one.items,
            "counts": rule == str(one.id) or (rule == "latest" and place == 0),
        }
        for place, one in enumerate(snapshots)
    ]
    if as_json:
        print_json({"project_id": found.id, "snapshot": rule, "snapshots": rows})
        return
    if rule == "none":
        typer.echo("no snapshot counts: the theme is streamed; choose one: tickring snapshot use NUMBER, or latest")
    table = light_table()
    for title in ("", "number", "name", "decided at", "symbols", "file"):
        table.add_column(title, overflow="fold")
    for row in rows:
        cells = ("*" if row["counts"] else "", row["id"], row["name"], row["decided_at"], row["items"], row["origin"])
        table.add_row(*(Text(printable(str(cell)), "bold" if row["counts"] else "") for cell in cells))
    people().print(table)


@snapshot.command()
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1)],
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the decisions of a snapshot.

    [dim]Examples:[/dim]

      tickring snapshot show 3
      tickring snapshot show 3 --json | jq '.items[] | select(.side == "short")'
    """
    with opened(config, flags) as (database, _):
        from tickring.planner.moments import iso_from_datetime
        from tickring.planner.snapshots import find_snapshot

        with database.reading() as session:
            found = find_snapshot(session, number)
            rows = [
                {
                    "symbol": item.symbol,
                    "side": item.side,
                    "weight": None if item.weight is None else str(item.weight),
                    "quantity": None if item.quantity is None else str(item.quantity),
                    "note": item.note,
                }
                for item in found.items
            ]
            decided_at = iso_from_datetime(found.decided_at)
    if as_json:
        values = {"id": found.id, "project_id": found.project_id, "name": found.name, "decided_at": decided_at}
        print_json({**values, "items": rows})
        return
    typer.echo(f"snapshot {found.id} {found.name!r} of project {found.project_id}, decided {decided_at}")
    table = light_table()
    for title in ("symbol", "side", "weight", "quantity", "note"):
        table.add_column(title, justify="right" if title in {"weight", "quantity"} else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(value or "-")) for value in row.values()))
    people().print(table)


@snapshot.command()
def use(
    which: Annotated[str, typer.Argument(metavar="NUMBER|latest|none", help="none: the theme.")],
    project: ProjectOption = "",
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Choose which snapshot counts for a project: one, always the latest, or none. Streamed with the next refresh.

    [dim]Examples:[/dim]

      tickring snapshot use 3
      tickring snapshot use latest --project Semis
    """
    chosen = _chosen(which)
    with opened(config, flags) as (database, settings):
        from tickring.planner.projects import find_project
        from tickring.planner.snapshots import choose_snapshot

        with database.writing() as session:
            found = find_project(session, project or settings.stream.project_id)
            choose_snapshot(session, found, chosen)
        what = {"none": "no snapshot counts, the theme does", "latest": "the latest snapshot counts"}
        typer.echo(f"project {found.id} {found.name!r}: {what.get(which, f'snapshot {which} counts')}")


def _chosen(which: str) -> "int | SnapshotRule":
    if which == "latest":
        return "latest"
    if which == "none":
        return "none"
    if which.isascii() and which.isdigit() and len(which) < 10:
        return int(which)
    return cannot_look(f"{which!r} is no snapshot: name its number, or latest, or none")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        cannot_look(f"--decided-at is {text!r}, must be a time such as 2026-03-04T15:00:00-05:00")
    if moment.tzinfo is None:
        cannot_look(f"--decided-at is {text!r} without a zone; say which: {text}Z, or {text}-05:00")
    return moment.astimezone(UTC)
