"""What repeats itself word for word is counted: the first few of a period come through, then one with the number."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RepeatCounter"]

_TEXTS_MAX = 256


class _Text:
    """One text within its period."""

    __slots__ = ("count", "level", "since_s")

    def __init__(self, since_s: float, level: int) -> None:
        self.since_s = since_s
        self.level = level
        self.count = 0


class RepeatCounter(logging.Filter):
    """A filter of a handler, so that it sees every record of the process. Counted: the whole text and its level."""

    def __init__(self, *, period_s: float = 60.0, told: int = 3, clock: Callable[[], float] = time.monotonic) -> None:
        """`told`: so many of the same come through within `period_s`; the rest is told as a number at its end."""
        super().__init__()
        self._period_s = period_s
        self._told = told
        self._clock = clock
        self._texts: dict[str, _Text] = {}
        self.handler: logging.Handler | None = None
        """Where the numbers go; set by whoever adds the filter."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this one is shown."""
        now_s = self._clock()
        self._end_periods(now_s)
        key = f"{record.levelno} {record.getMessage()}"
        known = self._texts.get(key)
        if known is None:
            if len(self._texts) < _TEXTS_MAX:
                known = self._texts[key] = _Text(now_s, record.levelno)
            else:
                return True
        known.count += 1
        return known.count <= self._told or record.exc_info is not None

    def _end_periods(self, now_s: float) -> None:
        """Texts are in the order of their beginnings."""
        while self._texts:
            key, text = next(iter(self._texts.items()))
            if now_s - text.since_s < self._period_s:
                return
            del self._texts[key]
            if text.count > self._told and self.handler is not None:
                self.handler.emit(_summary(key.split(" ", 1)[1], text, self._told, self._period_s))


def _summary(message: str, text: _Text, told: int, period_s: float) -> logging.LogRecord:
    template = "log.repeated times=%d within_s=%g of=%r"
    arguments = (text.count - told, period_s, message)
    return logging.LogRecord("tickring", text.level, __file__, 0, template, arguments, None)
