"""A log record as an event: a stable name, fields, and the text for people.

    _LOG.warning("child.backing_off child=%s delay_s=%.2f", name, delay_s)

The template itself names them: the first word with a dot in it is the event, each `key=%s` a field with the argument as
it is. Whatever else stands there is for people. docs/events.md lists all of them, held against the code by a test.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any, NamedTuple

__all__ = ["LogEvent", "event_name", "event_of", "template_of"]

_EVENT = re.compile(r"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)(?=[ :;]|$)")
_CONVERSION = re.compile(r"(?:(\w+)=)?%(%|[-#0 +]*\d*(?:\.\d+)?[a-zA-Z])")
_PLAIN = (str, int, float, bool, type(None))


class LogEvent(NamedTuple):
    """What a record says."""

    name: str
    """Of the event; of a library's record, which has none, the logger's."""
    fields: dict[str, Any]
    """By name, as they were given; what JSON does not know as text."""
    text: str
    """All of it, as one line for people."""


def event_name(text: str) -> str:
    """Return the event that a line or a template begins with; empty: none."""
    found = _EVENT.match(text)
    return "" if found is None else found[1]


@lru_cache(maxsize=1024)
def template_of(template: str) -> tuple[str, tuple[str | None, ...]]:
    """Return the event's name ("": none) and for each argument in turn the name of its field (None: it has none)."""
    return event_name(template), tuple(one[1] for one in _CONVERSION.finditer(template) if one[2] != "%")


def event_of(record: logging.LogRecord) -> LogEvent:
    """Take a record apart."""
    text = record.getMessage()
    name, keys = template_of(str(record.msg))
    if not name:
        return LogEvent(record.name, {}, text)
    arguments = record.args if isinstance(record.args, tuple) else ()
    fields = {
        key: value if isinstance(value, _PLAIN) else str(value)
        for key, value in zip(keys, arguments, strict=False)
        if key is not None
    }
    return LogEvent(name, fields, text)
