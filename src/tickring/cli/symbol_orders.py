"""`tickring subscribe|unsubscribe`: more or fewer symbols in the run that is on."""

from typing import Annotated

import msgspec
import typer

from tickring.cli.asking import ControlTimeoutOption, order
from tickring.cli.options import JsonOption, SegmentOption
from tickring.config.structs import ContractConfig
from tickring.control.messages import Done, Subscribe, Unsubscribe

__all__ = ["subscribe", "unsubscribe"]

_SymbolArguments = Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="SPY, 'BRK B', EUR.USD.")]


def subscribe(
    symbols: _SymbolArguments,
    exchange: Annotated[str, typer.Option("--exchange", metavar="CODE", help="Where the request goes: SMART.")] = "",
    primary_exchange: Annotated[
        str, typer.Option("--primary-exchange", metavar="CODE", help="Tells listings of one name apart: ARCA, TSE.")
    ] = "",
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="Of the listing: USD.")] = "",
    con_id: Annotated[int, typer.Option("--con-id", metavar="N", min=0, help="IB's contract id.")] = 0,
    sec_type: Annotated[str, typer.Option("--sec-type", metavar="TYPE", help="STK, CASH, FUT, IND.")] = "",
    segment: SegmentOption = "default",
    timeout: ControlTimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Stream these too until the run ends; with options for the contract exactly one symbol.

    Exit codes: 0 asked for, `tickring status` tells what became of each; 1 refused, for instance no_run; 2 no
    supervisor answers, or wrong arguments.

    [dim]Examples:[/dim]

      tickring subscribe NVDA 'BRK B'
      tickring subscribe SHOP --primary-exchange TSE --currency CAD
      tickring subscribe EUR.USD --sec-type CASH --exchange IDEALPRO
    """
    given = {
        "exchange": exchange,
        "primary_exchange": primary_exchange,
        "currency": currency,
        "con_id": con_id,
        "sec_type": sec_type,
    }
    known = {name: value for name, value in given.items() if value}
    if known and len(symbols) > 1:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in known)
        raise typer.BadParameter(
            f"{options} describes one contract, but {len(symbols)} symbols are given: ask one by one"
        )
    try:
        contract = msgspec.convert(known, ContractConfig)
    except msgspec.ValidationError as error:
        raise typer.BadParameter(str(error)) from None
    body = Subscribe(dict.fromkeys(symbols, contract))
    answer = order(segment, body, Done, timeout_s=timeout, as_json=as_json)
    if not as_json:
        typer.echo(answer.text or f"asked for {', '.join(symbols)}; `tickring status` tells how far each is")


def unsubscribe(
    symbols: _SymbolArguments,
    segment: SegmentOption = "default",
    timeout: ControlTimeoutOption = 10.0,
    as_json: JsonOption = False,
) -> None:
    """Stream these no longer; their quotes read `missing`.

    Exit codes: 0 done; 1 refused, for instance no_run; 2 no supervisor answers.

    [dim]Examples:[/dim]

      tickring unsubscribe NVDA 'BRK B'
      tickring unsubscribe SHOP --segment desk
    """
    answer = order(segment, Unsubscribe(tuple(symbols)), Done, timeout_s=timeout, as_json=as_json)
    if not as_json:
        typer.echo(answer.text or f"{', '.join(symbols)} no longer")
