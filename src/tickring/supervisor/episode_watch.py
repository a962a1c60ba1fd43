"""What goes wrong, as episodes: the supervisor's own from what it sees, the feeder's from what that one writes.

Called once a turn of the loop, after everything has been looked at; short, never waits. What it opens and closes goes
to the ledger, which the control socket's `episodes` and the event log are made of.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, NamedTuple

from tickring.episodes import Episode, EpisodeBook, EpisodeKind, Severity
from tickring.iso_time import iso_from_ns
from tickring.severity_rank import RANK
from tickring.supervisor.episode_ledger import EpisodeLedger
from tickring.supervisor.exit_words import EXIT_TRY_AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tickring.feeder_status import FeederStatus
    from tickring.stream_words import StreamWords
    from tickring.supervisor.child_keeper import ChildKeeper

__all__ = ["EpisodeWatch", "Seen"]

_LOG = logging.getLogger("tickring.supervisor")
_COMING_UP = frozenset({"starting", "connecting", "subscribing", "idle"})
"""States that a run passes through at its beginning, before which nothing is wrong."""
_OUTAGES = frozenset({EpisodeKind.GATEWAY_LOST, EpisodeKind.LINK_DOWN})
"""Of the gateway; the feeder calls those of IB's reset times `info`."""


class Seen(NamedTuple):
    """What one turn has seen."""

    now_s: float
    now_ns: int
    words: StreamWords
    cause: str
    """Of the stream's state, with what is known beyond the table."""
    run_id: str | None
    """None: no run is on, or it is being ended."""
    run_age_s: float
    ready_limit_s: float
    stale_limit_s: float
    """A stream that is stale for longer is critical while markets are open."""
    feeder: FeederStatus | None
    in_session: bool | None
    is_in_maintenance: bool
    keepers: Sequence[ChildKeeper]
    disk_faults: Mapping[str, str]
    """By scope, in words."""


class EpisodeWatch:
    """One life of the supervisor. One thread."""

    def __init__(self, started_s: int, first_epoch: int, tell: Callable[[Episode], None]) -> None:
        """`started_s`: since 1970, tells lives of the supervisor apart. `tell` is called with everything that changes.

        What a feeder of `first_epoch` or an earlier one has left is of the past.
        """
        self.name = f"supervisor-{started_s}"
        self.ledger = EpisodeLedger()
        self.lock_conflict = ""
        """Why the last start was refused, if somebody else holds the lock; empty: it was not."""
        self._book = EpisodeBook(self.name)
        self._tell = tell
        self._first_epoch = first_epoch
        self._of_feeder: dict[tuple[EpisodeKind, str], int] = {}
        """Open episodes of the feeder, with the epoch that has told of them last."""
        self._run_id: str | None = None
        self._was_connected = False
        self._stale_since_s: float | None = None
        self._failures: dict[str, int] = {}

    def look(self, seen: Seen) -> None:
        """Open and close what follows from this turn."""
        self._look_at_stream(seen)
        for keeper in seen.keepers:
            self._look_at_child(seen, keeper)
        self._look_at_locks(seen)
        self._look_at_disk(seen)
        self._look_at_feeder(seen)

    # ---- the supervisor's own ----

    def _look_at_stream(self, seen: Seen) -> None:
        if seen.run_id != self._run_id:
            self._run_id, self._was_connected = seen.run_id, False
        status = seen.words.status
        self._was_connected = self._was_connected or (seen.run_id is not None and status == "connected")
        is_coming_up = not self._was_connected and seen.run_age_s < seen.ready_limit_s
        is_well = seen.run_id is None or status == "connected" or (is_coming_up and seen.words.state in _COMING_UP)
        heals = "the stream itself: it connects, asks again and believes each symbol by its own new price"
        if seen.words.state == "failed":
            heals = "a corrected configuration, then `tickring reload`"
        kinds = (
            (EpisodeKind.DEGRADED, status == "degraded" and not is_well, self._severity_of_stream(seen)),
            (EpisodeKind.DISCONNECTED, status == "disconnected" and not is_well, Severity.CRITICAL),
        )
        for kind, is_so, severity in sorted(kinds, key=lambda one: one[1]):  # first what is over
            self._hold(seen, kind, "stream", seen.cause if is_so else "", heals, severity)

    def _severity_of_stream(self, seen: Seen) -> Severity:
        """Stale for longer than its limit while somebody could trade is critical; what is expected is no news."""
        if seen.words.health != "stale":
            self._stale_since_s = None
            return Severity.WARNING
        if self._stale_since_s is None:
            self._stale_since_s = seen.now_s
        outages = [one for one in self.ledger.open if one.kind in _OUTAGES]
        if outages and all(one.severity is Severity.INFO for one in outages):
            return Severity.INFO
        is_late = seen.now_s - self._stale_since_s >= seen.stale_limit_s
        is_quiet = seen.in_session is False or seen.is_in_maintenance
        return Severity.CRITICAL if is_late and not is_quiet else Severity.WARNING

    def _look_at_child(self, seen: Seen, keeper: ChildKeeper) -> None:
        scope = f"child {keeper.name}"
        if keeper.is_refused:
            heals, severity = "a corrected configuration, then `tickring reload`", Severity.CRITICAL
        else:
            heals, severity = "the supervisor starts it again", Severity.WARNING
        # One that ends and is started again within a turn has failed too.
        has_failed = keeper.failures != self._failures.get(keeper.name, 0)
        self._failures[keeper.name] = keeper.failures
        cause = (keeper.trouble or keeper.last_exit or f"it is {keeper.state}") if keeper.is_down or has_failed else ""
        self._hold(seen, EpisodeKind.CHILD_DOWN, scope, cause, heals, severity)
        gave_up = keeper.notes[0] if keeper.has_given_up else ""
        heals = f"it is tried for ever; mend the cause, then `tickring restart {keeper.name}` tries at once"
        severity = Severity.CRITICAL if keeper.spec.is_vital else Severity.WARNING
        self._hold(seen, EpisodeKind.GAVE_UP, scope, gave_up, heals, severity)

    def _look_at_locks(self, seen: Seen) -> None:
        if seen.run_id is not None:
            self.lock_conflict = ""
        heals = "end the other one first, or give one of them its own files.data_root"
        self._hold(seen, EpisodeKind.LOCK_CONFLICT, "run", self.lock_conflict, heals, Severity.CRITICAL)
        cause = ""
        for keeper in seen.keepers:
            if keeper.name == "flusher" and keeper.is_down and keeper.last_code == EXIT_TRY_AGAIN:
                cause = "another living process writes the JSON files of this data root"
        self._hold(seen, EpisodeKind.LOCK_CONFLICT, "files", cause, heals, Severity.CRITICAL)

    def _look_at_disk(self, seen: Seen) -> None:
        known = {one.scope for one in self._book if one.is_open and one.kind is EpisodeKind.DISK_FULL}
        for scope in known | set(seen.disk_faults):
            heals = "room on the disk, or a disk that answers; it is tried again all the time"
            self._hold(seen, EpisodeKind.DISK_FULL, scope, seen.disk_faults.get(scope, ""), heals, Severity.CRITICAL)

    def _hold(self, seen: Seen, kind: EpisodeKind, scope: str, cause: str, heals: str, severity: Severity) -> None:
        """Have such an episode open while there is a cause."""
        if bool(cause) == self._book.is_open(kind, scope):
            self._worsen(kind, scope, severity)
            return
        if cause:
            changed = self._book.open(
                kind, scope, cause=cause, heals=heals, severity=severity, now_s=seen.now_s, now_ns=seen.now_ns
            )
        else:
            changed = self._book.close(kind, scope, now_s=seen.now_s, now_ns=seen.now_ns)
        if changed is not None:
            self._note(self.ledger.take(changed))

    def _worsen(self, kind: EpisodeKind, scope: str, severity: Severity) -> None:
        for known in self._book:
            is_it = known.is_open and (known.kind, known.scope) == (kind, scope)
            if is_it and RANK[severity] > RANK[known.severity]:
                worse = self._book.worsen(kind, scope, severity)
                if worse is not None:
                    self.ledger.take(worse)
                return

    # ---- the feeder's ----

    def _look_at_feeder(self, seen: Seen) -> None:
        feeder, at_iso = seen.feeder, iso_from_ns(seen.now_ns)
        if feeder is not None and feeder.epoch > self._first_epoch and seen.run_id is not None:
            for episode in feeder.episodes:
                self._note(self.ledger.take(episode))
            still_open = {(one.kind, one.scope) for one in feeder.episodes if one.is_open}
            self._of_feeder.update(dict.fromkeys(still_open, feeder.epoch))
            for key, epoch in list(self._of_feeder.items()):
                is_own = epoch == feeder.epoch
                if key not in still_open and (is_own or _is_disproven(key, feeder, seen.words)):
                    self._close_of_feeder(key, at_iso)
        elif seen.run_id is None:
            for key in list(self._of_feeder):
                self._close_of_feeder(key, at_iso)

    def _close_of_feeder(self, key: tuple[EpisodeKind, str], at_iso: str) -> None:
        del self._of_feeder[key]
        for episode in self.ledger.open:
            if (episode.kind, episode.scope) == key:
                self._note(self.ledger.close(episode, at_iso))

    def _note(self, episode: Episode | None) -> None:
        if episode is None:
            return
        what = (episode.episode_id, episode.kind, episode.scope)
        if episode.is_open:
            _LOG.warning(
                "episode.opened id=%s kind=%s scope=%r severity=%s cause=%r", *what, episode.severity, episode.cause
            )
        else:
            _LOG.info(
                "episode.closed id=%s kind=%s scope=%r duration_s=%.1f count=%d",
                *(*what, episode.duration_s, episode.count),
            )
        self._tell(episode)


def _is_disproven(key: tuple[EpisodeKind, str], feeder: FeederStatus, words: StreamWords) -> bool:
    """Return whether this life of the feeder has shown that what an earlier one has left open is over."""
    if words.status == "connected":
        return True
    scope = key[1]
    symbol = scope.removeprefix("symbol ") if scope.startswith("symbol ") else None
    is_served_otherwise = symbol in feeder.unresolved or symbol in feeder.fallback
    return feeder.last_data_mono_ns > 0 and not is_served_otherwise
