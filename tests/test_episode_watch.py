"""Episodes of the supervisor: what opens and closes them, and how the feeder's join them over its lives."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.waiting import wait_until
from tickring.config.structs import FilesConfig, SupervisorConfig
from tickring.episodes import Episode, EpisodeBook, EpisodeKind, Severity
from tickring.feeder_status import FeederStatus
from tickring.iso_time import iso_from_ns
from tickring.maintenance_windows import MaintenanceWindows, WindowUnreadable, parse_window
from tickring.session_table import OpenSpan, SessionTable, SessionTables
from tickring.states import RunState
from tickring.stream_words import StreamWords, all_stream_words
from tickring.supervisor.child_keeper import ChildKeeper
from tickring.supervisor.child_spec import ChildSpec, RestartKind
from tickring.supervisor.disk_watch import DiskWatch
from tickring.supervisor.episode_watch import EpisodeWatch, Seen
from tickring.supervisor.market_hours import in_session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START_NS = 1_790_000_000_000_000_000
WORDS: dict[str, StreamWords] = {words.code: words for words in all_stream_words()}


class Desk:
    """A watch, and what it sees."""

    def __init__(self, first_epoch: int = 3) -> None:
        self.changed: list[Episode] = []
        self.watch = EpisodeWatch(1_790_000_000, first_epoch, self.changed.append)
        self.now_s = 100.0

    def look(self, code: str = "streaming", **changes: Any) -> None:
        """One turn of the loop, a second after the one before."""
        self.now_s += 1.0
        values: dict[str, Any] = {
            "now_s": self.now_s,
            "now_ns": START_NS + round(self.now_s * 1e9),
            "words": WORDS[code],
            "cause": WORDS[code].cause,
            "run_id": "run-1",
            "run_age_s": 100.0,
            "ready_limit_s": 30.0,
            "stale_limit_s": 5.0,
            "feeder": None,
            "in_session": True,
            "is_in_maintenance": False,
            "keepers": [],
            "disk_faults": {},
        }
        self.watch.look(Seen(**{**values, **changes}))

    @property
    def open(self) -> list[tuple[str, str]]:
        """Kind and scope of what goes on."""
        return sorted((str(one.kind), one.scope) for one in self.watch.ledger.open)

    def told(self) -> list[tuple[str, bool]]:
        """Kind, and whether it was opened, of everything that changed."""
        return [(str(one.kind), one.is_open) for one in self.changed]


def of_feeder(epoch: int, episodes: Sequence[Episode] = (), **changes: Any) -> FeederStatus:
    """What a life of the feeder has written."""
    status = FeederStatus(epoch=epoch, pid=1, written_at=iso_from_ns(START_NS), episodes=tuple(episodes))
    return msgspec.structs.replace(status, **changes)


def book_of(epoch: int, *faults: tuple[EpisodeKind, str]) -> EpisodeBook:
    """A life of the feeder that has met these faults."""
    book = EpisodeBook(f"feeder-{epoch}")
    for kind, scope in faults:
        book.open(kind, scope, cause="x", now_s=1.0, now_ns=START_NS)
    return book


# ---- the stream ------------------------------------------------------------------------------------------------------


def test_a_stream_that_fails_is_one_episode_whatever_state_it_passes_through() -> None:
    """One open, one close, with the cause of the first."""
    desk = Desk()
    desk.look()
    for code in ("feeder_lost", "feeder_starting", "connecting", "subscribing", "fallback_in_use"):
        desk.look(code)
    desk.look()
    assert desk.told() == [("degraded", True), ("degraded", False)]
    assert desk.changed[0].cause == WORDS["feeder_lost"].cause
    assert desk.changed[1].duration_s == pytest.approx(5.0)


def test_disconnected_takes_the_place_of_degraded() -> None:
    """Never both at a time."""
    desk = Desk()
    desk.look()
    desk.look("impaired")
    desk.look("failed")
    assert desk.open == [("disconnected", "stream")]
    desk.look("connecting")
    assert desk.open == [("degraded", "stream")]
    kinds = [(str(one.kind), one.is_open) for one in desk.changed]
    assert kinds[:3] == [("degraded", True), ("degraded", False), ("disconnected", True)]
    assert kinds[3:] == [("disconnected", False), ("degraded", True)]


def test_a_start_and_an_end_that_were_asked_for_are_no_faults() -> None:
    """What a run passes through at its begin is one only after the limit; without a run there is none."""
    desk = Desk()
    for age_s, code in enumerate(("starting", "feeder_starting", "connecting", "subscribing", "idle")):
        desk.look(code, run_age_s=float(age_s))
    assert desk.open == []
    desk.look("connecting", run_age_s=31.0)
    assert desk.open == [("degraded", "stream")]
    desk.look("stopped", run_id=None)
    assert desk.open == []
    desk.look("feeder_lost", run_id="run-2", run_age_s=1.0)  # a feeder that dies at the begin is one
    assert desk.open == [("degraded", "stream")]


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, Severity.CRITICAL),
        ({"in_session": None}, Severity.CRITICAL),
        ({"in_session": False}, Severity.WARNING),
        ({"is_in_maintenance": True}, Severity.WARNING),
    ],
)
def test_stale_for_too_long_is_critical_while_somebody_could_trade(changes: dict[str, Any], severity: Severity) -> None:
    """As the health check of the state file says it, but not at night; nobody knows counts as open."""
    desk = Desk()
    desk.look()
    desk.look("gateway_lost", **changes)
    first = [one.severity for one in desk.watch.ledger.open]
    for _ in range(6):
        desk.look("gateway_lost", **changes)
    assert first == [Severity.WARNING]
    assert [one.severity for one in desk.watch.ledger.open] == [severity]
    assert desk.told() == [("degraded", True)]  # the event log has begins and ends


def test_an_outage_that_the_feeder_expects_is_information() -> None:
    """In IB's reset times; past them it is as bad as always."""
    desk = Desk()
    desk.look()
    book = EpisodeBook("feeder-4")
    book.open(EpisodeKind.GATEWAY_LOST, "gateway", cause="x", severity=Severity.INFO, now_s=1.0, now_ns=START_NS)
    desk.look(feeder=of_feeder(4, list(book)))
    desk.look("gateway_lost", feeder=of_feeder(4, list(book)))
    assert {one.severity for one in desk.watch.ledger.open} == {Severity.INFO}
    book.worsen(EpisodeKind.GATEWAY_LOST, "gateway", Severity.CRITICAL)
    for _ in range(6):
        desk.look("gateway_lost", feeder=of_feeder(4, list(book)))
    assert {one.severity for one in desk.watch.ledger.open} == {Severity.CRITICAL}


# ---- children, locks, disks ------------------------------------------------------------------------------------------


class NoLife:
    """A process that ends at once."""

    pid = 1
    sentinel = -1

    def __init__(self, code: int | None) -> None:
        self.code = code

    def exit_code(self) -> int | None:
        """How it has ended."""
        return self.code

    def send(self, number: int) -> None:
        """End, when asked to."""
        self.code = -number

    def close(self) -> None:
        """Hold nothing."""


def test_a_child_that_ends_and_starts_within_a_turn_was_down() -> None:
    """An end that nobody asked for is an episode, one that was asked for is none; too many are another."""
    lives: list[NoLife] = []

    def launch() -> NoLife:
        lives.append(NoLife(None))
        return lives[-1]

    keeper = ChildKeeper(
        ChildSpec("flusher", launch, RestartKind.PERMANENT), SupervisorConfig(restart_max=1, restart_first_s=0.001)
    )
    desk = Desk()
    keeper.start_now()
    desk.look(keepers=[keeper])
    keeper.restart(desk.now_s)
    keeper.notice(desk.now_s, None)
    keeper.act(desk.now_s)
    desk.look(keepers=[keeper])
    assert desk.changed == []
    lives[-1].code = -9
    keeper.notice(desk.now_s, None)
    keeper.act(desk.now_s)
    assert keeper.state in {RunState.RUNNING, RunState.BACKING_OFF}
    desk.look(keepers=[keeper])
    assert desk.told() == [("child_down", True)]
    assert "SIGKILL" in desk.changed[0].cause
    for _ in range(3):
        keeper.act(desk.now_s + 1000)
        lives[-1].code = 75
        keeper.notice(desk.now_s, None)
        keeper.act(desk.now_s)
    desk.look(keepers=[keeper])
    assert ("gave_up", "child flusher") in desk.open
    assert ("lock_conflict", "files") in desk.open
    keeper.restart(desk.now_s)
    keeper.act(desk.now_s + 1000)
    desk.look(keepers=[keeper])
    desk.look(keepers=[keeper])
    assert desk.open == []


def test_a_refused_start_is_a_conflict_until_a_run_begins() -> None:
    """Somebody else has the lock."""
    desk = Desk()
    desk.watch.lock_conflict = "ib_stream_lock_busy: held by pid 7"
    desk.look("stopped", run_id=None)
    assert desk.open == [("lock_conflict", "run")]
    desk.look()
    assert desk.open == []


def test_disks_are_told_by_scope() -> None:
    """Each opens and closes by itself."""
    desk = Desk()
    desk.look(disk_faults={"disk of a": "full", "files": "old"})
    desk.look(disk_faults={"files": "old"})
    assert desk.open == [("disk_full", "files")]
    desk.look()
    assert desk.open == []
    assert {one.severity for one in desk.changed} == {Severity.CRITICAL}


def test_room_and_age_are_watched(tmp_path: Path) -> None:
    """Too little room; files that nobody writes though the flusher runs; a disk that does not answer."""
    limits = {"disk_free_min_bytes": 1 << 60, "disk_stuck_s": 0.4}
    watch = DiskWatch(
        FilesConfig(data_root=str(tmp_path / "new" / "data"), state_dir=str(tmp_path)),
        lambda: msgspec.convert(limits, SupervisorConfig),
    )

    def scopes(flusher_since_s: float | None) -> set[str]:
        return set(watch.faults(time.monotonic(), flusher_since_s))

    watch.start()
    try:
        full = {f"disk of {tmp_path}", f"disk of {tmp_path / 'new' / 'data'}"}
        wait_until(lambda: scopes(None) == full, "both directories are full", show=lambda: scopes(None))
        limits["disk_free_min_bytes"] = 0
        wait_until(lambda: scopes(None) == set(), "there is room")
        wait_until(lambda: scopes(0.0) == {"files"}, "nobody writes")
        wait_until(lambda: scopes(None) == set(), "nobody should")
    finally:
        watch.close()
    wait_until(lambda: scopes(None) == {"disk"}, "nobody looks any more")


# ---- the feeder's ----------------------------------------------------------------------------------------------------


def test_a_fault_goes_on_over_the_feeders_lives_until_data_has_shown_that_it_is_over() -> None:
    """The next life that meets it continues it; one that has data and does not meet it ends it."""
    desk = Desk()
    gateway = (EpisodeKind.GATEWAY_LOST, "gateway")
    desk.look(feeder=of_feeder(4, list(book_of(4, gateway))))
    desk.look("feeder_lost", feeder=of_feeder(4, list(book_of(4, gateway))))
    desk.look("connecting", feeder=of_feeder(5))
    assert ("gateway_lost", "gateway") in desk.open
    desk.look("connecting", feeder=of_feeder(5, list(book_of(5, gateway))))
    desk.look("connecting", feeder=of_feeder(6))
    desk.look("fallback_in_use", feeder=of_feeder(6, last_data_mono_ns=1))
    assert ("gateway_lost", "gateway") not in desk.open
    lost = [one for one in desk.changed if one.kind is EpisodeKind.GATEWAY_LOST]
    assert [(one.episode_id, one.is_open) for one in lost] == [("feeder-4-1", True), ("feeder-4-1", False)]


def test_what_one_symbol_has_is_over_only_when_that_symbol_streams() -> None:
    """Data of the others says nothing about it."""
    desk = Desk()
    denied = (EpisodeKind.NO_PERMISSION, "symbol SHOP")
    desk.look("fallback_in_use", feeder=of_feeder(4, list(book_of(4, denied))))
    desk.look("fallback_in_use", feeder=of_feeder(5, last_data_mono_ns=1, unresolved={"SHOP": "354"}))
    assert ("no_permission", "symbol SHOP") in desk.open
    desk.look("fallback_in_use", feeder=of_feeder(5, last_data_mono_ns=1))
    assert ("no_permission", "symbol SHOP") not in desk.open


def test_closed_ones_that_found_no_place_in_the_feeders_words_are_closed_all_the_same() -> None:
    """It keeps the newest only."""
    desk = Desk()
    names = [(EpisodeKind.SYMBOL_SILENT, f"symbol S{number}") for number in range(100)]
    book = book_of(4, *names)
    desk.look(feeder=of_feeder(4, list(book)))
    assert len(desk.open) == 100
    for kind, scope in names:
        book.close(kind, scope, now_s=2.0, now_ns=START_NS + 1_000_000_000)
    desk.look(feeder=of_feeder(4, list(book)))
    assert desk.open == []
    assert len(desk.changed) == 200
    desk.look(feeder=of_feeder(4, list(book)))
    assert len(desk.changed) == 200


def test_the_past_is_not_told_and_an_ended_run_ends_its_faults() -> None:
    """What a feeder of an earlier supervisor has left counts for nothing; nor does the last run's file."""
    desk = Desk(first_epoch=4)
    faults = list(book_of(4, (EpisodeKind.GATEWAY_LOST, "gateway")))
    desk.look(feeder=of_feeder(4, faults))
    assert desk.open == []
    desk = Desk(first_epoch=3)
    desk.look(feeder=of_feeder(4, faults))
    desk.look("stopped", run_id=None, feeder=of_feeder(4, faults))
    assert desk.open == []
    desk.look("starting", run_id="run-2", run_age_s=0.0, feeder=of_feeder(4, faults))
    assert desk.open == []


# ---- hours -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "at", "holds"),
    [
        (("23:45-00:45 America/New_York",), "2026-03-05T05:00:00", True),  # midnight there
        (("23:45-00:45 America/New_York",), "2026-03-05T05:45:00", False),  # its end
        (("23:45-00:45 America/New_York",), "2026-07-05T04:00:00", True),  # summer time
        (("Sat,Sun 00:00-24:00 UTC",), "2026-03-07T23:59:59", True),
        (("Sat,Sun 00:00-24:00 UTC",), "2026-03-09T00:00:00", False),
        (("Fri 22:00-02:00 UTC",), "2026-03-07T01:00:00", True),
        (("Fri 22:00-02:00 UTC",), "2026-03-06T01:00:00", False),
        (("Mon 01:00-02:00 UTC", "05:00-06:00 UTC"), "2026-03-06T05:30:00", True),
        ((), "2026-03-06T05:30:00", False),
    ],
)
def test_maintenance_is_by_the_clock_of_its_zone(texts: tuple[str, ...], at: str, holds: bool) -> None:
    """The begin belongs to it, the end does not; one over midnight belongs to the day on which it begins."""
    at_ns = round(datetime.fromisoformat(f"{at}+00:00").timestamp()) * 1_000_000_000
    assert MaintenanceWindows(texts).holds(at_ns) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("at night", "must be like"),
        ("Xyz 01:00-02:00 UTC", "has the day 'Xyz'"),
        ("01:00-25:00 UTC", "must go from"),
        ("01:60-02:00 UTC", "must go from"),
        ("01:00-01:00 UTC", "must go from"),
        ("01:00-02:00 Mars/Olympus", "has the zone 'Mars/Olympus'"),
    ],
)
def test_what_is_no_window_is_refused_with_the_reason(text: str, words: str) -> None:
    """At the check of the configuration."""
    with pytest.raises(WindowUnreadable, match=words):
        parse_window(text)


def test_markets_are_open_as_the_feeder_says_else_as_the_tables_say() -> None:
    """A feeder of the past is not asked; nobody is None."""
    span = OpenSpan(session="2026-03-04", opens_ns=100, closes_ns=200)
    tables = SessionTables(
        tables=(SessionTable(calendar="X", from_ns=0, until_ns=1000, spans=(span,)),), of_symbol={"SPY": 0}
    )
    assert in_session(of_feeder(4, in_session=False), 4, tables, 150) is False
    assert in_session(of_feeder(3, in_session=False), 4, tables, 150) is True
    assert in_session(None, 4, tables, 250) is False
    assert in_session(None, 4, tables, 2000) is None
    assert in_session(None, 4, None, 150) is None
