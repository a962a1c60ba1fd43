"""How a process logs: to stderr, in words or as JSON, repetitions counted. Each process calls this once, at first."""

from __future__ import annotations

import logging
import os
import sys
from typing import Protocol

from tickring.log_formats import JsonFormatter, TextFormatter
from tickring.log_repeats import RepeatCounter

__all__ = ["LogSettings", "set_up_logging"]


class LogSettings(Protocol):
    """The section `log` of the configuration."""

    @property
    def level(self) -> str:
        """Nothing below it is told."""
        ...

    @property
    def format(self) -> str:
        """`text`, `json`, or `auto`: JSON where stderr is systemd's journal."""
        ...

    @property
    def repeats_per_minute(self) -> int:
        """The same line is told so often within a minute; 0: every time."""
        ...


def set_up_logging(process: str, settings: LogSettings) -> None:
    """Log to stderr as `process`."""
    is_journal = _is_journal()
    is_json = settings.format == "json" or (settings.format == "auto" and is_journal)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process) if is_json else TextFormatter(process, has_time=not is_journal))
    if settings.repeats_per_minute > 0:
        repeats = RepeatCounter(told=settings.repeats_per_minute)
        repeats.handler = handler
        handler.addFilter(repeats)
    logging.basicConfig(level=settings.level.upper(), handlers=[handler], force=True)


def _is_journal() -> bool:
    """Whether stderr still is the stream that systemd named (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        stderr = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"
