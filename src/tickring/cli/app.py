"""The typer app with every command."""

from tickring.cli.command_table import COMMANDS, app_with

__all__ = ["app"]

app = app_with(COMMANDS)
