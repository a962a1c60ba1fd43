"""The episodes of all lives in one list: bounded, in order, each end told once."""

from __future__ import annotations

from tickring.episodes import Episode, EpisodeBook, EpisodeKind
from tickring.supervisor.episode_ledger import EpisodeLedger

START_NS = 1_790_000_000_000_000_000


def opened(book: EpisodeBook, scope: str) -> Episode:
    """A fault that shows."""
    found = book.open(EpisodeKind.PACING, scope, cause="x", now_s=1.0, now_ns=START_NS)
    assert found is not None
    return found


def closed(book: EpisodeBook, scope: str) -> Episode:
    """One that is over."""
    found = book.close(EpisodeKind.PACING, scope, now_s=2.0, now_ns=START_NS)
    assert found is not None
    return found


def test_the_list_is_in_order_bounded_and_asked_for_by_sequence() -> None:
    """Whoever asks with the last sequence gets what is new, and nothing twice."""
    ledger = EpisodeLedger(open_max=3, closed_max=5)
    book = EpisodeBook("b")
    for number in range(10):
        opened = book.open(EpisodeKind.PACING, f"s{number}", cause="x", now_s=1.0, now_ns=START_NS)
        assert opened is not None
        ledger.take(opened)
    assert (ledger.sequence, ledger.untold) == (3, 7)
    assert [one.scope for one in ledger.since(0)] == ["s0", "s1", "s2"]
    closed = book.close(EpisodeKind.PACING, "s1", now_s=2.0, now_ns=START_NS)
    assert closed is not None
    assert ledger.take(closed) is not None
    assert ledger.take(closed) is None
    assert [(one.scope, one.is_open, one.sequence) for one in ledger.since(3)] == [("s1", False, 4)]
    assert ledger.since(4) == []


def test_what_its_keeper_goes_on_to_tell_is_never_new_again() -> None:
    """However much ends meanwhile: a feeder's closed episodes stand in its status for days."""
    ledger = EpisodeLedger(closed_max=5)
    feeder, supervisor = EpisodeBook("feeder-1"), EpisodeBook("supervisor-1")
    ledger.take(opened(feeder, "gateway"))
    over = closed(feeder, "gateway")
    assert ledger.take(over) is not None
    for number in range(50):
        ledger.take(opened(supervisor, f"child {number}"))
        ledger.take(closed(supervisor, f"child {number}"))
        assert ledger.take(over) is None


def test_an_end_that_was_none_is_not_told_later() -> None:
    """The next life of a feeder met the fault twice while it went on: the end of the first is nobody's news."""
    ledger = EpisodeLedger()
    before, after = EpisodeBook("feeder-1"), EpisodeBook("feeder-2")
    ledger.take(opened(before, "gateway"))
    opened(after, "gateway")
    first = closed(after, "gateway")
    again = opened(after, "gateway")
    assert [ledger.take(one) for one in (first, again)] == [None, None]
    last = closed(after, "gateway")
    ended = [one for one in (ledger.take(first), ledger.take(last)) if one is not None]
    assert [one.episode_id for one in ended] == ["feeder-1-1"]
    assert [ledger.take(one) for one in (first, last)] == [None, None]


def test_who_asks_too_late_can_tell() -> None:
    """The newest end that is kept no longer has a number."""
    ledger = EpisodeLedger(closed_max=2)
    book = EpisodeBook("b")
    for number in range(3):
        ledger.take(opened(book, f"s{number}"))
        ledger.take(closed(book, f"s{number}"))
        assert ledger.forgotten == (2 if number == 2 else 0)
    assert [one.sequence for one in ledger.since(0)] == [4, 6]
