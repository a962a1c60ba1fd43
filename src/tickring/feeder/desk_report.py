"""What the subscriptions look like from outside: counts, reasons and sources for the feeder's status."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tickring.feeder.stream import Stage, Stream
from tickring.states import Source

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Counts", "counts", "fallback_sources", "problems", "sources", "worst_data_type"]


class Counts(NamedTuple):
    """Symbols; what is refused or unresolved is neither confirmed nor pending."""

    desired: int
    confirmed: int
    pending: int


def counts(streams: Collection[Stream]) -> Counts:
    """Return how many symbols are wanted, confirmed and pending."""
    by_stage = Counter(stream.stage for stream in streams)
    settled = by_stage[Stage.CONFIRMED] + by_stage[Stage.UNRESOLVED] + by_stage[Stage.REFUSED]
    return Counts(len(streams), by_stage[Stage.CONFIRMED], len(streams) - settled)


def problems(streams: Collection[Stream]) -> dict[str, str]:
    """Return why symbols are not streamed; what was refused keeps its reason while it is asked for again."""
    return {stream.symbol: stream.reason for stream in streams if stream.reason and stream.stage is not Stage.CONFIRMED}


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
