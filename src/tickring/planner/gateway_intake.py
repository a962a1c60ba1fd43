"""All that comes from the gateway on its way into the database: positions, orders, contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.planner.account_intake import AccountIntake
from tickring.planner.contract_intake import ContractIntake
from tickring.planner.kept_contracts import KeptContracts
from tickring.states import ApiMode

if TYPE_CHECKING:
    from tickring.config import Config
    from tickring.db import Database

__all__ = ["GatewayIntake"]


class GatewayIntake:
    """Of one run: filled by the loop, emptied by the thread that asks the database."""

    def __init__(self, config: Config) -> None:
        """Nothing waits."""
        api_mode = ApiMode(config.stream.api_mode)
        self.accounts = AccountIntake()
        self.contracts = ContractIntake(api_mode)
        self.kept = KeptContracts(config.segment.name, api_mode, config.contracts)

    def flush(self, database: Database) -> None:
        """Write all that waits.

        Raises:
            DatabaseError: what was not written goes on waiting.
        """
        self.accounts.flush(database)
        self.kept.flush(database)
        self.contracts.flush(database)

    def take_renumbered(self) -> set[str]:
        """Return the symbols that are another contract now, as far as the feeder has not found that itself; once."""
        found, self.contracts.renumbered = self.contracts.renumbered, set()
        return found
