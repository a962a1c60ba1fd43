"""From the decoder's callbacks to the segment: one message, one tick; everything in shares; proof before belief.

A symbol becomes `live` by a price of the request that runs, never by a code. Ticks of requests that are cancelled or
unknown are dropped and counted.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tickring.feeder.snapshot_intake import SnapshotIntake
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.tick_types import DELAYED_TYPES, HALTED, LAST_TIMESTAMP, PRICES, SIDES, SIZES, shares_per_unit
from tickring.states import DataType, Field, QuoteState, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.feeder.fallback import Fallback
    from tickring.feeder.fast_lane import FastLane
    from tickring.feeder.segment_writer import SegmentWriter

__all__ = ["TickIntake"]

_DATA_TYPES = list(DataType)
_REAL_TIME = 1
_NO_SIDES = (
    *(Field.BID, -1.0, Field.ASK, -1.0, Field.LAST, -1.0),
    *(Field.BID_SIZE, -1.0, Field.ASK_SIZE, -1.0, Field.LAST_SIZE, -1.0),
)
_UNSET = {2147483647.0, 9223372036854775807.0, 1.7014118346046923e38}  # ibapi's unset int, long, Decimal


class TickIntake:
    """Used by the loop's thread: `begin` and `end` around the decoding of each message."""

    def __init__(
        self,
        writer: SegmentWriter,
        confirmed: Callable[[Stream], None],
        served: Callable[[Fallback], None] | None = None,
    ) -> None:
        """`confirmed` is called when a stream's first price has come, `served` when a snapshot's has."""
        self._writer = writer
        self._confirmed = confirmed
        self._shares = shares_per_unit(0)
        self._now_ns = 0
        self._stream: Stream | None = None
        self._pairs: list[Field | float] = []
        self._has_price = False
        self._is_delayed = False
        self.streams: dict[int, Stream] = {}
        """By the id of the request that runs."""
        self.lane: FastLane | None = None
        """Takes the ticks of steady streams before they come here; None: all come here."""
        self._is_suspect = False
        self.snapshots = SnapshotIntake(writer, served)
        """Takes what belongs to no stream."""
        self.has_prices = False
        """A stream's price came this way; whoever looks sets it back."""

    def set_server_version(self, server_version: int) -> None:
        """Units depend on it."""
        self._shares = shares_per_unit(server_version)

    @property
    def is_suspect(self) -> bool:
        """While the link to IB is in doubt every price is news about it."""
        return self._is_suspect

    @is_suspect.setter
    def is_suspect(self, value: bool) -> None:
        self._is_suspect = value
        for stream in self.streams.values():
            stream.doubt()

    @property
    def symbol(self) -> str | None:
        """Whose message is being decoded, as far as it is known."""
        return self.snapshots.symbol if self._stream is None else self._stream.symbol

    @property
    def late(self) -> int:
        """Ticks of requests that are nobody's any more."""
        return self.snapshots.late

    def take_late(self) -> int:
        """Return how many there were since this was asked last."""
        late, self.snapshots.late = self.snapshots.late, 0
        return late

    def begin(self, ts_recv_ns: int) -> None:
        """Before a message; all messages of one read from the socket have the same receive time (wall clock)."""
        self._now_ns = ts_recv_ns
        self._stream = None
        self.snapshots.begin()
        if self._pairs:
            self._pairs.clear()

    def end(self) -> None:
        """After a message: publish what it brought."""
        stream = self._stream
        if stream is None:
            self.snapshots.end(self._now_ns)
            return
        if not self._pairs:
            return
        is_other_type = self._is_delayed and not stream.takes_delayed
        revived: QuoteState | None = None
        if not stream.is_steady or self._is_suspect or is_other_type:
            revived = self._revive(stream)
            if stream.is_on_fallback:  # not confirmed: values of two sources never mix
                stream.hold(self._pairs)
                return
        if self._has_price and stream.stage is Stage.CONFIRMED:
            self.has_prices = True
        if self._writer.tick(stream.slot, self._now_ns, *self._pairs) == 0 and revived is not None:
            self._say_by_itself(stream, revived)
        if self.lane is not None and stream.is_steady and not self._is_suspect:
            self.lane.admit(stream)

    def _say_by_itself(self, stream: Stream, state: QuoteState) -> None:
        """The same values again publish nothing that a state could ride on; the writer publishes what has moved."""
        self._writer.set_state(stream.slot, state=QuoteState.STALE, publish=False)
        self._writer.set_state(stream.slot, state=state)

    def _revive(self, stream: Stream) -> QuoteState | None:
        """Price and state become visible together: the state rides on the tick. Only a price says `live`.

        Return the state, None if there is no reason to believe.
        """
        if not self._has_price:
            return None
        if self._is_delayed and not stream.takes_delayed:
            self._set_data_type(stream, 3)  # the numbers of the ticks are proof, whatever was said before
        if stream.data_type == 0:
            return None  # nobody has said whether these are of now: not confirmed, so it is asked for again
        if stream.is_held_back and stream.is_on_fallback:
            stream.stage, stream.proofs = Stage.PROVING, stream.proofs + 1
            return None
        stream.is_marked_stale = stream.is_quiet = stream.is_held_back = False
        if stream.is_on_fallback:
            self._return_to_stream(stream)
        state = QuoteState.CLOSED if stream.is_market_closed else QuoteState.LIVE
        self._writer.set_state(stream.slot, state=state, source=Source.IB_STREAM, publish=False)
        stream.source = Source.IB_STREAM
        stream.stage = Stage.CONFIRMED
        stream.reason = ""
        self._confirmed(stream)
        return state

    def _return_to_stream(self, stream: Stream) -> None:
        """From an empty quote, with what the stream has brought before its first price."""
        self._writer.begin(stream.slot, keep_last_known=True)
        word = _word_of(stream.data_type)
        self._writer.set_state(stream.slot, data_type=word, is_halted=stream.is_halted, publish=False)
        self._pairs[:0] = stream.take_held()

    # ---- callbacks of one message ----

    def tick_price(self, req_id: int, tick_type: int, price: float) -> None:
        """A price; -1 means that there is none."""
        stream = self.streams.get(req_id)
        field = PRICES.get(tick_type)
        if stream is None:
            self.snapshots.tick(req_id, field, price, is_delayed=tick_type in DELAYED_TYPES)
            return
        if field is None:
            return
        self._stream = stream
        self._pairs += (field, price)
        self._has_price = price > 0.0 and field in SIDES
        self._is_delayed = tick_type in DELAYED_TYPES

    def tick_size(self, req_id: int, tick_type: int, size: float) -> None:
        """A size or the day's volume, in the unit of the server version."""
        stream = self.streams.get(req_id)
        field = SIZES.get(tick_type)
        if field is not None and size not in _UNSET:
            size *= self._shares[tick_type]
        if stream is None:
            self.snapshots.tick(req_id, field, size)
            return
        if field is None:
            return
        if self._stream is not stream:
            self._stream = stream
            self._has_price = False
        self._pairs += (field, size)

    def tick_text(self, req_id: int, tick_type: int, text: str) -> None:
        """The time of the last trade, in whole seconds since 1970."""
        stream = self.streams.get(req_id)
        if stream is None:
            is_time = tick_type in LAST_TIMESTAMP and text != ""
            self.snapshots.tick(req_id, Field.LAST_TRADE_S if is_time else None, float(int(text)) if is_time else 0.0)
        elif tick_type in LAST_TIMESTAMP and text:
            self._stream = stream
            self._has_price = False
            self._pairs += (Field.LAST_TRADE_S, float(int(text)))

    def tick_number(self, req_id: int, tick_type: int, value: float) -> None:
        """Halted: 0 no, 1 halted, 2 by volatility, -1 unknown."""
        stream = self.streams.get(req_id)
        if stream is None:
            self.snapshots.halted(req_id, is_halted=value > 0.0 if tick_type in HALTED and value >= 0.0 else None)
        elif tick_type in HALTED and value >= 0.0:
            stream.is_halted = value > 0.0
            if not stream.is_on_fallback:
                self._writer.set_state(stream.slot, is_halted=stream.is_halted)

    def market_data_type(self, req_id: int, data_type: int) -> None:
        """What this request now gets: 1 real time, 2 frozen, 3 delayed, 4 delayed-frozen."""
        stream = self.streams.get(req_id)
        if stream is None:
            self.snapshots.data_type(req_id, data_type)
        else:
            self._set_data_type(stream, data_type)

    def _set_data_type(self, stream: Stream, data_type: int) -> None:
        was_delayed, is_news = stream.takes_delayed, data_type != stream.data_type
        stream.data_type = data_type
        if stream.is_on_fallback:
            if is_news:
                stream.held.clear()
            return
        is_confirmed = stream.stage is Stage.CONFIRMED
        if is_confirmed and is_news and data_type == _REAL_TIME and not stream.is_market_closed:
            self._expect_price(stream, is_empty=was_delayed)
        self._writer.set_state(stream.slot, data_type=_word_of(data_type), publish=is_confirmed)

    def _expect_price(self, stream: Stream, *, is_empty: bool) -> None:
        """Real time from now on: what came before is delayed or frozen, and no word makes it a price of now."""
        stream.is_marked_stale, stream.deadline_s = True, inf
        self._writer.set_state(stream.slot, state=QuoteState.STALE, publish=False)
        if is_empty:
            self._writer.tick(stream.slot, self._now_ns, *_NO_SIDES)


def _word_of(data_type: int) -> DataType:
    return _DATA_TYPES[data_type] if 0 < data_type < len(_DATA_TYPES) else DataType.UNKNOWN
