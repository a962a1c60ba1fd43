"""What the gateway calls a wanted symbol, found once: all that a request for its data needs, kept over restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tickring.config.structs import ContractConfig

__all__ = ["KnownContract"]

_WITHOUT_TRADES = frozenset({"CASH", "CMDTY", "CFD"})


class KnownContract(msgspec.Struct, frozen=True, kw_only=True):
    """As contract details said. `con_id` alone names it; the rest goes along as IB's clients send it."""

    con_id: int
    symbol: str
    sec_type: str
    exchange: str
    primary_exchange: str = ""
    currency: str
    local_symbol: str = ""
    trading_class: str = ""

    @classmethod
    def of(cls, contract: Any, wanted: ContractConfig) -> KnownContract:
        """Return it from ibapi's Contract; an exchange that is left open is the one asked for."""
        return cls(
            con_id=int(contract.conId),
            symbol=str(contract.symbol),
            sec_type=str(contract.secType),
            exchange=str(contract.exchange) or wanted.exchange,
            primary_exchange=str(contract.primaryExchange),
            currency=str(contract.currency),
            local_symbol=str(contract.localSymbol),
            trading_class=str(contract.tradingClass),
        )

    @property
    def bar_kind(self) -> str:
        """What its bars are made of: IB has no trades of currencies, metals and CFDs."""
        return "MIDPOINT" if self.sec_type in _WITHOUT_TRADES else "TRADES"
