"""The ticks that bench/decode.py plays are those that it says."""

from __future__ import annotations

import pytest

from bench._wire.played_ticks import bid_of, named_bid, played_ticks, request_of_price
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.replies import ErrorReply, MarketDataType
from tickring.simulator.wire.reply_encoder import ReplyEncoder

REQ_IDS = [7, 1000, 12_345_678]


@pytest.mark.parametrize("version", [157, 200, 203, 226])
def test_played_ticks_are_what_they_say(version: int) -> None:
    """As many messages as counted, three prices of seven, of every request in turn, none like the one before."""
    ticks = played_ticks(REQ_IDS, version)
    payloads = FrameCutter().feed(ticks.body)
    assert len(payloads) == ticks.body_messages
    requests = [request_of_price(payload, version) for payload in payloads]
    assert requests[:21:7] == REQ_IDS
    assert len([one for one in requests if one is not None]) * 7 == 3 * len(payloads)
    a_turn = 7 * len(REQ_IDS)
    assert all(new != old for old, new in zip(payloads, payloads[a_turn:], strict=False))
    for end in ticks.ends:
        assert [request_of_price(payload, version) for payload in FrameCutter().feed(end)] == [
            req_id for req_id in REQ_IDS for _ in range(2)
        ]
    assert ticks.ends[0] != ticks.ends[1]
    assert ticks.end_messages == 2 * len(REQ_IDS)


def test_every_bid_is_told_from_its_place() -> None:
    """Every seventh message is one, with the price that its bytes say; the names of requests differ."""
    ticks = played_ticks(REQ_IDS, 200)
    for number, payload in enumerate(FrameCutter().feed(ticks.body)):
        kind, _, req_id, tick_type, price, *_ = payload.split(b"\0")
        told = bid_of(number, len(REQ_IDS))
        is_bid = kind == b"1" and tick_type == b"1"
        assert (None if told is None else (REQ_IDS[told.request], told.price)) == (
            (int(req_id), float(price)) if is_bid else None
        )
    names = [payload.split(b"\0") for payload in FrameCutter().feed(ticks.names)]
    assert [(int(one[2]), float(one[4])) for one in names] == [
        (req_id, named_bid(request)) for request, req_id in enumerate(REQ_IDS)
    ]


@pytest.mark.parametrize("version", [157, 200, 203, 226])
def test_other_messages_are_no_prices(version: int) -> None:
    """What else passes through the player is passed on and not looked at."""
    encode = ReplyEncoder(version).encode
    replies = [MarketDataType(req_id=7, data_type=1), ErrorReply(req_id=7, code=2104, text="a farm", time_ms=1)]
    for payload in FrameCutter().feed(b"".join(encode(reply) for reply in replies)):
        assert request_of_price(payload, version) is None
    assert request_of_price(f"{version}\0 20250415 19:38:30 EST\0".encode(), version) is None
