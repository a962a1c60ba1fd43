"""`tickring explain`: what a code of the gateway means, what the feeder does about it, and what you can do."""

from typing import Annotated

import typer
from rich.text import Text

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.tables import light_table
from tickring.gateway_codes import GATEWAY_CODES, OWN, GatewayCode, code_of

__all__ = ["explain"]


def explain(
    code: Annotated[int | None, typer.Argument(metavar="[CODE]", help="As the status, the log or IB names it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what a code of the gateway means, what the feeder does about it, and what you can do; without a code: all.

    Exit code 0: known; 1: a code that is not known here.

    [dim]Examples:[/dim]

      tickring explain 10197
      tickring explain --json | jq '.[] | select(.reaction == "info") | .code'
    """
    rows = list(GATEWAY_CODES.values()) if code is None else [code_of(code)]
    if as_json:
        told = [row._asdict() for row in rows]
        print_json(told if code is None else told[0])
    elif code is None:
        _print_table(rows)
    else:
        _print_one(rows[0])
    is_known = code is None or code == OWN or code in GATEWAY_CODES
    raise typer.Exit(FINE if is_known else BAD_NEWS)


def _print_one(row: GatewayCode) -> None:
    console = people()
    console.print(Text.assemble((f"{row.code}", "bold"), f"  {row.meaning}"))
    console.print(f"  the feeder  {row.feeder} [{row.reaction}]")
    console.print(f"  you         {row.advice or 'nothing is needed'}")


def _print_table(rows: list[GatewayCode]) -> None:
    table = light_table()
    table.add_column("code", justify="right")
    for title in ("means", "the feeder", "you"):
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(str(row.code), row.meaning, row.feeder, row.advice)
    people().print(table)
