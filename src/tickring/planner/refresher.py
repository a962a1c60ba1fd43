"""Have a look taken by another thread, one at a time, so that the planner's loop turns whatever the look waits for."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickring.planner.set_look import Look, SetLook

__all__ = ["Refresher"]

_LOG = logging.getLogger("tickring.planner")


class Refresher:
    """Used by the loop's thread alone; the other one only hands over its result."""

    def __init__(self, look: SetLook) -> None:
        """Nothing runs yet."""
        self._look = look
        self._lock = threading.Lock()
        self._started_s: float | None = None
        self._result: Look | None = None
        self._is_retired = False

    @property
    def is_running(self) -> bool:
        """Whether a look is under way or its result not taken yet."""
        return self._started_s is not None

    def running_s(self) -> float:
        """Return how long the look under way has taken; 0: none is."""
        started_s = self._started_s
        return 0.0 if started_s is None else time.monotonic() - started_s

    def start(self) -> None:
        """Begin a look, unless one is under way."""
        if self._started_s is None:
            self._started_s = time.monotonic()
            threading.Thread(target=self._run, name="planner-look", daemon=True).start()

    def take(self) -> Look | None:
        """Return the result of a look that has ended; once."""
        with self._lock:
            result, self._result = self._result, None
            if result is not None:
                self._started_s = None
            return result

    def retire(self) -> None:
        """Let go of it: what it holds is closed now, or when the look under way ends."""
        with self._lock:
            is_idle = self._started_s is None or self._result is not None
            self._is_retired = True
        if is_idle:
            self._look.close()

    def _run(self) -> None:
        result: Look | None = None
        try:
            result = self._look.look()
        except Exception:  # noqa: BLE001 - the edge of a thread: the set stays as it is, the next refresh tries again
            _LOG.exception("planner.look_failed")
        with self._lock:
            self._result = result
            if result is None:
                self._started_s = None
            is_retired = self._is_retired
        if is_retired:
            self._look.close()
