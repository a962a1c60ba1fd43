"""The benchmarks' matching of bids that were sent with bids that were seen guesses nothing."""

from __future__ import annotations

from bench._wire.matching import Matches, match
from bench._wire.observed import Change

BEFORE = {0: 10.0}


def _match(sent: list[tuple[int, float]], *seen: tuple[int, float, bool]) -> tuple[list[int], int, int]:
    found = match({0: sent}, BEFORE, [Change(0, *one) for one in seen])
    return found.latencies_ns, found.unmatched, found.not_seen


def test_every_bid_in_its_order() -> None:
    """An observer that misses nothing is matched one to one, also where values come again."""
    sent = [(100, 11.0), (200, 10.0), (300, 11.0)]
    assert _match(sent, (150, 11.0, True), (260, 10.0, True), (370, 11.0, True)) == ([50, 60, 70], 0, 0)


def test_what_changes_nothing_is_nobodys_tick() -> None:
    """A bid that repeats the one before, on the wire or in a record of another field, is left out."""
    sent = [(90, 10.0), (100, 11.0), (150, 11.0), (200, 12.0)]
    assert _match(sent, (95, 10.0, True), (160, 11.0, True), (170, 11.0, True), (230, 12.0, True)) == ([60, 30], 0, 0)


def test_a_gap_with_one_explanation() -> None:
    """After a gap a value that was sent once since is matched; those in between were not seen singly."""
    assert _match([(100, 11.0), (200, 12.0), (300, 13.0)], (350, 13.0, False)) == ([50], 0, 2)


def test_a_gap_with_two_explanations_is_not_guessed() -> None:
    """After a gap a value that was sent twice since is counted as unmatched; the next sure one is matched again."""
    sent = [(100, 11.0), (200, 12.0), (300, 11.0), (400, 13.0)]
    assert _match(sent, (350, 11.0, False), (450, 13.0, True)) == ([50], 1, 3)


def test_the_old_value_after_a_gap_leaves_a_doubt() -> None:
    """The old value after a gap may be the old one or the same again: what follows is matched by its value alone."""
    sent = [(100, 11.0), (200, 10.0), (300, 12.0), (400, 11.0)]
    assert _match(sent, (250, 10.0, False), (350, 12.0, True), (460, 11.0, True)) == ([50, 60], 0, 2)


def test_values_that_were_never_sent() -> None:
    """A value that nobody sent, or that is seen before it is sent, is counted."""
    assert _match([(100, 11.0)], (150, 99.0, True)) == ([], 1, 1)
    assert _match([(100, 11.0)], (50, 11.0, True)) == ([], 1, 1)


def test_samples_add_up() -> None:
    """Several samples make one row."""
    total = Matches([1], 1, 0)
    total.add(Matches([2, 3], 0, 4))
    assert total == Matches([1, 2, 3], 1, 4)
