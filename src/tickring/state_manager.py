"""How long streams have run, and when each was last heard of: `data/state/streaming.json`.

For whoever watches from outside and asks seconds, not microseconds. One entry per type of stream, with two clocks:
`last_heartbeat` moves with every record, `last_data_time` only when updates have been counted, so a loop that turns
over a mute stream does not look healthy. Callers bring their own counts since they began; kept are sums of what was
added, so a caller that begins again at 0 neither loses nor doubles anything.

Times are of the wall clock in UTC, because the file outlives processes and machines: after a step backward an age is 0
until the clock has caught up, after a step forward the next heartbeat puts it right. The file is replaced as a whole;
readers need no lock.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from tickring.process_identity import ProcessIdentity
from tickring.state_file import StateFile, StreamEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["STATE_FILE", "StateManager", "StreamingAlert", "StreamingCheck", "StreamingHealth"]

STATE_FILE = "streaming.json"

_COUNTS = {"updates": "updates", "total_updates": "updates", "errors": "errors", "total_errors": "errors"}


class StreamingHealth(TypedDict):
    """What is known of one type of stream. Of an unknown one all numbers but the totals are None."""

    status: Literal["running", "stale", "not_running"]
    lag_seconds: float | None
    """Since the last heartbeat; 0.0 is as good as it gets."""
    data_lag_seconds: float | None
    """Since updates were last counted; None: never."""
    uptime_seconds: float | None
    total_updates: int
    total_errors: int
    symbols: list[str]


class StreamingAlert(TypedDict):
    """One thing that somebody must look at."""

    severity: Literal["critical"]
    component: Literal["streaming"]
    message: str
    details: dict[str, object]


class StreamingCheck(TypedDict):
    """The answer of `check_streaming_health`."""

    streaming_healthy: bool
    alerts: list[StreamingAlert]


class StateManager:
    """The state file at `path`. Threads: one. Processes: any number, each for its own types of stream or the same."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        timeout_s: float = 30.0,
        lock_timeout_s: float = 0.5,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Touches nothing yet.

        `timeout_s` (`stream.heartbeat_timeout_s`): a heartbeat older than this is `stale`. `lock_timeout_s`: so long
        another process may keep the file locked. `now` returns an aware time.

        Raises:
            ValueError: a time that is not above 0.
        """
        for name, value in (("timeout_s", timeout_s), ("lock_timeout_s", lock_timeout_s)):
            if not value > 0:
                raise ValueError(f"{name} is {value!r}, must be above 0 seconds")
        self.path = Path(path)
        self.timeout_s = timeout_s
        self._file = StateFile(self.path, lock_timeout_s=lock_timeout_s)
        self._now = now
        self._life = ""

    # ---- who streams ----

    def record_streaming_heartbeat(
        self, stream_type: str, symbols: Iterable[str], stats: Mapping[str, int | str]
    ) -> None:
        """Say that a stream's loop turns, what it streams, and what it has counted since it began.

        `stats` may have `updates` and `errors` (or `total_updates`, `total_errors`), both counted from 0 by one life of
        the caller, and `life`, any text that names that life: another one has begun at 0. Without `life` it is this
        process. Within one life a count below the last one has begun at 0 again. Writes the file, which may wait for
        the disk.

        Raises:
            ValueError: a key that does not exist, a count below 0.
            StateFileBusy: another process keeps the file locked.
            OSError: it could not be written; what stood there still stands.
        """
        updates, errors, life = self._of_stats(stats)
        with self._file.changing() as state:
            now = self._now()
            entry = state.streaming_heartbeats.get(stream_type)
            if entry is None:
                entry = StreamEntry(start_time=now, last_heartbeat=now, life=life)
                state.streaming_heartbeats[stream_type] = entry
            elif self._has_begun_again(entry, life, now):
                entry.start_time = now
            if entry.life != life:
                entry.life, entry.counted_updates, entry.counted_errors = life, 0, 0
            new_updates = _added(entry.counted_updates, updates)
            if new_updates:
                entry.last_data_time = now
            entry.total_updates += new_updates
            entry.total_errors += _added(entry.counted_errors, errors)
            entry.counted_updates, entry.counted_errors = updates, errors
            entry.last_heartbeat, entry.stopped_at = now, None
            entry.symbols = sorted(symbols)

    def record_streaming_stop(self, stream_type: str) -> None:
        """Say that a stream was ended on purpose: from now on it is `not_running`, which is no error.

        Totals and symbols stay. An unknown type changes nothing. Raises StateFileBusy, OSError as above.
        """
        with self._file.changing() as state:
            entry = state.streaming_heartbeats.get(stream_type)
            if entry is not None and entry.stopped_at is None:
                entry.stopped_at = self._now()

    # ---- who asks ----

    def get_streaming_health(self, stream_type: str) -> StreamingHealth:
        """Return how a stream is: `running`, `stale`, or `not_running` for one that is unknown or was stopped.

        Raises:
            OSError: the file is there and cannot be read.
        """
        return self._health_of(self._file.read().streaming_heartbeats.get(stream_type))

    def check_streaming_health(self) -> StreamingCheck:
        """Return whether every stream that should run does, with an alert for each that does not.

        A market that is closed changes nothing: heartbeats go on. Raises OSError as `get_streaming_health`.
        """
        alerts: list[StreamingAlert] = []
        for stream_type, entry in sorted(self._file.read().streaming_heartbeats.items()):
            health = self._health_of(entry)
            if health["status"] == "stale":
                alerts.append(self._alert(stream_type, health))
        return {"streaming_healthy": not alerts, "alerts": alerts}

    def _health_of(self, entry: StreamEntry | None) -> StreamingHealth:
        if entry is None or entry.stopped_at is not None:
            return {
                "status": "not_running",
                "lag_seconds": None,
                "data_lag_seconds": None,
                "uptime_seconds": None,
                "total_updates": 0 if entry is None else entry.total_updates,
                "total_errors": 0 if entry is None else entry.total_errors,
                "symbols": [] if entry is None else entry.symbols,
            }
        now = self._now()
        lag_s = _age_s(now, entry.last_heartbeat)
        return {
            "status": "running" if lag_s <= self.timeout_s else "stale",
            "lag_seconds": lag_s,
            "data_lag_seconds": None if entry.last_data_time is None else _age_s(now, entry.last_data_time),
            "uptime_seconds": _age_s(now, entry.start_time),
            "total_updates": entry.total_updates,
            "total_errors": entry.total_errors,
            "symbols": entry.symbols,
        }

    def _alert(self, stream_type: str, health: StreamingHealth) -> StreamingAlert:
        return {
            "severity": "critical",
            "component": "streaming",
            "message": f"{stream_type}: no heartbeat for {health['lag_seconds']:.1f} s, limit {self.timeout_s:g} s",
            "details": {"stream_type": stream_type, "timeout_seconds": self.timeout_s, **health},
        }

    # ---- what a caller has counted ----

    def _of_stats(self, stats: Mapping[str, int | str]) -> tuple[int, int, str]:
        counts = {"updates": 0, "errors": 0}
        life = ""
        for key, value in stats.items():
            if key == "life":
                life = str(value)
            elif key not in _COUNTS:
                raise ValueError(f"stats has {key!r}; there are life, {', '.join(_COUNTS)}")
            elif isinstance(value, str) or value < 0:
                raise ValueError(f"stats[{key!r}] is {value!r}, must be a number of at least 0")
            else:
                counts[_COUNTS[key]] = value
        if not life:
            self._life = self._life or "{0.pid}.{0.start_ticks}".format(ProcessIdentity.own())
            life = self._life
        return counts["updates"], counts["errors"], life

    def _has_begun_again(self, entry: StreamEntry, life: str, now: datetime) -> bool:
        was_silent = _age_s(now, entry.last_heartbeat) > self.timeout_s
        return entry.life != life or entry.stopped_at is not None or was_silent


def _added(before: int, count: int) -> int:
    """Return how much was added since the last count of the same life; below it, the life has begun at 0 again."""
    return count - before if count >= before else count


def _age_s(now: datetime, then: datetime) -> float:
    return max(0.0, (now - then).total_seconds())
