"""Samples a feeder's heartbeat stamp in a thread, and tells the feeder's own delays from those of a busy machine."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Self

from tickring.reader import QuoteReader

__all__ = ["HeartbeatSampler"]

_PERIOD_S = 0.005


class HeartbeatSampler:
    """Use as a context manager once the feeder runs. `worst_s`: the greatest age of a stamp, less the machine's part.

    The machine's part is the time in which the feeder could run and was not let (the kernel's count), or by how much
    this thread itself woke late meanwhile, whichever is more.
    """

    def __init__(self, segment_name: str, feeder_pid: int) -> None:
        self._reader = QuoteReader.open(segment_name, api_mode="any")
        self._schedstat = Path(f"/proc/{feeder_pid}/schedstat")
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="heartbeat-sampler")
        self.worst_s = 0.0
        self.worst_raw_s = 0.0
        self.stamps = 0

    def _waited_s(self) -> float:
        """How long the feeder has waited for a processor so far; counted when it gets one."""
        try:
            return int(self._schedstat.read_text().split()[1]) / 1e9
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            return 0.0

    def _sample(self) -> None:
        waited_s, peak_s, overshoot_s = self._waited_s(), 0.0, 0.0
        while not self._is_ending.is_set():
            before_s = time.monotonic()
            time.sleep(_PERIOD_S)
            overshoot_s = max(overshoot_s, time.monotonic() - before_s - _PERIOD_S)
            age_s = self._reader.status().heartbeat_age_s
            if age_s >= peak_s:
                peak_s = age_s
                continue
            # A new stamp: its predecessor's greatest age is known, and so is how long the feeder was kept waiting.
            now_waited_s = self._waited_s()
            self.stamps += 1
            self.worst_raw_s = max(self.worst_raw_s, peak_s)
            self.worst_s = max(self.worst_s, peak_s - max(overshoot_s, now_waited_s - waited_s))
            waited_s, peak_s, overshoot_s = now_waited_s, age_s, 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._is_ending.set()
        self._thread.join(10)
        self._reader.close()
