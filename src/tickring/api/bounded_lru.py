"""A mapping with a hard bound: the entry used longest ago makes room, and entries may expire.

Pure: the clock is passed in. One thread.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

__all__ = ["BoundedLRUCache"]

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class BoundedLRUCache(Generic[K, V]):
    """Never holds more than `max_size` entries; one that was put longer than `ttl_seconds` ago is gone (None: never).

    Reading makes an entry the last one used and does not prolong its time.
    """

    def __init__(
        self,
        max_size: int = 1000,
        ttl_seconds: float | None = 300.0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock`: monotonic, in seconds.

        Raises:
            ValueError: a bound that is not above 0.
        """
        if max_size < 1:
            raise ValueError(f"max_size is {max_size}, must be at least 1")
        if ttl_seconds is not None and not ttl_seconds > 0:
            raise ValueError(f"ttl_seconds is {ttl_seconds}, must be above 0, or None for no limit")
        self.max_size = max_size
        self.ttl_seconds = ttl_seconds
        self.evictions = 0
        """Entries that made room for others."""
        self.expirations = 0
        """Entries whose time was over when they were looked at."""
        self._clock = clock
        self._entries: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        """Keep the value, with its whole time before it."""
        self._entries[key] = (value, self._clock())
        self._entries.move_to_end(key)
        while len(self._entries) > self.max_size:
            self._entries.popitem(last=False)
            self.evictions += 1

    def get(self, key: K) -> V | None:
        """Return the value, None if there is none or its time is over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, put_at_s = entry
        if self.ttl_seconds is not None and self._clock() - put_at_s >= self.ttl_seconds:
            del self._entries[key]
            self.expirations += 1
            return None
        self._entries.move_to_end(key)
        return value

    def discard(self, key: K) -> None:
        """Forget the entry if there is one; no eviction."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget all; no evictions."""
        self._entries.clear()

    def __len__(self) -> int:
        """Entries held, those whose time is over included until somebody looks at them."""
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        """Keys, the one used longest ago first."""
        return iter(list(self._entries))
