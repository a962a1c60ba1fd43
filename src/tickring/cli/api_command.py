"""`tickring api`: the HTTP service in this terminal, and its token."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.exits import FINE
from tickring.cli.opening import cannot_look
from tickring.errors import TokenUnusable

__all__ = ["api"]

api = typer.Typer(name="api", rich_markup_mode="rich", pretty_exceptions_enable=False)


@api.callback(invoke_without_command=True)
def serve(context: typer.Context, config: ConfigOption = None, flags: SetOption = None) -> None:
    """Serve quotes, status and the dashboard over HTTP until Ctrl-C; `[api]` of the configuration says where.

    It looks as any reader and needs no right but that; orders go to the supervisor's socket.

    Exit codes: 0 ended as asked; 75 the port is taken; 78 wrong configuration, or no token beyond loopback.

    [dim]Examples:[/dim]

      tickring api --set segment.name=sample --set stream.api_mode=mock
      tickring api --config /etc/tickring/tickring.toml
      tickring api token --show
    """
    if context.invoked_subcommand is not None:
        return
    loaded = load_or_end(config, flags)
    try:
        from tickring.api.process import serve as serve_until_asked
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    raise typer.Exit(serve_until_asked(loaded.config))


@api.command()
def token(
    config: ConfigOption = None,
    flags: SetOption = None,
    is_shown: Annotated[bool, typer.Option("--show", metavar="", help="Print the token itself.")] = False,
) -> None:
    """Print where the token lies; it is made if there is none. With --show the token itself.

    Exit codes: 0 it is there; 2 it cannot be read or made.

    [dim]Examples:[/dim]

      tickring api token
      curl -X POST -H "Authorization: Bearer $(tickring api token --show)" http://127.0.0.1:8765/api/ib/stream/stop
    """
    from tickring.api.token_file import ensure_token, token_path

    path = token_path(load_or_end(config, flags).config, os.environ)
    try:
        value = ensure_token(path)
    except TokenUnusable as error:
        cannot_look(str(error))
    typer.echo(value if is_shown else str(path.absolute()))
    raise typer.Exit(FINE)
