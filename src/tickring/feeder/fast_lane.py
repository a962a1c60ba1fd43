"""The native lane beside ibapi's decoder: ticks of streams that are beyond doubt go from the buffer into the segment.

A stream gets in by a tick that took the long way and found it confirmed; any change of what the lane relies on takes
it out at once (`Stream`), and its next tick takes the long way again. So every decision about a stream stays in Python,
and the lane has only ticks that need none. What it does not take - other messages, odd forms, unknown requests - stops
it, goes to ibapi, and the lane goes on behind it: the order of messages stays.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from tickring import _core
from tickring.feeder.tick_types import (
    DELAYED_TYPES,
    HALTED,
    LAST_TIMESTAMP,
    PRICES,
    SIZE_OF_PRICE,
    SIZES,
    shares_per_unit,
)

if TYPE_CHECKING:
    from tickring.feeder.segment_writer import SegmentWriter
    from tickring.feeder.stream import Stream

__all__ = ["FastLane", "PumpEnd"]

PumpEnd: TypeAlias = Literal["due", "other", "message", "closed", "fenced", "signal"]
"""Why waiting ended: the time, another descriptor, a message that is not the lane's, the gateway, a fence, a signal."""

_RAW_IDS_FROM = 201


class FastLane:
    """One session's lane. Threads: the loop's."""

    def __init__(self, writer: SegmentWriter, server_version: int, *, sizes_are_whole: bool) -> None:
        """`sizes_are_whole`: this ibapi knows no other sizes, and refuses a message that has one."""
        self._lane = _core.TickLane(
            writer,
            prices=PRICES,
            sizes=SIZES,
            shares=shares_per_unit(server_version),
            size_of=SIZE_OF_PRICE,
            delayed=DELAYED_TYPES,
            timestamps=LAST_TIMESTAMP,
            halted=HALTED,
            has_raw_ids=server_version >= _RAW_IDS_FROM,
            sizes_are_whole=sizes_are_whole,
        )
        self.ts_recv_ns = 0
        """Of the bytes that `skip` is called with."""

    @property
    def messages(self) -> int:
        """Ticks taken so far."""
        return self._lane.messages

    @property
    def price_ns(self) -> int:
        """CLOCK_MONOTONIC of the newest price it took; 0: none."""
        return self._lane.price_ns

    @property
    def heard_ns(self) -> int:
        """CLOCK_MONOTONIC of the newest bytes that came by `pump`; 0: none."""
        return self._lane.heard_ns

    @property
    def heard_ts_ns(self) -> int:
        """The same moment on CLOCK_REALTIME."""
        return self._lane.ts_recv_ns

    def admit(self, stream: Stream) -> None:
        """Take the ticks of the stream's running request, until something about the stream changes."""
        if stream.leave_lane is None:
            self._lane.admit(stream.req_id, stream.slot, takes_delayed=stream.takes_delayed)
            stream.leave_lane = partial(self._lane.dismiss, stream.req_id)

    def skip(self, buffer: bytearray, start: int, stop: int) -> int:
        """Publish what it takes of the frames there; return where the first one begins that it does not take."""
        return self._lane.run(buffer, start, stop, self.ts_recv_ns)

    def pump(
        self, epoll_fd: int, socket_fd: int, buffer: bytearray, start: int, stop: int, receive_bytes: int, until_ns: int
    ) -> tuple[PumpEnd, int, int]:
        """Wait and publish until something else is due; return what, and which part of the buffer is not taken.

        Raises:
            OSError: the connection is broken.
        """
        return self._lane.pump(epoll_fd, socket_fd, buffer, start, stop, receive_bytes, until_ns)
