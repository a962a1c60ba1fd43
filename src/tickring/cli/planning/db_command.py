"""`tickring db upgrade|check|log`: the planner's database."""

from typing import Annotated

import msgspec
import typer

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.exits import BAD_NEWS
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.planning.opening import opened
from tickring.cli.printable import printable
from tickring.errors import TickringError

__all__ = ["db"]

db = typer.Typer(name="db", help="The planner's database.", no_args_is_help=True, rich_markup_mode="rich")


@db.callback()
def db_group() -> None:
    """The planner's database (docs/planner.md)."""


@db.command()
def upgrade(config: ConfigOption = None, flags: SetOption = None) -> None:
    """Make the tables, or bring them to this release. Every command that uses the database does so by itself.

    [dim]Examples:[/dim]

      tickring db upgrade
      tickring db upgrade --set database.url=postgresql://desk@db.example/tickring
    """
    settings = load_or_end(config, flags).config
    try:
        from tickring.db.driver_errors import driver_errors
        from tickring.db.engine import make_engine, parse_url, shown_url, writing_engine
        from tickring.db.migrating import head_revision
        from tickring.db.migrating import upgrade as upgrade_to_head

        url = shown_url(parse_url(settings.database.url))
        engine = make_engine(settings.database)
        with driver_errors(url):
            gone_through = upgrade_to_head(writing_engine(engine), url)
        engine.dispose()
    except TickringError as error:
        cannot_look(str(error))
    what = f"upgraded through {', '.join(gone_through)}" if gone_through else "nothing to do"
    typer.echo(f"{url}: {what}; schema {head_revision()}")


@db.command()
def check(config: ConfigOption = None, flags: SetOption = None, as_json: JsonOption = False) -> None:
    """Look whether the database answers, whether its tables are those of this release, and what is in them.

    Changes nothing. Exit code 0: all is well; 1: the tables are others, or SQLite finds its file damaged; 2: no answer.

    [dim]Examples:[/dim]

      tickring db check
      tickring db check --json | jq .rows
    """
    settings = load_or_end(config, flags).config
    try:
        from tickring.db.checking import check_database

        found = check_database(settings.database)
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    except TickringError as error:
        cannot_look(str(error))
    if as_json:
        print_json(found)
    else:
        console = people()
        console.print(f"{found.url}: schema {found.schema or 'none'}, this release has {found.head}")
        for fault in found.faults:
            console.print(printable(fault), style="red")
        if found.rows:
            console.print(", ".join(f"{name} {count}" for name, count in found.rows.items()))
        console.print("all well" if not found.faults else f"{len(found.faults)} faults")
    if found.faults:
        raise typer.Exit(BAD_NEWS)


@db.command()
def log(
    count: Annotated[int, typer.Option("--count", "-n", metavar="N", min=1, max=100_000, help="So many.")] = 20,
    kind: Annotated[
        str, typer.Option("--kind", metavar="NAME", help="Only these: set.changed, origin.failed ...")
    ] = "",
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the newest entries of the event log, the newest last; JSON: one object a line.

    [dim]Examples:[/dim]

      tickring db log
      tickring db log --kind origin.failed --count 100 --json
    """
    with opened(config, flags) as (database, _):
        from tickring.db.event_log import newest_events
        from tickring.planner.moments import iso_from_datetime

        with database.reading() as session:
            entries = newest_events(session, count, kind=kind or None)
    console = people()
    for entry in reversed(entries):
        at = iso_from_datetime(entry.at)
        if as_json:
            print_json({"id": entry.id, "at": at, "kind": entry.kind, "subject": entry.subject, "text": entry.text,
                        "data": msgspec.Raw(entry.data.encode())})  # fmt: skip
        else:
            words = " ".join(printable(word) for word in (entry.subject, entry.text) if word)
            console.print(f"{at}  {entry.kind}  {words}", soft_wrap=True)
