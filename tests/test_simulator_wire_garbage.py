"""Payloads that no client sends: the documented error and nothing else, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.wire import versions
from tickring.simulator.wire.decode_requests import BadRequest, decode_request
from tickring.simulator.wire.message_ids import RequestId
from tickring.simulator.wire.protobuf_fields import double_field, int_field, message_field, text_field
from tickring.simulator.wire.requests import Request, UnknownRequest
from tickring.simulator.wire.text_fields import text_payload

VERSIONS = st.integers(versions.LOWEST, versions.HIGHEST)
IDS = st.sampled_from([*RequestId, 0, 10, 92, 190])
FIELDS = st.one_of(st.sampled_from(["", "0", "1", "2", "BAG", "STK", "-1", "2147483647"]), st.text(max_size=5))
PROTOBUF_FIELDS = st.one_of(
    st.builds(int_field, st.integers(1, 25), st.integers(-(2**63), 2**63 - 1)),
    st.builds(double_field, st.integers(1, 25), st.floats()),
    st.builds(text_field, st.integers(1, 25), st.text(max_size=5)),
    st.builds(message_field, st.integers(1, 25), st.binary(max_size=20)),
)


def decoded(payload: bytes, version: int) -> Request | None:
    """The request, or None when it is refused as documented."""
    refusal: BadRequest
    try:
        return decode_request(payload, version)
    except BadRequest as refused:
        refusal = refused
    assert refusal.message
    assert refusal.req_id is None or -(2**31) <= refusal.req_id < 2**31
    return None


def text_message(message_id: int, fields: list[str], version: int) -> bytes:
    """A text message as clients of the version make it."""
    if version >= versions.PROTOBUF:
        return message_id.to_bytes(4, "big") + text_payload(fields)
    return text_payload([str(message_id), *fields])


@given(st.binary(max_size=120), VERSIONS)
def test_random_payloads(payload: bytes, version: int) -> None:
    """Noise instead of a message."""
    decoded(payload, version)


@given(IDS, st.lists(FIELDS, max_size=30), VERSIONS)
def test_text_messages_of_random_fields(message_id: int, fields: list[str], version: int) -> None:
    """A real id and fields that almost make sense."""
    decoded(text_message(message_id, fields, version), version)


@given(IDS, st.lists(PROTOBUF_FIELDS, max_size=12), st.integers(201, versions.HIGHEST))
def test_protobuf_messages_of_random_fields(message_id: int, fields: list[bytes], version: int) -> None:
    """A real id and fields of any number and type."""
    decoded((message_id + 200).to_bytes(4, "big") + b"".join(fields), version)


@given(st.sampled_from(list(RequestId)), st.binary(max_size=60))
def test_protobuf_messages_of_random_bytes(message_id: int, body: bytes) -> None:
    """A real id and noise."""
    decoded((message_id + 200).to_bytes(4, "big") + body, versions.HIGHEST)


@pytest.mark.parametrize("version", [157, 200, 201, 226])
@pytest.mark.parametrize("payload", [b"", b"\0", b"a\0", b"-1\0", b"1"])
def test_a_message_without_an_id_is_refused(payload: bytes, version: int) -> None:
    """Empty, cut short, or no number where the id belongs."""
    with pytest.raises(BadRequest, match="message id"):
        decode_request(payload, version)


def test_the_refusal_of_a_broken_request_has_its_id() -> None:
    """So that the error goes to who asked: text, protobuf, and orders by their order id."""
    with pytest.raises(BadRequest, match="message 1: field conId is 'x'") as refused:
        decode_request(text_message(1, ["11", "77", "x"], 157), 157)
    assert refused.value.req_id == 77
    broken_contract = int_field(1, 78) + message_field(2, b"\x08")
    with pytest.raises(BadRequest, match="message 9: the message ends inside") as refused:
        decode_request((209).to_bytes(4, "big") + broken_contract, 226)
    assert refused.value.req_id == 78
    with pytest.raises(BadRequest, match="reqId is missing") as refused:
        decode_request(text_message(2, ["2"], 157), 157)
    assert refused.value.req_id is None


def test_a_request_the_simulator_does_not_know_keeps_its_id_where_it_can() -> None:
    """A cut-off one is unknown all the same."""
    assert decode_request(text_message(92, ["5", "SIM1", ""], 157), 157) == UnknownRequest(message_id=92, req_id=5)
    assert decode_request(text_message(92, [], 157), 157) == UnknownRequest(message_id=92)
    assert decode_request(text_message(10, ["5", "x"], 157), 157) == UnknownRequest(message_id=10)
    assert decode_request(text_message(4711, ["5"], 157), 157) == UnknownRequest(message_id=4711)
    assert decode_request((200 + 92).to_bytes(4, "big"), 226) == UnknownRequest(message_id=92)


def test_a_count_of_legs_beyond_the_message_is_refused_at_once() -> None:
    """Two thousand million legs are not looked for one by one."""
    contract = ["0", "", "BAG", *[""] * 9]
    with pytest.raises(BadRequest, match="comboLegs is missing"):
        decode_request(text_message(1, ["11", "5", *contract, "2147483646"], 157), 157)
    with pytest.raises(BadRequest, match="comboLegsCount is -1, expected 0 or more"):
        decode_request(text_message(1, ["11", "5", *contract, "-1"], 157), 157)


def test_messages_of_many_megabytes_are_read_in_linear_time() -> None:
    """Millions of fields, one endless number, one endless text: work that grows faster would not end in time."""
    assert decoded(text_message(1, ["1"] * 1_000_000, 157), 157) is not None
    assert decoded(text_message(1, ["11", "9" * 5_000_000], 157), 157) is None
    assert decoded(text_message(81, ["5", "x" * 10_000_000], 157), 157) is not None
    assert decoded((281).to_bytes(4, "big") + int_field(1, 5) * 300_000, 226) is not None
    assert decoded((281).to_bytes(4, "big") + b"\xff" * 5_000_000, 226) is None
