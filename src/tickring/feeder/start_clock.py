"""The parts of a start, each with its time on CLOCK_MONOTONIC, as debug lines that a benchmark can read.

`feeder.start part=ready at_ns=123456789`: the reader subtracts the moment in which the process before was killed.
"""

from __future__ import annotations

import logging
import time

__all__ = ["StartClock"]

_LOG = logging.getLogger("tickring.feeder")


class StartClock:
    """Each part is told once in the life of the process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def mark(self, part: str) -> None:
        """Say that this part is reached."""
        if part not in self._told:
            self._told.add(part)
            _LOG.debug("feeder.start part=%s at_ns=%d", part, time.monotonic_ns())
