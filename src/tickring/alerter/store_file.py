"""The store on the disk: one file, replaced as a whole, by a thread that nobody waits for.

A disk that is full or hangs is what alerts are about: they go out all the same, and the status says that nothing is
kept meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from tickring.alerter.store import VERSION, Kept
from tickring.atomic_file import remove_dead_drafts, replace_file
from tickring.json_faults import JSON_FAULTS

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.alerter.store import Store

__all__ = ["StoreFile", "read_kept"]

_LOG = logging.getLogger("tickring.alerter")
_MODE = 0o600
_RETRY_S = 1.0


def read_kept(path: Path) -> Kept:
    """Return what the life before has kept; nothing if there is no file.

    One that is not ours is put aside as `<name>.broken`. Times are moved as if this process had always been there.
    """
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        if kept.version != VERSION:
            raise ValueError(f"its version is {kept.version}, this release has {VERSION}")
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, *JSON_FAULTS) as error:
        _LOG.error("alerter.state_unreadable path=%s error=%s", path, error)
        try:
            path.replace(path.with_name(f"{path.name}.broken"))
        except OSError as fault:
            _LOG.warning("alerter.state_not_put_aside path=%s error=%s", path, fault)
        return Kept()
    away_s = max(0.0, (time.time_ns() - kept.saved_ns) / 1e9)
    kept.faults.shift(time.monotonic() - (kept.saved_s + away_s))
    return kept


class StoreFile:
    """Saves whatever changes, soon after. `close` waits for the last change for a bounded time."""

    def __init__(self, path: Path, store: Store, *, stuck_s: float) -> None:
        """Touches nothing before `start`. `stuck_s`: a disk that takes longer counts as one that does not answer."""
        self._error: str | None = None
        self._since_s: float | None = None
        """Since when the disk is asked; None: it is not."""
        self._stuck_s = stuck_s
        self._path = path
        self._store = store
        self._saved = store.version
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="store-file", daemon=True)

    @property
    def fault(self) -> str | None:
        """Why the last change is not on the disk; None: it is, or will be in a moment."""
        since_s = self._since_s
        asked_s = 0.0 if since_s is None else time.monotonic() - since_s
        if asked_s > self._stuck_s:
            return f"what waits is not on the disk: {self._path}: no answer for {asked_s:.0f} s"
        return self._error

    def start(self) -> None:
        """Begin to save."""
        self._thread.start()

    def close(self, within_s: float) -> None:
        """Save what has changed and end; a disk that does not answer within the time is left alone."""
        with self._store.lock:
            self._is_ending = True
            self._store.changed.notify_all()
        self._thread.join(within_s)

    def _run(self) -> None:
        while self._wait():
            version, content = self._store.snapshot()
            self._since_s = time.monotonic()
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                if self._saved == 0:
                    remove_dead_drafts(self._path.parent)
                replace_file(self._path, content, mode=_MODE, fsync=True)
            except OSError as error:
                self._since_s = None
                if self._error is None:
                    _LOG.error("alerter.state_not_saved path=%s error=%s", self._path, error)
                self._error = f"what waits is not on the disk: {self._path}: {error.strerror}"
                if self._is_ending:
                    return
                time.sleep(_RETRY_S)
            else:
                self._saved, self._error, self._since_s = version, None, None

    def _wait(self) -> bool:
        """Return once there is something to save; False: nothing more will be."""
        with self._store.lock:
            while self._saved == self._store.version and not self._is_ending:
                self._store.changed.wait()
            return self._saved != self._store.version
