"""Which events of execution go out to clients: all, but for repetitions of those that say nothing new.

An order's fate and the kill switch are never compressed. Status and positions are repeated by whoever executes orders
whether or not something has changed; equal ones within two seconds are. An event goes out at once or not at all, so
that the order stays. Pure: the caller brings the clock. One thread.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

import msgspec

from tickring.api.bounded_lru import BoundedLRUCache
from tickring.api.bus_events import EventName

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.api.bus_events import ExecutionEvent

__all__ = ["COMPRESSED", "NEVER_COMPRESSED", "WSEventThrottler"]

NEVER_COMPRESSED: Final = frozenset(
    {
        EventName.EXECUTION_INTENT_CREATED,
        EventName.EXECUTION_ORDER_SUBMITTED,
        EventName.EXECUTION_ORDER_REJECTED,
        EventName.EXECUTION_ORDER_ACKNOWLEDGED,
        *(name for name in EventName if name.startswith("EXECUTION_KILL_SWITCH_")),
    }
)
"""Each goes out, also if it is the same as the one before."""
COMPRESSED: Final = frozenset({EventName.EXECUTION_STATUS, EventName.EXECUTION_POSITIONS_UPDATED})
"""Unchanged ones are left out for `within_s`. What stands in neither set goes out too."""
_SCOPES_AT_MOST: Final = 1000


class WSEventThrottler:
    """Remembers by name and scope what went out last, as a digest of its content."""

    def __init__(self, *, within_s: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: monotonic, in seconds. Raises ValueError: a time that is not above 0."""
        self.compressed = 0
        """Events that did not go out."""
        self._last: BoundedLRUCache[tuple[EventName, str], bytes] = BoundedLRUCache(
            _SCOPES_AT_MOST, within_s, clock=clock
        )

    def passes(self, event: ExecutionEvent) -> bool:
        """Return whether the event goes out; if it does, it is what later ones are compared with."""
        if event.name not in COMPRESSED:
            return True
        key = event.name, event.scope
        digest = _digest(event)
        if self._last.get(key) == digest:
            self.compressed += 1
            return False
        self._last.put(key, digest)
        return True


def _digest(event: ExecutionEvent) -> bytes:
    """What is compared: of positions the positions alone, whatever stands beside them."""
    content: object = event.content
    if event.name is EventName.EXECUTION_POSITIONS_UPDATED:
        content = event.content.get("positions", event.content)
    return hashlib.blake2b(msgspec.json.encode(content, order="deterministic"), digest_size=16).digest()
