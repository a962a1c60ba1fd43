"""Which of the bids that were sent is this one that was seen? Nothing is guessed.

A symbol's bids are matched in their order. Where the observer can have missed nothing since its look before, the bid it
sees must be the next one that was sent and differs from the one before it. Where it can (it polls and found a record
later than the next, or its library gives the newest values only), the bid is matched if exactly one of those sent
since, and not later than seen, has this value; else it counts as unmatched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench._wire.observed import Change

__all__ = ["Matches", "match"]

Sent = tuple[int, float]
"""CLOCK_MONOTONIC just before the write, and the bid."""


@dataclass
class Matches:
    """Of one sample or of several."""

    latencies_ns: list[int] = field(default_factory=list)
    unmatched: int = 0
    """Bids that were seen and cannot be told apart, or were never sent."""
    not_seen: int = 0
    """Bids that were sent and not seen singly: newer ones had taken their place."""

    def add(self, other: Matches) -> None:
        """Take in another sample's."""
        self.latencies_ns += other.latencies_ns
        self.unmatched += other.unmatched
        self.not_seen += other.not_seen


def match(sent: dict[int, list[Sent]], before: dict[int, float], changes: Iterable[Change]) -> Matches:
    """Match what was seen with what was sent, by number of the symbol. `before`: the bids when the sample began."""
    found = Matches()
    by_symbol: dict[int, list[Change]] = {}
    for change in changes:
        by_symbol.setdefault(change.symbol, []).append(change)
    for symbol in by_symbol.keys() | sent.keys():
        bids = _changes_only(sent.get(symbol, []), before[symbol])
        _match_symbol(bids, before[symbol], by_symbol.get(symbol, []), found)
    return found


def _changes_only(bids: Iterable[Sent], before: float) -> list[Sent]:
    """Leave out bids that repeat the one before: no observer could see them."""
    kept = []
    for at_ns, bid in bids:
        if bid != before:
            kept.append((at_ns, bid))
            before = bid
    return kept


def _match_symbol(sent: Sequence[Sent], last: float, seen: Iterable[Change], found: Matches) -> None:
    at, is_certain, matched = 0, True, 0
    for change in seen:
        possible = at
        while possible < len(sent) and sent[possible][0] <= change.at_ns:
            possible += 1
        if change.is_next and is_certain:
            if change.bid == last:
                continue
            fitting = [at] if at < possible and sent[at][1] == change.bid else []
        else:
            fitting = [number for number in range(at, possible) if sent[number][1] == change.bid]
            if change.bid == last:  # it may be the old one still, or the same value again
                is_certain = is_certain and not fitting
                continue
        last = change.bid
        is_certain = len(fitting) == 1
        if is_certain:
            found.latencies_ns.append(change.at_ns - sent[fitting[0]][0])
            at = fitting[0] + 1
            matched += 1
        else:
            found.unmatched += 1
    found.not_seen += len(sent) - matched
