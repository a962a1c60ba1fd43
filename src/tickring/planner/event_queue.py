"""Events on their way into the log: kept while the database does not answer, with their own times, up to a limit."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tickring.db.event_log import Event, append_events

if TYPE_CHECKING:
    from tickring.db import Database

__all__ = ["EventQueue"]

_KEPT = 1000


class EventQueue:
    """Filled by the loop, emptied by the thread that asks the database. The oldest go when there are too many."""

    def __init__(self) -> None:
        """Nothing waits."""
        self.lost = 0
        self._waiting: deque[Event] = deque()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, kind: str, subject: str = "", text: str = "", *, at: datetime | None = None, **data: Any) -> None:
        """Note that this has happened; `at` None: just now."""
        with self._lock:
            if len(self._waiting) >= _KEPT:
                self._waiting.popleft()
                self.lost += 1
            self._waiting.append(Event(kind, subject, text, data, at or datetime.now(UTC)))

    def flush(self, database: Database) -> None:
        """Write all that waits.

        Raises:
            DatabaseError: nothing was written, and all of it goes on waiting.
        """
        with self._lock:
            events = list(self._waiting)
        if not events:
            return
        with database.writing() as session:
            append_events(session, events)
        with self._lock:
            for event in events:
                if self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
