"""Log lines: for people at a terminal, and JSON for the journal and for programs."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from tickring.iso_time import iso_from_ns
from tickring.log_events import event_of

__all__ = ["JsonFormatter", "TextFormatter"]

_OWN = frozenset({"at", "level", "process", "pid", "event", "text", "exception"})


class TextFormatter(logging.Formatter):
    """`2026-03-04 05:06:07,080 feeder WARNING gateway.lost ...`; without the time where the journal has its own."""

    def __init__(self, process: str, *, has_time: bool) -> None:
        super().__init__(f"{'%(asctime)s ' if has_time else ''}{process} %(levelname)s %(message)s")


class JsonFormatter(logging.Formatter):
    """One object a line: at, level, process, pid, event, the event's fields, text; exception where there was one.

    A field that has the name of one of these gets an underscore behind it.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        event = event_of(record)
        line: dict[str, Any] = {
            "at": iso_from_ns(int(record.created * 1e9)),
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": record.process,
            "event": event.name,
        }
        line |= {f"{name}_" if name in _OWN else name: value for name, value in event.fields.items()}
        line["text"] = event.text
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()
