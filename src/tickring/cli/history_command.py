"""`tickring history`: the last records of one symbol, newest first, with a sparkline."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from tickring.cli.numbers import age, decimals_of, price, size, wall_clock
from tickring.cli.opening import looking
from tickring.cli.options import AcceptedMode, ApiModeOption, JsonOption, SegmentOption, SymbolArgument
from tickring.cli.output import people, print_json
from tickring.cli.palette import VERDICT_STYLES
from tickring.cli.quote_page import verdict_line
from tickring.cli.reasons import REASONS
from tickring.cli.sparkline import sparkline
from tickring.cli.tables import TableColumn, print_columns
from tickring.reader import Quote

__all__ = ["history"]

_MOST = 65_536  # the deepest ring there is
_LONG_AGO_S = 12 * 3600  # from here on a time of day alone misleads
_GIVEN_UP_FIRST = ("source", "mid", "sequence", "state", "ago", "ask size", "bid size", "spread", "verdict", "received")


def history(
    symbol: SymbolArgument,
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=1, max=_MOST, help="Records; at most depth - 2.")
    ] = 20,
    ticks_only: Annotated[
        bool, typer.Option("--ticks-only", metavar="", help="Leave out records that changed only the state.")
    ] = False,
    segment: SegmentOption = "default",
    api_mode: ApiModeOption = AcceptedMode.ANY,
    as_json: JsonOption = False,
) -> None:
    """Show the last records of a symbol, newest first, with a sparkline of the mid.

    The first row is the present quote with its verdict; all others read 'past'. JSON is one object a line.

    [dim]Examples:[/dim]

      tickring history SPY
      tickring history SPY -n 60 --ticks-only
      tickring history SPY -n 60 --json | jq .mid
    """
    with looking(segment, api_mode) as reader:
        quotes = reader.history(symbol, count, include_state_only=not ticks_only)
        present = reader[symbol]
    if as_json:
        for found in quotes:
            print_json(found)
        return
    console = people()
    console.print(verdict_line(present))
    if not quotes:
        words = REASONS[present.reason]
        console.print(Text(f"{words.why} {words.do}"))
        return
    _print_sparkline(console, quotes)
    console.print()
    print_columns(console, _columns(quotes), _GIVEN_UP_FIRST)


def _print_sparkline(console: Console, quotes: list[Quote]) -> None:
    """Mid where there is one, else last; as many of the newest as fit, oldest at the left."""
    values = [found.mid if found.mid is not None else found.last for found in quotes[: max(20, console.width - 30)]]
    present = [value for value in values if value is not None]
    if not present:
        return
    decimals = decimals_of(*present)
    line = Text(f"{price(min(present), decimals)} ", "dim")
    line.append(sparkline(values[::-1]).strip(), "cyan")  # a subscription begins without a price
    line.append(f" {price(max(present), decimals)}", "dim")
    console.print(line, no_wrap=True)


def _columns(quotes: list[Quote]) -> list[TableColumn]:
    decimals = decimals_of(*(value for found in quotes for value in (found.bid, found.ask, found.last)))
    mid_decimals = decimals_of(*(found.mid for found in quotes))

    is_old = any(found.age_s > _LONG_AGO_S for found in quotes)

    def column(title: str, cell: Callable[[Quote], str], *, is_right: bool = True) -> TableColumn:
        return TableColumn(title, [Text(cell(found)) for found in quotes], is_right)

    return [
        column("received", lambda found: wall_clock(found.ts_recv_ns, with_date=is_old)),
        column("ago", lambda found: age(found.age_s)),
        column("bid size", lambda found: size(found.bid_size)),
        column("bid", lambda found: price(found.bid, decimals)),
        column("ask", lambda found: price(found.ask, decimals)),
        column("ask size", lambda found: size(found.ask_size)),
        column("last", lambda found: price(found.last, decimals)),
        column("mid", lambda found: price(found.mid, mid_decimals)),
        column("spread", lambda found: price(found.spread, decimals)),
        column("sequence", lambda found: f"{found.sequence}"),
        TableColumn(
            "verdict", [Text(found.verdict, VERDICT_STYLES[found.verdict]) for found in quotes], is_right=False
        ),
        TableColumn(
            "state", [Text(found.state, "yellow" if found.is_state_only else "") for found in quotes], is_right=False
        ),
        column("source", lambda found: found.source, is_right=False),
    ]
