"""The error of a symbol that is wanted by two contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.errors import TickringError

if TYPE_CHECKING:
    from tickring.config.structs import ContractConfig

__all__ = ["OtherContract"]


class OtherContract(TickringError):
    """A symbol is streamed already, by another contract than the one that is wanted now."""

    def __init__(self, symbol: str, has: ContractConfig, wanted: ContractConfig) -> None:
        super().__init__(
            f"{symbol!r} is streamed as {_words(symbol, has)}, and cannot be {_words(symbol, wanted)} too: "
            "remove the symbol first, or choose another name for the other contract"
        )


def _words(symbol: str, contract: ContractConfig) -> str:
    more = [
        f"{name} {value}"
        for name in ("primary_exchange", "con_id", "local_symbol", "trading_class")
        if (value := getattr(contract, name))
    ]
    place = f"{contract.exchange} in {contract.currency}"
    return ", ".join([contract.symbol or symbol, contract.sec_type, place, *more])
