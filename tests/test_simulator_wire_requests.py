"""What clients ask, made by their own code at every server version, as the simulator understands it."""

from __future__ import annotations

import json

import pytest

from tests.clients import environments
from tests.clients.environments import CLIENTS, IB_ASYNC, SCRIPTS
from tests.simulator_request_samples import Call, calls_at
from tickring.simulator.wire import versions
from tickring.simulator.wire.decode_requests import BadRequest, decode_request
from tickring.simulator.wire.frames import FrameCutter
from tickring.simulator.wire.message_ids import REQUEST_PROTOBUF_FROM, RequestId
from tickring.simulator.wire.requests import Request


def sent_by(client: str, sessions: list[tuple[int, list[Call]]]) -> list[list[bytes]]:
    """Per session and call the payload of the one frame that the client sends."""
    library = "ib_async" if client == IB_ASYNC else "ibapi"
    printed = environments.run(client, SCRIPTS / "encode_requests.py", library, standard_input=json.dumps(sessions))
    payloads: list[list[bytes]] = []
    for session in json.loads(printed):
        payloads.append([])
        for sent in session:
            [payload] = FrameCutter().feed(bytes.fromhex(sent))
            payloads[-1].append(payload)
    return payloads


@pytest.mark.parametrize("client", CLIENTS)
def test_every_request_at_every_version_is_what_the_client_asked(client: str) -> None:
    """Field by field, from the lowest version on to the highest that the client asks for."""
    lowest, highest = environments.VERSIONS[client]
    spoken = range(max(lowest, versions.LOWEST), highest + 1)
    sessions = [(version, [call for call, _ in calls_at(client, version)]) for version in spoken]
    wrong = []
    for version, payloads in zip(spoken, sent_by(client, sessions), strict=True):
        for (call, expected), payload in zip(calls_at(client, version), payloads, strict=True):
            decoded: Request | BadRequest
            try:
                decoded = decode_request(payload, version)
            except BadRequest as error:
                decoded = error
            if decoded != expected:
                wrong.append(f"{version} {call[0]}: expected {expected}, got {decoded!r} from {payload!r}")
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("client", [environments.IBAPI_10_46, environments.IBAPI_10_51])
def test_clients_change_to_protobuf_where_the_table_says(client: str) -> None:
    """The first version in which each request is protobuf is that of the client's own code."""
    highest = environments.VERSIONS[client][1]
    spoken = range(versions.PROTOBUF, highest + 1)
    sessions = [(version, [call for call, _ in calls_at(client, version)]) for version in spoken]
    for version, payloads in zip(spoken, sent_by(client, sessions), strict=True):
        for payload in payloads:
            message_id = int.from_bytes(payload[:4], "big")
            request_id = message_id % 200
            if request_id in set(RequestId):
                expected = version >= REQUEST_PROTOBUF_FROM[RequestId(request_id)]
                assert (message_id > 200) is expected, f"{version} {RequestId(request_id).name}"
