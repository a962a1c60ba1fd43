"""What the supervisor says becomes messages in the queue; what it does not say, too.

Everything that follows from one answer happens under the store's lock, so that no snapshot holds a part of it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickring.alerter.alert_book import OWN_BOOK
from tickring.alerter.trials import trial_notice
from tickring.episodes import Episode, EpisodeKind, Severity
from tickring.iso_time import iso_from_ns

if TYPE_CHECKING:
    from tickring.alerter.alert_book import AlertBook, Moment
    from tickring.alerter.store import Store
    from tickring.alerter.trials import Trials
    from tickring.config.structs import AlertsConfig
    from tickring.control.messages import EpisodeList

__all__ = ["Listening"]

_SUPERVISOR = "supervisor"


class Listening:
    """One thread."""

    def __init__(
        self,
        book: AlertBook,
        store: Store,
        sinks: list[str],
        trials: Trials,
        config: AlertsConfig,
        *,
        service: str,
    ) -> None:
        """`sinks`: where messages go."""
        self.in_session: bool | None = None
        """Whether any market is open, as the supervisor said last; None: not known."""
        self.fault: str | None = "the supervisor has not answered yet"
        """Why nothing is heard; None: it is."""
        self._book = book
        self._store = store
        self._sinks = sinks
        self._trials = trials
        self._config = config
        self._service = service
        self._heard_s = time.monotonic()
        self._silence: Episode | None = None

    def hear(self, answer: EpisodeList | None, moment: Moment) -> None:
        """Take note of an answer, or of its absence."""
        if answer is None:
            if moment.now_s - self._heard_s >= self._config.supervisor_limit_s:
                self._begin_silence(moment)
            return
        self._heard_s, self.fault, self.in_session = moment.now_s, None, answer.in_session
        kept = self._store.kept
        with self._store.lock:
            is_new = answer.book != kept.book
            if is_new or answer.forgotten > kept.sequence:  # ends that nobody will tell any more
                self._book.orphan_all(moment)
            for episode in answer.episodes:
                if kept.book or not self._is_past(episode, moment):
                    self._book.see(episode, moment, book=answer.book)
            if is_new or answer.sequence != kept.sequence:
                kept.test = 0 if is_new else kept.test
                kept.book, kept.sequence = answer.book, answer.sequence
                self._store.note_change()
            self._end_silence(moment)
            if answer.test > kept.test:
                kept.test = answer.test
                self._test(answer.test, answer.test_sink, moment)
            self.decide(moment)

    def note_silence(self, why: str) -> None:
        """The supervisor does not answer."""
        self.fault = why

    def decide(self, moment: Moment) -> None:
        """Queue what is to be told now."""
        with self._store.lock:
            notices = self._book.turn(moment)
            if notices:
                self._store.put(notices, self._sinks, moment.now_ns)

    def _is_past(self, episode: Episode, moment: Moment) -> bool:
        """Whether one is old news to an alerter that has no memory at all: it may have been told before."""
        limit = iso_from_ns(moment.now_ns - round(self._config.flap_s * 1e9))
        return episode.closed_at is not None and episode.closed_at < limit

    def _test(self, number: int, sink: str, moment: Moment) -> None:
        named = [name for name in self._sinks if sink in {"", name}]
        self._trials.begin(number, named, unknown=sink if sink and not named else "")
        notice = trial_notice(number, at=iso_from_ns(moment.now_ns), service=self._service)
        self._store.put([notice], named, moment.now_ns)

    # ---- the supervisor's own silence ----

    def _begin_silence(self, moment: Moment) -> None:
        if self._silence is not None:
            return
        at = iso_from_ns(moment.now_ns)
        self._silence = Episode(
            episode_id=f"{OWN_BOOK}-{at}",
            kind=EpisodeKind.DISCONNECTED,
            scope=_SUPERVISOR,
            severity=Severity.CRITICAL,
            cause=f"the supervisor has not answered for {self._config.supervisor_limit_s:g} s: {self.fault}",
            heals="the supervisor itself, or its restart: `systemctl restart tickring`",
            opened_at=at,
            sequence=0,
        )
        with self._store.lock:
            self._book.see(self._silence, moment, book=OWN_BOOK)
            self._store.note_change()

    def _end_silence(self, moment: Moment) -> None:
        """Close it, also one that the life before has begun."""
        alert = self._book.state.alerts.get(f"{EpisodeKind.DISCONNECTED}|{_SUPERVISOR}")
        if alert is None or not alert.members:
            self._silence = None
            return
        at = iso_from_ns(moment.now_ns)
        begun = self._silence or Episode(
            episode_id=alert.members[_SUPERVISOR],
            kind=EpisodeKind.DISCONNECTED,
            scope=_SUPERVISOR,
            severity=alert.severity,
            cause=alert.cause,
            opened_at=alert.opened_at,
            sequence=0,
        )
        self._book.see(replace(begun, closed_at=at), moment, book=OWN_BOOK)
        self._silence = None
        self._store.note_change()
