"""Ticks, whose encoders are hand-made for speed, are what the plain encoders would make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.wire import versions
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.number_text import java_double, size_text
from tickring.simulator.wire.protobuf_fields import ProtobufReader
from tickring.simulator.wire.replies import TickGeneric, TickPrice, TickSize, TickString
from tickring.simulator.wire.reply_encoder import ReplyEncoder

REQ_IDS = st.integers(-(2**31), 2**31 - 2)
TYPES = st.integers(0, 300)
PRICES = st.floats(allow_nan=False, allow_infinity=False).filter(lambda price: abs(price) < 1e300)
SIZES = st.one_of(st.floats(-1, 1e15), st.integers(-1, 10**15), st.sampled_from([1e-300, 1e300]))
ASCII = st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=127))
TEXT_SESSION, RAW_SESSION, PROTOBUF_SESSION = ReplyEncoder(157), ReplyEncoder(201), ReplyEncoder(206)


def payload_of(frames: bytes) -> bytes:
    """The payload of the only frame."""
    [payload] = FrameCutter().feed(frames)
    return payload


def text_of(frames: bytes, *, raw_id: int | None = None) -> list[str]:
    """The fields after the id of a text message."""
    payload = payload_of(frames)
    if raw_id is not None:
        assert payload[:4] == raw_id.to_bytes(4, "big")
        payload = b"id\0" + payload[4:]
    assert payload.endswith(b"\0")
    return payload.decode().split("\0")[1:-1]


@given(REQ_IDS, TYPES, PRICES, st.none() | SIZES, st.integers(0, 300))
def test_prices(req_id: int, tick_type: int, price: float, size: float | None, attributes: int) -> None:
    """Text with decimal and with raw ids, and protobuf, where an absent size is absent."""
    fields = ["6", str(req_id), str(tick_type), java_double(price), size_text(size or 0), str(attributes)]
    assert text_of(TEXT_SESSION.tick_price(req_id, tick_type, price, size, attributes)) == fields
    assert text_of(RAW_SESSION.tick_price(req_id, tick_type, price, size, attributes), raw_id=1) == fields
    payload = payload_of(PROTOBUF_SESSION.tick_price(req_id, tick_type, price, size, attributes))
    assert payload[:4] == (201).to_bytes(4, "big")
    reader = ProtobufReader(payload[4:])
    assert (reader.read_request_id(), reader.integer(2, "tickType")) == (req_id, tick_type)
    assert reader.number(3, "price") == price
    assert reader.text(4, "size") == ("" if size is None else size_text(size))
    assert reader.integer(5, "attrMask", unset=-1) == attributes


@given(REQ_IDS, TYPES, SIZES)
def test_sizes(req_id: int, tick_type: int, size: float) -> None:
    """In all three forms."""
    fields = ["6", str(req_id), str(tick_type), size_text(size)]
    assert text_of(TEXT_SESSION.tick_size(req_id, tick_type, size)) == fields
    assert text_of(RAW_SESSION.tick_size(req_id, tick_type, size), raw_id=2) == fields
    payload = payload_of(PROTOBUF_SESSION.tick_size(req_id, tick_type, size))
    assert payload[:4] == (202).to_bytes(4, "big")
    reader = ProtobufReader(payload[4:])
    assert (reader.read_request_id(), reader.integer(2, "tickType")) == (req_id, tick_type)
    assert reader.text(3, "size") == size_text(size)


@given(REQ_IDS, TYPES, PRICES, ASCII)
def test_values_and_texts(req_id: int, tick_type: int, value: float, text: str) -> None:
    """TickGeneric and tickString in all three forms."""
    head = ["6", str(req_id), str(tick_type)]
    assert text_of(TEXT_SESSION.tick_generic(req_id, tick_type, value)) == [*head, java_double(value)]
    assert text_of(RAW_SESSION.tick_generic(req_id, tick_type, value), raw_id=45) == [*head, java_double(value)]
    assert text_of(TEXT_SESSION.tick_string(req_id, tick_type, text)) == [*head, text]
    assert text_of(RAW_SESSION.tick_string(req_id, tick_type, text), raw_id=46) == [*head, text]
    generic = payload_of(PROTOBUF_SESSION.tick_generic(req_id, tick_type, value))
    string = payload_of(PROTOBUF_SESSION.tick_string(req_id, tick_type, text))
    assert (generic[:4], string[:4]) == ((245).to_bytes(4, "big"), (246).to_bytes(4, "big"))
    assert ProtobufReader(generic[4:]).number(3, "value") == value
    assert ProtobufReader(string[4:]).text(3, "value") == text


@pytest.mark.parametrize("version", [157, 201, 206, 226])
def test_a_tick_as_a_reply_is_the_same_bytes(version: int) -> None:
    """`encode` takes the four ticks too."""
    encoder = ReplyEncoder(version)
    price = TickPrice(req_id=5, tick_type=1, price=202.5, size=300, attributes=1)
    assert encoder.encode(price) == encoder.tick_price(5, 1, 202.5, 300, 1)
    assert encoder.encode(TickSize(req_id=5, tick_type=8, size=7)) == encoder.tick_size(5, 8, 7)
    assert encoder.encode(TickGeneric(req_id=5, tick_type=49, value=1)) == encoder.tick_generic(5, 49, 1)
    assert encoder.encode(TickString(req_id=5, tick_type=45, value="1")) == encoder.tick_string(5, 45, "1")


def test_more_requests_than_are_kept_in_mind_are_encoded_all_the_same() -> None:
    """What is kept per request and tick type is dropped when there is too much of it, and made again."""
    encoder = ReplyEncoder(versions.HIGHEST)
    first = encoder.tick_size(0, 8, 100)
    for req_id in range(70_000):
        encoder.tick_size(req_id, 8, 100)
    assert encoder.tick_size(0, 8, 100) == first
