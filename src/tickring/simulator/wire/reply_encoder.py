"""From what the gateway says to the bytes of a session's server version."""

from collections.abc import Callable

from tickring.simulator.wire import versions
from tickring.simulator.wire.frames import frame
from tickring.simulator.wire.message_ids import PROTOBUF_OFFSET, REPLY_PROTOBUF_FROM, ReplyId
from tickring.simulator.wire.protobuf_replies import PROTOBUF_REPLIES
from tickring.simulator.wire.protobuf_ticks import ProtobufTicks
from tickring.simulator.wire.replies import (
    HistoricalData,
    HistoricalDataEnd,
    Reply,
    TickGeneric,
    TickPrice,
    TickSize,
    TickString,
)
from tickring.simulator.wire.text_fields import text_payload
from tickring.simulator.wire.text_replies import TEXT_REPLIES
from tickring.simulator.wire.text_ticks import TextTicks

__all__ = ["ReplyEncoder"]


class ReplyEncoder:
    """Encodes replies for one session. Every method returns whole frames, ready to be written.

    Sizes and volumes are taken as they are: in which unit the session's version counts them is the caller's part. Ticks
    have functions of their own because of their number; `encode` takes them too, at a third of the speed.
    """

    def __init__(self, server_version: int) -> None:
        if not versions.LOWEST <= server_version <= versions.HIGHEST:
            raise ValueError(f"server version is {server_version}, expected {versions.LOWEST} to {versions.HIGHEST}")
        self.server_version = server_version
        self._has_raw_ids = server_version >= versions.PROTOBUF
        is_protobuf = server_version >= REPLY_PROTOBUF_FROM[ReplyId.TICK_PRICE]
        ticks = ProtobufTicks() if is_protobuf else TextTicks(server_version)
        self.tick_price: Callable[[int, int, float, float | None, int], bytes] = ticks.tick_price
        """(req_id, tick_type, price, size or None, attributes): one tickPrice."""
        self.tick_size: Callable[[int, int, float], bytes] = ticks.tick_size
        """(req_id, tick_type, size): one tickSize."""
        self.tick_generic: Callable[[int, int, float], bytes] = ticks.tick_generic
        """(req_id, tick_type, value): one tickGeneric."""
        self.tick_string: Callable[[int, int, str], bytes] = ticks.tick_string
        """(req_id, tick_type, value): one tickString."""
        self.bad_number_tick: Callable[[int, str], bytes] = ticks.bad_number
        """(req_id, text): a tickPrice with this text where a number belongs (in protobuf its size)."""

    def encode(self, reply: Reply) -> bytes:
        """Return the frame of the reply, or both frames of a HistoricalData from version 196 on."""
        if isinstance(reply, TickPrice):
            return self.tick_price(reply.req_id, reply.tick_type, reply.price, reply.size, reply.attributes)
        if isinstance(reply, TickSize):
            return self.tick_size(reply.req_id, reply.tick_type, reply.size)
        if isinstance(reply, TickGeneric):
            return self.tick_generic(reply.req_id, reply.tick_type, reply.value)
        if isinstance(reply, TickString):
            return self.tick_string(reply.req_id, reply.tick_type, reply.value)
        frames = self._frame(reply)
        if isinstance(reply, HistoricalData) and self.server_version >= versions.HISTORICAL_DATA_END:
            frames += self._frame(HistoricalDataEnd(req_id=reply.req_id, start=reply.start, end=reply.end))
        return frames

    def unknown_message(self, message_id: int) -> bytes:
        """Return a text message of this id with one field; from version 201 on above 200 it counts as protobuf."""
        return self._text_frame(message_id, ["1"])

    def _frame(self, reply: Reply) -> bytes:
        message_id, text_fields = TEXT_REPLIES[type(reply)]
        if self.server_version >= REPLY_PROTOBUF_FROM[message_id]:
            body = PROTOBUF_REPLIES[type(reply)](reply)
            return frame((message_id + PROTOBUF_OFFSET).to_bytes(4, "big") + body)
        return self._text_frame(message_id, text_fields(reply, self.server_version))

    def _text_frame(self, message_id: int, fields: list[str]) -> bytes:
        if self._has_raw_ids:
            return frame(message_id.to_bytes(4, "big") + text_payload(fields))
        return frame(text_payload([str(message_id), *fields]))
