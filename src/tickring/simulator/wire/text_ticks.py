"""Ticks in text form, as fast as they can be made: the simulator sends hundreds of thousands a second.

Each function is one frame. The version number in front is 6, as in recorded traffic; clients ignore it.
"""

from tickring.simulator.wire import versions
from tickring.simulator.wire.message_ids import ReplyId
from tickring.simulator.wire.number_text import java_double, size_text

__all__ = ["TextTicks"]

_MOST_HEADS = 65_536  # of each kind; some 5000 symbols with all their ticks

Heads = dict[tuple[int, int], bytes]


class TextTicks:
    """Ticks of one session in text, from version 201 on with raw message ids; sizes are finite numbers.

    Keeps the unchanging start of prices and sizes: id, request and tick type.
    """

    def __init__(self, server_version: int) -> None:
        has_raw_ids = server_version >= versions.PROTOBUF
        self._price, self._size, self._generic, self._string = (
            (chr(message_id).rjust(4, "\0") if has_raw_ids else f"{message_id}\0") + "6\0"
            for message_id in (ReplyId.TICK_PRICE, ReplyId.TICK_SIZE, ReplyId.TICK_GENERIC, ReplyId.TICK_STRING)
        )
        self._price_heads: Heads = {}
        self._size_heads: Heads = {}

    def tick_price(self, req_id: int, tick_type: int, price: float, size: float | None, attributes: int) -> bytes:
        """One tickPrice; an absent size is 0, which is all the text form has."""
        key = (req_id, tick_type)
        head = self._price_heads.get(key) or _new_head(self._price_heads, self._price, key)
        shown = repr(price) if type(price) is float and 1e-3 <= price < 1e7 else java_double(price)
        whole = 0 if size is None else int(size)
        if size is None or whole == size:
            payload = b"%b%b\0%d\0%d\0" % (head, shown.encode(), whole, attributes)
        else:
            payload = b"%b%b\0%b\0%d\0" % (head, shown.encode(), size_text(size).encode(), attributes)
        return len(payload).to_bytes(4, "big") + payload

    def tick_size(self, req_id: int, tick_type: int, size: float) -> bytes:
        """One tickSize."""
        key = (req_id, tick_type)
        head = self._size_heads.get(key) or _new_head(self._size_heads, self._size, key)
        whole = int(size)
        payload = b"%b%d\0" % (head, whole) if whole == size else b"%b%b\0" % (head, size_text(size).encode())
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


def _new_head(heads: Heads, start: str, key: tuple[int, int]) -> bytes:
    if len(heads) >= _MOST_HEADS:
        heads.clear()
    req_id, tick_type = key
    head = heads[key] = f"{start}{req_id}\0{tick_type}\0".encode()
    return head
