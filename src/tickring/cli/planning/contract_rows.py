"""A contract of the database as the commands show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tickring.db import Contract

__all__ = ["contract_row"]


def contract_row(one: Contract) -> dict[str, Any]:
    """Return it in words; needs the planner's packages."""
    from tickring.planner.moments import iso_from_datetime

    return {
        "symbol": one.symbol,
        "con_id": one.con_id,
        "ib_symbol": one.ib_symbol,
        "sec_type": one.sec_type,
        "exchange": one.exchange,
        "primary_exchange": one.primary_exchange,
        "currency": one.currency,
        "is_pinned": one.is_pinned,
        "min_tick": None if one.min_tick is None else str(one.min_tick),
        "liquid_hours": one.liquid_hours,
        "time_zone_id": one.time_zone_id,
        "told_by": one.told_by,
        "resolved_at": None if one.resolved_at is None else iso_from_datetime(one.resolved_at),
        "candidates": [candidate["con_id"] for candidate in json.loads(one.candidates or "[]")],
    }
