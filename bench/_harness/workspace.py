"""The private place of one run in /dev/shm, and its removal whatever happens.

Its name holds the pid, so that a run that was killed outright is cleaned up after by the next one. Peers that insist on
files of their own (iceoryx2, UltraDict) get names with the same mark.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Self

__all__ = ["Workspace"]

_SHM = Path("/dev/shm")
_START = "tickring-bench-"
_PEERS = ("iox2_bench_", "ultradict-bench-")


class Workspace:
    """A directory; one below it per store. Use it in a `with`."""

    def __init__(self) -> None:
        self.root = _SHM / f"{_START}{os.getpid()}"

    def place(self, contender: str, size: int) -> Path:
        """Return the directory of one contender's store of `size` symbols."""
        place = self.root / f"{contender}-{size}"
        place.mkdir(exist_ok=True)
        return place

    def __enter__(self) -> Self:
        for directory in _SHM.glob(f"{_START}*"):
            if not Path("/proc", directory.name.removeprefix(_START)).exists():
                _remove(directory)
        _remove(self.root)
        self.root.mkdir(mode=0o700)
        return self

    def __exit__(self, *exc_info: object) -> None:
        _remove(self.root)


def _remove(directory: Path) -> None:
    mark = directory.name.removeprefix(_START)
    for start in _PEERS:
        for separator in "-_":
            for file in _SHM.glob(f"{start}{mark}{separator}*"):
                file.unlink(missing_ok=True)
    shutil.rmtree(directory, ignore_errors=True)
