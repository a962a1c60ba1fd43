"""Which contract to ask the gateway about next: one at a time and spread out, so that it never is a storm.

First those of which nothing is known but their number, and those whose stream was refused because the gateway does not
know them; then those that were told too long ago, the oldest first, while their market is closed. What grew twice as
old is asked about while it is open, too. Contracts that are not streamed come when no streamed one is due: those that
are wanted and have no place, and those that were told once. Their market does not matter, because no stream hangs on
them, and one that brings no single answer is asked about as rarely as one that does.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tickring.control.messages import AskContract
from tickring.feeder_answers import ContractAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tickring.config.structs import ContractConfig, PlannerConfig

__all__ = ["ContractClerk"]

_NEVER = float("inf")


class ContractClerk:
    """Of one run. Times: seconds of the monotonic clock, ages by the wall clock."""

    def __init__(self, settings: PlannerConfig) -> None:
        """Nothing is asked yet."""
        self._settings = settings
        self._next_at_s = 0.0
        self._not_before_s: dict[str, float] = {}
        self._idle_not_before_s: dict[str, float] = {}
        self._refused: set[str] = set()

    def step(
        self,
        now_s: float,
        now: datetime,
        *,
        streamed: Mapping[str, ContractConfig],
        others: Mapping[str, ContractConfig],
        told_at: Mapping[str, datetime | None],
        is_open: Callable[[str], bool | None],
    ) -> AskContract | None:
        """Return the question that is due, None: none is.

        `others`: wanted or kept; those of `streamed` among them do no harm. `told_at`: when the gateway last told all
        of a symbol's contract; `is_open` is None where nobody knows.
        """
        if now_s < self._next_at_s:
            return None
        self._next_at_s = now_s + self._settings.contract_period_s
        best = self._most_urgent(streamed, self._not_before_s, now_s, now, told_at, is_open)
        if best:
            self._not_before_s[best] = now_s + self._settings.contract_retry_s
            self._refused.discard(best)
            return AskContract(best, streamed[best])
        idle = {symbol: contract for symbol, contract in others.items() if symbol not in streamed}
        best = self._most_urgent(idle, self._idle_not_before_s, now_s, now, told_at, lambda _symbol: False)
        if best:
            self._idle_not_before_s[best] = now_s + self._settings.contract_age_limit_s
            return AskContract(best, idle[best])
        return None

    def hear(self, answer: ContractAnswer, now_s: float) -> bool:
        """Take what was said; return whether it is an answer to write down."""
        if answer.question == 0:
            self._refused.add(answer.symbol)
            return False
        if not answer.found and not answer.code:  # nobody answered: not the contract's fault
            again_at_s = now_s + self._settings.refresh_interval_s
            self._not_before_s[answer.symbol] = self._idle_not_before_s[answer.symbol] = again_at_s
            return False
        return True

    def _most_urgent(
        self,
        symbols: Iterable[str],
        not_before_s: Mapping[str, float],
        now_s: float,
        now: datetime,
        told_at: Mapping[str, datetime | None],
        is_open: Callable[[str], bool | None],
    ) -> str:
        best, most = "", 0.0
        for symbol in symbols:
            if now_s >= not_before_s.get(symbol, 0.0):
                urgency = self._urgency(symbol, told_at.get(symbol), now, is_open)
                if urgency > most:
                    best, most = symbol, urgency
                if urgency == _NEVER:
                    break
        return best

    def _urgency(
        self, symbol: str, told_at: datetime | None, now: datetime, is_open: Callable[[str], bool | None]
    ) -> float:
        if told_at is None or symbol in self._refused:
            return _NEVER
        limit_s = self._settings.contract_age_limit_s
        age_s = (now - told_at).total_seconds()
        if age_s <= limit_s or (age_s <= 2 * limit_s and is_open(symbol) is not False):
            return 0.0
        return age_s
