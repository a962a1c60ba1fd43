"""The state file as it lies on the disk: one entry per type of stream, replaced as a whole, written under a lock.

Whoever changes it holds `.streaming.json.lock` from reading to writing, so that two processes lose nothing of each
other's; whoever reads it needs no lock. A file that is not ours is put aside, never overwritten.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from tickring.atomic_file import replace_file
from tickring.byte_lock import ByteLock
from tickring.errors import StateFileBusy
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["StateFile", "StreamEntries", "StreamEntry"]

_LOG = logging.getLogger("tickring.state")
_LOCK_RETRY_S = 0.002
_MODE = 0o644


class StreamEntry(msgspec.Struct, kw_only=True):
    """What is kept of one type of stream; docs/states.md has every key. Times are aware."""

    start_time: datetime
    last_heartbeat: datetime
    last_data_time: datetime | None = None
    stopped_at: datetime | None = None
    total_updates: int = 0
    total_errors: int = 0
    symbols: list[str] = []
    life: str = ""
    """Who counted: another one has begun at 0."""
    counted_updates: int = 0
    counted_errors: int = 0


class StreamEntries(msgspec.Struct, kw_only=True):
    """The whole file. Unknown keys of a later release are dropped at the next write."""

    streaming_heartbeats: dict[str, StreamEntry] = {}


class StateFile:
    """The file at `path`. Threads: one. Processes: any number."""

    def __init__(self, path: Path, *, lock_timeout_s: float) -> None:
        """Touches nothing yet."""
        self.path = path
        self._lock_timeout_s = lock_timeout_s

    def read(self) -> StreamEntries:
        """Return what stands there; without a file, or with one that is not ours, nothing. Raises OSError."""
        content = self._content()
        try:
            return _entries_in(content)
        except ValueError as error:
            _LOG.warning("state.not_understood path=%s error=%r; the next heartbeat puts it aside", self.path, error)
            return StreamEntries()

    @contextmanager
    def changing(self) -> Generator[StreamEntries]:
        """Give what stands there for changing it; it is written at the end, unless an error comes out of the block.

        Makes the directory if it is not there.

        Raises:
            StateFileBusy: another process keeps the file locked.
            OSError: it could not be read or written; what stood there still stands.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = ByteLock(self.path.with_name(f".{self.path.name}.lock"), 0, create_mode=_MODE)
        try:
            deadline_s = time.monotonic() + self._lock_timeout_s
            while not lock.try_acquire():
                if time.monotonic() >= deadline_s:
                    raise StateFileBusy(str(self.path), self._lock_timeout_s)
                time.sleep(_LOCK_RETRY_S)
            entries = self._read_or_put_aside()
            yield entries
            replace_file(self.path, msgspec.json.format(msgspec.json.encode(entries)) + b"\n", mode=_MODE)
        finally:
            lock.close()

    def _read_or_put_aside(self) -> StreamEntries:
        content = self._content()
        try:
            return _entries_in(content)
        except ValueError as error:
            aside = self.path.with_name(f"{self.path.name}.broken-{time.time_ns()}")
            self.path.rename(aside)
            _LOG.warning("state.put_aside path=%s error=%r kept_as=%s", self.path, error, aside)
            return StreamEntries()

    def _content(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None


def _entries_in(content: bytes | None) -> StreamEntries:
    """Raise ValueError if it is nothing of ours."""
    if content is None:
        return StreamEntries()
    try:
        entries = msgspec.json.decode(content, type=StreamEntries)
    except JSON_FAULTS as error:
        raise ValueError(str(error)) from error
    for name, entry in entries.streaming_heartbeats.items():
        for time_of in (entry.start_time, entry.last_heartbeat, entry.last_data_time, entry.stopped_at):
            if time_of is not None and time_of.tzinfo is None:
                raise ValueError(f"{name} has a time without its zone: {time_of}")
    return entries
