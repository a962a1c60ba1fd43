"""The clock by which a client measures how old its proofs are."""

from __future__ import annotations

import time
from typing import Final

__all__ = ["elapsed_s"]

_CLOCK: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
"""Linux's own monotonic clock stands while the machine is suspended, and so does Python's on macOS."""


def elapsed_s() -> float:
    """Return seconds since some moment; no step of the time of day moves it, and it goes on in a suspended machine."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
