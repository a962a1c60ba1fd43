"""Ticks of snapshots on their way to the segment: marked from their first price on, published as they come.

A snapshot may need eleven seconds to its end, so nothing waits for it. Its values start from an empty quote and never
mix with the stream's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.feeder.tick_types import SIDES
from tickring.states import DataType, QuoteState, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.feeder.fallback import Fallback
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.states import Field

__all__ = ["SnapshotIntake"]

_DATA_TYPES = list(DataType)


class SnapshotIntake:
    """Takes what belongs to no stream: `begin` and `end` around each message, as `TickIntake`."""

    def __init__(self, writer: SegmentWriter, served: Callable[[Fallback], None] | None) -> None:
        """`served` is called when a snapshot's first price is visible."""
        self._writer = writer
        self._served = served
        self._fallback: Fallback | None = None
        self._pairs: dict[Field, float] = {}
        self._has_price = False
        self.requests: dict[int, Fallback] = {}
        """By the id of the request that runs."""
        self.late = 0
        """Ticks of requests that are nobody's any more."""

    @property
    def symbol(self) -> str | None:
        """Whose message is being decoded, as far as it is known."""
        return None if self._fallback is None else self._fallback.stream.symbol

    def begin(self) -> None:
        """Before a message."""
        if self._fallback is not None:
            self._fallback = None
            self._has_price = False
            self._pairs.clear()

    def tick(self, req_id: int, field: Field | None, value: float, *, is_delayed: bool = False) -> None:
        """One value, sizes in shares; `field` None: one that is not kept."""
        fallback = self.requests.get(req_id)
        if fallback is None:
            self.late += 1
            return
        self._fallback = fallback
        if field is None:
            return
        self._pairs[field] = value
        if field in SIDES and value > 0.0:
            self._has_price = True
        if is_delayed and fallback.data_type not in {3, 4}:
            fallback.data_type = 3

    def halted(self, req_id: int, *, is_halted: bool | None) -> None:
        """Halted or not, as known when the snapshot was taken; None: a number that is not kept."""
        fallback = self.requests.get(req_id)
        if fallback is None:
            self.late += 1
        elif is_halted is not None:
            fallback.is_halted = is_halted
            if fallback.has_data:
                self._writer.set_state(fallback.stream.slot, is_halted=is_halted)

    def data_type(self, req_id: int, data_type: int) -> None:
        """What the snapshot gets, 1 to 4; it precedes the ticks."""
        fallback = self.requests.get(req_id)
        if fallback is not None:
            fallback.data_type = data_type

    def end(self, ts_recv_ns: int) -> None:
        """After a message: publish what it brought, or hold it until a price has come."""
        fallback = self._fallback
        if fallback is None or not self._pairs:
            return
        if not fallback.has_data:
            fallback.held.update(self._pairs)
            if not self._has_price:
                return
            self._start(fallback)
            self._pairs.update(fallback.held)
        pairs = [part for pair in self._pairs.items() for part in pair]
        self._writer.tick(fallback.stream.slot, ts_recv_ns, *pairs)

    def _start(self, fallback: Fallback) -> None:
        """The slot is the snapshot's from here on; its state becomes visible with the tick that follows."""
        stream = fallback.stream
        number = fallback.data_type
        self._writer.begin(stream.slot, keep_last_known=True)
        self._writer.set_state(
            stream.slot,
            state=QuoteState.FALLBACK,
            source=Source.IB_SNAPSHOT,
            data_type=_DATA_TYPES[number] if 0 <= number < len(_DATA_TYPES) else DataType.UNKNOWN,
            is_halted=fallback.is_halted,
            publish=False,
        )
        stream.source = Source.IB_SNAPSHOT
        fallback.has_data = True
        if self._served is not None:
            self._served(fallback)
