"""The writer's role: ticks whose bid says when they were published, in us of CLOCK_MONOTONIC."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from bench._contenders.registry import contender
from bench._harness.quotes import symbols_of, values_of

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

__all__ = ["Ticking"]


class Ticking:
    """Served by an agent; every public method is a command."""

    def __init__(self, name: str, place: Path, size: int, pipe: Connection[Any, Any]) -> None:
        opening = contender(name).writer
        assert opening is not None
        self._pipe = pipe
        self._writer = opening(place, symbols_of(size))
        self._writer.keep_alive()

    def ready(self) -> None:
        """The store is there."""

    def tick(self, indices: range, ticks_per_s: float) -> int:
        """Tick these symbols in turn, unevenly, until told to stop; return how many ticks that were."""
        chance = random.Random(1)  # not for secrets
        written = 0
        due_s = time.monotonic()
        while not self._pipe.poll():
            due_s += chance.uniform(0.5, 1.5) / ticks_per_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            index = indices[written % len(indices)]
            _, ask, *others = values_of(index, written)
            self._writer.keep_alive()
            self._writer.publish_waking((index, time.monotonic_ns() / 1e3, ask, *others, time.time_ns()))
            written += 1
        self._pipe.recv()
        return written

    def stop(self) -> None:
        """Nothing: `tick` takes this command itself."""

    def close(self) -> None:
        """Close the store."""
        self._writer.close()
