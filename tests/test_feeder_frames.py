"""Frames come out whole however their bytes were cut; what no gateway sends ends the connection at once."""

from __future__ import annotations

import socket
import time
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickring.feeder.frame_reader import LONGEST_PAYLOAD, FrameReader
from tickring.feeder.gateway_lost import GatewayLost

if TYPE_CHECKING:
    from collections.abc import Iterator

RECEIVE_BYTES = 64

payloads = st.lists(st.binary(max_size=5 * RECEIVE_BYTES), min_size=1, max_size=12)
cuts = st.lists(st.integers(1, 3 * RECEIVE_BYTES), min_size=1, max_size=20)


def framed(*payloads: bytes) -> bytes:
    """The payloads as they come over the wire."""
    return b"".join(len(payload).to_bytes(4, "big") + payload for payload in payloads)


def pieces(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The bytes cut by these sizes, over and over."""
    at = number = 0
    while at < len(data):
        size = sizes[number % len(sizes)]
        yield data[at : at + size]
        at, number = at + size, number + 1


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection, the first non-blocking."""
    near, far = socket.socketpair()
    near.setblocking(False)
    yield near, far
    near.close()
    far.close()


@given(payloads, cuts)
def test_any_cut_gives_the_same_frames(sent: list[bytes], sizes: list[int]) -> None:
    """Frames of any length, empty ones and ones longer than the buffer among them."""
    reader = FrameReader(RECEIVE_BYTES)
    got: list[bytes] = []
    for piece in pieces(framed(*sent), sizes):
        reader.feed(piece)
        got += reader.frames()
    assert got == sent


@given(payloads, cuts)
def test_frames_left_over_for_later_are_not_lost(sent: list[bytes], sizes: list[int]) -> None:
    """Whoever takes only one frame at a time finds the rest at the next time."""
    reader = FrameReader(RECEIVE_BYTES)
    got: list[bytes] = []
    for piece in pieces(framed(*sent), sizes):
        reader.feed(piece)
        got += list(islice(reader.frames(), 1))
    got += reader.frames()
    assert got == sent


@given(payloads, cuts)
def test_through_a_socket(sent: list[bytes], sizes: list[int]) -> None:
    """What the socket hands over at a time changes nothing."""
    near, far = socket.socketpair()
    near.setblocking(False)
    try:
        reader = FrameReader(RECEIVE_BYTES)
        got: list[bytes] = []
        for piece in pieces(framed(*sent), sizes):
            far.sendall(piece)
            while True:
                try:
                    reader.receive(near)
                except BlockingIOError:
                    break
                got += reader.frames()
        assert got == sent
    finally:
        near.close()
        far.close()


def test_a_receive_takes_no_more_than_it_may(pair: tuple[socket.socket, socket.socket]) -> None:
    """One turn of the loop stays short however much waits."""
    near, far = pair
    far.sendall(framed(*[b"x" * 20] * 50))
    reader = FrameReader(RECEIVE_BYTES)
    assert reader.receive(near) == RECEIVE_BYTES


def test_the_end_of_the_stream_is_told(pair: tuple[socket.socket, socket.socket]) -> None:
    """An orderly close is no silence."""
    near, far = pair
    far.close()
    with pytest.raises(GatewayLost, match="closed the connection"):
        FrameReader(RECEIVE_BYTES).receive(near)


@pytest.mark.parametrize("length", [LONGEST_PAYLOAD + 1, 0x7FFFFFF0, 0xFFFFFFFF])
def test_an_absurd_length_is_refused_at_its_fourth_byte(length: int) -> None:
    """Nothing is collected for it, and the frames before it are delivered."""
    reader = FrameReader(RECEIVE_BYTES)
    reader.feed(framed(b"good") + length.to_bytes(4, "big")[:3])
    frames = reader.frames()
    assert next(frames) == b"good"
    assert list(frames) == []
    reader.feed(length.to_bytes(4, "big")[3:])
    with pytest.raises(GatewayLost, match=str(length)):
        list(reader.frames())


def test_the_longest_allowed_frame_passes() -> None:
    """The limit itself is not over the limit."""
    reader = FrameReader(1 << 16, longest=1 << 20)
    payload = bytes(range(256)) * 4096
    reader.feed(framed(payload, b"next"))
    assert list(reader.frames()) == [payload, b"next"]


def _seconds_for(reader: FrameReader, data: bytes) -> float:
    began_s = time.process_time()
    count = 0
    for at in range(0, len(data), 1460):
        reader.feed(data[at : at + 1460])
        for _ in reader.frames():
            count += 1
    assert count == len(data) // 29
    return time.process_time() - began_s


def test_the_time_is_linear_in_the_bytes() -> None:
    """Four times the backlog takes some four times as long; quadratic would be sixteen times."""
    frame = framed(b"x" * 25)
    few, many = frame * 40_000, frame * 160_000
    ratio = min(
        _seconds_for(FrameReader(1 << 18), many) / max(1e-9, _seconds_for(FrameReader(1 << 18), few)) for _ in range(3)
    )
    assert ratio < 9.0, f"four times the messages took {ratio:.1f} times as long"


def test_one_frame_in_many_small_pieces_is_linear_too() -> None:
    """A large message that trickles in is not copied again for every piece."""

    def seconds_for(size: int) -> float:
        reader = FrameReader(4096)
        data = framed(bytes(size))
        began_s = time.process_time()
        got = 0
        for at in range(0, len(data), 512):
            reader.feed(data[at : at + 512])
            got += sum(1 for _ in reader.frames())
        assert got == 1
        return time.process_time() - began_s

    ratio = min(seconds_for(8 << 20) / max(1e-9, seconds_for(2 << 20)) for _ in range(3))
    assert ratio < 9.0, f"four times the bytes took {ratio:.1f} times as long"
