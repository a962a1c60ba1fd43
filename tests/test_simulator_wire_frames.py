"""Frames in any split, and lengths that no message has."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.simulator.wire.frames import LONGEST_PAYLOAD, FrameCutter, FrameTooLong, frame


@given(st.lists(st.binary(max_size=40), max_size=20), st.randoms(use_true_random=False))
def test_any_split_of_the_bytes_gives_the_same_payloads(payloads: list[bytes], chance: random.Random) -> None:
    """Each payload comes with the piece that completes it, none twice, none lost."""
    stream = b"".join(map(frame, payloads))
    cutter = FrameCutter()
    got: list[bytes] = []
    fed = 0
    while fed < len(stream):
        step = chance.randint(1, 9)
        got += cutter.feed(stream[fed : fed + step])
        fed += step
        assert got == payloads[: len(got)]
    assert got == payloads
    assert cutter.waiting_bytes == 0


def test_an_empty_payload_is_a_payload() -> None:
    """Four zero bytes are a message without content, which the decoder refuses, not the cutter."""
    assert FrameCutter().feed(b"\0\0\0\0" + frame(b"x")) == [b"", b"x"]


def test_a_length_over_the_limit_is_refused_at_once_with_what_came_before() -> None:
    """Nothing is collected for it."""
    cutter = FrameCutter()
    with pytest.raises(FrameTooLong, match="16777216 bytes was announced, at most 16777215") as refused:
        cutter.feed(frame(b"good") + (LONGEST_PAYLOAD + 1).to_bytes(4, "big"))
    assert refused.value.payloads == [b"good"]
    assert (refused.value.length, refused.value.limit) == (LONGEST_PAYLOAD + 1, LONGEST_PAYLOAD)


def test_the_longest_payload_is_accepted() -> None:
    """The limit itself is allowed, in many pieces, in linear time."""
    data = frame(bytes(LONGEST_PAYLOAD))
    cutter = FrameCutter()
    got: list[bytes] = []
    for start in range(0, len(data), 4096):
        got += cutter.feed(data[start : start + 4096])
    assert [len(payload) for payload in got] == [LONGEST_PAYLOAD]


def test_a_flood_of_small_frames_in_one_piece_and_byte_by_byte() -> None:
    """200,000 frames at once and 300,000 single bytes: work that grows faster than the bytes would not end in time."""
    assert len(FrameCutter().feed(frame(b"abc") * 200_000)) == 200_000
    cutter = FrameCutter()
    stream = frame(b"y" * 300_000)
    got = [payload for at in range(len(stream)) for payload in cutter.feed(stream[at : at + 1])]
    assert [len(payload) for payload in got] == [300_000]
