"""Bytes that no gateway should send: exactly these, in exactly these pieces, and the session's fate after them."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.simulator_raw_client import RawClient
from tests.waiting import wait_until
from tickring.simulator.running import SimulatorProcess
from tickring.simulator.wire.frames import FrameCutter

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatorProcess]:
    """One simulator for all tests of this file."""
    with SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, seed=5) as simulator:
        yield simulator


@pytest.fixture
def simulator(shared: SimulatorProcess) -> Iterator[SimulatorProcess]:
    """A simulator whose market is muted, so that nothing but the broken bytes comes."""
    shared.do("mute")
    failed_before = shared.errors.count("Traceback")
    yield shared
    shared.do("split", mode="whole")
    shared.do("rst")
    wait_until(lambda: not shared.do("status")["clients"], "no clients")
    assert shared.errors.count("Traceback") == failed_before


@pytest.fixture
def client(simulator: SimulatorProcess) -> Iterator[RawClient]:
    """A client with a subscription to SPY (id 1) that has had its first words."""
    with RawClient.ready(simulator.port) as client:
        client.subscribe(1, "SPY")
        wait_until(lambda: simulator.do("status")["subscriptions"] == 1, "a subscription")
        client.listen(0.1)
        client.raw.clear()
        yield client


def test_garbage_is_the_same_for_the_same_seed(simulator: SimulatorProcess, client: RawClient) -> None:
    """Garbage is the same for the same seed."""
    assert simulator.do("garbage", count=100) == {"clients": 1}
    wait_until(lambda: client.read(0.05) or len(client.raw) >= 100, "garbage")
    assert bytes(client.raw) == random.Random("garbage 5 100").randbytes(100)


def test_absurd_length(simulator: SimulatorProcess, client: RawClient) -> None:
    """Absurd length."""
    assert simulator.do("absurd_length", length=0x7FFFFFF0) == {"clients": 1}
    wait_until(lambda: client.read(0.05), "bytes")
    assert bytes(client.raw) == b"\x7f\xff\xff\xf0" + b"1\x006\0"


def test_truncate_and_close(simulator: SimulatorProcess, client: RawClient) -> None:
    """Truncate and close."""
    assert simulator.do("truncate") == {"clients": 1}
    client.until_over()
    assert not client.was_reset
    announced = int.from_bytes(client.raw[:4], "big")
    assert 0 < len(client.raw) - 4 < announced


def test_truncate_and_say_nothing_more(simulator: SimulatorProcess, client: RawClient) -> None:
    """Truncate and say nothing more."""
    assert simulator.do("truncate", close=False) == {"clients": 1}
    client.listen(0.1)
    client.ask(8, 1, 1)
    client.listen(0.3)
    assert not client.is_over
    assert 0 < len(client.raw) - 4 < int.from_bytes(client.raw[:4], "big")


@pytest.mark.parametrize("mode", ["bytes", "odd"])
def test_split_changes_the_pieces_and_not_the_bytes(simulator: SimulatorProcess, client: RawClient, mode: str) -> None:
    """Split changes the pieces and not the bytes."""
    assert simulator.do("split", mode=mode) == {}
    client.socket.settimeout(5)
    cutter = FrameCutter()
    payloads: list[bytes] = []
    for number in range(100, 110):
        client.ask(10, 5, number)
    while len(payloads) < 10:
        payloads += cutter.feed(client.socket.recv(1 if mode == "bytes" else 37))
    assert [payload.split(b"\0")[2] for payload in payloads] == [b"%d" % number for number in range(100, 110)]
    simulator.do("split", mode="whole")
    client.ask(10, 5, 111)
    assert FrameCutter().feed(client.socket.recv(65536))[0].split(b"\0")[2] == b"111"


@pytest.mark.parametrize("cut", [False, True])
@pytest.mark.parametrize("version", [157, 176, 200])
def test_exactly_4096_bytes_and_then_silence(simulator: SimulatorProcess, version: int, cut: bool) -> None:
    """Exactly 4096 bytes and then silence."""
    with RawClient(simulator.port) as client:
        client.greet(f"v157..{version}")
        client.start(1)
        client.until_error(2158) if version < 194 else client.listen(0.3)
        client.subscribe(1, "SPY")
        wait_until(lambda: simulator.do("status")["subscriptions"] == 1, "a subscription")
        client.listen(0.1)
        client.raw.clear()
        before = len(client.messages)
        told = simulator.do("exact_4096", seconds=0.5, cut=cut)["messages"]
        began_s = time.monotonic()
        client.ask(8, 1, 1)
        client.socket.settimeout(2)
        pieces = [client.socket.recv(65536)]
        assert len(pieces[0]) == 4096
        assert client.listen(0.3) == []
        assert not client.raw
        pieces.append(client.socket.recv(65536))  # the byte that was missing, and the answer
        assert time.monotonic() - began_s >= 0.4
        assert len(client.messages) == before
        messages = FrameCutter().feed(b"".join(pieces))
        assert len(messages) == told + 1
        assert messages[-1].startswith(b"9\0")
        assert len(FrameCutter().feed(pieces[0])) == told - cut


def test_unknown_message(simulator: SimulatorProcess, client: RawClient) -> None:
    """Unknown message."""
    assert simulator.do("unknown_message", message_id=191) == {"clients": 1}
    client.until(lambda message: message.fields == ("191", "1"))
    assert client.answers()


def test_bad_number(simulator: SimulatorProcess, client: RawClient) -> None:
    """Bad number."""
    assert simulator.do("bad_number", text="1.2.3") == {"clients": 1}
    client.until(lambda message: message.fields[:5] == ("1", "6", "1", "1", "1.2.3"))
    assert client.answers()


def test_burst_sends_exactly_so_many(simulator: SimulatorProcess, client: RawClient) -> None:
    """Burst sends exactly so many."""
    before = simulator.do("status")["ticks_sent"]
    since = len(client.messages)
    assert simulator.do("burst", count=12_345) == {"ticks": 12_345, "clients": 1}
    assert simulator.do("status")["ticks_sent"] - before == 12_345
    client.until(lambda _: len(client.messages) - since >= 12_345, "all ticks")
    client.listen(0.2)
    assert [message.fields[3] for message in client.messages[since:]] == ["1", "2"] * 6172 + ["1"]
    assert all(float(message.fields[4]) > 0 for message in client.messages[since:])


def test_broken_bytes_with_nobody_there_reach_nobody(simulator: SimulatorProcess) -> None:
    """Broken bytes with nobody there reach nobody."""
    for word in ("garbage", "absurd_length", "truncate", "unknown_message", "bad_number"):
        assert simulator.do(word) == {"clients": 0}
