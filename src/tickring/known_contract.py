"""What the gateway calls a symbol, found once: all that a request for its data needs.

The same eight fields wherever a contract is told or kept: in the feeder's streams, in the file beside the segment and
in the answers that go to the planner.
"""

from __future__ import annotations

import msgspec

__all__ = ["KnownContract"]

_WITHOUT_TRADES = frozenset({"CASH", "CMDTY", "CFD"})


class KnownContract(msgspec.Struct, frozen=True, kw_only=True):
    """As contract details said. `con_id` alone names it; the rest goes along as IB's clients send it."""

    con_id: int
    symbol: str
    """IB's."""
    sec_type: str
    exchange: str
    """Where requests for it go."""
    primary_exchange: str = ""
    currency: str
    local_symbol: str = ""
    trading_class: str = ""

    @property
    def bar_kind(self) -> str:
        """What its bars are made of: IB has no trades of currencies, metals and CFDs."""
        return "MIDPOINT" if self.sec_type in _WITHOUT_TRADES else "TRADES"
