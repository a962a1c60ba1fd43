"""`tickring positions`: what the accounts hold, what it is worth, and how much of that may be believed."""

from typing import Annotated

import typer

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import cannot_look, looking
from tickring.cli.options import AcceptedMode, ApiModeOption, JsonOption, SegmentOption
from tickring.cli.output import people, print_json
from tickring.cli.positions_page import print_positions
from tickring.cli.positions_report import report_positions
from tickring.positions import PositionsTable
from tickring.reader import GOOD, Verdict

__all__ = ["positions"]


def positions(
    segment: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    base: Annotated[str, typer.Option("--base", metavar="CCY", help="Currency of values and totals.")] = "USD",
    account: Annotated[
        list[str] | None, typer.Option("--account", metavar="NAME", help="Only this account. Repeats.")
    ] = None,
    accept: Annotated[
        list[Verdict] | None,
        typer.Option("--accept", help="A verdict that prices may have beside live and quiet. Repeats."),
    ] = None,
    max_age: Annotated[
        float | None,
        typer.Option("--max-age", metavar="S", min=0, help="Refuse prices whose last proof is older, in seconds."),
    ] = None,
    positions_max_age: Annotated[
        float, typer.Option("--positions-max-age", metavar="S", min=0, help="Refuse positions told longer ago.")
    ] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Value the accounts' positions, long at the bid and short at the ask, in one currency.

    Exit code 1 if any position is without an acceptable price, or the positions themselves are too old: then there is
    no total.

    [dim]Examples:[/dim]

      tickring positions --segment sample
      tickring positions --base EUR --accept closed
      tickring positions --json | jq .total
    """
    with looking(segment, api_mode) as reader:
        table = PositionsTable.read(segment)
        try:
            report = report_positions(
                reader,
                table,
                accounts=account or (),
                base_currency=base,
                accept=GOOD | set(accept or ()),
                max_age_s=max_age,
                positions_limit_s=positions_max_age,
            )
        except ValueError as error:
            cannot_look(str(error))
    if as_json:
        print_json(report)
    else:
        print_positions(people(), report)
    raise typer.Exit(FINE if report.is_good else BAD_NEWS)
