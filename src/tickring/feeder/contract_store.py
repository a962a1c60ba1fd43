"""Contracts that an earlier life of the feeder resolved, so that a restart asks for ticks at once.

A contract is used only if it was resolved for the very description that is wanted now, by a gateway of the same kind
of account: a simulator's ids may be other instruments' at IB. Should the gateway not know it any more (error 200), it
is resolved anew; nothing is believed but ticks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.config.found_contracts import FOUND_CONTRACTS_VERSION, FoundContract, FoundContracts
from tickring.feeder.kept_file import KeptFile

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.config.structs import ContractConfig
    from tickring.known_contract import KnownContract

__all__ = ["ContractStore"]


class ContractStore:
    """By our symbol. `save` writes only what is new, at most as often as it is called."""

    def __init__(self, path: Path, api_mode: str) -> None:
        """`api_mode`: the kind of account that the gateway must have."""
        self._api_mode = api_mode
        self._file = KeptFile(path, FoundContracts)
        content = self._file.read()
        is_ours = content is not None and (content.version, content.api_mode) == (FOUND_CONTRACTS_VERSION, api_mode)
        self._entries = content.contracts if content is not None and is_ours else {}
        self._has_news = False

    def find(self, symbol: str, wanted: ContractConfig) -> KnownContract | None:
        """Return what this description led to before, None if nothing is known of it."""
        entry = self._entries.get(symbol)
        if entry is None or entry.wanted != wanted or not 0 < entry.known.con_id < 2**31:
            return None
        return entry.known

    def keep(self, symbol: str, wanted: ContractConfig, known: KnownContract) -> None:
        """Remember a contract for the next life."""
        self._entries[symbol] = FoundContract(wanted, known)
        self._has_news = True

    def drop(self, symbol: str) -> None:
        """Forget what has turned out wrong, or is not wanted any more."""
        self._has_news |= self._entries.pop(symbol, None) is not None

    def save(self) -> None:
        """Write the file if there is anything new."""
        if self._has_news:
            self._has_news = False
            self._file.write(FoundContracts(FOUND_CONTRACTS_VERSION, self._api_mode, self._entries))
