"""The lane's own loop: it waits for the socket, publishes what comes, and ends for everything that is not its own."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.lane_frames import BID, PRICE, framed, lane_of, text_frame
from tickring import _core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.feeds import Feed

REQ_ID = 1000
OTHERS = framed(b"9\0001\00042\0")  # nextValidId: nothing for the lane
LONG_S = 20.0


class Pumped:
    """A lane that serves request 1000 of SPY, a socket pair in an epoll, and the buffer between them."""

    def __init__(self, feed: Feed, *, size: int = 4096, receive_bytes: int = 1024) -> None:
        self.lane: _core.TickLane = lane_of(feed.writer)
        self.lane.admit(REQ_ID, feed.stream("SPY"), takes_delayed=False)
        self.reader = feed.open_reader()
        self.gateway, self.client = socket.socketpair()
        self.client.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.client, select.EPOLLIN)
        self.buffer = bytearray(size)
        self.start = self.stop = 0
        self._receive_bytes = receive_bytes

    def pump(self, seconds: float = 0.0) -> str:
        """Wait at most so long; return why it ended."""
        until_ns = time.monotonic_ns() + int(seconds * 1e9)
        end, self.start, self.stop = self.lane.pump(
            self.epoll.fileno(), self.client.fileno(), self.buffer, self.start, self.stop, self._receive_bytes, until_ns
        )
        return end

    @property
    def left(self) -> bytes:
        """What is not taken."""
        return bytes(self.buffer[self.start : self.stop])

    def close(self) -> None:
        """Close the descriptors."""
        self.epoll.close()
        self.gateway.close()
        self.client.close()


@pytest.fixture
def pumped(feed: Feed) -> Iterator[Pumped]:
    """One that is closed at the end."""
    made = Pumped(feed)
    yield made
    made.close()


def bid(price: float) -> bytes:
    """A tick of the stream that is served."""
    return text_frame(PRICE, REQ_ID, BID, str(price), "5", "0")


def test_ticks_are_published_and_told_until_the_time_is_over(pumped: Pumped) -> None:
    """A reader that sleeps is woken by each read, and what the read took is in the histograms."""
    follower = iter(pumped.reader.follow(["SPY"], timeout_s=LONG_S))
    seen: list[float | None] = []
    following = threading.Thread(target=lambda: seen.extend(next(follower)[0].bid for _ in range(2)))
    following.start()
    sending = threading.Timer(0.1, pumped.gateway.sendall, (bid(101.5),))
    sending.start()
    before_ns = time.monotonic_ns()
    assert pumped.pump(0.5) == "due"
    took_s = (time.monotonic_ns() - before_ns) / 1e9
    sending.join()
    following.join(LONG_S)
    assert took_s >= 0.5
    assert seen[-1] == 101.5
    assert pumped.lane.messages == 1
    assert before_ns < pumped.lane.heard_ns <= pumped.lane.price_ns
    assert pumped.reader["SPY"].ts_recv_ns == pumped.lane.ts_recv_ns
    counted = {name: sum(counts) for name, (_, counts) in pumped.reader.status().histograms.items()}
    assert counted == {"decode": 1, "wake": 1, "wire_to_visible": 1}


def test_a_message_of_others_is_left_where_it_is(pumped: Pumped) -> None:
    """Ticks before it are published; it and all behind it are the caller's, who goes on where the lane stopped."""
    pumped.gateway.sendall(bid(100.0) + OTHERS + bid(101.0))
    assert pumped.pump(LONG_S) == "message"
    assert pumped.reader["SPY"].bid == 100.0
    assert pumped.left == OTHERS + bid(101.0)
    pumped.start += len(OTHERS)
    pumped.start = pumped.lane.run(pumped.buffer, pumped.start, pumped.stop, 1)
    assert pumped.left == b""
    assert pumped.reader["SPY"].bid == 101.0


def test_frames_may_come_in_any_pieces(pumped: Pumped) -> None:
    """Every split: the piece waits in the buffer and is nobody's until the rest is there."""
    stream = bid(100.0) + bid(101.0)
    for cut in range(1, len(stream)):
        pumped.gateway.sendall(stream[:cut])
        assert pumped.pump() == "due"
        assert pumped.left == (stream[:cut] if cut < len(bid(100.0)) else stream[len(bid(100.0)) : cut])
        pumped.gateway.sendall(stream[cut:])
        assert pumped.pump() == "due"
        assert pumped.left == b""
        assert pumped.reader["SPY"].bid == 101.0


def test_the_buffer_is_used_again_and_again(feed: Feed) -> None:
    """Room for two receives is enough for any number of ticks, however they are cut."""
    pumped = Pumped(feed, size=128, receive_bytes=64)
    stream = b"".join(bid(100.0 + number) for number in range(500))
    for at in range(0, len(stream), 50):
        pumped.gateway.sendall(stream[at : at + 50])
        assert pumped.pump() == "due"
    assert pumped.left == b""
    assert pumped.lane.messages == 500
    assert pumped.reader["SPY"].bid == 599.0
    pumped.close()


def test_a_frame_longer_than_the_buffer_is_the_callers(feed: Feed) -> None:
    """Only Python makes the buffer grow."""
    pumped = Pumped(feed, size=128, receive_bytes=64)
    pumped.gateway.sendall(framed(b"9\0" + b"x" * 400))
    assert pumped.pump(LONG_S) == "other"
    assert len(pumped.left) > 64
    pumped.close()


def test_a_length_that_no_message_has_is_told_at_once(pumped: Pumped) -> None:
    """Its payload is not waited for."""
    pumped.gateway.sendall((1 << 24).to_bytes(4, "big"))
    assert pumped.pump(LONG_S) == "message"


def test_another_descriptor_ends_it(pumped: Pumped) -> None:
    """And is left as it is; the socket is left alone too, so that the caller sees all there is."""
    reading, writing = os.pipe()
    pumped.epoll.register(reading, select.EPOLLIN)
    os.write(writing, b"x")
    pumped.gateway.sendall(bid(100.0))
    assert pumped.pump(LONG_S) == "other"
    assert pumped.lane.messages == 0
    assert {fd for fd, _ in pumped.epoll.poll(0)} == {reading, pumped.client.fileno()}
    os.close(reading)
    os.close(writing)


def test_the_end_of_the_connection(pumped: Pumped) -> None:
    """What was sent before it is taken first; a socket that is gone both ways is the caller's with all it holds."""
    pumped.gateway.sendall(bid(100.0))
    pumped.gateway.shutdown(socket.SHUT_WR)
    assert pumped.pump(LONG_S) == "closed"
    assert pumped.reader["SPY"].bid == 100.0
    pumped.gateway.close()
    assert pumped.pump(LONG_S) == "other"


def test_a_broken_connection_is_an_error(pumped: Pumped) -> None:
    """As every system call's."""
    epoll_fd = pumped.epoll.fileno()
    with pytest.raises(OSError, match="Bad file descriptor"):
        pumped.lane.pump(10_000, pumped.client.fileno(), pumped.buffer, 0, 0, 64, 0)
    pumped.gateway.sendall(b"x")
    assert pumped.lane.pump(epoll_fd, 10_000, pumped.buffer, 0, 0, 64, 0)[0] == "other"


def test_a_fenced_writer_says_so(feed: Feed, pumped: Pumped) -> None:
    """After the ticks of one read: the caller leaves."""
    with feed.host.paths.segment.open("r+b") as file:
        _core.SupervisorLine(file.fileno(), 1, 1).supersede()
    pumped.gateway.sendall(bid(100.0))
    assert pumped.pump(LONG_S) == "fenced"


def test_a_signal_ends_the_wait_and_its_handler_runs(pumped: Pumped) -> None:
    """What a handler raises comes out; one that raises nothing ends the wait."""
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    assert pumped.pump(LONG_S) == "signal"
    assert seen == [signal.SIGUSR1]

    def refuse(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGUSR1, refuse)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    with pytest.raises(KeyboardInterrupt):
        pumped.pump(LONG_S)
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    "values", [(0, 5, 4), (-1, 0, 4), (3, 2, 4), (0, 0, 0)], ids=["beyond", "negative", "backwards", "nothing"]
)
def test_a_place_outside_the_buffer_is_refused(pumped: Pumped, values: tuple[int, int, int]) -> None:
    """Nothing is read."""
    start, stop, most = values
    with pytest.raises(ValueError, match=r"must be|not in a buffer"):
        pumped.lane.pump(pumped.epoll.fileno(), pumped.client.fileno(), bytearray(4), start, stop, most, 0)
    with pytest.raises(BufferError):
        pumped.lane.pump(pumped.epoll.fileno(), pumped.client.fileno(), b"1234", 0, 0, 4, 0)
