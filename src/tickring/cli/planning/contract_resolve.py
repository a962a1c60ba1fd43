"""`tickring contract resolve`: ask the gateway, through the running feeder, what a symbol is, and keep the answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.text import Text

from tickring.cli.config_options import ConfigOption, SetOption
from tickring.cli.exits import REFUSED
from tickring.cli.options import JsonOption, SegmentOption, SymbolArgument
from tickring.cli.output import people, print_json
from tickring.cli.planning.contract_rows import contract_row
from tickring.cli.planning.opening import opened
from tickring.cli.printable import printable
from tickring.cli.tables import light_table
from tickring.control.client import SupervisorClient
from tickring.errors import RequestRefused

if TYPE_CHECKING:
    from tickring.db import Contract
    from tickring.feeder_answers import ContractFacts
    from tickring.planner.contract_answers import Taken

__all__ = ["resolve"]

_SHOWN = (
    ("contract id", "con_id"),
    ("IB's name", "ib_symbol"),
    ("type", "sec_type"),
    ("exchange", "exchange"),
    ("listing", "primary_exchange"),
    ("currency", "currency"),
    ("tick size", "min_tick"),
    ("time zone", "time_zone_id"),
    ("hours", "liquid_hours"),
    ("pinned", "is_pinned"),
    ("resolved", "resolved_at"),
)


def resolve(
    symbol: SymbolArgument,
    segment: SegmentOption = "",
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=0.1, max=3600, help="Wait so long for the answer.")
    ] = 15.0,
    config: ConfigOption = None,
    flags: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gateway what a symbol is, and keep the answer in the database: contract, tick size, hours.

    The run that is on asks, by the contract of the configuration, else the pinned one, else as a US stock over SMART;
    no stream is touched. Without --segment the configuration's segment.name.

    Exit codes: 0 kept; 1 the gateway knows none or several, has not answered, or no run is on; 2 no supervisor answers.

    [dim]Examples:[/dim]

      tickring contract resolve KWEB
      tickring contract resolve 'BRK B' --segment sample --json
    """
    with opened(config, flags) as (database, settings):
        from tickring.planner.contract_answers import Outcome, take_answer
        from tickring.planner.contract_book import contracts_for, stored_contracts
        from tickring.planner.contracts import find_contract
        from tickring.planner.symbols import clean_symbol
        from tickring.states import ApiMode

        symbol = clean_symbol(symbol)
        with database.reading() as session:
            told = contracts_for([symbol], settings.contracts, stored_contracts(session))[symbol]
        with SupervisorClient(segment or settings.segment.name, timeout_s=timeout) as client:
            try:
                api_mode = ApiMode(client.status().api_mode)
                answer = client.resolve_contract(symbol, told, within_s=timeout)
            except RequestRefused as error:
                _end_as_refused(error, as_json)
        with database.writing() as session:
            taken = take_answer(session, answer, api_mode)
        with database.reading() as session:
            row, _ = find_contract(session, symbol)
    is_kept = taken.outcome is Outcome.RESOLVED
    if as_json:
        print_json(_document(taken, row, answer.found))
    elif is_kept and row is not None:
        _print_contract(symbol, contract_row(row))
    else:
        sys.stderr.write(f"tickring: {symbol} is {taken.outcome.value}: {printable(taken.why)}\n")
        if taken.outcome is Outcome.AMBIGUOUS:
            _print_candidates(symbol, answer.found)
    if not is_kept:
        raise typer.Exit(REFUSED)


def _document(taken: Taken, row: Contract | None, found: tuple[ContractFacts, ...]) -> dict[str, Any]:
    return {
        "outcome": taken.outcome.value,
        "why": taken.why,
        "contract": None if row is None else contract_row(row),
        "candidates": found if len(found) > 1 else (),
    }


def _print_contract(symbol: str, row: dict[str, Any]) -> None:
    table = light_table()
    table.add_column("", no_wrap=True)
    table.add_column(symbol, overflow="fold")
    for title, key in _SHOWN:
        value = "yes" if row[key] is True else row[key]
        if value not in (None, "", False):
            table.add_row(title, Text(printable(str(value))))
    people().print(table)


def _print_candidates(symbol: str, found: tuple[ContractFacts, ...]) -> None:
    table = light_table()
    for title in ("con id", "IB's name", "type", "listing", "currency", "long name"):
        table.add_column(title, justify="right" if title == "con id" else "left", overflow="fold")
    for one in found:
        words = (one.symbol, one.sec_type, one.primary_exchange or one.exchange, one.currency, one.long_name)
        table.add_row(str(one.con_id), *(Text(printable(word)) for word in words))
    console = people()
    console.print(table)
    console.print(f"choose one: tickring contract pin {symbol!r} --con-id N --currency CODE")


def _end_as_refused(error: RequestRefused, as_json: bool) -> NoReturn:
    if as_json:
        print_json({"outcome": "refused", "code": error.code, "why": error.reason})
    else:
        sys.stderr.write(f"tickring: {error.code}: {error.reason}\n  {error.next_step}\n")
    raise typer.Exit(REFUSED)
