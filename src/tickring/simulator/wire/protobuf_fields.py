"""The protobuf wire format, as much of it as the API's messages use.

Varints (int32, int64, bool), fixed 64-bit doubles, and length-delimited strings and messages. Every field has explicit
presence: what is absent is not written, and a zero is. Strings are the exception that makes no difference to clients:
an empty one is left out. Source: the protocol buffers encoding guide; the descriptors in ibapi 10.51.1.
"""

import struct
from math import isfinite

from tickring.simulator.wire.field_error import BadField
from tickring.simulator.wire.number_text import UNSET_DOUBLE, UNSET_INTEGER

__all__ = ["ProtobufReader", "double_field", "int_field", "message_field", "text_field", "varint"]

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_DOUBLE = struct.Struct("<d")
_64_BITS = 2**64 - 1


def varint(value: int) -> bytes:
    """The integer in groups of seven bits; a negative one as 64-bit two's complement, in ten bytes."""
    value &= _64_BITS
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)


def int_field(number: int, value: int) -> bytes:
    """An int32, int64 or bool."""
    return varint(number << 3 | _VARINT) + varint(value)


def double_field(number: int, value: float) -> bytes:
    """A double."""
    return varint(number << 3 | _FIXED64) + _DOUBLE.pack(value)


def text_field(number: int, value: str) -> bytes:
    """A string; nothing for an empty one."""
    return message_field(number, value.encode("utf-8", "replace")) if value else b""


def message_field(number: int, body: bytes) -> bytes:
    """A message inside a message (or the bytes of a string), also when it is empty."""
    return varint(number << 3 | _LENGTH) + varint(len(body)) + body


class ProtobufReader:
    """The fields of one message by their numbers; of a repeated one the last.

    Reading takes time linear in the bytes. Fields nobody asks for are passed over, as the format wants it.
    `request_id` is what `read_request_id` has read, for answers to requests that turn out to be wrong further on.

    Raises:
        BadField: these bytes are no message.
    """

    def __init__(self, data: bytes) -> None:
        self._values: dict[int, int | bytes | float] = {}
        self.request_id: int | None = None
        at = 0
        while at < len(data):
            key, at = _read_varint(data, at)
            number, kind = key >> 3, key & 7
            if not 0 < number < 2**29:
                raise BadField(f"field number {number} at byte {at} is out of range")
            if kind == _VARINT:
                self._values[number], at = _read_varint(data, at)
                continue
            if kind == _LENGTH:
                length, at = _read_varint(data, at)
            elif kind in {_FIXED64, _FIXED32}:
                length = 8 if kind == _FIXED64 else 4
            else:
                raise BadField(f"field {number} at byte {at} has the wire type {kind}, expected 0, 1, 2 or 5")
            if length > len(data) - at:
                raise BadField(f"field {number} has {length} bytes, {len(data) - at} are left")
            piece = data[at : at + length]
            at += length
            self._values[number] = _DOUBLE.unpack(piece)[0] if kind == _FIXED64 else piece

    def integer(self, number: int, name: str, unset: int = 0) -> int:
        """An int32; `unset` when it is absent or IB's unset value."""
        value = self._values.get(number)
        if value is None:
            return unset
        if not isinstance(value, int):
            raise BadField(f"field {name} ({number}) is no varint")
        low = value & 0xFFFFFFFF
        signed = low - 2**32 if low >= 2**31 else low
        return unset if signed == UNSET_INTEGER else signed

    def number(self, number: int, name: str, unset: float = 0.0) -> float:
        """A double; `unset` when it is absent or IB's unset value."""
        value = self._values.get(number)
        if value is None:
            return unset
        if not isinstance(value, float):
            raise BadField(f"field {name} ({number}) is no double")
        if not isfinite(value):
            raise BadField(f"field {name} ({number}) is {value}, expected a finite number")
        return unset if value == UNSET_DOUBLE else value

    def flag(self, number: int, name: str) -> bool:
        """A bool; false when it is absent."""
        return self.integer(number, name) != 0

    def text(self, number: int, name: str) -> str:
        """A string; empty when it is absent."""
        value = self._bytes(number, name)
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise BadField(f"field {name} ({number}) is no UTF-8: {error}") from error

    def message(self, number: int, name: str) -> "ProtobufReader":
        """A message inside this one; an empty one when it is absent."""
        return ProtobufReader(self._bytes(number, name))

    def read_request_id(self, name: str = "reqId") -> int:
        """Field 1 as the id of the request (or of its order)."""
        if 1 not in self._values:
            raise BadField(f"field {name} (1) is missing")
        self.request_id = self.integer(1, name, unset=UNSET_INTEGER)
        return self.request_id

    def _bytes(self, number: int, name: str) -> bytes:
        value = self._values.get(number, b"")
        if not isinstance(value, bytes):
            raise BadField(f"field {name} ({number}) is not length-delimited")
        return value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for position in range(10):
        if at + position >= len(data):
            raise BadField(f"the message ends inside the number at byte {at}")
        byte = data[at + position]
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value & _64_BITS, at + position + 1
    raise BadField(f"the number at byte {at} has more than ten bytes")
