"""`tickring contract show|pin|alias|resolve`: which contract a symbol is."""

from typing import Annotated

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.options import JsonOption, SymbolArgument
from tickring.cli.output import people, print_json
from tickring.cli.planning.contract_resolve import resolve
from tickring.cli.planning.contract_rows import contract_row
from tickring.cli.planning.opening import opened
from tickring.cli.printable import printable
from tickring.cli.tables import light_table
from tickring.config.structs import ContractConfig

__all__ = ["contract"]

contract = typer.Typer(
    name="contract", help="Which contract a symbol is.", no_args_is_help=True, rich_markup_mode="rich"
)
contract.command()(resolve)


@contract.callback()
def contract_group() -> None:
    """Which contract a symbol is (docs/planner.md)."""


@contract.command()
def show(
    symbol: Annotated[str, typer.Argument(metavar="[SYMBOL]", help="Without one: all that are known.")] = "",
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the contracts of the database; for one symbol also what the gateway has against it, and its other names.

    The configuration's [bold][contracts][/bold] count before these.

    [dim]Examples:[/dim]

      tickring contract show
      tickring contract show KWEB --json
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.contract_word import contract_doubt
        from tickring.planner.contracts import all_contracts, find_contract
        from tickring.planner.moments import iso_from_datetime

        aliases: dict[str, str] = {}
        doubt: dict[str, str] | None = None
        with database.reading() as session:
            if symbol:
                found, named = find_contract(session, symbol)
                contracts = [] if found is None else [found]
                aliases = {alias.source: alias.alias for alias in named}
                said = contract_doubt(session, symbol.strip().upper())
                if said is not None:
                    doubt = {"kind": said.kind, "text": said.text, "since": iso_from_datetime(said.at)}
            else:
                contracts = all_contracts(session)
    rows = [contract_row(one) for one in contracts]
    if as_json:
        print_json({"contracts": rows, "aliases": aliases, "doubt": doubt} if symbol else rows)
        return
    if symbol and symbol.strip().upper() in settings.contracts:
        typer.echo(f"note: the configuration has its own [contracts.{symbol.strip().upper()}], which counts")
    if doubt is not None:
        typer.echo(printable(f"the gateway says since {doubt['since']}: {doubt['kind']}, {doubt['text']}"))
    if not rows:
        typer.echo(f"{symbol or 'nothing'} is not in the database: it is taken for a US stock over SMART of that name")
        return
    table = light_table()
    titles = ("symbol", "con id", "IB's name", "type", "exchange", "listing", "currency", "pinned", "resolved")
    for title in titles:
        table.add_column(title, justify="right" if title == "con id" else "left", overflow="fold")
    for row in rows:
        exchange = (row["sec_type"], row["exchange"], row["primary_exchange"], row["currency"])
        named_as = row["ib_symbol"] or row["symbol"]
        cells = (row["symbol"], row["con_id"], named_as, *exchange, row["is_pinned"] and "yes", row["resolved_at"])
        table.add_row(*(Text(printable(str(cell or "-"))) for cell in cells))
    console = people()
    console.print(table)
    for row in rows:
        if row["candidates"] and not row["con_id"]:
            several = ", ".join(str(con_id) for con_id in row["candidates"])
            console.print(f"{printable(row['symbol'])} is unresolved, candidates: {several}; tickring contract pin")
    for source, alias in aliases.items():
        console.print(f"{source}: {printable(alias)}")


@contract.command()
def pin(
    symbol: SymbolArgument,
    con_id: Annotated[int, typer.Option("--con-id", metavar="N", min=1, max=2**31 - 1, help="IB's contract id.")],
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Of the listing.")] = "USD",
    exchange: Annotated[str, typer.Option("--exchange", metavar="CODE", help="Where requests go.")] = "SMART",
    primary_exchange: Annotated[
        str, typer.Option("--primary-exchange", metavar="CODE", help="The listing: NASDAQ, ARCA, TSE ...")
    ] = "",
    sec_type: Annotated[str, typer.Option("--type", metavar="CODE", help="STK, CASH, FUT, IND ...")] = "STK",
    ib_symbol: Annotated[str, typer.Option("--ib-symbol", metavar="NAME", help="IB's symbol if it is another.")] = "",
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Say which contract a symbol is. A running planner heeds it with its next refresh; no other symbol is touched.

    [dim]Examples:[/dim]

      tickring contract pin KWEB --con-id 139673266
      tickring contract pin SHOP.TO --con-id 195014116 --currency CAD --primary-exchange TSE --ib-symbol SHOP
    """
    with opened(config, flags) as (database, _):
        from tickring.planner.contracts import pin_contract

        words = ContractConfig(
            symbol=ib_symbol,
            sec_type=sec_type,
            exchange=exchange,
            primary_exchange=primary_exchange,
            currency=currency,
            con_id=con_id,
        )
        with database.writing() as session:
            row = pin_contract(session, symbol, words)
        typer.echo(f"{row.symbol}: contract {row.con_id}, {row.currency}, pinned")


@contract.command()
def alias(
    symbol: SymbolArgument,
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="ib, ig, breeze ...")],
    name: Annotated[str, typer.Option("--name", metavar="TEXT", help="IG's epic, Breeze's token ...")],
    config: ConfigOption = None,
    flags: SetOption = None,
) -> None:
    """Say what another house calls a symbol whose contract is pinned.

    [dim]Examples:[/dim]

      tickring contract alias SPY --source ig --name IX.D.SPTRD.DAILY.IP
      tickring contract alias RELIANCE --source breeze --name '4.1!2885'
    """
    with opened(config, flags) as (database, _):
        from tickring.planner.contracts import set_alias

        with database.writing() as session:
            set_alias(session, symbol, source, name)
        typer.echo(f"{symbol.strip().upper()}: {name!r} at {source.lower()}")
