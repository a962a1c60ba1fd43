"""Frames and payloads of the control socket: what goes in comes out, and nothing else does."""

from __future__ import annotations

import contextlib
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.config.structs import ContractConfig
from tickring.control.codec import decode_reply, decode_request, encode_reply, encode_request
from tickring.control.framing import FrameCutter, framed
from tickring.control.messages import (
    AlertTest,
    AlertTestAsked,
    AskContract,
    Done,
    EpisodeList,
    Episodes,
    FetchContract,
    Refusal,
    Reload,
    Reloaded,
    Reply,
    Request,
    RequestBody,
    Restart,
    SimulatorAnswer,
    SimulatorCommand,
    Start,
    Started,
    Status,
    Stop,
    Stopped,
    Subscribe,
    Unsubscribe,
)
from tickring.errors import BadReply, BadRequest, FrameTooLong
from tickring.job_lock import LockHolder

LIMIT = 1000

words = st.text(max_size=12)
REQUESTS: list[RequestBody] = [
    Status(),
    Start(project_id=3, symbols=("SPY", "BRK B"), by="cli"),
    Stop(by="api"),
    Restart("feeder"),
    Subscribe({"SPY": ContractConfig(con_id=756733)}),
    Unsubscribe(("SPY",)),
    Reload(),
    AskContract("BRK B", ContractConfig(symbol="BRK B")),
    FetchContract(7),
    Episodes(41),
    AlertTest("telegram"),
    SimulatorCommand("mute", {"symbol": "SPY", "seconds": 1.5, "hard": True, "why": None}),
]


@given(st.lists(st.binary(max_size=60)), st.lists(st.integers(min_value=1, max_value=80), min_size=1))
def test_frames_come_out_as_they_went_in(payloads: list[bytes], pieces: list[int]) -> None:
    """However the stream is cut, the payloads are the same, in order, and nothing is left over."""
    stream = b"".join(framed(payload, bytes_at_most=LIMIT) for payload in payloads)
    cutter = FrameCutter(bytes_at_most=LIMIT)
    found: list[bytes] = []
    turn = 0
    while stream:
        size = pieces[turn % len(pieces)]
        cutter.add(stream[:size])
        stream = stream[size:]
        turn += 1
        while cutter.has_whole:
            payload = cutter.next()
            assert payload is not None
            found.append(payload)
    assert found == payloads
    assert cutter.next() is None
    assert not cutter.has_begun


def test_an_unfinished_frame_is_no_frame() -> None:
    """Every byte but the last gives nothing; the last gives all."""
    cutter = FrameCutter(bytes_at_most=LIMIT)
    for byte in framed(b"hello", bytes_at_most=LIMIT)[:-1]:
        cutter.add(bytes([byte]))
        assert cutter.next() is None
        assert not cutter.has_whole
        assert cutter.has_begun
    cutter.add(b"o")
    assert cutter.has_whole
    assert cutter.next() == b"hello"


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n", (LIMIT + 1).to_bytes(4, "big"), b"\xff\xff\xff\xff"])
def test_a_length_beyond_the_limit_is_found_out_by_four_bytes(start: bytes) -> None:
    """Whatever follows; the error has both numbers."""
    cutter = FrameCutter(bytes_at_most=LIMIT)
    cutter.add(start)
    assert cutter.has_whole
    with pytest.raises(FrameTooLong) as caught:
        cutter.next()
    assert caught.value.size_bytes == int.from_bytes(start[:4], "big")
    assert caught.value.limit_bytes == LIMIT


def test_a_payload_beyond_the_limit_is_not_sent() -> None:
    """The limit itself is."""
    assert len(framed(b"x" * LIMIT, bytes_at_most=LIMIT)) == LIMIT + 4
    with pytest.raises(FrameTooLong, match="1,001 bytes, must be at most 1,000"):
        framed(b"x" * (LIMIT + 1), bytes_at_most=LIMIT)


@pytest.mark.parametrize("body", REQUESTS, ids=lambda body: str(body.__struct_config__.tag))
def test_every_request_arrives_as_it_was_sent(body: RequestBody) -> None:
    """All kinds there are, with their values and their id."""
    assert decode_request(encode_request(Request(41, body))) == Request(41, body)


def test_every_kind_of_request_is_tried_above() -> None:
    """The list holds one of each."""
    assert {type(body) for body in REQUESTS} == set(get_args(RequestBody))
    assert len(REQUESTS) == len(get_args(RequestBody))


@given(words, words, words)
def test_every_reply_arrives_as_it_was_sent(one: str, two: str, three: str) -> None:
    """Whatever stands in the texts."""
    holder = LockHolder(pid=1, started_at=one, boot_id=two, command=three, run_id="")
    for body in (
        Started(one),
        Stopped(None),
        Stopped(two),
        Reloaded(applied=(one,), needs_restart=(two, three)),
        Done(three),
        AlertTestAsked(4),
        EpisodeList(book=one, sequence=2, status=two, is_run_on=True, in_session=None, test_sink=three),
        SimulatorAnswer(msgspec.Raw(b'{"a":1}')),
        Refusal(code=one, message=two, next_step=three, holder=holder),
    ):
        assert decode_reply(encode_reply(Reply(5, body))) == Reply(5, body)


@pytest.mark.parametrize(
    ("payload", "id", "text"),
    [
        (b"", 0, "is not"),
        (b"{", 0, "is not"),
        (b"[]", 0, "is not"),
        (b"\xff\xfe", 0, "is not"),
        (b'{"body": {"type": "status"}}', 0, "missing required field `id`"),
        (b'{"id": "x", "body": {}}', 0, "Expected `int`"),
        (b'{"id": 9}', 0, "missing required field `body`"),
        (b'{"id": 9, "body": 4}', 9, "body is '4'"),
        (b'{"id": 9, "body": {}}', 9, "missing required field `type`"),
        (b'{"id": 9, "body": {"type": "dance"}}', 9, "body.type is 'dance', must be one of status, start, stop"),
        (b'{"id": 9, "body": {"type": "restart"}}', 9, "missing required field `child`"),
        (b'{"id": 9, "body": {"type": "start", "max_symbols": "all"}}', 9, "Expected `int | null`, got `str`"),
        (b'{"id": 9, "body": {"type": "subscribe", "symbols": {"SPY": {"colour": 1}}}}', 9, "unknown field `colour`"),
        (b'{"id": 9, "version": 2, "body": {"type": "dance"}}', 9, "version is 2, must be 1 here"),
        (b'{"id": 9, "body": ' + b"[" * 100_000, 0, "is not"),
    ],
)
def test_what_is_no_request_is_told_why(payload: bytes, id: int, text: str) -> None:
    """The value and the rule, under the request's own id where there was one to read."""
    with pytest.raises(BadRequest) as caught:
        decode_request(payload)
    assert caught.value.id == id
    assert text in str(caught.value)
    assert len(str(caught.value)) < 500


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_bad_one(payload: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(BadRequest):
        assert decode_request(payload).body.__struct_config__.tag


def test_keys_of_a_later_release_are_ignored() -> None:
    """A newer client may say more."""
    assert decode_request(b'{"id":1,"body":{"type":"stop","by":"x","how":"softly"},"trace":7}').body == Stop(by="x")


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"HTTP/1.1 400 Bad Request", "malformed"),
        (b'{"id":1,"body":{"type":"dance"}}', "dance"),
        (b'{"id":1,"version":2,"body":{"type":"dance"}}', "its version is 2, this client speaks 1"),
    ],
)
def test_what_is_no_reply_is_told_why(payload: bytes, text: str) -> None:
    """Another release or another program: named."""
    with pytest.raises(BadReply, match=text):
        decode_reply(payload)
