"""Say which contract a symbol is, and what other houses call it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.db import Contract, SymbolAlias
from tickring.db.event_log import Event, append_events
from tickring.errors import ContractConflict
from tickring.planner.symbols import clean_symbol

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tickring.config.structs import ContractConfig

__all__ = ["all_contracts", "find_contract", "pin_contract", "set_alias"]

_WORDS = ("exchange", "primary_exchange", "currency", "sec_type", "local_symbol", "trading_class")
_WORD_LIMIT = 40


def pin_contract(session: Session, symbol: str, contract: ContractConfig) -> Contract:
    """Make this the contract of the symbol, whatever the gateway says; it counts from the planner's next refresh on.

    Raises:
        InvalidSymbol: not a symbol.
        ContractConflict: another symbol is this contract already, or a word of it is no word.
    """
    symbol = clean_symbol(symbol)
    for word in ("symbol", *_WORDS):
        value = getattr(contract, word)
        if len(value) > _WORD_LIMIT or not (value.isprintable() and value.isascii()):
            rule = f"must be at most {_WORD_LIMIT} printable ASCII characters"
            raise ContractConflict(symbol, f"cannot be pinned: {word} is {value!r}, {rule}")
    if contract.con_id:
        other = session.scalar(select(Contract).where(Contract.con_id == contract.con_id, Contract.symbol != symbol))
        if other is not None:
            raise ContractConflict(
                symbol,
                f"cannot be contract {contract.con_id}: that is {other.symbol!r} already; "
                f"one contract has one symbol, use {other.symbol!r}, or pin that to another contract first",
            )
    row = session.get(Contract, symbol)
    if row is None:
        row = Contract(symbol=symbol)
        session.add(row)
    elif row.con_id != (contract.con_id or None):
        # What was known of the contract before is not known of this one.
        row.min_tick = row.multiplier = row.resolved_at = None
        row.time_zone_id = row.trading_hours = row.liquid_hours = ""
    row.con_id = contract.con_id or None
    row.ib_symbol = contract.symbol
    for word in _WORDS:
        value = getattr(contract, word)
        setattr(row, word, value if word in {"local_symbol", "trading_class"} else value.upper())
    row.is_pinned = True
    row.candidates = ""
    row.changed_at = datetime.now(UTC)
    session.flush()
    append_events(session, [Event("contract.pinned", symbol, data={"con_id": row.con_id, "currency": row.currency})])
    return row


def set_alias(session: Session, symbol: str, source: str, alias: str) -> None:
    """Say what a source calls a symbol whose contract is known here.

    Raises:
        ContractConflict: the symbol has no contract here, or the source calls another symbol so.
        InvalidSymbol: not a symbol.
    """
    symbol, source, alias = clean_symbol(symbol), source.strip().lower(), alias.strip()
    if session.get(Contract, symbol) is None:
        raise ContractConflict(symbol, f"has no contract here; tickring contract pin {symbol!r}")
    if not source or not alias or not (source + alias).isprintable() or len(source + alias) > 200:
        raise ContractConflict(symbol, f"cannot be called {alias!r} by {source!r}: both must be printable words")
    other = session.scalar(select(SymbolAlias).where(SymbolAlias.source == source, SymbolAlias.alias == alias))
    if other is not None and other.symbol != symbol:
        raise ContractConflict(symbol, f"cannot be {alias!r} at {source}: that is {other.symbol!r} already")
    session.merge(SymbolAlias(source=source, symbol=symbol, alias=alias))
    session.flush()
    append_events(session, [Event("contract.alias_set", symbol, alias, {"source": source})])


def all_contracts(session: Session) -> list[Contract]:
    """Return every contract by its symbol."""
    return list(session.scalars(select(Contract).order_by(Contract.symbol)))


def find_contract(session: Session, symbol: str) -> tuple[Contract | None, list[SymbolAlias]]:
    """Return what is known of a symbol.

    Raises:
        InvalidSymbol: not a symbol.
    """
    symbol = clean_symbol(symbol)
    aliases = session.scalars(select(SymbolAlias).where(SymbolAlias.symbol == symbol).order_by(SymbolAlias.source))
    return session.get(Contract, symbol), list(aliases)
