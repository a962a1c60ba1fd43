"""The options that name a configuration, shared by `config` and `run`; and how one that is wrong ends a command."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from tickring.cli.exits import WRONG_CONFIGURATION
from tickring.config.from_flags import split_flags
from tickring.config.load import Loaded, load_with_origins
from tickring.errors import ConfigError

__all__ = ["ConfigOption", "SetOption", "end_as_wrong", "load_or_end"]

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="TOML file; else $TICKRING_CONFIG, ./tickring.toml, /etc/tickring/tickring.toml, or none.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting, stronger than all else: gateway.port=4001. Repeats."),
]


def load_or_end(
    file: Path | None,
    flags: list[str] | None,
    *,
    more: Mapping[str, str] | None = None,
    presets: Mapping[str, Any] | None = None,
) -> Loaded:
    """Return the configuration of this process's environment, or end the command with everything that is wrong.

    `more`: settings of the command's own options, stronger than `flags`.
    """
    try:
        overrides = {**split_flags(flags or []), **(more or {})}
        return load_with_origins(file, environ=os.environ, overrides=overrides, presets=presets)
    except ConfigError as error:
        end_as_wrong(str(error))


def end_as_wrong(why: str) -> NoReturn:
    """Say what is wrong with the configuration on stderr and end the command with exit code 78."""
    sys.stderr.write(f"tickring: {why}\n")
    raise typer.Exit(WRONG_CONFIGURATION)
