"""`tickring quote`: one quote in full, or followed record by record."""

from typing import Annotated

import typer

from tickring.cli.exits import BAD_NEWS, FINE
from tickring.cli.opening import looking
from tickring.cli.options import AcceptedMode, ApiModeOption, JsonOption, SegmentOption, StrictOption
from tickring.cli.output import people, print_json
from tickring.cli.quote_page import print_quote
from tickring.cli.quote_watch import watch_as_json, watch_for_people
from tickring.reader import QuoteReader

__all__ = ["quote"]


def quote(
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL", help="As streamed: SPY, 'BRK B', EUR.USD.")],
    segment: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", metavar="", help="Follow record by record until Ctrl-C.")
    ] = False,
    count: Annotated[
        int,
        typer.Option("--count", "-n", min=0, metavar="N", help="With --watch: end after this many records (0: go on)."),
    ] = 0,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show a quote in full: prices, verdict, why, and what to do.

    With --strict the exit code is 1 if a quote is not good; with --watch the last one of each symbol counts.

    [dim]Examples:[/dim]

      tickring quote SPY
      tickring quote SPY 'BRK B' --strict && ./trade
      tickring quote SPY --json | jq .bid
      tickring quote SPY QQQ --watch
    """
    with looking(segment, api_mode) as reader:
        if watch and as_json:
            is_good = watch_as_json(reader, symbols, count)
        elif watch:
            is_good = watch_for_people(people(), reader, symbols, count)
        else:
            is_good = _show(reader, symbols, as_json=as_json)
    raise typer.Exit(BAD_NEWS if strict and not is_good else FINE)


def _show(reader: QuoteReader, symbols: list[str], *, as_json: bool) -> bool:
    quotes = reader.batch(symbols).read()
    console = people()
    for number, found in enumerate(quotes):
        if as_json:
            print_json(found)
            continue
        if number:
            console.print()
        print_quote(console, found, reader.status().vouch_limit_s)
    return all(found.is_good for found in quotes)
