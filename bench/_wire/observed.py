"""What an observer of bids hands over after a sample: plain data that goes through a pipe."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Change", "Observed", "Prices"]

Prices = dict[tuple[int, str], float]
"""By number of the symbol and `bid` or `ask`."""


class Change(NamedTuple):
    """One look at a symbol that brought something new."""

    symbol: int
    at_ns: int
    """CLOCK_MONOTONIC, when the value was in hand."""
    bid: float
    is_next: bool
    """Whether nothing can have been missed since the look before."""


class Observed(NamedTuple):
    """One sample."""

    changes: list[Change]
    last_at_ns: int
    """When the last change of any price was in hand; 0 if there was none."""
    prices: Prices
    """At the end."""
