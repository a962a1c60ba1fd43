"""Times of the wall clock as text, for files and for people: ISO 8601 in UTC, always with six decimals and a `Z`.

Inside tickring a time is an integer in nanoseconds; text is made at the edge only.
"""

import time
from functools import lru_cache

__all__ = ["iso_from_ns", "iso_now", "iso_or_none"]

_END_S = 253_402_300_800  # the year 10000


def iso_from_ns(ns: int) -> str:
    """Return `2026-03-04T05:06:07.080910Z` for nanoseconds since 1970 (CLOCK_REALTIME); digits beyond are cut off.

    Raises:
        ValueError: outside the years 1970 to 9999.
    """
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


def iso_or_none(ns: int) -> str | None:
    """Return the text as `iso_from_ns`, None for a time outside the years 1970 to 9999."""
    try:
        return iso_from_ns(ns)
    except ValueError:
        return None


def iso_now() -> str:
    """Return the present time; a wall clock outside the years 1970 to 9999 reads as the nearest there is."""
    return iso_from_ns(min(max(time.time_ns(), 0), _END_S * 1_000_000_000 - 1))


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    # Many times of one write share their second; taking a second apart costs ten times what the rest does.
    if not 0 <= seconds < _END_S:
        raise ValueError(f"{seconds} s since 1970 is outside the years 1970 to 9999")
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
