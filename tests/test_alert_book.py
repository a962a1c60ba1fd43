"""Which fault is told when: the alerts' state machine, on a clock of the test's own."""

from __future__ import annotations

import time
from itertools import cycle, islice, pairwise
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickring.alerter.alert import BookState
from tickring.alerter.alert_book import AlertBook, Moment
from tickring.alerter.notice import NoticeEvent
from tickring.alerter.notice_text import notice_text, notice_title
from tickring.config.structs import AlertsConfig
from tickring.episodes import EpisodeBook, EpisodeKind, Severity

if TYPE_CHECKING:
    from tickring.alerter.notice import Notice
    from tickring.episodes import Episode

START_NS = 1_790_000_000_000_000_000
OPEN, REMINDER, CLOSE = NoticeEvent.OPEN, NoticeEvent.REMINDER, NoticeEvent.CLOSE


class World:
    """A supervisor's book of episodes, the alerts made of it, and a clock for both."""

    def __init__(self, **changes: object) -> None:
        self.config = msgspec.structs.replace(AlertsConfig(), **changes)
        self.now_s = 1000.0
        self.offset_s = 0.0
        self.is_quiet = False
        self.book = "supervisor-1"
        self.episodes = EpisodeBook("supervisor-1")
        self.alerts = AlertBook(BookState(), self.config, service="desk")
        self.told: list[Notice] = []

    @property
    def moment(self) -> Moment:
        """Now."""
        return Moment(self.now_s + self.offset_s, START_NS + round(self.now_s * 1e9), self.is_quiet)

    @property
    def events(self) -> list[NoticeEvent]:
        """What the messages were about."""
        return [one.event for one in self.told]

    def open(
        self,
        scope: str = "stream",
        kind: EpisodeKind = EpisodeKind.DEGRADED,
        severity: Severity = Severity.WARNING,
    ) -> None:
        """A fault shows."""
        now_ns = self.moment.now_ns
        self._see(
            self.episodes.open(
                kind, scope, cause="a cause", heals="rest", severity=severity, now_s=self.now_s, now_ns=now_ns
            )
        )

    def close(self, scope: str = "stream", kind: EpisodeKind = EpisodeKind.DEGRADED) -> None:
        """It is over."""
        self._see(self.episodes.close(kind, scope, now_s=self.now_s, now_ns=self.moment.now_ns))

    def worsen(self, severity: Severity) -> None:
        """It becomes worse."""
        self._see(self.episodes.worsen(EpisodeKind.DEGRADED, "stream", severity))

    def _see(self, episode: Episode | None) -> None:
        if episode is not None:
            self.alerts.see(episode, self.moment, book=self.book)
        self.turn()

    def turn(self) -> None:
        """Take what is to be told."""
        self.told += self.alerts.turn(self.moment)

    def wait(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s = min(end_s, self.now_s + step_s)
            self.turn()


def test_one_message_opens_and_one_closes() -> None:
    """With what, whom, since when, how long, what heals it and where to read on."""
    world = World()
    world.open()
    world.wait(100)
    world.close()
    world.wait(29)
    assert world.events == [OPEN]
    world.wait(2)
    assert world.events == [OPEN, CLOSE]
    first, last = world.told
    assert (first.kind, first.scope, first.severity) == ("degraded", "stream", Severity.WARNING)
    assert (first.cause, first.heals, first.runbook) == ("a cause", "rest", "docs/runbook.md#degraded")
    assert (first.alert, last.until, last.duration_s) == (last.alert, last.until, 100.0)
    assert first.mark != last.mark


def test_reminders_come_with_growing_gaps_and_for_ever() -> None:
    """Each wait is twice the one before, up to a day."""
    world = World()
    world.open()
    world.wait(5 * 86_400, step_s=60)
    waits_s = [(after.duration_s - before.duration_s) for before, after in pairwise(world.told)]
    assert waits_s[:4] == [900, 1800, 3600, 7200]
    assert waits_s == sorted(waits_s)
    assert waits_s[-1] == 86_400
    assert set(world.events[1:]) == {REMINDER}


@settings(max_examples=10)
@given(rhythm=st.lists(st.floats(min_value=0.1, max_value=10.0), min_size=1, max_size=20), comes_and_goes=st.booleans())
def test_ten_thousand_faults_in_an_hour_are_one_alert(rhythm: list[float], comes_and_goes: bool) -> None:
    """One open, four reminders at most, one close: whether the fault comes and goes or only shows again."""
    world = World()
    steps = list(islice(cycle(rhythm), 10_000))
    stretch = 3600 / sum(steps)
    for step in steps:
        gap_s = step * stretch
        world.open()
        world.now_s += gap_s / 2
        if comes_and_goes:
            world.close()
        world.now_s += gap_s / 2
        world.turn()
    assert world.now_s == pytest.approx(4600)
    world.close()
    world.wait(700)
    assert [event for event in world.events if event is not REMINDER] == [OPEN, CLOSE]
    assert world.events.count(REMINDER) <= 4
    assert (world.events[0], world.events[-1]) == (OPEN, CLOSE)
    if comes_and_goes:
        assert world.told[-1].openings == 10_000
        assert "flapped 10000 times in" in notice_text(world.told[-1], now_ns=START_NS)


@given(gaps_s=st.lists(st.floats(min_value=0.05, max_value=900.0), min_size=1, max_size=60))
def test_whatever_comes_and_goes_openings_and_ends_alternate(gaps_s: list[float]) -> None:
    """Never two opens without a close between, never a reminder outside, no flood, and in the end it is over."""
    world = World()
    for number, gap_s in enumerate(gaps_s):
        world.close() if number % 2 else world.open()
        world.wait(gap_s, step_s=20.0)
    world.close()
    world.wait(700, step_s=20.0)
    is_open = False
    for event in world.events:
        assert (event is OPEN) is not is_open
        is_open = event is not CLOSE
    assert not is_open
    hours = max(1.0, sum(gaps_s) / 3600)
    assert len(world.told) <= 30 * hours
    assert len({one.mark for one in world.told}) == len(world.told)


def test_one_that_comes_back_after_it_was_told_to_be_over_flaps() -> None:
    """It is told again with the number, and over only after it has stayed away for longer."""
    world = World()
    for _ in range(2):
        world.open()
        world.wait(5)
        world.close()
        world.wait(60)
    assert world.events == [OPEN, CLOSE, OPEN]
    assert world.told[-1].openings == 2
    world.wait(600)
    assert world.events == [OPEN, CLOSE, OPEN, CLOSE]


def test_one_that_was_never_seen_open_is_told_all_the_same() -> None:
    """It has come and gone between two looks."""
    world = World()
    now_ns = world.moment.now_ns
    world.episodes.open(EpisodeKind.GAVE_UP, "child feeder", cause="x", now_s=world.now_s, now_ns=now_ns)
    world.close("child feeder", EpisodeKind.GAVE_UP)
    world.wait(31)
    assert world.events == [OPEN, CLOSE]


def test_what_lasts_shorter_than_the_hold_is_told_only_if_it_comes_back() -> None:
    """Three times are enough; what is critical never waits."""
    world = World(hold_s=10.0)
    world.open()
    world.wait(3)
    world.close()
    world.wait(100)
    assert world.events == []
    for _ in range(2):
        world.open()
        world.wait(3)
        world.close()
        world.wait(3)
    assert world.events == [OPEN]
    other = World(hold_s=10.0)
    other.open(severity=Severity.CRITICAL)
    assert other.events == [OPEN]


def test_outside_sessions_only_what_is_critical_is_told() -> None:
    """A warning of the night is told when the market opens and it still goes on; one that is over by then is not."""
    world = World()
    world.is_quiet = True
    world.open()
    world.open("child feeder", EpisodeKind.CHILD_DOWN)
    world.open("disk", EpisodeKind.DISK_FULL, Severity.CRITICAL)
    world.wait(3600, step_s=60)
    assert {one.kind for one in world.told} == {"disk_full"}
    world.close("child feeder", EpisodeKind.CHILD_DOWN)
    world.wait(60)
    world.is_quiet = False
    world.turn()
    assert [one.kind for one in world.told if one.event is OPEN] == ["disk_full", "degraded"]
    assert world.told[-1].duration_s >= 3600


def test_with_info_wanted_the_night_is_told_as_info() -> None:
    """And as a warning once somebody could trade."""
    world = World(least_severity="info")
    world.is_quiet = True
    world.open()
    assert [one.severity for one in world.told] == [Severity.INFO]
    world.is_quiet = False
    world.turn()
    assert [(one.event, one.severity) for one in world.told][1:] == [(REMINDER, Severity.WARNING)]


def test_one_that_becomes_worse_is_told_at_once() -> None:
    """Once, beside the reminders."""
    world = World()
    world.open()
    world.wait(10)
    world.worsen(Severity.CRITICAL)
    world.wait(10)
    assert [(one.event, one.severity) for one in world.told] == [
        (OPEN, Severity.WARNING),
        (REMINDER, Severity.CRITICAL),
    ]


def test_five_hundred_symbols_are_not_five_hundred_messages() -> None:
    """Some one by one, the others together; and one end for them, when the last is well."""
    world = World(symbols_max=3)
    names = [f"symbol S{number:03}" for number in range(300)]
    episodes = EpisodeBook("feeder-1", open_max=1000, closed_max=1000)
    world.episodes = episodes
    for name in names:
        world.alerts.see(_opened(episodes, name, world), world.moment, book=world.book)
    world.turn()
    assert world.events == [OPEN] * 4
    assert (world.told[-1].scope, world.told[-1].scopes_total) == ("symbols", 297)
    assert "297 symbols" in notice_title(world.told[-1])
    assert "and 277 more" in notice_text(world.told[-1], now_ns=START_NS)
    for name in names[:-1]:
        world.close(name, EpisodeKind.SYMBOL_SILENT)
    world.wait(100)
    assert world.events.count(CLOSE) == 3
    world.close(names[-1], EpisodeKind.SYMBOL_SILENT)
    world.wait(100)
    assert world.events.count(CLOSE) == 4
    assert not world.alerts.state.alerts


def _opened(episodes: EpisodeBook, scope: str, world: World) -> Episode:
    found = episodes.open(
        EpisodeKind.SYMBOL_SILENT, scope, cause="silent", now_s=world.now_s, now_ns=world.moment.now_ns
    )
    assert found is not None
    return found


@pytest.mark.parametrize("shows_again", [True, False])
def test_another_life_of_the_supervisor_continues_or_ends_what_was_open(shows_again: bool) -> None:
    """The same fault is the same alert; one that is not seen again for a while is over."""
    world = World()
    world.open()
    world.wait(10)
    world.book, world.episodes = "supervisor-2", EpisodeBook("supervisor-2")
    world.alerts.orphan_all(world.moment)
    if shows_again:
        world.open()
    world.wait(300)
    assert world.events == ([OPEN] if shows_again else [OPEN, CLOSE])


def test_of_symbols_told_together_each_is_over_that_nobody_speaks_of_again() -> None:
    """That one of them shows in the supervisor's next life keeps the alert open for that one alone."""
    world = World(symbols_max=1)
    kind = EpisodeKind.SYMBOL_SILENT
    for name in ("symbol A", "symbol B", "symbol C", "symbol D"):
        world.open(name, kind)
    assert [one.scope for one in world.told] == ["symbol A", "symbols"]
    world.book, world.episodes = "supervisor-2", EpisodeBook("supervisor-2")
    world.alerts.orphan_all(world.moment)
    world.open("symbol B", kind)
    world.wait(300)
    assert world.events == [OPEN, OPEN, CLOSE]
    assert list(world.alerts.state.alerts["symbol_silent|symbols"].members) == ["symbol B"]
    world.close("symbol B", kind)
    world.wait(700)
    assert world.events == [OPEN, OPEN, CLOSE, CLOSE]


def test_what_seems_to_be_over_is_not_told_to_go_on() -> None:
    """A reminder that comes due between an end and its message is not sent."""
    world = World(settle_s=30.0, remind_first_s=100.0)
    world.open()
    world.wait(90)
    world.close()
    world.wait(60)
    assert world.events == [OPEN, CLOSE]


@given(cut=st.integers(min_value=0, max_value=12))
def test_a_state_that_was_kept_goes_on_as_if_nothing_had_happened(cut: int) -> None:
    """Written and read at any step, messages and marks are the same."""

    def play(cut_at: int) -> list[str]:
        world = World()
        for number in range(12):
            if number == cut_at:
                state = msgspec.json.decode(msgspec.json.encode(world.alerts.state), type=BookState)
                state.shift(-7_000_000.0)  # another boot: the monotonic clock begins anew
                world.offset_s = -7_000_000.0
                world.alerts = AlertBook(state, world.config, service="desk")
            world.close() if number % 3 == 2 else world.open()
            world.wait(40, step_s=5)
        return [one.mark for one in world.told]

    assert play(cut) == play(-1)


def test_the_words_say_when_it_was_and_that_it_is_late() -> None:
    """A message that waited for the network has its own time; no text is longer than Telegram takes."""
    world = World()
    world.open()
    notice = world.told[0]
    at_ns = world.moment.now_ns
    assert "later" not in notice_text(notice, now_ns=at_ns + 1_000_000_000)
    late = notice_text(notice, now_ns=at_ns + 2_400_000_000_000)
    assert f"{notice.at[:10]} {notice.at[11:19]} UTC, delivered 40 min 0 s later" in late
    assert f"[{notice.mark}]" in late
    long = notice_text(msgspec.structs.replace(notice, cause="x" * 9000), now_ns=time.time_ns())
    assert len(long) <= 4096
    assert long.endswith(f"[{notice.mark}]")
