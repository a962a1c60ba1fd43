"""Another session of the same user has taken the market data (10197): one symbol asks when it comes back, all return.

Every request is refused while it lasts, so asking for all of them again and again would be a storm for nothing. The
refusals of many symbols are one episode. It ends with a price of the symbol that was tried, and by nothing else. Pure:
the time is the caller's.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from tickring.config.structs import FeederConfig

__all__ = ["CompetingSession"]


class CompetingSession:
    """Times: seconds, monotonic clock."""

    def __init__(self, config: FeederConfig) -> None:
        self._first_wait_s = config.competing_retry_s
        self._longest_wait_s = max(config.competing_retry_s, config.competing_retry_limit_s)
        self._wait_s = self._first_wait_s
        self._refused_s = -inf
        self._try_at_s = inf
        self._tried: str | None = None
        self._tried_before: dict[str, None] = {}
        self.is_on = False
        """Whether the data is somebody else's."""

    @property
    def tried(self) -> str | None:
        """The one symbol that may ask now; None: nobody."""
        return self._tried

    def refused(self, symbol: str, now_s: float) -> bool:
        """A stream was refused or taken away by 10197; return whether that is news.

        One that comes back soon after its end goes on waiting as long as before.
        """
        if not self.is_on:
            if now_s > self._refused_s + 2.0 * self._longest_wait_s:
                self._wait_s = self._first_wait_s
            self.is_on, self._refused_s = True, now_s
            self._try_at_s, self._tried = now_s + self._wait_s, None
            self._tried_before.clear()
            return True
        self._refused_s = now_s
        if symbol == self._tried:
            self._fail(now_s)
        return False

    def unanswered(self, symbol: str, now_s: float) -> None:
        """The symbol that was tried brought nothing, or was refused for another reason: another one is next."""
        if self.is_on and symbol == self._tried:
            self._fail(now_s)

    def confirmed(self, symbol: str) -> bool:
        """A first price of a stream has come; return whether that ends it, so that all may ask again."""
        if not self.is_on or symbol != self._tried:
            return False
        self._end()
        return True

    def reconnected(self) -> None:
        """A new session with the gateway: one symbol asks at once."""
        self._tried = None
        if self.is_on:
            self._try_at_s = -inf

    def choose(self, symbols: Collection[str], now_s: float) -> float:
        """Have one of the symbols, the most important first, asked for if it is time.

        Return in how many seconds to call again. Nobody left who waits ends it.
        """
        if not self.is_on:
            return inf
        if not symbols:
            self._end()
            return inf
        if self._tried is not None and self._tried not in symbols:
            self._tried = None  # wanted no longer
            self._try_at_s = now_s
        if self._tried is not None:
            return inf
        if now_s < self._try_at_s:
            return self._try_at_s - now_s
        waiting = set(symbols)
        self._tried_before = {one: None for one in self._tried_before if one in waiting}
        fresh = (one for one in symbols if one not in self._tried_before)
        self._tried = next(fresh, None) or next(iter(self._tried_before))
        self._tried_before.pop(self._tried, None)
        self._tried_before[self._tried] = None
        return 0.0

    def _fail(self, now_s: float) -> None:
        self._tried = None
        self._wait_s = min(self._longest_wait_s, self._wait_s * 2.0)
        self._try_at_s = now_s + self._wait_s

    def _end(self) -> None:
        self.is_on, self._tried, self._try_at_s = False, None, inf
