"""How a process logs: to stderr, in words or as JSON, repetitions counted. Each process calls this once, at first."""

from __future__ import annotations

import logging
import os
import sys

from tickring.log_formats import JsonFormatter, TextFormatter
from tickring.log_repeats import RepeatCounter

__all__ = ["set_up_logging"]


def set_up_logging(process: str, level: str, form: str = "auto") -> None:
    """Log to stderr as `process`.

    `form`: `text`, `json`, or `auto`, which is JSON where stderr is systemd's journal and text elsewhere.
    """
    is_journal = _is_journal()
    is_json = form == "json" or (form == "auto" and is_journal)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process) if is_json else TextFormatter(process, has_time=not is_journal))
    repeats = RepeatCounter()
    repeats.handler = handler
    handler.addFilter(repeats)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _is_journal() -> bool:
    """Whether stderr still is the stream that systemd named (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        stderr = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"
