"""The ticks that a player sends: made before, so that sending them costs next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickring.simulator.wire import versions
from tickring.simulator.wire.message_ids import ReplyId
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.protobuf_ticks import ProtobufTicks
from tickring.simulator.wire.text_ticks import TextTicks

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PlayedBid", "PlayedTicks", "bid_of", "named_bid", "played_ticks", "request_of_price"]

_PASSES = 28
_MESSAGES = 7  # of one request in one pass, its bid first
_PROTOBUF_OFFSET = 200
_BID, _ASK, _LAST = 1, 2, 4
_BID_SIZE, _ASK_SIZE, _LAST_SIZE, _VOLUME = 0, 3, 5, 8


class PlayedTicks(NamedTuple):
    """`body` any number of times, then one of the `ends`, in turn: after it every symbol has that bid and ask."""

    body: bytes
    body_messages: int
    ends: tuple[bytes, bytes]
    end_messages: int
    last: tuple[tuple[float, float], tuple[float, float]]
    """Bid and ask after each end."""
    names: bytes
    """Of every request `named_bid`."""


class PlayedBid(NamedTuple):
    """A bid among the ticks."""

    request: int
    """By the order in which they were given."""
    price: float


def named_bid(request: int) -> float:
    """Return the bid that belongs to one request alone."""
    return round(1_000.0 + request / 100, 2)


def _price(turn: int) -> float:
    return round(100.0 + turn / 100, 2)


def _priced(price: float, price_type: int) -> float:
    return round(price + price_type / 100, 2)


def bid_of(message: int, requests: int) -> PlayedBid | None:
    """Return the bid that a message of `body` is; None: it is another tick."""
    turn, place = divmod(message, requests * _MESSAGES)
    request, kind = divmod(place, _MESSAGES)
    return PlayedBid(request, _priced(_price(turn), _BID)) if kind == 0 else None


def request_of_price(payload: bytes, server_version: int) -> int | None:
    """Return whose tickPrice this is, or None if it is none."""
    if server_version < versions.PROTOBUF:
        fields = payload.split(b"\0", 3)
        return int(fields[2]) if fields[0] == b"%d" % ReplyId.TICK_PRICE and len(fields) == 4 else None
    message_id = int.from_bytes(payload[:4], "big")
    if message_id == _PROTOBUF_OFFSET + ReplyId.TICK_PRICE:
        return ProtobufReader(payload[4:]).integer(1, "reqId")
    return int(payload[4:].split(b"\0")[1]) if message_id == ReplyId.TICK_PRICE else None


def played_ticks(req_ids: Sequence[int], server_version: int) -> PlayedTicks:
    """Return ticks of all these requests in turn: of each a bid, an ask, a last, their sizes, the day's volume.

    No tick has the value of the one before, so that nobody may skip any.
    """
    ticks = ProtobufTicks() if server_version >= versions.PROTOBUF_MARKET_DATA else TextTicks(server_version)
    body = bytearray()
    for turn in range(_PASSES):
        price, size = _price(turn), 100.0 * (1 + turn)
        for req_id in req_ids:
            for price_type, size_type in ((_BID, _BID_SIZE), (_ASK, _ASK_SIZE), (_LAST, _LAST_SIZE)):
                body += ticks.tick_price(req_id, price_type, _priced(price, price_type), size, 0)
                body += ticks.tick_size(req_id, size_type, size + 100.0)
            body += ticks.tick_size(req_id, _VOLUME, 1_000.0 * size)
    last = (90.25, 90.5), (91.25, 91.5)
    ends = tuple(
        b"".join(
            ticks.tick_price(req_id, price_type, price, 100.0, 0)
            for req_id in req_ids
            for price_type, price in ((_BID, bid), (_ASK, ask))
        )
        for bid, ask in last
    )
    names = b"".join(
        ticks.tick_price(req_id, _BID, named_bid(request), 100.0, 0) for request, req_id in enumerate(req_ids)
    )
    messages = _PASSES * len(req_ids) * _MESSAGES
    return PlayedTicks(bytes(body), messages, (ends[0], ends[1]), len(req_ids) * 2, last, names)
