"""IB's limits on historical requests (IB's documentation, "Historical Data Limitations").

No identical request within 15 s; fewer than 6 requests for the same contract, exchange and type within 2 s; at most 60
requests in 10 minutes, BID_ASK counting double; at most 50 open at once. Hard for bars of 30 s and less; for longer
bars the simulator enforces only the number open at once.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["HistoryPacing"]

_IDENTICAL_S, _SAME_CONTRACT_S, _WINDOW_S = 15.0, 2.0, 600.0
_SAME_CONTRACT, _WINDOW, OPEN_AT_ONCE = 6, 60, 50


class _Taken(NamedTuple):
    at_s: float
    identity: object
    contract: object
    weight: int


class HistoryPacing:
    """Counts all clients together: the limits are the gateway's. Times are seconds on a monotonic clock."""

    def __init__(self) -> None:
        self._taken: deque[_Taken] = deque()

    def violation(self, now_s: float, *, identity: object, contract: object, is_bid_ask: bool, bar_s: float) -> bool:
        """Count a request; return whether it is against the rules (then it is not counted)."""
        if bar_s > 30.0:
            return False
        while self._taken and self._taken[0].at_s <= now_s - _WINDOW_S:
            self._taken.popleft()
        weight = 2 if is_bid_ask else 1
        same_contract = sum(
            taken.weight
            for taken in self._taken
            if taken.contract == contract and taken.at_s > now_s - _SAME_CONTRACT_S
        )
        if (
            any(taken.identity == identity and taken.at_s > now_s - _IDENTICAL_S for taken in self._taken)
            or same_contract + weight >= _SAME_CONTRACT
            or sum(taken.weight for taken in self._taken) + weight > _WINDOW
        ):
            return True
        self._taken.append(_Taken(now_s, identity, contract, weight))
        return False
