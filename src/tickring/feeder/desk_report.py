"""What the subscriptions look like from outside: counts, reasons and sources for the feeder's status."""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.stream import Stage, Stream
from tickring.feeder_status import PacingUse
from tickring.states import Source

if TYPE_CHECKING:
    from collections.abc import Collection

    from tickring.feeder.token_bucket import TokenBucket

__all__ = [
    "Counts",
    "counts",
    "fallback_sources",
    "pacing",
    "problems",
    "rotated",
    "rotated_served",
    "sources",
    "worst_data_type",
]

_ROTATED_SHOWN = 256


class Counts(NamedTuple):
    """Symbols; what is refused, unresolved or without a line is neither confirmed nor pending."""

    desired: int
    confirmed: int
    pending: int
    failed: int


def counts(streams: Collection[Stream]) -> Counts:
    """Return how many symbols are wanted, confirmed and pending."""
    by_stage = Counter(stream.stage for stream in streams)
    settled = sum(by_stage[stage] for stage in (Stage.CONFIRMED, Stage.UNRESOLVED, Stage.REFUSED, Stage.ROTATED))
    failed = by_stage[Stage.UNRESOLVED] + by_stage[Stage.REFUSED]
    return Counts(len(streams), by_stage[Stage.CONFIRMED], len(streams) - settled, failed)


def problems(streams: Collection[Stream]) -> dict[str, str]:
    """Return why symbols are not streamed; what was refused keeps its reason while it is asked for again.

    Who takes turns for want of a line is not refused (`rotated`).
    """
    return {
        stream.symbol: stream.reason
        for stream in streams
        if stream.reason and stream.stage is not Stage.CONFIRMED and not stream.takes_turns
    }


def worst_data_type(streams: Collection[Stream]) -> int:
    """Return the worst of what confirmed streams get: 0 unknown, 1 real time ... 4 delayed-frozen."""
    return max((stream.data_type for stream in streams if stream.stage is Stage.CONFIRMED), default=0)


def _source_of(stream: Stream) -> Source:
    """Who serves a symbol now. Values that nobody renews are nobody's."""
    if stream.stage is Stage.CONFIRMED:
        return Source.NONE if stream.is_marked_stale else Source.IB_STREAM
    return stream.source if stream.is_on_fallback and stream.fallback is not None else Source.NONE


def sources(streams: Collection[Stream]) -> dict[str, int]:
    """Return how many symbols are served from where; without those that nobody serves."""
    found = Counter(_source_of(stream) for stream in streams)
    return {str(source): number for source, number in found.items() if source is not Source.NONE}


def fallback_sources(streams: Collection[Stream]) -> dict[str, str]:
    """Return the source of every symbol that is served by other means than its stream."""
    found = {stream.symbol: _source_of(stream) for stream in streams if stream.stage is not Stage.CONFIRMED}
    return {symbol: str(source) for symbol, source in found.items() if source is not Source.NONE}


def rotated_served(streams: Collection[Stream]) -> int:
    """Return how many of those are served so for want of a market data line, and not because their streams fail."""
    return sum(stream.takes_turns and _source_of(stream) is not Source.NONE for stream in streams)


def rotated(streams: Collection[Stream], now_s: float) -> dict[str, float | None]:
    """Return the age of the newest snapshot of symbols without a line, the oldest first; None: it has had none."""
    found = {
        stream.symbol: -inf if stream.fallback is None else stream.fallback.served_s
        for stream in streams
        if stream.stage is Stage.ROTATED
    }
    oldest = nsmallest(_ROTATED_SHOWN, found.items(), key=lambda one: one[1])
    return {symbol: None if served_s == -inf else round(now_s - served_s, 1) for symbol, served_s in oldest}


def pacing(bucket: TokenBucket, now_s: float) -> PacingUse:
    """Return how much leaves, of what, and how much may."""
    return PacingUse(
        limit_per_s=bucket.per_s(now_s),
        last_s=bucket.in_period(now_s),
        is_slow=bucket.is_slow(now_s),
        sent={kind.name.lower(): number for kind, number in bucket.sent.items()},
    )
