"""What the alerter makes of the supervisor's answers, when it has missed some of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tickring.alerter.alert_book import AlertBook, Moment
from tickring.alerter.listening import Listening
from tickring.alerter.notice import NoticeEvent
from tickring.alerter.store import Kept, Store
from tickring.alerter.trials import Trials
from tickring.config.structs import AlertsConfig
from tickring.control.messages import EpisodeList
from tickring.episodes import EpisodeBook, EpisodeKind
from tickring.supervisor.episode_ledger import EpisodeLedger

if TYPE_CHECKING:
    from tickring.episodes import Episode

OPEN, CLOSE = NoticeEvent.OPEN, NoticeEvent.CLOSE
KIND = EpisodeKind.NO_PERMISSION


class Ears:
    """An alerter's ears, the ledger that it asks, and a clock for both."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.ledger = EpisodeLedger(closed_max=4)
        self.feeder = EpisodeBook("feeder-1")
        self.store = Store(Kept(), queue_max=1000, keep_s=1e6)
        settings = msgspec.structs.replace(AlertsConfig(), settle_s=0.0, orphan_s=60.0)
        book = AlertBook(self.store.kept.faults, settings)
        self.listening = Listening(book, self.store, ["x"], Trials(), settings, service="desk")

    @property
    def told(self) -> list[tuple[NoticeEvent, str]]:
        """What was queued."""
        return [(one.notice.event, one.notice.scope) for one in self.store.kept.queue]

    def open(self, scope: str) -> None:
        """A fault shows."""
        self._take(self.feeder.open(KIND, scope, cause="it", now_s=self.now_s, now_ns=self._now_ns))

    def close(self, scope: str) -> None:
        """It is over."""
        self._take(self.feeder.close(KIND, scope, now_s=self.now_s, now_ns=self._now_ns))

    def hear(self) -> None:
        """Ask as the alerter does."""
        answer = self._answer(self.store.kept.sequence)
        if answer.book != self.store.kept.book or answer.forgotten > self.store.kept.sequence:
            answer = self._answer(0)
        self.listening.hear(answer, Moment(self.now_s, self._now_ns))

    @property
    def _now_ns(self) -> int:
        return 1_790_000_000_000_000_000 + round(self.now_s * 1e9)

    def _take(self, episode: Episode | None) -> None:
        assert episode is not None
        self.ledger.take(episode)

    def _answer(self, sequence: int) -> EpisodeList:
        return EpisodeList(
            book="supervisor-1",
            sequence=self.ledger.sequence,
            episodes=tuple(self.ledger.since(sequence)),
            forgotten=self.ledger.forgotten,
            status="connected",
            is_run_on=True,
        )


def test_an_end_that_the_supervisor_has_forgotten_is_told_all_the_same() -> None:
    """An alerter that was away while too much happened closes what nobody speaks of, and nothing else."""
    ears = Ears()
    ears.open("gateway")
    ears.open("stream")
    ears.hear()
    assert ears.told == [(OPEN, "gateway"), (OPEN, "stream")]
    ears.now_s += 100
    ears.close("stream")
    for number in range(5):  # more than the ledger keeps: the stream's end is among those that go
        ears.open(f"child {number}")
        ears.close(f"child {number}")
    ears.now_s += 1
    ears.hear()
    ears.now_s += 61
    ears.hear()
    assert ears.told.count((CLOSE, "stream")) == 1
    assert (CLOSE, "gateway") not in ears.told
    ears.close("gateway")
    ears.hear()
    assert ears.told.count((CLOSE, "gateway")) == 1
    counts = [ears.told.count((event, f"child {number}")) for event in (OPEN, CLOSE) for number in range(1, 5)]
    assert counts == [1] * 8, "what the ledger still had is told once"
