"""What the simulator says, at every server version, as the clients' own decoders understand it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.clients import environments
from tests.clients.environments import CLIENTS, IB_ASYNC, IBAPI_9, IBAPI_10_51, SCRIPTS
from tests.simulator_reply_samples import Session, cases_at
from tickring.simulator.wire import versions
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.replies import HistoricalData, Reply
from tickring.simulator.wire.reply_encoder import ReplyEncoder
from tickring.simulator.wire.text_replies import TEXT_REPLIES


def versions_of(client: str) -> range:
    """All server versions that a session with this client can have."""
    lowest, highest = environments.VERSIONS[client]
    return range(max(lowest, versions.LOWEST), highest + 1)


def decode(client: str, sessions: list[tuple[int, list[bytes]]]) -> list[list[list[list[Any]]]]:
    """Per session and item the callbacks that the client makes."""
    library = "ib_async" if client == IB_ASYNC else "ibapi"
    asked = [(version, [item.hex() for item in items]) for version, items in sessions]
    printed = environments.run(client, SCRIPTS / "decode_replies.py", library, standard_input=json.dumps(asked))
    decoded: list[list[list[list[Any]]]] = json.loads(printed)
    return decoded


def differences(expected: Any, got: Any, where: str) -> list[str]:
    """Where what a client got differs; of an object only the attributes that are expected count."""
    if isinstance(expected, dict) and isinstance(got, dict):
        missing = [f"{where}.{name} is missing" for name in expected if name not in got]
        return missing + [
            line
            for name, value in expected.items()
            if name in got
            for line in differences(value, got[name], f"{where}.{name}")
        ]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        return [line for at, (one, other) in pairs for line in differences(one, other, f"{where}[{at}]")]
    return [] if expected == got else [f"{where}: expected {expected!r}, got {got!r}"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_reply_at_every_version_means_to_clients_what_was_said(client: str) -> None:
    """Field by field, from the lowest version on to the highest that the client asks for."""
    sessions = []
    for version in versions_of(client):
        encoder = ReplyEncoder(version)
        sessions.append((version, [encoder.encode(reply) for reply, _ in cases_at(version)]))
    wrong = []
    for (version, items), decoded in zip(sessions, decode(client, sessions), strict=True):
        session = Session(client, version)
        assert len(decoded) == len(items)
        for (reply, expected), calls in zip(cases_at(version), decoded, strict=True):
            wrong += differences(expected(session), calls, f"{version} {type(reply).__name__}")
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:40])


def test_the_samples_hold_every_reply_there_is() -> None:
    """No class of replies is left out of the test above, and each has an encoder."""
    sampled = {type(reply) for reply, _ in cases_at(versions.HIGHEST)}
    known = set(Reply.__subclasses__())
    within = {cls for cls in known if cls.__name__ == "HistoricalDataEnd"}
    assert sampled == known - within
    assert set(TEXT_REPLIES) | {cls for cls in known if cls.__name__.startswith("Tick")} == known


@pytest.mark.parametrize("version", range(versions.LOWEST, versions.HIGHEST + 1))
def test_an_encoded_reply_is_one_whole_frame_or_two(version: int) -> None:
    """Bars and their end are two messages from 196 on, everything else is one."""
    encoder = ReplyEncoder(version)
    for reply, _ in cases_at(version):
        cutter = FrameCutter()
        two = isinstance(reply, HistoricalData) and version >= 196
        assert len(cutter.feed(encoder.encode(reply))) == (2 if two else 1)
        assert cutter.waiting_bytes == 0


@pytest.mark.parametrize("version", [156, 227, 0])
def test_a_version_nobody_speaks_is_refused(version: int) -> None:
    """An encoder exists for what clients and simulator have in common only."""
    with pytest.raises(ValueError, match=f"server version is {version}, expected 157 to 226"):
        ReplyEncoder(version)


@pytest.mark.parametrize(("client", "version"), [(IBAPI_10_51, 180), (IBAPI_10_51, 203), (IBAPI_10_51, 226)])
def test_ibapi_10_reports_an_unknown_message(client: str, version: int) -> None:
    """Error 505 in text, in text with raw ids and where ticks are protobuf."""
    [[calls]] = decode(client, [(version, [ReplyEncoder(version).unknown_message(190)])])
    assert [(call[0], call[1], call[3]) for call in calls] == [("error", -1, 505)]


def test_ibapi_9_ignores_an_unknown_message() -> None:
    """No callback, no exception."""
    assert decode(IBAPI_9, [(157, [ReplyEncoder(157).unknown_message(190)])]) == [[[]]]


@pytest.mark.parametrize(
    ("client", "version", "exception"),
    [
        (IBAPI_9, 157, "ValueError"),
        (IBAPI_10_51, 200, "ValueError"),
        (IBAPI_10_51, 203, "ValueError"),
        (IBAPI_10_51, 226, "InvalidOperation"),
    ],
)
def test_a_tick_that_is_no_number_ends_the_message_loop_of_ibapi(client: str, version: int, exception: str) -> None:
    """What the fault is for: the exception of the conversion leaves the client's run()."""
    with pytest.raises(AssertionError, match=exception):
        decode(client, [(version, [ReplyEncoder(version).bad_number_tick(5, "abc")])])
