"""Ticks in protobuf form, as fast as they can be made: the simulator sends hundreds of thousands a second.

Field numbers: reqId 1, tickType 2, then price 3 (double), size 4 (string), attrMask 5; size 3 (string); value 3 (double
or string). Source: the descriptors in ibapi 10.51.1.
"""

import struct

from tickring.simulator.wire.frames import frame
from tickring.simulator.wire.message_ids import PROTOBUF_OFFSET, ReplyId
from tickring.simulator.wire.number_text import size_text
from tickring.simulator.wire.protobuf_fields import int_field, message_field, varint

__all__ = ["ProtobufTicks"]

_DOUBLE_3 = struct.Struct("<cd")
_MOST_HEADS = 65_536  # of each kind; some 5000 symbols with all their ticks

Heads = dict[tuple[int, int], bytes]


class ProtobufTicks:
    """Ticks of one session in protobuf; sizes are finite numbers.

    Keeps the unchanging start of each message: its id, request and tick type.
    """

    def __init__(self) -> None:
        self._price_heads: Heads = {}
        self._size_heads: Heads = {}
        self._generic_heads: Heads = {}
        self._string_heads: Heads = {}

    def tick_price(self, req_id: int, tick_type: int, price: float, size: float | None, attributes: int) -> bytes:
        """One tickPrice; an absent size is an absent field."""
        key = (req_id, tick_type)
        head = self._price_heads.get(key) or _new_head(self._price_heads, ReplyId.TICK_PRICE, key)
        if size is None:
            sized = b""
        else:
            whole = int(size)
            text = b"%d" % whole if whole == size else size_text(size).encode()
            sized = b'"%c%b' % (len(text), text) if len(text) < 128 else message_field(4, text)
        tail = b"(%c" % attributes if 0 <= attributes < 128 else int_field(5, attributes)
        payload = b"%b%b%b%b" % (head, _DOUBLE_3.pack(b"\x19", price), sized, tail)
        return len(payload).to_bytes(4, "big") + payload

    def tick_size(self, req_id: int, tick_type: int, size: float) -> bytes:
        """One tickSize."""
        key = (req_id, tick_type)
        head = self._size_heads.get(key) or _new_head(self._size_heads, ReplyId.TICK_SIZE, key)
        whole = int(size)
        text = b"%d" % whole if whole == size else size_text(size).encode()
        payload = b"%b\x1a%c%b" % (head, len(text), text) if len(text) < 128 else head + message_field(3, text)
        return len(payload).to_bytes(4, "big") + payload

    def tick_generic(self, req_id: int, tick_type: int, value: float) -> bytes:
        """One tickGeneric."""
        key = (req_id, tick_type)
        head = self._generic_heads.get(key) or _new_head(self._generic_heads, ReplyId.TICK_GENERIC, key)
        return frame(head + _DOUBLE_3.pack(b"\x19", value))

    def tick_string(self, req_id: int, tick_type: int, value: str) -> bytes:
        """One tickString."""
        key = (req_id, tick_type)
        head = self._string_heads.get(key) or _new_head(self._string_heads, ReplyId.TICK_STRING, key)
        text = value.encode()
        return frame(b"%b\x1a%b%b" % (head, varint(len(text)), text))

    def bad_number(self, req_id: int, text: str) -> bytes:
        """A tickPrice of the bid whose size is this text: a protobuf price cannot be anything but a number."""
        head = _new_head({}, ReplyId.TICK_PRICE, (req_id, 1))
        return frame(head + _DOUBLE_3.pack(b"\x19", 1.0) + message_field(4, text.encode()) + int_field(5, 1))


def _new_head(heads: Heads, message_id: int, key: tuple[int, int]) -> bytes:
    if len(heads) >= _MOST_HEADS:
        heads.clear()
    req_id, tick_type = key
    head = (message_id + PROTOBUF_OFFSET).to_bytes(4, "big") + int_field(1, req_id) + int_field(2, tick_type)
    heads[key] = head
    return head
