"""The native lane alone: which messages it takes, that it reads them as Python does, and where it stops."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lane_frames import BID, PRICE, RECEIVED_NS, SIZE, TEXT, framed, lane_of, text_frame
from tickring.simulator.wire.protobuf_fields import double_field, int_field, message_field
from tickring.states import Field

if TYPE_CHECKING:
    from tests.feeds import Feed

REQ_ID = 1000
DECLINED_NUMBERS = (
    *("", "-", ".", "-0", "-0.0", "-0E5", "+5", " 5", "5 ", "1_000", ".5", "1.", "1e", "1e+", "1.2.3", "--1", "1-"),
    *("nan", "NaN", "inf", "-inf", "Infinity", "0x10", "12a", "1,5", "5\n", "\u0663", "1234567890123456"),
    *("1E23", "1E-23", "1e400", "1.7976931348623157E308", "0.00000000000000000000001", "9223372036854775807"),
)
PLAIN = st.integers(0, 10**15 - 1).flatmap(
    lambda digits: st.integers(0, 15).map(lambda places: f"{Decimal(digits).scaleb(-places):f}")
)
NUMBERS = st.one_of(
    PLAIN,
    st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    st.floats().map(repr),
    st.decimals().map(str),
    st.text("0123456789.-+eE _", max_size=20),
)


def sent(lane_feed: Feed, frame: bytes, version: int = 200) -> bool:
    """Whether a lane that serves request 1000 of SPY takes the frame whole; if not, it has taken nothing of it."""
    lane = lane_of(lane_feed.writer, version)
    lane.admit(REQ_ID, lane_feed.writer.add("SPY"), takes_delayed=False)
    end = lane.run(frame, 0, len(frame), RECEIVED_NS)
    assert end in {0, len(frame)}
    assert lane.messages == (end > 0)
    return end > 0


# ---- numbers ----


@given(text=NUMBERS)
def test_a_number_is_what_python_reads(feed: Feed, text: str) -> None:
    """A price that is taken is that of float() and Decimal, to the last bit; one that is not changes nothing."""
    ours, theirs = feed.stream("SPY"), feed.stream("QQQ")
    reader = feed.open_reader() if not feed.readers else feed.readers[0]
    if sent(feed, text_frame(PRICE, REQ_ID, BID, text, "7", "0")):
        assert float(text).hex() == float(Decimal(text)).hex()
        feed.writer.tick(theirs, RECEIVED_NS, Field.BID, float(text), Field.BID_SIZE, 7.0)
    assert (reader["SPY"].bid, reader["SPY"].bid_size) == (reader["QQQ"].bid, reader["QQQ"].bid_size)
    assert ours != theirs


@given(text=PLAIN)
def test_ordinary_numbers_are_taken(feed: Feed, text: str) -> None:
    """Up to 15 digits with a point anywhere: no price of a market takes the long way."""
    feed.stream("SPY")
    assert sent(feed, text_frame(PRICE, REQ_ID, BID, text, "0", "0"))
    assert sent(feed, text_frame(SIZE, REQ_ID, 8, text))


@pytest.mark.parametrize("text", DECLINED_NUMBERS)
def test_a_doubtful_number_is_declined(feed: Feed, text: str) -> None:
    """No number, one that float() and int() see differently, or one whose nearest double takes more than a division."""
    assert not sent(feed, text_frame(PRICE, REQ_ID, BID, text, "5", "0"))
    assert not sent(feed, text_frame(PRICE, REQ_ID, BID, "5.0", text, "0"))
    assert not sent(feed, text_frame(SIZE, REQ_ID, 0, text))
    assert not sent(feed, text_frame(TEXT, REQ_ID, 45, text))


@pytest.mark.parametrize("text", ["5.0", "5.5", "5E2", "5e0"])
def test_old_releases_know_whole_sizes_only(feed: Feed, text: str) -> None:
    """What an ibapi refuses as a size, the lane leaves to it."""
    lane = lane_of(feed.writer, 157, sizes_are_whole=True)
    lane.admit(REQ_ID, feed.stream("SPY"), takes_delayed=False)
    for frame in (text_frame(SIZE, REQ_ID, 0, text), text_frame(PRICE, REQ_ID, BID, "5.5", text, "0")):
        assert lane.run(frame, 0, len(frame), RECEIVED_NS) == 0
    frame = text_frame(SIZE, REQ_ID, 0, "5")
    assert lane.run(frame, 0, len(frame), RECEIVED_NS) == len(frame)
    assert feed.open_reader()["SPY"].bid_size == 500.0  # lots of 100 before 159


# ---- protobuf ----

FIELDS = (
    int_field(1, REQ_ID),
    int_field(2, BID),
    double_field(3, 10.25),
    message_field(4, b"300"),
    int_field(5, 1),
)


def protobuf(fields: list[bytes] | tuple[bytes, ...], kind: int = PRICE) -> bytes:
    """One message of these fields."""
    return framed((200 + kind).to_bytes(4, "big") + b"".join(fields))


def test_fields_may_come_in_any_order(feed: Feed) -> None:
    """Each of the 120 orders of a price message is the same tick."""
    reader = feed.open_reader()
    for number, order in enumerate(itertools.permutations(range(5))):
        price = 10.0 + number
        fields = [double_field(3, price) if field == 2 else FIELDS[field] for field in order]
        assert sent(feed, protobuf(fields), 226)
        assert (reader["SPY"].bid, reader["SPY"].bid_size) == (price, 300.0)


ODD_MESSAGES = {
    **{f"field {number + 1} absent": (*FIELDS[:number], *FIELDS[number + 1 :]) for number in range(5)},
    **{f"field {number + 1} twice": (*FIELDS, FIELDS[number]) for number in range(5)},
    "an unknown field": (*FIELDS, int_field(6, 1)),
    "a field with a number of two bytes": (*FIELDS, int_field(16, 1)),
    "field 0": (*FIELDS, int_field(0, 1)),
    "a group": (*FIELDS, b"\x33\x34"),
    "another kind of field": (*FIELDS[:2], message_field(3, b"10.25"), *FIELDS[3:]),
    "a negative request": (int_field(1, -1), *FIELDS[1:]),
    "a request of five bytes": (int_field(1, 1 << 28), *FIELDS[1:]),
    "an endless varint": (b"\x08" + b"\xff" * 20, *FIELDS[1:]),
    "a text that goes on behind the end": (*FIELDS[:3], FIELDS[4], b"\x22\x7f300"),
    "half a double": (*FIELDS[:2], *FIELDS[3:], b"\x19\x00\x00\x00\x00"),
    "a size with a NUL": (*FIELDS[:3], message_field(4, b"3\x00"), FIELDS[4]),
    "nothing": (),
}


@pytest.mark.parametrize("name", ODD_MESSAGES)
def test_an_odd_protobuf_message_is_declined(feed: Feed, name: str) -> None:
    """Absent, doubled, unknown, cut off: what needs protobuf's rules is left to protobuf."""
    assert not sent(feed, protobuf(ODD_MESSAGES[name]), 226)


@pytest.mark.parametrize("text", ["1\u00e9", "a\\b", "tab\t", "\x7f"])
@pytest.mark.parametrize("version", [200, 226])
def test_a_text_beyond_plain_ascii_is_declined(feed: Feed, text: str, version: int) -> None:
    """Releases decode such texts in several ways; the lane has no opinion."""
    fields = (*FIELDS[:1], int_field(2, 32), message_field(3, text.encode()))
    frame = protobuf(fields, TEXT) if version == 226 else text_frame(TEXT, REQ_ID, 32, text)
    assert not sent(feed, frame, version)


# ---- frames ----


def test_an_incomplete_frame_is_waited_for(feed: Feed) -> None:
    """Cut at every byte: the lane ends where the last whole frame ends, and goes on from there with the rest."""
    frames = [
        text_frame(PRICE, REQ_ID, BID, "10.25", "3", "0"),
        text_frame(SIZE, REQ_ID, 3, "17"),
        text_frame(TEXT, REQ_ID, 45, "1795270000"),
    ]
    data = b"before" + b"".join(frames)
    ends = [*itertools.accumulate(map(len, frames), initial=len(b"before"))]
    slot = feed.stream("SPY")
    for stop in range(ends[0], len(data) + 1):
        lane = lane_of(feed.writer)
        lane.admit(REQ_ID, slot, takes_delayed=False)
        end = lane.run(data, ends[0], stop, RECEIVED_NS)
        assert end == max(one for one in ends if one <= stop)
        assert lane.run(data, end, len(data), RECEIVED_NS) == len(data)
        assert lane.messages == len(frames)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 257, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
@pytest.mark.parametrize("version", [157, 226])
def test_an_absurd_length_is_declined(feed: Feed, length: int, version: int) -> None:
    """No length makes it read on, whatever follows: the frame reader decides what to do."""
    lane = lane_of(feed.writer, version)
    lane.admit(REQ_ID, feed.stream("SPY"), takes_delayed=False)
    data = length.to_bytes(4, "big") + random.Random(length).randbytes(1024)
    for stop in range(len(data) + 1):
        assert lane.run(data, 0, stop, RECEIVED_NS) == 0


@pytest.mark.parametrize("buffer", [bytes, bytearray, memoryview])
def test_any_buffer_is_left_free(feed: Feed, buffer: type) -> None:
    """Whatever holds the bytes; a bytearray may grow again at once."""
    frame = text_frame(PRICE, REQ_ID, BID, "10.25", "3", "0")
    lane = lane_of(feed.writer)
    lane.admit(REQ_ID, feed.stream("SPY"), takes_delayed=False)
    held = buffer(frame)
    assert lane.run(held, 0, len(frame), RECEIVED_NS) == len(frame)
    if isinstance(held, bytearray):
        held.extend(b"x")
