"""What the children cost: processor, memory, threads and open files, looked up at most once a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Figures", "ProcessFigures"]

_PERIOD_S = 1.0


class Figures(NamedTuple):
    """Of one process."""

    cpu_percent: float
    """Of one processor, since the look before; 0.0 at the first one."""
    rss_bytes: int
    threads: int
    open_files: int
    """Descriptors: files, sockets, pipes."""


class ProcessFigures:
    """Keeps one `psutil.Process` for each pid, so that a pid used again is not taken for the one before."""

    def __init__(self) -> None:
        self._processes: dict[int, psutil.Process] = {}
        self._figures: dict[int, Figures] = {}
        self._looked_s = float("-inf")

    def look(self, pids: Iterable[int], now_s: float) -> None:
        """Look these processes up, unless that was done within the last second. Some 100 us each."""
        if now_s - self._looked_s < _PERIOD_S:
            return
        self._looked_s = now_s
        self._figures = {}
        kept: dict[int, psutil.Process] = {}
        for pid in pids:
            try:
                process = self._processes.get(pid)
                if process is None or not process.is_running():  # another process has the pid now
                    process = psutil.Process(pid)
                with process.oneshot():
                    cpu = process.cpu_percent()
                    self._figures[pid] = Figures(
                        cpu, process.memory_info().rss, process.num_threads(), process.num_fds()
                    )
            except psutil.Error:  # it ended just now, or belongs to somebody else: there is nothing to tell of it
                continue
            kept[pid] = process
        self._processes = kept

    def of(self, pid: int | None) -> Figures | None:
        """Return the figures of the last look, None if it had none."""
        return None if pid is None else self._figures.get(pid)
