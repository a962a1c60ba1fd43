"""Times of a report as people read them: local time of day, with the date where that is another day."""

from __future__ import annotations

from datetime import datetime

from tickring.cli.printable import printable

__all__ = ["local_clock"]


def local_clock(iso: str) -> str:
    """Return `16:03:12`, or `03-04 16:03:12` for another day; a text that is no time as it is."""
    try:
        at = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return printable(iso)
    form = "%H:%M:%S" if at.date() == datetime.now(at.tzinfo).date() else "%m-%d %H:%M:%S"
    return at.strftime(form)
