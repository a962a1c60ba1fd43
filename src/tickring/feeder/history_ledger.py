"""Which historical requests were made, and when the next one may be: IB counts them over ten minutes.

IB's rules ("Historical Data Limitations"): so many requests in a window, no identical one within some seconds, few for
one contract, exchange and kind within a moment. Breaking them costs more requests. Times are seconds on a monotonic
clock, which goes on over a restart of the feeder: what `taken` returns can be handed to the next life's ledger.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickring.config.structs import FeederConfig

__all__ = ["HistoryLedger", "HistoryRequest"]


class HistoryRequest(msgspec.Struct, frozen=True, array_like=True):
    """One that was made. Both texts may be anything that is equal when the thing is."""

    at_s: float
    identity: str
    """The whole request."""
    contract: str
    """Contract, exchange and kind."""


class HistoryLedger:
    """Pure: nothing is sent here, and the time is the caller's."""

    def __init__(self, config: FeederConfig, earlier: Iterable[HistoryRequest] = (), now_s: float = 0.0) -> None:
        """`earlier`: of the life before; times that lie after `now_s` are another boot's and mean nothing."""
        self._config = config
        kept = sorted((one for one in earlier if one.at_s <= now_s), key=lambda one: one.at_s)
        self._taken = deque(kept)
        self._blocked_until_s = float("-inf")
        self.requests = 0
        """Made in this life."""

    def wait_s(self, identity: str, contract: str, now_s: float) -> float:
        """Return how long until this request may be made; 0: now."""
        config, taken = self._config, self._taken
        free_s = now_s + self.free_s(now_s)
        of_contract = [one.at_s for one in taken if one.contract == contract]
        if len(of_contract) >= config.history_contract_max:
            free_s = max(free_s, of_contract[-config.history_contract_max] + config.history_contract_s)
        same_s = [one.at_s for one in taken if one.identity == identity]
        if same_s:
            free_s = max(free_s, same_s[-1] + config.history_identical_s)
        return max(0.0, free_s - now_s)

    def free_s(self, now_s: float) -> float:
        """Return how long until any request at all may be made; 0: now."""
        config, taken = self._config, self._taken
        longest_s = max(config.history_window_s, config.history_identical_s, config.history_contract_s)
        while taken and taken[0].at_s <= now_s - longest_s:
            taken.popleft()
        free_s = self._blocked_until_s
        within = [one.at_s for one in taken if one.at_s > now_s - config.history_window_s]
        if len(within) >= config.history_window_max:
            free_s = max(free_s, within[-config.history_window_max] + config.history_window_s)
        return max(0.0, free_s - now_s)

    def take(self, identity: str, contract: str, now_s: float) -> bool:
        """Make the request, if it may be made."""
        if self.wait_s(identity, contract, now_s) > 0.0:
            return False
        self._taken.append(HistoryRequest(now_s, identity, contract))
        self.requests += 1
        return True

    def violated(self, now_s: float) -> None:
        """The gateway says that it was too much, whoever asked: nothing more for a while."""
        self._blocked_until_s = max(self._blocked_until_s, now_s + self._config.history_identical_s)

    def copy(self) -> HistoryLedger:
        """Return one that goes on from here by itself."""
        other = HistoryLedger(self._config)
        other._taken, other._blocked_until_s = self._taken.copy(), self._blocked_until_s
        return other

    def taken(self) -> list[HistoryRequest]:
        """Return what still counts, oldest first."""
        return list(self._taken)
