"""`tickring files`: the JSON files beside the segment."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json

if TYPE_CHECKING:
    from tickring.flusher.checking import CheckedFile

__all__ = ["files"]

files = typer.Typer(
    name="files",
    help="The JSON files beside the segment.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@files.callback()
def files_group() -> None:
    """The JSON files beside the segment (docs/files.md)."""


@files.command()
def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files lie: <data_root>/stream.")],
    as_json: JsonOption = False,
) -> None:
    """Check every file of a directory: names, fields, types, and what must hold between them.

    Exit code 0: all is well; 1: something is wrong, each fault on a line of its own; 2: no such directory.

    [dim]Examples:[/dim]

      tickring files check data/ib/stream
      tickring files check data/ib/stream --json | jq '.files[] | select(.faults != [])'
    """
    from tickring.flusher.checking import check_directory

    try:
        checked = check_directory(directory)
    except OSError as error:
        cannot_look(f"{directory} cannot be listed: {error.strerror}; give the directory with _status.json in it")
    faulty = sum(bool(file.faults) for file in checked)
    if as_json:
        print_json({"directory": str(directory), "checked": len(checked), "faulty": faulty, "files": checked})
    else:
        _print(directory, checked, faulty)
    raise typer.Exit(BAD_NEWS if faulty else FINE)


def _print(directory: Path, checked: "list[CheckedFile]", faulty: int) -> None:
    console = people()
    for file in checked:
        for fault in file.faults:
            console.print(f"{file.name}: {fault}", style="red")
    quotes = sum(file.kind == "quote" for file in checked)
    verdict = f"{faulty} with faults" if faulty else "all well"
    console.print(f"{directory}: {len(checked)} files, {quotes} of them quotes, {verdict}")
