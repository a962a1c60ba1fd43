"""What the supervisor is told, in order, by a thread of its own: a pipe that nobody empties stops no planner."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tickring.control.planner_messages import FromPlanner

__all__ = ["Outbox"]


class Outbox:
    """Sends JSON of `tickring.control.planner_messages`, one message a frame."""

    def __init__(self, pipe: Connection) -> None:
        """Start the thread; it ends with the process."""
        self.is_broken = False
        """The other end is gone."""
        self._pipe = pipe
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._sending_since_s: float | None = None
        threading.Thread(target=self._send_all, name="planner-outbox", daemon=True).start()

    def send(self, message: FromPlanner) -> None:
        """Hand over; returns at once."""
        self._waiting.put(msgspec.json.encode(message))

    def stuck_s(self) -> float:
        """Return how long the pipe has not taken the message under way; 0: none is."""
        since_s = self._sending_since_s
        return 0.0 if since_s is None else time.monotonic() - since_s

    def _send_all(self) -> None:
        while True:
            message = self._waiting.get()
            self._sending_since_s = time.monotonic()
            try:
                self._pipe.send_bytes(message)
            except OSError:
                self.is_broken = True
                return
            finally:
                self._sending_since_s = None
