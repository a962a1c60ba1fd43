"""Open the database behind a command, and turn what goes wrong into one line and exit code 2."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from tickring.cli.config_options import load_or_end
from tickring.cli.opening import cannot_look
from tickring.errors import TickringError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tickring.config import Config
    from tickring.db import Database

__all__ = ["ProjectOption", "opened"]

ProjectOption = Annotated[
    str, typer.Option("--project", "-p", metavar="NUMBER|NAME", help="Else stream.project_id of the configuration.")
]


@contextmanager
def opened(file: Path | None, flags: list[str] | None) -> Generator[tuple[Database, Config]]:
    """Yield the database, made or migrated if need be, and the configuration; any error of ours ends the command."""
    config = load_or_end(file, flags).config
    try:
        from tickring.db import Database
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    try:
        with Database.open(config.database) as database:
            yield database, config
    except TickringError as error:
        cannot_look(str(error))
