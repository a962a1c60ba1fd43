"""The events of one process, handed to whoever subscribed to their type.

Published from any thread, handed on by one: `dispatch` runs where its owner calls it (the api: its event loop). The
queue between the two is bounded. Quotes and bars are superseded by the next ones: when there are too many, the oldest
are dropped and counted. Everything else is handed on first, in order, and refused rather than lost in silence.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from tickring.api.bus_events import BarReceived, QuoteReceived

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.api.bus_events import BusEvent

__all__ = ["EventBus"]

E = TypeVar("E", bound="BusEvent")
_LOG = logging.getLogger(__name__)


class EventBus:
    """`publish` from any thread; all else in the thread that dispatches."""

    def __init__(self, *, queue_max: int = 20_000, wake: Callable[[], object] | None = None) -> None:
        """`queue_max`: of each of the two kinds. `wake`: called in the publisher's thread when `dispatch` is due.

        Raises:
            ValueError: a queue without room.
        """
        if queue_max < 1:
            raise ValueError(f"queue_max is {queue_max}, must be at least 1")
        self.published = 0
        self.dropped = 0
        """Quotes and bars that newer ones pushed out of the queue."""
        self.refused = 0
        """Other events for which there was no room."""
        self.failed = 0
        """Calls of subscribers that raised."""
        self._queue_max = queue_max
        self._wake = wake
        self._lock = threading.Lock()
        self._superseded: deque[BusEvent] = deque()
        self._others: deque[BusEvent] = deque()
        self._subscribers: dict[type[Any], list[Callable[[Any], object]]] = {}
        self._is_dispatching = False

    def subscribe(self, kind: type[E], subscriber: Callable[[E], object]) -> Callable[[], None]:
        """Call `subscriber` with each event of this very type from now on; return what ends that."""
        self._subscribers.setdefault(kind, []).append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers[kind]:
                self._subscribers[kind].remove(subscriber)

        return unsubscribe

    @property
    def is_full(self) -> bool:
        """Whether one more quote or bar would push another out."""
        with self._lock:
            return len(self._superseded) >= self._queue_max

    def publish(self, event: BusEvent) -> bool:
        """Queue the event; False if there was no room for it."""
        with self._lock:
            was_empty = not self._superseded and not self._others
            if isinstance(event, QuoteReceived | BarReceived):
                if len(self._superseded) >= self._queue_max:
                    self._superseded.popleft()
                    self.dropped += 1
                self._superseded.append(event)
            elif len(self._others) >= self._queue_max:
                self.refused += 1
                return False
            else:
                self._others.append(event)
            self.published += 1
        if was_empty and self._wake is not None:
            self._wake()
        return True

    def dispatch(self) -> int:
        """Hand on what is queued, also what subscribers publish meanwhile; return how many events that were.

        A subscriber that raises is counted and logged, and the next one is called. Called from within a subscriber it
        does nothing: the outer call goes on.
        """
        if self._is_dispatching:
            return 0
        self._is_dispatching = True
        handed_on = 0
        try:
            while (event := self._next()) is not None:
                handed_on += 1
                for subscriber in tuple(self._subscribers.get(type(event), ())):
                    self._call(subscriber, event)
        finally:
            self._is_dispatching = False
        return handed_on

    def __len__(self) -> int:
        """Events queued."""
        with self._lock:
            return len(self._superseded) + len(self._others)

    def _next(self) -> BusEvent | None:
        with self._lock:
            if self._others:
                return self._others.popleft()
            return self._superseded.popleft() if self._superseded else None

    def _call(self, subscriber: Callable[[Any], object], event: BusEvent) -> None:
        try:
            subscriber(event)
        except Exception:  # noqa: BLE001 - the edge of one subscriber: the others must hear of the event all the same
            self.failed += 1
            if self.failed & (self.failed - 1) == 0:  # the 1st, 2nd, 4th, 8th ...: told, not repeated for ever
                _LOG.exception("bus.subscriber_failed event=%s failed=%d", event.name, self.failed)
