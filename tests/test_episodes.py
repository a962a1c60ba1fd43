"""Episodes: opened once, counted while open, closed once, bounded."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tickring.episodes import EpisodeBook, EpisodeKind, Severity

NOW_NS = 1_766_000_000_000_000_000
STEPS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(list(EpisodeKind)[:3]), st.sampled_from(["stream", "symbol SPY"])),
    max_size=60,
)


def test_one_open_and_one_close() -> None:
    """However often the fault shows, it is one episode, with its count and its duration."""
    book = EpisodeBook("feeder-1")
    opened = book.open(EpisodeKind.LINK_DOWN, "gateway", cause="1100", code=1100, now_s=5.0, now_ns=NOW_NS)
    assert opened is not None
    assert (opened.episode_id, opened.severity, opened.is_open) == ("feeder-1-1", Severity.WARNING, True)
    for _ in range(200):
        assert book.open(EpisodeKind.LINK_DOWN, "gateway", cause="1100", now_s=6.0, now_ns=NOW_NS) is None
    closed = book.close(EpisodeKind.LINK_DOWN, "gateway", now_s=7.5, now_ns=NOW_NS + 2_500_000_000)
    assert closed is not None
    assert (closed.count, closed.duration_s, closed.episode_id) == (201, 2.5, opened.episode_id)
    assert book.close(EpisodeKind.LINK_DOWN, "gateway", now_s=8.0, now_ns=NOW_NS) is None
    assert book.since(opened.sequence) == [closed]


def test_bounded() -> None:
    """Ten thousand symbols at once do not fill the status; how many were left out is known."""
    book = EpisodeBook("feeder-1", open_max=10, closed_max=5)
    for number in range(10_000):
        book.open(EpisodeKind.SYMBOL_SILENT, f"symbol S{number}", cause="silent", now_s=0.0, now_ns=NOW_NS)
    assert (len(list(book)), book.untold) == (10, 9_990)
    for number in range(10_000):
        book.close(EpisodeKind.SYMBOL_SILENT, f"symbol S{number}", now_s=1.0, now_ns=NOW_NS)
    assert len(list(book)) == 5


@given(STEPS)
def test_opens_and_closes_pair_up(steps: list[tuple[bool, EpisodeKind, str]]) -> None:
    """Any order of faults and their ends: each scope has at most one open, every close had its open before."""
    book = EpisodeBook("x", closed_max=1000)
    seen: Counter[str] = Counter()
    last = 0
    for second, (is_open, kind, scope) in enumerate(steps):
        if is_open:
            book.open(kind, scope, cause="c", now_s=second, now_ns=NOW_NS)
        else:
            book.close(kind, scope, now_s=second, now_ns=NOW_NS)
        for change in book.since(last):
            assert change.sequence == last + 1
            last = change.sequence
            seen[change.episode_id] += 1
            assert change.is_open == (seen[change.episode_id] == 1)
    keys = [(one.kind, one.scope) for one in book if one.is_open]
    assert len(keys) == len(set(keys))
