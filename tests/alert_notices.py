"""Messages of the alerts, made up."""

from __future__ import annotations

from typing import Any

from tickring.alerter.notice import Notice, NoticeEvent
from tickring.episodes import Severity
from tickring.iso_time import iso_now

__all__ = ["notice"]


def notice(number: int = 1, event: NoticeEvent = NoticeEvent.OPEN, **changes: Any) -> Notice:
    """A message about something."""
    values: dict[str, Any] = {
        "mark": f"m{number}",
        "event": event,
        "alert": "a",
        "kind": "degraded",
        "scope": "stream",
        "severity": Severity.WARNING,
        "at": iso_now(),
        "since": iso_now(),
        "cause": f"cause {number}",
    }
    return Notice(**{**values, **changes})
