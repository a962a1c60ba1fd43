"""At most so many messages in any second, no tenth of it much fuller than the others, and the urgent ones first.

IB ends connections that send more than 50 in a second (error 100), and counts when it reads: messages that left in two
full bursts a second apart arrive in one second if the gateway was slow with the first. Evenly sent, they do not. A
message counts from when its bytes were handed over: between that and its turn this process may have had to wait.

Everything that leaves takes from one bucket. A part of it is left to orders, so that one leaves at once however many
subscriptions wait, also when the rate has just been halved: what left before that does not hold up an order, as long as
the whole rate is kept. Among the others, whoever was refused keeps those behind it from being faster for a moment.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from math import ceil, inf

__all__ = ["PacingClass", "TokenBucket"]

_PARTS = 10
_CLAIM_PARTS = 2.0  # who does not come again within two tenths wants it no longer


class PacingClass(IntEnum):
    """The lower number goes first."""

    ORDER = 0
    """An order, or a question whose answer cannot wait."""
    CANCEL = 1
    """Gives a line back."""
    STREAM = 2
    """Contract details and streams."""
    SNAPSHOT = 3
    HISTORY = 4


class TokenBucket:
    """Sliding windows, so that no second whatever holds more. Times: seconds, monotonic clock, never backwards."""

    def __init__(self, per_s: float, orders_per_s: int = 0) -> None:
        """`orders_per_s`: of those, left to orders; at most half."""
        self._whole = max(1, int(per_s))
        self._orders = min(orders_per_s, self._whole // 2)
        self._period_s = max(1.0, 1.0 / per_s)
        self._taken_s: deque[float] = deque()
        self._orders_s: deque[float] = deque(maxlen=max(1, self._orders))
        self._claims_s = [-inf] * len(PacingClass)
        self._slow_until_s = -inf
        self._on_the_way = 0
        self.sent = dict.fromkeys(PacingClass, 0)
        """Messages in this life, by class."""

    # ---- the rate ----

    def slow_down(self, now_s: float, for_s: float) -> bool:
        """Go at half the rate for so long from now on; return whether the rate was whole before."""
        was_whole = not self.is_slow(now_s)
        self._slow_until_s = max(self._slow_until_s, now_s + for_s)
        return was_whole

    def is_slow(self, now_s: float) -> bool:
        """Whether the rate is halved."""
        return now_s < self._slow_until_s

    def slow_left_s(self, now_s: float) -> float:
        """Return how long the rate stays halved; `inf` if it is not, so that nothing changes by time alone."""
        return self._slow_until_s - now_s if self.is_slow(now_s) else inf

    def per_s(self, now_s: float) -> int:
        """Return how many may leave in a period now."""
        return max(1, self._whole // 2) if self.is_slow(now_s) else self._whole

    def in_period(self, now_s: float) -> int:
        """Return how many left within the last period."""
        return sum(one_s > now_s - self._period_s for one_s in self._taken_s)

    # ---- what leaves ----

    def take(self, now_s: float, kind: PacingClass = PacingClass.STREAM) -> bool:
        """Use one, if there is one."""
        if self.wait_s(now_s, kind) > 0.0:
            self._claims_s[kind] = now_s
            return False
        self._claims_s[kind] = -inf
        self.spend(now_s, kind)
        return True

    def spend(self, now_s: float, kind: PacingClass = PacingClass.STREAM) -> None:
        """Count one that leaves whether there is one or not: a session's first words."""
        self._taken_s.append(now_s)
        if kind is PacingClass.ORDER:
            self._orders_s.append(now_s)
        self._on_the_way += 1
        self.sent[kind] += 1

    def left(self, now_s: float, is_all: bool) -> None:
        """What was taken has been handed over by now; `is_all` false: some of it waits still, and counts anew later."""
        taken_s = self._taken_s
        for number in range(1, min(self._on_the_way, len(taken_s)) + 1):
            taken_s[-number] = now_s
        if is_all:
            self._on_the_way = 0

    def wait_s(self, now_s: float, kind: PacingClass = PacingClass.STREAM) -> float:
        """Return how long until there is one; 0 if there is."""
        taken_s = self._taken_s
        while taken_s and taken_s[0] <= now_s - self._period_s:
            taken_s.popleft()
        if kind is PacingClass.ORDER and self._has_orders_left(now_s):
            return max(0.0, self._room_s(now_s, *self._limits(self._whole, kind)) - now_s)
        claimed_s = max(self._claims_s[:kind], default=-inf)
        of_claims_s = claimed_s + _CLAIM_PARTS * self._period_s / _PARTS
        return max(0.0, self._room_s(now_s, *self._limits(self.per_s(now_s), kind)) - now_s, of_claims_s - now_s)

    def _room_s(self, now_s: float, limit: int, part_limit: int) -> float:
        """Return from when on a period and a tenth of it hold fewer than these."""
        taken_s = self._taken_s
        of_whole_s = taken_s[-limit] + self._period_s if len(taken_s) >= limit else now_s
        of_part_s = taken_s[-part_limit] + self._period_s / _PARTS if len(taken_s) >= part_limit else now_s
        return max(of_whole_s, of_part_s)

    def _has_orders_left(self, now_s: float) -> bool:
        """Whether fewer orders have left within the last period than are left to them."""
        orders = self._left_to_orders(self.per_s(now_s))
        return orders > 0 and (len(self._orders_s) < orders or self._orders_s[-orders] <= now_s - self._period_s)

    def _left_to_orders(self, limit: int) -> int:
        return min(self._orders, limit // 2)

    def _limits(self, limit: int, kind: PacingClass) -> tuple[int, int]:
        """Return how many of the rate's messages may leave in a period and in a tenth of it, all classes counted."""
        orders = self._left_to_orders(limit)
        shared = limit - orders
        part_limit = ceil(shared / _PARTS)
        return (limit, part_limit + orders) if kind is PacingClass.ORDER else (shared, part_limit)
