"""Contract details that fit a symbol: which are the same listing, and how to tell a person of several."""

from __future__ import annotations

from typing import Any

__all__ = ["candidates", "distinct"]

_SHOWN = 5


def distinct(found: list[Any]) -> list[Any]:
    """Return one of each contract id, in their order."""
    by_id: dict[int, Any] = {}
    for details in found:
        by_id.setdefault(details.contract.conId, details)
    return list(by_id.values())


def candidates(symbol: str, found: list[Any]) -> str:
    """Return why a symbol is not resolved, and what would resolve it."""
    if not found:
        return f"IB knows no {symbol!r} as it is configured; see [contracts] in the configuration"
    shown = ", ".join(
        f"{details.contract.primaryExchange or details.contract.exchange} {details.contract.currency} "
        f"(con_id {details.contract.conId})"
        for details in found[:_SHOWN]
    )
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"{symbol!r} is ambiguous: {shown}{more}; name one in [contracts.{symbol!r}] by primary_exchange or con_id"
