"""Samples a feeder's heartbeat stamp in a thread, beside how late the machine wakes the sampling thread itself."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Self

from tickring.reader import QuoteReader

__all__ = ["HeartbeatSampler"]

_PERIOD_S = 0.005
_WINDOW = 100
"""So many samples back a delay of the machine still excuses the feeder: half a second."""


class HeartbeatSampler:
    """Use as a context manager once the feeder runs. `worst_s`: the stamp's greatest age, less the machine's delay."""

    def __init__(self, segment_name: str) -> None:
        self._reader = QuoteReader.open(segment_name, api_mode="any")
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="heartbeat-sampler")
        self.worst_s = 0.0
        self.worst_raw_s = 0.0
        self.worst_overshoot_s = 0.0
        self.samples = 0

    def _sample(self) -> None:
        overshoots: deque[float] = deque(maxlen=_WINDOW)
        while not self._is_ending.is_set():
            before_s = time.monotonic()
            time.sleep(_PERIOD_S)
            overshoots.append(time.monotonic() - before_s - _PERIOD_S)
            age_s = self._reader.status().heartbeat_age_s
            self.samples += 1
            self.worst_raw_s = max(self.worst_raw_s, age_s)
            self.worst_overshoot_s = max(self.worst_overshoot_s, overshoots[-1])
            self.worst_s = max(self.worst_s, age_s - max(overshoots))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending.set()
        self._thread.join(10)
        self._reader.close()
