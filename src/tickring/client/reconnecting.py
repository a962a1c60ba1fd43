"""How long to wait before the next connection: doubled each time, spread by chance, forgotten after a good one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.client.timing import ClientTiming

__all__ = ["Reconnecting"]


class Reconnecting:
    """Seconds. One connection's."""

    def __init__(self, timing: ClientTiming) -> None:
        self._timing = timing
        self._failures = 0

    def wait_s(self, held_s: float) -> float:
        """Return how long to wait now, after a connection that held so long (0: there was none)."""
        if held_s >= self._timing.good_after_s:
            self._failures = 0
        wait_s = min(self._timing.backoff_limit_s, self._timing.backoff_first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        # Spread, or all clients of a service that starts again come at the same moment.
        return wait_s * random.uniform(0.5, 1.0)
