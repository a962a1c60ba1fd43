"""`tickring sessions`: when a symbol's market is open in the next days."""

import time
from typing import Annotated

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption, load_or_end
from tickring.cli.opening import cannot_look
from tickring.cli.options import JsonOption
from tickring.cli.output import people, print_json
from tickring.cli.sessions_page import print_sessions
from tickring.cli.tables import light_table
from tickring.errors import DatabaseError, SessionsUnknown

__all__ = ["sessions"]


def sessions(
    name: Annotated[
        str, typer.Argument(metavar="[SYMBOL|CALENDAR]", help="SPY, EUR.USD, or a calendar: XNYS, XHKG, FX, 24/7.")
    ] = "",
    exchange: Annotated[
        str, typer.Option("--exchange", metavar="CODE", help="IB's exchange code of the symbol: IBIS, SEHK, TSEJ.")
    ] = "",
    days: Annotated[int, typer.Option("--days", metavar="N", min=0, max=366, help="0: sessions.days.")] = 0,
    extended: Annotated[
        bool | None, typer.Option("--extended/--regular", help="With or without pre-market and post-market.")
    ] = None,
    list_calendars: Annotated[
        bool, typer.Option("--list", metavar="", help="Name every calendar, and the exchanges that go by it.")
    ] = False,
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show when a market is open: now, and in the next days, with holidays, half days and breaks.

    A symbol goes by its contract in the configuration, else in the database, else as a US stock. Open is what both say,
    the exchange's calendar and the contract's own hours; where those are not known, the calendar alone.

    [dim]Examples:[/dim]

      tickring sessions SPY
      tickring sessions XHKG --days 14
      tickring sessions SAP --exchange IBIS --json
    """
    settings = load_or_end(config, flags).config
    if not name and not list_calendars:
        cannot_look("name a symbol or a calendar, or use --list")
    try:
        from tickring.cli.sessions_lookup import exchanges_by_calendar, find_sessions
        from tickring.cli.stored_contract import stored_contract

        if list_calendars:
            _print_calendars(exchanges_by_calendar(), as_json)
            return
        try:
            stored = None if exchange else stored_contract(settings, name.strip().upper())
        except DatabaseError as error:
            typer.echo(f"note: without the contract's own hours: {error}", err=True)
            stored = None
        now_ns = time.time_ns()
        shown_days = days or settings.sessions.days
        table, zone = find_sessions(
            name,
            exchange,
            settings,
            now_ns=now_ns,
            days=shown_days,
            extended=settings.sessions.extended_hours if extended is None else extended,
            contract=stored,
        )
    except ModuleNotFoundError as error:
        cannot_look(f"this needs '{error.name}': install 'tickring[service]'")
    except SessionsUnknown as error:
        cannot_look(str(error))
    if as_json:
        print_json(table)
    else:
        print_sessions(people(), name, table, zone, now_ns, shown_days)


def _print_calendars(exchanges: dict[str, list[str]], as_json: bool) -> None:
    if as_json:
        print_json(exchanges)
        return
    table = light_table()
    table.add_column("calendar", no_wrap=True)
    table.add_column("IB's exchange codes")
    for name, codes in exchanges.items():
        table.add_row(Text(name, "bold"), Text(" ".join(codes)))
    people().print(table)
