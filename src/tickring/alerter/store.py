"""What the alerter must not forget, as one value: how far it has heard, which faults go on, which messages wait.

One lock over all of it. A snapshot taken under the lock is whole: a message stands in it if and only if the faults in
it were told by that message, and the supervisor is asked again for what came after. So whatever moment the process is
killed at, nothing is lost; a message that was delivered and not yet crossed off is told once more, with the same mark.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec

from tickring.alerter.alert import BookState
from tickring.alerter.notice import Notice, NoticeEvent
from tickring.episodes import Severity
from tickring.severity_rank import RANK

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Kept", "Store", "Waiting"]

VERSION = 1


class Waiting(msgspec.Struct, kw_only=True):
    """A message on its way."""

    notice: Notice
    sinks: list[str]
    """Where it has not arrived yet."""
    queued_ns: int
    """Wall clock, nanoseconds since 1970."""


class Kept(msgspec.Struct, kw_only=True):
    """What stands in the file."""

    version: int = VERSION
    saved_s: float = 0.0
    """CLOCK_MONOTONIC of the snapshot, and the same moment on the wall clock: how long nobody was there."""
    saved_ns: int = 0
    book: str = ""
    """The supervisor's life that was heard last."""
    sequence: int = 0
    """How far."""
    test: int = 0
    faults: BookState = msgspec.field(default_factory=BookState)
    queue: list[Waiting] = msgspec.field(default_factory=list[Waiting])


class Store:
    """Threads: any number; `lock` is held by whoever touches `kept`. `changed` wakes who saves and who delivers."""

    def __init__(self, kept: Kept, *, queue_max: int, keep_s: float) -> None:
        self.kept = kept
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.version = 0
        """Grows with each change that is to be saved."""
        self.given_up = 0
        """Messages that were too old or too many."""
        self._queue_max = queue_max
        self._keep_s = keep_s

    def note_change(self) -> None:
        """Have it saved. The lock is held."""
        self.version += 1
        self.changed.notify_all()

    def put(self, notices: Iterable[Notice], sinks: list[str], now_ns: int) -> None:
        """Queue messages for these addresses. The lock is held.

        The end of a fault takes the place of reminders of it that nobody has had yet.
        """
        queue = self.kept.queue
        for notice in notices:
            if notice.event is NoticeEvent.CLOSE:
                queue[:] = [one for one in queue if not _is_reminder_of(one.notice, notice.alert)]
            if sinks:
                queue.append(Waiting(notice=notice, sinks=list(sinks), queued_ns=now_ns))
        while len(queue) > self._queue_max:
            least = min(range(len(queue)), key=lambda at: (_worth(queue[at].notice), at))
            if _worth(queue[least].notice) >= _NEVER:
                break
            del queue[least]
            self.given_up += 1
        self.note_change()

    def first_for(self, sink: str) -> Notice | None:
        """Return the message that is to go to this address next: a test, else the oldest."""
        with self.lock:
            self._drop_old()
            waiting = [one.notice for one in self.kept.queue if sink in one.sinks]
            tests = [notice for notice in waiting if notice.event is NoticeEvent.TEST]
            return next(iter(tests + waiting), None)

    def count_for(self, sink: str) -> int:
        """Return how many wait for this address."""
        with self.lock:
            return sum(1 for one in self.kept.queue if sink in one.sinks)

    def cross_off(self, mark: str, sink: str) -> None:
        """Note that a message needs not go to this address any more."""
        with self.lock:
            for one in self.kept.queue:
                if one.notice.mark == mark and sink in one.sinks:
                    one.sinks.remove(sink)
            self.kept.queue[:] = [one for one in self.kept.queue if one.sinks]
            self.note_change()

    def put_last(self, mark: str, sink: str) -> None:
        """Let messages about other faults go first: this address has refused this one.

        Those about the same fault stay behind it: nobody may hear of its end before its begin.
        """
        with self.lock:
            queue = self.kept.queue
            alerts = {one.notice.alert for one in queue if one.notice.mark == mark}
            moved = [one for one in queue if one.notice.alert in alerts and sink in one.sinks]
            for one in moved:
                one.sinks.remove(sink)
            queue[:] = [one for one in queue if one.sinks]
            queue += [Waiting(notice=one.notice, sinks=[sink], queued_ns=one.queued_ns) for one in moved]
            self.note_change()

    def oldest_wait_s(self, now_ns: int) -> float:
        """Return how long a message has waited; 0: none does."""
        with self.lock:
            return max((max(0, now_ns - one.queued_ns) / 1e9 for one in self.kept.queue), default=0.0)

    def forget_sinks(self, known: Iterable[str]) -> None:
        """Cross off addresses that are not configured any more."""
        names = set(known)
        with self.lock:
            for one in self.kept.queue:
                one.sinks = [sink for sink in one.sinks if sink in names]
            self.kept.queue[:] = [one for one in self.kept.queue if one.sinks]

    def snapshot(self) -> tuple[int, bytes]:
        """Return the number of the newest change and everything as JSON."""
        with self.lock:
            self.kept.saved_s, self.kept.saved_ns = time.monotonic(), time.time_ns()
            return self.version, msgspec.json.encode(self.kept)

    def _drop_old(self) -> None:
        oldest_ns = time.time_ns() - round(self._keep_s * 1e9)
        kept = [one for one in self.kept.queue if one.queued_ns >= oldest_ns]
        if len(kept) < len(self.kept.queue):
            self.given_up += len(self.kept.queue) - len(kept)
            self.kept.queue[:] = kept
            self.note_change()


_NEVER = 10


def _worth(notice: Notice) -> int:
    """Return which messages go first where there are too many; what is `_NEVER` or more does not go."""
    if notice.event is NoticeEvent.REMINDER:
        return RANK[notice.severity]
    return _NEVER if notice.severity is Severity.CRITICAL else 3 + RANK[notice.severity]


def _is_reminder_of(notice: Notice, alert: str) -> bool:
    return notice.event is NoticeEvent.REMINDER and notice.alert == alert
