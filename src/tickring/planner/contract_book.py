"""How each symbol is named to the gateway: the configuration's word first, then the database's, else a US stock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from tickring.config.structs import ContractConfig
from tickring.db import Contract

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["contract_config_of", "contracts_for", "stored_contracts"]


def stored_contracts(session: Session) -> dict[str, ContractConfig]:
    """Return the pinned contracts of the database, by symbol.

    What the gateway has found is not among them: the feeder finds it by the same description, and a stream is not begun
    anew because its contract stands in the table now.
    """
    return {row.symbol: contract_config_of(row) for row in session.scalars(select(Contract).where(Contract.is_pinned))}


def contracts_for(
    symbols: Iterable[str], configured: Mapping[str, ContractConfig], stored: Mapping[str, ContractConfig]
) -> dict[str, ContractConfig]:
    """Return the contract of every symbol."""
    said = {name.upper(): contract for name, contract in configured.items()}
    return {symbol: said.get(symbol) or stored.get(symbol) or ContractConfig() for symbol in symbols}


def contract_config_of(row: Contract) -> ContractConfig:
    """Return a stored contract as the configuration would say it."""
    return ContractConfig(
        symbol=row.ib_symbol,
        sec_type=row.sec_type,
        exchange=row.exchange,
        primary_exchange=row.primary_exchange,
        currency=row.currency,
        con_id=row.con_id or 0,
        local_symbol=row.local_symbol,
        trading_class=row.trading_class,
    )
