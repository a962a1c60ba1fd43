"""Episodes: what went wrong, from when to when, for event log, alerts and dashboards; told once, not once per symptom.

Feeder and supervisor each keep a book. A fault that shows again while its episode is open counts, and opens nothing
new. The feeder's book travels in its status file, the supervisor's answers at the control socket carry both. Pure:
whoever writes brings the time.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from tickring.iso_time import iso_from_ns

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Episode", "EpisodeBook", "EpisodeKind", "Severity"]


class Severity(StrEnum):
    """How soon a person should look."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class EpisodeKind(StrEnum):
    """What is wrong. Names are stable: alerts, metrics, runbooks and the event log use them."""

    DEGRADED = "degraded"
    """The stream as a whole is not what it should be."""
    DISCONNECTED = "disconnected"
    """No stream though one is wanted."""
    GATEWAY_LOST = "gateway_lost"
    """No connection to the gateway, or none that answers."""
    LINK_DOWN = "link_down"
    """The gateway has lost IB (1100)."""
    FARM_DOWN = "farm_down"
    """One of IB's data farms is said to be away, or all of its symbols are silent."""
    STREAM_SILENT = "stream_silent"
    """No symbol has data though markets are open."""
    SYMBOL_SILENT = "symbol_silent"
    """One symbol has no data for longer than it is used to."""
    COMPETING_SESSION = "competing_session"
    """Another session of the same user takes the market data (10197)."""
    NO_PERMISSION = "no_permission"
    LINES_EXHAUSTED = "lines_exhausted"
    """More symbols are wanted than there are market data lines."""
    PACING = "pacing"
    """The gateway says that too much is asked (100)."""
    ID_TAKEN = "id_taken"
    """The client id belongs to somebody else (326)."""
    CLOCK_SKEW = "clock_skew"
    """The gateway's clock and this machine's differ."""
    DISK_FULL = "disk_full"
    """Files cannot be written."""
    LOCK_CONFLICT = "lock_conflict"
    """Somebody else holds what this service needs."""
    CHILD_DOWN = "child_down"
    """A process of the service has ended or hangs."""
    GAVE_UP = "gave_up"
    """A process ended too often: it is tried again slowly."""


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """One of them, as of its last change. Times are ISO 8601 in UTC, durations seconds."""

    episode_id: str
    """Unique: the book's name and a number."""
    kind: EpisodeKind
    scope: str
    """Whom it concerns: `stream`, `gateway`, `symbol SPY`, `farm usfarm`, `child feeder`."""
    severity: Severity
    cause: str
    """In words, as known when it opened."""
    heals: str = ""
    """What ends it, in words."""
    code: int = 0
    """The gateway's code that opened it; 0: none."""
    opened_at: str
    closed_at: str | None = None
    """None: it is open."""
    duration_s: float = 0.0
    """From open to close; of an open one 0: ask the clock."""
    count: int = 1
    """How often the fault has shown."""
    sequence: int
    """Of its last change; grows within one book."""

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.closed_at is None


class EpisodeBook:
    """The episodes of one writer. Bounded: `open_max` open ones, of the closed ones the newest `closed_max`.

    Not shared between threads.
    """

    def __init__(self, name: str, *, open_max: int = 256, closed_max: int = 64) -> None:
        """`name`: begins the ids; another for each life of a writer (`feeder-12`)."""
        self._name = name
        self._open_max = open_max
        self._open: dict[tuple[EpisodeKind, str], Episode] = {}
        self._opened_s: dict[tuple[EpisodeKind, str], float] = {}
        self._closed: deque[Episode] = deque(maxlen=closed_max)
        self._number = 0
        self.sequence = 0
        """Of the last change."""
        self.untold = 0
        """Episodes that found no place, because so many were open."""

    def __iter__(self) -> Iterator[Episode]:
        """Closed ones first, oldest first, then the open ones."""
        yield from self._closed
        yield from self._open.values()

    def is_open(self, kind: EpisodeKind, scope: str) -> bool:
        """Whether such an episode goes on."""
        return (kind, scope) in self._open

    def open(
        self,
        kind: EpisodeKind,
        scope: str,
        *,
        cause: str,
        heals: str = "",
        code: int = 0,
        severity: Severity = Severity.WARNING,
        now_s: float,
        now_ns: int,
    ) -> Episode | None:
        """Open an episode and return it; None if it was open (then it counts) or no place is left.

        `now_s`: monotonic; `now_ns`: the same moment on the wall clock.
        """
        key = (kind, scope)
        known = self._open.get(key)
        if known is not None:  # a repetition is no news: the sequence stands
            self._open[key] = msgspec.structs.replace(known, count=known.count + 1)
            return None
        if len(self._open) >= self._open_max:
            self.untold += 1
            return None
        self._number += 1
        self.sequence += 1
        episode = Episode(
            episode_id=f"{self._name}-{self._number}",
            kind=kind,
            scope=scope,
            severity=severity,
            cause=cause,
            heals=heals,
            code=code,
            opened_at=iso_from_ns(now_ns),
            sequence=self.sequence,
        )
        self._open[key], self._opened_s[key] = episode, now_s
        return episode

    def close(self, kind: EpisodeKind, scope: str, *, now_s: float, now_ns: int) -> Episode | None:
        """Close it and return it; None if none was open."""
        known = self._open.pop((kind, scope), None)
        if known is None:
            return None
        self.sequence += 1
        duration_s = max(0.0, now_s - self._opened_s.pop((kind, scope)))
        episode = msgspec.structs.replace(
            known, closed_at=iso_from_ns(now_ns), duration_s=duration_s, sequence=self.sequence
        )
        self._closed.append(episode)
        return episode

    def worsen(self, kind: EpisodeKind, scope: str, severity: Severity) -> Episode | None:
        """Give an open episode another severity, which is news of it; None if none is open or it has it already."""
        key = (kind, scope)
        known = self._open.get(key)
        if known is None or known.severity is severity:
            return None
        self.sequence += 1
        self._open[key] = msgspec.structs.replace(known, severity=severity, sequence=self.sequence)
        return self._open[key]

    def since(self, sequence: int) -> list[Episode]:
        """Return what has opened or closed after that, in order."""
        return sorted((one for one in self if one.sequence > sequence), key=lambda one: one.sequence)
