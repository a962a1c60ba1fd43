"""The planner's times as text: those of the database, and moments of the monotonic clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tickring.iso_time import iso_from_ns

__all__ = ["iso_from_datetime", "iso_from_monotonic"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_from_datetime(moment: datetime) -> str:
    """Return an aware time as all files have it: ISO 8601, UTC, six decimals, `Z`."""
    return iso_from_ns((moment - _EPOCH) // timedelta(microseconds=1) * 1000)


def iso_from_monotonic(moment_s: float) -> str:
    """Return when that was or will be by the wall clock, as it runs now."""
    return iso_from_ns(time.time_ns() + int((moment_s - time.monotonic()) * 1e9))
