"""Groups of processes as the kernel knows them (cgroup v1 or v2, whatever is there): a limit on memory, a freezer.

A frozen process of the old hierarchy does not even die of SIGKILL before it is thawed, like one that is stuck in a
driver.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KernelGroup", "freezer_group", "memory_group"]

_MEMORY = ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max"))
_FREEZER = ((Path("/sys/fs/cgroup/freezer"), "freezer.state"),)


class KernelGroup:
    """Processes that have one property in common."""

    def __init__(self, directory: Path, file: str) -> None:
        self._directory = directory
        self._file = directory / file

    def set(self, value: str) -> None:
        """Give the group its property."""
        self._file.write_text(value)

    def take_in(self, pid: int) -> None:
        """Move a process in."""
        (self._directory / "cgroup.procs").write_text(str(pid))


@contextmanager
def memory_group(name: str) -> Iterator[KernelGroup]:
    """Make a group whose memory has a limit in bytes, and remove it afterwards; skips where nobody may make one."""
    with _group(_MEMORY, name) as group:
        yield group


@contextmanager
def freezer_group(name: str) -> Iterator[KernelGroup]:
    """Make a group that is FROZEN or THAWED, thaw and remove it afterwards; skips where nobody may make one."""
    with _group(_FREEZER, name) as group:
        try:
            yield group
        finally:
            group.set("THAWED")


@contextmanager
def _group(places: tuple[tuple[Path, str], ...], name: str) -> Iterator[KernelGroup]:
    for root, file in places:
        directory = root / name
        try:
            directory.mkdir()
        except OSError:
            continue
        if not (directory / file).exists():
            directory.rmdir()
            continue
        try:
            yield KernelGroup(directory, file)
        finally:
            _remove(directory)
        return
    pytest.skip(f"needs root and a cgroup that may be written: {' or '.join(str(root) for root, _ in places)}")


def _remove(directory: Path) -> None:
    """The kernel lets go of a group when its last process has been waited for."""
    for _ in range(100):
        try:
            directory.rmdir()
        except OSError:
            time.sleep(0.05)
        else:
            return
    directory.rmdir()
