"""Own one segment directory for life: the supervisor's half of the segment.

Who calls it: the supervisor process, from one thread. It writes the supervisor's line of the header and nothing else;
the feeder writes the rest. A new host takes a standing segment over - readers keep their mapping - after proving that
no writer of the old host lives on.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.errors import (
    NotASegment,
    SegmentError,
    SegmentNotFound,
    SegmentNotReady,
    SegmentSizeMismatch,
    SegmentVersionMismatch,
    SupervisorBusy,
    WriterBusy,
    WriterNotProvenDead,
)
from tickring.names import FEEDER_CONTRACTS_FILE, FEEDER_HISTORY_FILE, PLANNER_STATUS_FILE, SegmentPaths
from tickring.process_identity import ProcessIdentity
from tickring.segment_file import draft_segment, lock_segment_byte, prepare_directory, remove_litter, room_for
from tickring.states import ApiMode, RunState
from tickring.supervisor.fencing import end_writer

__all__ = ["SegmentHost", "SegmentLimits"]

_FIRST_EPOCHS = 1 << 15  # a quote shows 16 bits of the epoch: leave room to grow
_OWNER_BYTES = 40
_UNUSABLE = (SegmentNotFound, SegmentNotReady, SegmentVersionMismatch, SegmentSizeMismatch, NotASegment)


class SegmentLimits(NamedTuple):
    """What a segment is made for. Memory is about capacity x depth x 128 bytes, allocated at once."""

    capacity: int = _core.CAPACITY_DEFAULT
    """Symbols at a time, 1 to 1,048,576."""
    depth: int = _core.DEPTH_DEFAULT
    """Records kept per symbol, a power of two from 4 to 65,536; history and followers see depth - 2."""
    heartbeat_limit_s: float = 2.0
    """A feeder silent for longer reads `feed_down`; 0.05 to 300."""
    vouch_limit_s: float = 30.0
    """A symbol the feed has not proved itself for within this reads `stale`; 0.05 to 86,400."""

    def check(self) -> None:
        """Raise ValueError naming the field, its value and its range."""
        for name, low, high in (("heartbeat_limit_s", 0.05, 300.0), ("vouch_limit_s", 0.05, 86_400.0)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} is {value!r}, must be {low:g} to {high:g} seconds")
        _core.segment_bytes(self.capacity, self.depth)


class SegmentHost:
    """Holds the directory's supervisor lock from `open` to `close`.

    Threads: one. Processes: one a directory; the lock dies with the process and is free at once after SIGKILL.
    """

    def __init__(self, paths: SegmentPaths, lock: ByteLock, limits: SegmentLimits, api_mode: ApiMode) -> None:
        """Use `SegmentHost.open`."""
        self.paths = paths
        self.limits = limits
        self.api_mode = api_mode
        self._lock = lock
        self._writer_lock: ByteLock
        self._line: _core.SupervisorLine
        self._closers: list[Callable[[], None]] = [lock.close]

    @classmethod
    def open(
        cls,
        name: str | Path,
        *,
        limits: SegmentLimits | None = None,
        api_mode: ApiMode | str = ApiMode.LIVE,
        fence_timeout_s: float = 5.0,
    ) -> Self:
        """Own the segment called `name` (or in that directory): take a standing one over, or make it.

        A standing segment of the same capacity and depth goes on, so that readers keep their mapping; any other is
        replaced and readers move. `api_mode` is the kind of account this stream is meant for.

        Raises:
            SupervisorBusy: another living process owns the directory.
            WriterBusy: a writer of an unreadable segment (another release, a damaged file) is still alive: stop it
            first. SegmentNoSpace, SegmentPermissionDenied, InvalidName, ValueError: see their messages.
        """
        limits = limits or SegmentLimits()
        limits.check()
        paths = SegmentPaths.of(name)
        with room_for(paths, _core.segment_bytes(limits.capacity, limits.depth)):
            prepare_directory(paths)
            lock = _lock_directory(paths)
        host = cls(paths, lock, limits, ApiMode(api_mode))
        try:
            remove_litter(paths)
            host._take_or_make_segment(fence_timeout_s)
        except BaseException:
            host._release()
            raise
        return host

    # ---- the directory and its segment ----

    def _take_or_make_segment(self, fence_timeout_s: float) -> None:
        try:
            self._attach()
        except _UNUSABLE as error:
            self._refuse_living_writer(error)
            self._draft(self.limits, epoch=_first_epoch()).rename(self.paths.segment)
            self._attach()
            return
        # Superseded: a host died between the two steps of removing or replacing it.
        if self._line.superseded or not self._fits():
            self.replace(fence_timeout_s=fence_timeout_s)
            return
        self._line.set(
            state=RunState.STARTING,
            api_mode=self.api_mode,
            heartbeat_limit_ns=round(self.limits.heartbeat_limit_s * 1e9),
            vouch_limit_ns=round(self.limits.vouch_limit_s * 1e9),
        )

    def _attach(self) -> None:
        own = ProcessIdentity.own()
        writer_lock = lock_segment_byte(self.paths, _core.LOCK_BYTE_WRITER)
        self._closers.append(writer_lock.close)
        with writer_lock.another_descriptor() as fd:
            line = _core.SupervisorLine(fd, own.pid, own.start_ticks)
        self._closers.append(line.close)
        self._writer_lock, self._line = writer_lock, line

    def _refuse_living_writer(self, error: SegmentError) -> None:
        """A file that cannot be read may still have a writer, which cannot be named: do not pull it from under it."""
        if not self.paths.segment.is_file():
            return
        probe = ByteLock(self.paths.segment, _core.LOCK_BYTE_WRITER)
        try:
            if not probe.try_acquire():
                raise WriterBusy(
                    f"has a living writer, and its header cannot be read ({error}); stop that process first",
                    path=str(self.paths.segment),
                    pid=0,
                ) from error
        finally:
            probe.close()

    def _fits(self) -> bool:
        expected_bytes = _core.segment_bytes(self.limits.capacity, self.limits.depth)
        return self._line.geometry == (self.limits.capacity, self.limits.depth, expected_bytes)

    def _draft(self, limits: SegmentLimits, *, epoch: int) -> Path:
        return draft_segment(
            self.paths,
            capacity=limits.capacity,
            depth=limits.depth,
            epoch=epoch,
            heartbeat_limit_s=limits.heartbeat_limit_s,
            vouch_limit_s=limits.vouch_limit_s,
            api_mode=self.api_mode,
        )

    # ---- what a supervisor does with it ----

    @property
    def epoch(self) -> int:
        """The epoch granted last; 0 before the first."""
        return self._line.epoch

    def grant_epoch(self, *, fence_timeout_s: float = 5.0) -> int:
        """Fence the writer before, by its death, and return the epoch for the next one.

        Readers see `feed_down` from here until a writer has taken the epoch. If the old writer cannot be proven dead
        within `fence_timeout_s`, a new segment file takes its place and readers move.
        """
        epoch = self.try_grant_epoch(within_s=fence_timeout_s)
        if epoch is None:
            self._put_in_place(self._draft(self.limits, epoch=self._line.grant_epoch()))
            return self._line.grant_epoch()
        return epoch

    def try_grant_epoch(self, *, within_s: float) -> int | None:
        """Do as `grant_epoch`, but return None if the writer before is not proven dead within the time: ask again.

        For a loop that may not stand still; the writer has got SIGKILL meanwhile, and the segment stays as it is.
        """
        try:
            end_writer(self._writer_lock, self._line, timeout_s=within_s)
        except WriterNotProvenDead:
            return None
        # Raised while the lock is held: no writer can slip in between proof and fence.
        epoch = self._line.grant_epoch()
        self._writer_lock.release()
        return epoch

    def replace(self, *, limits: SegmentLimits | None = None, fence_timeout_s: float = 5.0) -> None:
        """Put a new, empty segment in the place of this one (directory full, other limits); its writer is ended first.

        Readers move by themselves. The next writer needs an epoch of its own. Without room for the new segment nothing
        changes: the old one and its writer go on.
        """
        wanted = limits or self.limits
        wanted.check()
        draft = self._draft(wanted, epoch=self._line.epoch + 1)
        try:
            # Not proven dead, it may go on scribbling into the old file: nobody believes that one any more.
            with contextlib.suppress(WriterNotProvenDead):
                end_writer(self._writer_lock, self._line, timeout_s=fence_timeout_s)
        except BaseException:
            draft.unlink()
            raise
        self.limits = wanted
        self._put_in_place(draft)

    def _put_in_place(self, draft: Path) -> None:
        """Rename the draft over the segment and send readers there. Each step leaves a state the next host can use."""
        old_line, old_lock = self._line, self._writer_lock
        old_line.grant_epoch()  # fences whoever still writes the old file, should this process die before the end
        draft.rename(self.paths.segment)
        self._attach()
        old_line.supersede()  # after the rename: a reader that is sent away must find where to go
        for done in (old_line.close, old_lock.close):
            self._closers.remove(done)
            done()

    def set_state(self, state: RunState | str) -> None:
        """Say what the feed is: `starting`, `running` and `degraded` let quotes be good, all else reads `feed_down`."""
        self._line.set(state=RunState(state))

    def heartbeat(self) -> None:
        """Stamp that the supervisor's loop turns."""
        self._line.heartbeat()

    def wait_for_feeder(self, *, timeout_s: float) -> bool:
        """Return whether a writer has taken the present epoch within the time."""
        deadline = time.monotonic() + timeout_s
        while self._line.feeder_epoch != self._line.epoch:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.001)
        return True

    def close(self, *, remove: bool = False) -> None:
        """Say `stopped` and give the directory back. Idempotent.

        The files stay for the next host, so that readers keep their mapping; with `remove` they go, and the memory
        with them once the last reader has let go.
        """
        if not self._closers:
            return
        try:
            self._line.set(state=RunState.STOPPED)
            if remove:
                self._line.supersede()
                self.paths.segment.unlink(missing_ok=True)
                self.paths.feeder_status.unlink(missing_ok=True)
                self.paths.positions.unlink(missing_ok=True)
                (self.paths.directory / PLANNER_STATUS_FILE).unlink(missing_ok=True)
                for name in (FEEDER_CONTRACTS_FILE, FEEDER_HISTORY_FILE):
                    (self.paths.directory / name).unlink(missing_ok=True)
                self.paths.supervisor_lock.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # somebody put a file of his own there
                    self.paths.directory.rmdir()
        finally:
            self._release()

    def _release(self) -> None:
        for done in reversed(self._closers):
            done()
        self._closers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _first_epoch() -> int:
    """Where epochs begin in a directory without a past: anywhere, so that no writer of a removed segment fits."""
    return secrets.randbelow(_FIRST_EPOCHS)


def _lock_directory(paths: SegmentPaths) -> ByteLock:
    """Return the acquired lock that makes this process the owner of the directory."""
    while True:
        try:
            lock = ByteLock(paths.supervisor_lock, 0, create_mode=0o600)
        except FileNotFoundError:  # the owner before has just removed the directory
            prepare_directory(paths)
            continue
        if not lock.try_acquire():
            pid = _named_owner(lock)
            lock.close()
            raise SupervisorBusy(
                f"is owned by another supervisor (pid {pid or 'unknown'}); stop it first, or use another segment name",
                path=str(paths.directory),
                pid=pid,
            )
        # The owner before may have removed the file between our open and our lock: then this lock guards nothing.
        with contextlib.suppress(FileNotFoundError):
            if paths.supervisor_lock.stat().st_ino == os.fstat(lock.fd).st_ino:
                break
        lock.close()
    own = ProcessIdentity.own()
    try:
        os.pwrite(lock.fd, f"{own.pid} {own.start_ticks}".ljust(_OWNER_BYTES).encode(), 0)
    except BaseException:
        lock.close()
        raise
    return lock


def _named_owner(lock: ByteLock) -> int:
    """Return the pid in the lock file if it is a living process, else 0 (its owner has not named itself yet)."""
    words = os.pread(lock.fd, _OWNER_BYTES, 0).split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        return 0
    owner = ProcessIdentity(*map(int, words))
    return owner.pid if owner.exists() else 0
