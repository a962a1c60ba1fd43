"""The first bytes of a connection: what the clients really send, in any pieces, and what nobody sends."""

from __future__ import annotations

import itertools
import socket
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients import environments
from tests.clients.environments import CLIENTS, IB_ASYNC, IBAPI_9, SCRIPTS
from tickring.simulator.wire import versions
from tickring.simulator.wire.frames import BadHello, ClientHello, FrameCutter, HelloReader, frame, server_hello

if TYPE_CHECKING:
    from collections.abc import Callable


def first_bytes_to(port_taker: Callable[[int], None]) -> bytes:
    """What a client sends to a port where somebody accepts, reads a whole hello and closes."""
    received = bytearray()

    def accept(listener: socket.socket) -> None:
        peer, _ = listener.accept()
        with peer:
            peer.settimeout(20)
            reader = HelloReader()
            while data := peer.recv(1):
                received.extend(data)
                if reader.feed(data):
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        server = threading.Thread(target=accept, args=(listener,))
        server.start()
        port_taker(listener.getsockname()[1])
        server.join(30)
    return bytes(received)


@pytest.mark.parametrize(
    ("client", "options"), [*((client, "+PACEAPI") for client in CLIENTS), (IBAPI_9, ""), (IB_ASYNC, "")]
)
def test_the_hello_of_every_client_is_understood(client: str, options: str) -> None:
    """Versions and connect options, as the client's own connect() sends them."""
    library = "ib_async" if client == IB_ASYNC else "ibapi"
    sent = first_bytes_to(
        lambda port: print(environments.run(client, SCRIPTS / "say_hello.py", library, str(port), options))
    )
    hello = HelloReader().feed(sent)
    lowest, highest = environments.VERSIONS[client]
    assert hello == ClientHello(min_version=lowest, max_version=highest, options=options)


def test_a_hello_with_a_single_version_is_both_limits() -> None:
    """`v157` means from 157 to 157."""
    hello = HelloReader().feed(b"API\0" + frame(b"v157"))
    assert hello == ClientHello(min_version=157, max_version=157)


@given(st.lists(st.binary(min_size=1, max_size=7), max_size=8), st.lists(st.integers(0, 60), max_size=10))
def test_a_hello_arrives_in_any_pieces_and_loses_nothing_after_it(payloads: list[bytes], cuts: list[int]) -> None:
    """Frames that came with the hello are in `rest`, whole and in order."""
    stream = b"API\0" + frame(b"v100..157 +PACEAPI") + b"".join(map(frame, payloads))
    reader, cutter = HelloReader(), FrameCutter()
    hello: ClientHello | None = None
    got: list[bytes] = []
    places = sorted({0, len(stream), *(min(cut, len(stream)) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        piece = stream[start:end]
        if hello is None:
            hello = reader.feed(piece)
            got += cutter.feed(reader.rest) if hello else []
        else:
            got += cutter.feed(piece)
    assert hello == ClientHello(min_version=100, max_version=157, options="+PACEAPI")
    assert got == payloads


@pytest.mark.parametrize(
    ("garbage", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "starts with b'API"),
        (b"AP1", "starts with b'API"),
        (b"63\0", "starts with b'API"),
        (b"API\0\0\0\0\0", "0 bytes"),
        (b"API\0\x7f\xff\xff\xf0", "2147483632 bytes"),
        (b"API\0" + frame(b"v"), "got b'v'"),
        (b"API\0" + frame(b"v100..abc"), "got b'v100..abc'"),
        (b"API\0" + frame(b"v200..100"), "200"),
        (b"API\0" + frame(b"v1..99999999999999"), "expected versions"),
        (b"API\0" + frame(b"157\x00extra"), "expected versions"),
    ],
)
def test_garbage_is_refused_with_what_was_expected(garbage: bytes, reason: str) -> None:
    """As soon as the bytes cannot become a hello any more."""
    with pytest.raises(BadHello, match=reason):
        HelloReader().feed(garbage)


@given(st.binary(max_size=200))
def test_random_first_bytes_are_a_hello_not_yet_one_or_refused(data: bytes) -> None:
    """Nothing but the documented error, whatever arrives."""
    reader = HelloReader()
    for prefix in (b"", b"API\0", b"API\0\0\0\0\x09"):
        reader = HelloReader()
        try:
            hello = reader.feed(prefix + data)
        except BadHello:
            continue
        assert hello is None or hello.min_version <= hello.max_version


@pytest.mark.parametrize(
    ("offered", "limit", "expected"),
    [
        ((100, 157), 200, 157),
        ((157, 178), 200, 178),
        ((100, 226), 200, 200),
        ((100, 226), 226, 226),
        ((100, 300), 226, 226),
        ((100, 156), 200, None),
        ((201, 226), 200, None),
    ],
)
def test_a_session_has_the_lower_maximum(offered: tuple[int, int], limit: int, expected: int | None) -> None:
    """Or none, where client and server have no version in common."""
    assert versions.negotiate(*offered, limit) == expected


def test_the_answer_is_version_and_time_without_an_id() -> None:
    """Two fields in one frame."""
    answer = server_hello(176, "20250415 19:38:30 British Summer Time")
    assert FrameCutter().feed(answer) == [b"176\x0020250415 19:38:30 British Summer Time\0"]
