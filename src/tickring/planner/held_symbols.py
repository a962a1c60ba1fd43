"""Symbols that money hangs on: positions that are not zero, and orders that may still be filled.

Of all accounts of one kind: live, paper and simulated ones never mix, so that a sample's position is not streamed from
a real gateway.

A position names a contract, not a symbol of ours. It finds its symbol by the contract id; without one by IB's symbol,
unless that symbol is known here as another contract or in another currency: then it has no symbol, and that is said,
because the price of the wrong listing is worse than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from tickring.account_kind import mode_of_account
from tickring.db import Contract, Position, WorkingOrder
from tickring.errors import InvalidPosition, InvalidSymbol
from tickring.planner.contract_answers import is_foreign
from tickring.planner.position_table import unnamed_symbol, written_position
from tickring.planner.symbols import clean_symbol
from tickring.planner.wanted import Origin, WantedSymbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from tickring.config.structs import ContractConfig
    from tickring.positions import Position as WrittenPosition
    from tickring.states import ApiMode

__all__ = ["HeldSymbols", "find_held_symbols"]


class HeldSymbols(NamedTuple):
    """What is held, and what of it cannot be streamed."""

    symbols: tuple[WantedSymbol, ...]
    unnamed: dict[str, str]
    """`position SHOP (CAD)` to why it has no symbol."""
    positions: tuple[WrittenPosition, ...] | None = ()
    """All of these accounts, also flat ones, each under its symbol; None: one of them breaks a rule of the table."""


def find_held_symbols(session: Session, configured: Mapping[str, ContractConfig], api_mode: ApiMode) -> HeldSymbols:
    """Return the symbols of the positions and working orders of all accounts of this kind.

    `configured` are the contracts of the configuration, by symbol.
    """
    rows = [row for row in session.scalars(select(Contract)) if not is_foreign(row, api_mode)]
    kinds = {row.symbol: (row.sec_type, row.currency) for row in rows}
    by_con_id = {row.con_id: row.symbol for row in rows if row.con_id is not None}
    con_ids = {symbol: con_id for con_id, symbol in by_con_id.items()}
    for name, contract in configured.items():
        symbol = name.upper()
        kinds[symbol] = contract.sec_type, contract.currency
        if contract.con_id:
            by_con_id[contract.con_id] = symbol
            con_ids[symbol] = contract.con_id
    ib_names = {contract.symbol.upper(): name.upper() for name, contract in configured.items() if contract.symbol}
    found: dict[str, WantedSymbol] = {}
    unnamed: dict[str, str] = {}
    positions: list[WrittenPosition] = []
    broken: dict[str, str] = {}
    holdings: list[tuple[Origin, Position | WorkingOrder]] = [
        *((Origin.POSITION, row) for row in session.scalars(select(Position))),
        *((Origin.WORKING_ORDER, row) for row in session.scalars(select(WorkingOrder))),
    ]
    for origin, row in holdings:
        if mode_of_account(row.account) is not api_mode:
            continue
        name = row.symbol.strip().upper()
        symbol, why = by_con_id.get(row.con_id, "") if row.con_id is not None else "", ""
        if not symbol:
            symbol = ib_names.get(name, name)
            why = _why_not(row, symbol, kinds.get(symbol, ("STK", "USD")), con_ids.get(symbol))
        is_held = isinstance(row, WorkingOrder) or row.quantity != 0
        if is_held and why:
            unnamed[f"{origin.value.replace('_', ' ')} {row.symbol} ({row.currency})"] = why
        elif is_held:
            found.setdefault(symbol, WantedSymbol(symbol, origin))
        if isinstance(row, Position):
            try:
                positions.append(written_position(row, unnamed_symbol(row) if why else symbol))
            except InvalidPosition as error:
                broken[f"position {row.symbol} ({row.currency})"] = f"no position of any account is told: {error}"
    return HeldSymbols(tuple(found.values()), {**unnamed, **broken}, None if broken else tuple(positions))


def _why_not(row: Position | WorkingOrder, symbol: str, kind: tuple[str, str], con_id: int | None) -> str:
    sec_type, currency = kind
    try:
        clean_symbol(symbol)
    except InvalidSymbol as error:
        return str(error)
    heal = "; give it a symbol of its own: tickring contract pin NAME --con-id " + (
        str(row.con_id) if row.con_id else "N"
    )
    if row.con_id is not None and con_id is not None and row.con_id != con_id:
        return f"is contract {row.con_id}, but {symbol} is contract {con_id} here{heal}"
    if row.sec_type != sec_type:
        return f"is of type {row.sec_type}, but {symbol} is {sec_type} here{heal}"
    if row.currency != currency:
        return f"is in {row.currency}, but {symbol} is in {currency} here{heal}"
    return ""
