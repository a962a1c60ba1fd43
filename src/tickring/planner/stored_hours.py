"""A contract's own hours as the database has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tickring.db import Contract

__all__ = ["StoredHours"]


class StoredHours(NamedTuple):
    """As IB writes them; empty: nothing is known."""

    time_zone_id: str = ""
    trading_hours: str = ""
    liquid_hours: str = ""

    @classmethod
    def of(cls, row: Contract) -> StoredHours:
        """Return what the gateway told of this contract."""
        return cls(row.time_zone_id, row.trading_hours, row.liquid_hours)
