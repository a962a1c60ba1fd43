"""Ticks in text form, as fast as they can be made: the simulator sends hundreds of thousands a second.

Each function is one frame. The version number in front is 6, as in recorded traffic; clients ignore it.
"""

from tickring.simulator.wire import versions
from tickring.simulator.wire.message_ids import ReplyId
from tickring.simulator.wire.number_text import java_double, size_text

__all__ = ["TextTicks"]


class TextTicks:
    """Ticks of one session in text, from version 201 on with raw message ids; sizes are finite numbers."""

    def __init__(self, server_version: int) -> None:
        has_raw_ids = server_version >= versions.PROTOBUF
        self._price, self._size, self._generic, self._string = (
            (chr(message_id).rjust(4, "\0") if has_raw_ids else f"{message_id}\0") + "6\0"
            for message_id in (ReplyId.TICK_PRICE, ReplyId.TICK_SIZE, ReplyId.TICK_GENERIC, ReplyId.TICK_STRING)
        )

    def tick_price(self, req_id: int, tick_type: int, price: float, size: float | None, attributes: int) -> bytes:
        """One tickPrice; an absent size is 0, which is all the text form has."""
        shown = repr(price) if type(price) is float and 1e-3 <= price < 1e7 else java_double(price)
        if size is None:
            size_shown: int | str = 0
        else:
            size_shown = int(size)
            if size_shown != size:
                size_shown = size_text(size)
        payload = f"{self._price}{req_id}\0{tick_type}\0{shown}\0{size_shown}\0{attributes}\0".encode()
        return len(payload).to_bytes(4, "big") + payload

    def tick_size(self, req_id: int, tick_type: int, size: float) -> bytes:
        """One tickSize."""
        whole = int(size)
        payload = f"{self._size}{req_id}\0{tick_type}\0{whole if whole == size else size_text(size)}\0".encode()
        return len(payload).to_bytes(4, "big") + payload

    def tick_generic(self, req_id: int, tick_type: int, value: float) -> bytes:
        """One tickGeneric."""
        payload = f"{self._generic}{req_id}\0{tick_type}\0{java_double(value)}\0".encode()
        return len(payload).to_bytes(4, "big") + payload

    def tick_string(self, req_id: int, tick_type: int, value: str) -> bytes:
        """One tickString; the value is ASCII without NULs."""
        payload = f"{self._string}{req_id}\0{tick_type}\0{value}\0".encode()
        return len(payload).to_bytes(4, "big") + payload

    def bad_number(self, req_id: int, text: str) -> bytes:
        """A tickPrice of the bid whose price is this text."""
        payload = f"{self._price}{req_id}\x001\0{text}\x00100\x001\0".encode()
        return len(payload).to_bytes(4, "big") + payload
