"""What the alerter keeps: which message goes next, which goes for good, and what another life finds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.alert_notices import notice
from tickring.alerter.notice import NoticeEvent
from tickring.alerter.store import Kept, Store, Waiting
from tickring.alerter.store_file import StoreFile, read_kept
from tickring.episodes import Severity

if TYPE_CHECKING:
    from pathlib import Path


def test_the_end_of_a_fault_never_comes_before_its_begin() -> None:
    """However often an address refuses: what it has taken last is what holds."""
    store = Store(Kept(), queue_max=100, keep_s=3600)
    with store.lock:
        about = [notice(1, alert="a"), notice(2, alert="b"), notice(3, NoticeEvent.CLOSE, alert="a")]
        store.put(about, ["x", "y"], time.time_ns())
    for mark in ("m1", "m2", "m1"):
        first = store.first_for("x")
        assert first is not None
        assert first.mark == mark
        store.put_last(mark, "x")
    taken: dict[str, list[str]] = {"x": [], "y": []}
    for sink, marks in taken.items():
        while (first := store.first_for(sink)) is not None:
            marks.append(first.mark)
            store.cross_off(first.mark, sink)
    assert taken == {"x": ["m2", "m1", "m3"], "y": ["m1", "m2", "m3"]}


def test_too_many_messages_lose_reminders_first_and_never_what_is_critical() -> None:
    """The queue is bounded, but not for what counts."""
    store = Store(Kept(), queue_max=10, keep_s=3600)
    critical = [notice(number, severity=Severity.CRITICAL, alert=f"c{number}") for number in range(12)]
    with store.lock:
        store.put([notice(100 + number, alert=f"w{number}") for number in range(6)], ["x"], time.time_ns())
        store.put([notice(200, NoticeEvent.REMINDER, alert="r", severity=Severity.CRITICAL)], ["x"], time.time_ns())
        store.put(critical[:6], ["x"], time.time_ns())
        marks = [one.notice.mark for one in store.kept.queue]
        assert len(marks) == 10
        assert "m200" not in marks
        store.put(critical[6:], ["x"], time.time_ns())
    assert [one.notice.mark for one in store.kept.queue] == [one.mark for one in critical]
    assert store.given_up == 7


def test_what_is_too_old_is_given_up() -> None:
    """And counted."""
    store = Store(Kept(), queue_max=10, keep_s=60)
    with store.lock:
        store.put([notice(1)], ["x"], time.time_ns() - 61_000_000_000)
        store.put([notice(2)], ["x"], time.time_ns())
    first = store.first_for("x")
    assert first is not None
    assert first.mark == "m2"
    assert store.given_up == 1


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    """Another life reads what the one before has written; a file that is not ours is put aside."""
    path = tmp_path / "state" / "alerts.json"
    store = Store(read_kept(path), queue_max=10, keep_s=3600)
    saving = StoreFile(path, store, stuck_s=15)
    saving.start()
    with store.lock:
        store.kept.sequence = 7
        store.put([notice(1)], ["telegram"], time.time_ns())
    saving.close(20)
    kept = read_kept(path)
    assert (kept.sequence, [one.notice.mark for one in kept.queue]) == (7, ["m1"])
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(b'{"version": 99}')
    assert read_kept(path) == Kept()
    assert (tmp_path / "state" / "alerts.json.broken").read_bytes() == b'{"version": 99}'


def test_nobody_who_is_not_configured_any_more_holds_a_message() -> None:
    """An address that was taken out of the configuration is crossed off."""
    kept = Kept(queue=[Waiting(notice=notice(1), sinks=["old"], queued_ns=time.time_ns())])
    store = Store(kept, queue_max=10, keep_s=3600)
    store.forget_sinks(["telegram"])
    assert kept.queue == []
