"""Times of the wall clock as text, for files and for people: ISO 8601 in UTC, always with six decimals and a `Z`.

Inside tickring a time is an integer in nanoseconds; text is made at the edge only.
"""

import time
from functools import lru_cache

__all__ = ["iso_from_ns"]


def iso_from_ns(ns: int) -> str:
    """Return `2026-03-04T05:06:07.080910Z` for nanoseconds since 1970 (CLOCK_REALTIME); digits beyond are cut off.

    Raises:
        ValueError: outside the years 1970 to 9999.
    """
    seconds, rest = divmod(ns, 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    # Many times of one write share their second; taking a second apart costs ten times what the rest does.
    if not 0 <= seconds < 253_402_300_800:
        raise ValueError(f"{seconds} s since 1970 is outside the years 1970 to 9999")
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
