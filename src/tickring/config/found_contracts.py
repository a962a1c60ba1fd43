"""The file in which one life of the feeder leaves the contracts that it found: the next one and the planner read it.

Each stands with the description that led to it, as the configuration has it: for another description it means nothing.
"""

from __future__ import annotations

import msgspec

from tickring.config.structs import ContractConfig
from tickring.known_contract import KnownContract

__all__ = ["FOUND_CONTRACTS_VERSION", "FoundContract", "FoundContracts"]

FOUND_CONTRACTS_VERSION = 1


class FoundContract(msgspec.Struct, frozen=True):
    """A contract and the description that led to it."""

    wanted: ContractConfig
    known: KnownContract


class FoundContracts(msgspec.Struct, frozen=True):
    """The whole file; what a later release adds is ignored."""

    version: int
    api_mode: str
    """The kind of account that the gateway had."""
    contracts: dict[str, FoundContract]
    """By our symbol."""
