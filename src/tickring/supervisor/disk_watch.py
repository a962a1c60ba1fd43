"""Whether the disk of the files has room and answers, looked at beside the loop: a disk that hangs must not stop it.

Room alone does not tell (quota, read-only, rights), so the age of what the flusher writes every second counts too. That
is measured from when it was last seen to change, never by the file's own clock.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.config.structs import FilesConfig, SupervisorConfig

__all__ = ["DiskWatch"]

_STATUS_FILE = "stream/_status.json"  # docs/files.md
_ROOM_AGAIN = 1.1
"""So many times the limit must be free before a full disk counts as healed."""


class _Look(NamedTuple):
    at_s: float
    free_bytes: dict[str, int]
    """By directory."""
    written_ns: int
    """Of the flusher's status; 0: there is none."""


class DiskWatch:
    """One thread, which nobody waits for. `faults` is called in the loop."""

    def __init__(self, files: FilesConfig, settings: Callable[[], SupervisorConfig]) -> None:
        """Nothing is looked at before `start`."""
        self._directories = tuple(dict.fromkeys((files.data_root, files.state_dir)))
        self._status = Path(files.data_root) / _STATUS_FILE
        self._settings = settings
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk-watch", daemon=True)
        self._look = _Look(0.0, {}, 0)
        self._is_full: set[str] = set()
        self._written_ns = 0
        self._changed_s = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._look = _Look(time.monotonic(), {}, 0)
        self._thread.start()

    def close(self) -> None:
        """Have it end with its next look; one that hangs is left alone. Idempotent."""
        self._ending.set()

    def faults(self, now_s: float, flusher_since_s: float | None) -> dict[str, str]:
        """Return what is wrong by scope. `flusher_since_s`: since when the flusher runs; None: it does not."""
        settings, look = self._settings(), self._look
        faults: dict[str, str] = {}
        for directory, free in look.free_bytes.items():
            limit = settings.disk_free_min_bytes * (_ROOM_AGAIN if directory in self._is_full else 1.0)
            if free < limit:
                self._is_full.add(directory)
                least = settings.disk_free_min_bytes
                faults[f"disk of {directory}"] = (
                    f"{free:,} bytes are free where {directory} lies, supervisor.disk_free_min_bytes is {least:,}"
                )
            else:
                self._is_full.discard(directory)
        if now_s - look.at_s > settings.disk_stuck_s:
            faults["disk"] = (
                f"the disk of {' and '.join(self._directories)} has not answered for {now_s - look.at_s:.0f} s"
            )
        elif (silent_s := self._unwritten_s(now_s, look.written_ns, flusher_since_s)) > settings.disk_stuck_s:
            faults["files"] = f"{self._status} has not been written for {silent_s:.0f} s, though the flusher runs"
        return faults

    def _unwritten_s(self, now_s: float, written_ns: int, flusher_since_s: float | None) -> float:
        if flusher_since_s is None or written_ns != self._written_ns:
            self._written_ns, self._changed_s = written_ns, now_s
            return 0.0
        return now_s - max(self._changed_s, flusher_since_s)

    def _run(self) -> None:
        while not self._ending.wait(min(1.0, self._settings().disk_stuck_s / 4)):
            free = {directory: room for directory in self._directories if (room := _free_bytes(directory)) is not None}
            try:
                written_ns = self._status.stat().st_mtime_ns
            except OSError:
                written_ns = 0
            self._look = _Look(time.monotonic(), free, written_ns)


def _free_bytes(directory: str) -> int | None:
    """Return the room for this user where a directory lies, or would lie; None: nobody says."""
    place = Path(directory).absolute()
    for existing in (place, *place.parents):
        try:
            found = os.statvfs(existing)
        except OSError:
            continue
        return found.f_bavail * found.f_frsize if found.f_blocks else None
    return None
