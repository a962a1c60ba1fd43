"""`--since` in words: `24h`, `90m`, `7d`, a date, or a time of today."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

__all__ = ["moment_of"]

_SPAN = re.compile(r"(\d+)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def moment_of(text: str, now: datetime) -> datetime:
    """Return the moment; `now` is aware, and its zone is that of dates and times without one.

    Raises:
        ValueError: it is none of these, or lies ahead.
    """
    text = text.strip()
    span = _SPAN.fullmatch(text)
    try:
        if span is not None:
            return now - timedelta(**{_UNITS[span[2]]: int(span[1])})
        if ":" in text and "-" not in text:
            found = datetime.combine(now.date(), time.fromisoformat(text), now.tzinfo)
            found = found if found <= now else found - timedelta(days=1)
        else:
            found = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time: give 24h, 7d, 2026-03-04 or 22:00 ({error})") from None
    found = found if found.tzinfo is not None else found.replace(tzinfo=now.tzinfo)
    if found >= now:
        raise ValueError(f"{text!r} lies ahead")
    return found
