"""The recorder between real sockets: everything passes unchanged, and what is written has no account id."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.scripted_gateway import (
    ACCOUNTS,
    CURRENT_TIME,
    LIMIT_S,
    POSITIONS,
    START_API,
    TIME_TEXT,
    RawClient,
    ScriptedGateway,
    raw_id,
    stream,
    summary,
    usual_answers,
)
from tickring.simulator.control.capture import read_capture
from tickring.simulator.control.place import BadPlace
from tickring.simulator.control.recorder import Recorder, record
from tickring.simulator.control.tape import WAITING_BYTES_AT_MOST

T = TypeVar("T")
SECRETS = [account.encode() for account in (*ACCOUNTS, "DF1111111")]


def within_limit(main: Callable[[], Awaitable[T]]) -> T:
    """Run an asynchronous test."""

    async def limited() -> T:
        async with asyncio.timeout(LIMIT_S):
            return await main()

    return asyncio.run(limited())


@pytest.mark.parametrize("version", [157, 178, 201, 206])
def test_a_session_passes_unchanged_and_is_written_without_accounts(tmp_path: Path, version: int) -> None:
    """The client gets every byte, ids included; the file has every frame, ids replaced at the same length."""
    form = raw_id if version > 200 else bytes
    requests = [form(START_API), form(summary(3)), form(POSITIONS), form(CURRENT_TIME)]

    async def main() -> tuple[list[bytes], ScriptedGateway]:
        async with (
            ScriptedGateway(version, usual_answers) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            client = await RawClient.connect(recorder.place, "v100..226 +PACEAPI")
            received = await client.payloads(1)
            for request, count in zip(requests, (3, 3, 2, 1), strict=True):
                client.send(request)
                received += await client.payloads(count)
            await client.close()
        return received, gateway

    received, gateway = within_limit(main)
    assert gateway.options == "+PACEAPI"
    assert len(gateway.requests) == 4
    assert all(any(secret in payload for payload in received) for secret in SECRETS)
    frames = list(read_capture(tmp_path / "capture"))
    sent = [frame for frame in frames if frame.direction == "client"]
    assert [frame.payload for frame in sent] == [b"v100..226 +PACEAPI", *requests]
    captured = [frame for frame in frames if frame.direction == "server"]
    assert captured[0].payload == f"{version}\0{TIME_TEXT}\0".encode()
    assert [len(frame.payload) for frame in captured] == [len(payload) for payload in received]
    assert {frame.server_version for frame in frames[1:]} == {version}
    for frame, payload in zip(captured, received, strict=True):
        assert (frame.payload == payload) == (not any(secret in payload for secret in SECRETS))
    everything = (tmp_path / "capture").read_bytes() + b"".join(frame.payload for frame in frames)
    assert not any(secret in everything for secret in SECRETS)
    assert [frame.t_s for frame in frames] == sorted(frame.t_s for frame in frames)


def test_bytes_in_pieces_are_recorded_as_frames(tmp_path: Path) -> None:
    """However the stream is cut, one line is one frame."""

    async def main() -> None:
        async with (
            ScriptedGateway(178, usual_answers) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            client = await RawClient.connect(recorder.place, "v157..178")
            await client.payloads(1)
            for payload in (START_API, stream(5, "SPY")):
                for byte in len(payload).to_bytes(4, "big") + payload:
                    client.writer.write(bytes([byte]))
                    await client.writer.drain()
                    await asyncio.sleep(0)
            await client.payloads(6)
            await client.close()

    within_limit(main)
    assert [f.payload for f in read_capture(tmp_path / "capture") if f.direction == "client"] == [
        b"v157..178",
        START_API,
        stream(5, "SPY"),
    ]


def test_two_clients_are_kept_apart(tmp_path: Path) -> None:
    """Connections are numbered in order of connecting, each with its own version and clock."""

    async def main() -> None:
        async with (
            ScriptedGateway(200, usual_answers) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            first = await RawClient.connect(recorder.place, "v157..157")
            await first.payloads(1)
            second = await RawClient.connect(recorder.place, "v157..178")
            await second.payloads(1)
            for client in (second, first):
                client.send(START_API)
                await client.payloads(3)
            await first.close()
            await second.close()

    within_limit(main)
    frames = list(read_capture(tmp_path / "capture"))
    assert {(frame.connection, frame.server_version) for frame in frames if frame.server_version} == {
        (1, 157),
        (2, 178),
    }
    assert [sum(frame.connection == number for frame in frames) for number in (1, 2)] == [6, 6]


def test_nothing_is_written_before_the_accounts_are_known(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A session that ends before managedAccounts leaves no frame, and that is said."""

    async def main() -> bytes:
        async with (
            ScriptedGateway(178, lambda _: []) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            client = await RawClient.connect(recorder.place, "v157..178")
            await client.payloads(1)
            client.send(START_API, summary(3))
            await gateway.has(2)
            written = (tmp_path / "capture").read_bytes()
            await client.close()
        return written

    assert within_limit(main).count(b"\n") == 1
    assert list(read_capture(tmp_path / "capture")) == []
    assert "record.discarded connection=1 frames=4 reason=no managedAccounts" in caplog.messages


def test_waiting_for_the_accounts_is_bounded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A session that says much and never names its accounts is not kept; it goes on through the proxy."""

    async def main() -> int:
        async with (
            ScriptedGateway(178, lambda _: []) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            client = await RawClient.connect(recorder.place, "v157..178")
            await client.payloads(1)
            count = WAITING_BYTES_AT_MOST // 1_000_000 + 2
            for _ in range(count):
                client.send(b"9999\0" + b"x" * 1_000_000)
            await gateway.has(count)
            await client.close()
        return count

    assert within_limit(main) > 4
    assert [message for message in caplog.messages if "without managedAccounts" in message]
    assert list(read_capture(tmp_path / "capture")) == []


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"API\0\xff\xff\xff\xff", b"API\0" + b"\0\0\0\x09v100..157" + b"\xff" * 9]
)
def test_what_is_no_session_passes_and_is_not_written(tmp_path: Path, noise: bytes) -> None:
    """The proxy judges nothing: bytes that are no frames reach the other side, and the recording ends there."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(noise)))
        writer.write_eof()
        await reader.read()
        writer.close()

    async def main() -> bytes:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with Recorder(f"127.0.0.1:{port}", tmp_path / "capture") as recorder:
            reader, writer = await asyncio.open_connection(*recorder.place.split(":"))
            writer.write(noise)
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return answer

    assert within_limit(main) == noise
    assert list(read_capture(tmp_path / "capture")) == []


def test_the_end_of_one_side_is_the_end_of_the_other(tmp_path: Path) -> None:
    """When the gateway goes, the client is told at once, with what was under way; a gateway that is away: closed."""

    async def main() -> None:
        gateway = ScriptedGateway(178, usual_answers)
        async with gateway:
            recorder = Recorder(gateway.place, tmp_path / "capture")
            await recorder.__aenter__()
            client = await RawClient.connect(recorder.place, "v157..178")
            client.send(START_API)
            await client.payloads(4)
        assert await client.rest() == []
        await client.close()
        late = await RawClient.connect(recorder.place, "v157..178")
        assert await late.rest() == []
        late.writer.close()
        await recorder.__aexit__()

    within_limit(main)
    assert len(list(read_capture(tmp_path / "capture"))) == 6


def test_a_reset_of_the_client_does_not_stop_the_recorder(tmp_path: Path) -> None:
    """The next client is served and recorded."""

    async def main() -> None:
        async with (
            ScriptedGateway(178, usual_answers) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            host, port = recorder.place.split(":")
            rude = socket.create_connection((host, int(port)))
            rude.sendall(b"API\0")
            rude.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            rude.close()
            client = await RawClient.connect(recorder.place, "v157..178")
            client.send(START_API)
            await client.payloads(4)
            await client.close()

    within_limit(main)
    assert {frame.connection for frame in read_capture(tmp_path / "capture")} == {2}


def test_a_full_disk_ends_the_recording_not_the_session(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The client never notices; the log says why nothing more is written."""

    async def main() -> None:
        async with (
            ScriptedGateway(178, usual_answers) as gateway,
            Recorder(gateway.place, tmp_path / "capture") as recorder,
        ):
            full = open("/dev/full", "wb")  # noqa: SIM115, ASYNC230, PTH123 - the recorder closes it
            recorder._writer._file.close()
            recorder._writer._file = full
            client = await RawClient.connect(recorder.place, "v157..178")
            client.send(START_API)
            await client.payloads(4)
            client.send(CURRENT_TIME)
            await client.payloads(1)
            await client.close()

    within_limit(main)
    stopped = [message for message in caplog.messages if message.startswith("record.stopped")]
    assert len(stopped) == 1
    assert "No space left on device" in stopped[0]


def test_record_tells_where_it_listens_and_ends_when_cancelled(tmp_path: Path) -> None:
    """The entry point: a task that runs until it is cancelled."""

    async def main() -> None:
        places: asyncio.Queue[str] = asyncio.Queue()
        async with ScriptedGateway(178, usual_answers) as gateway:
            task = asyncio.create_task(record(gateway.place, tmp_path / "capture", on_listening=places.put_nowait))
            client = await RawClient.connect(await places.get(), "v157..178")
            client.send(START_API)
            await client.payloads(4)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await client.rest()
            await client.close()

    within_limit(main)
    assert len(list(read_capture(tmp_path / "capture"))) == 6


def test_places_and_files_are_checked_first(tmp_path: Path) -> None:
    """A recorder listens on loopback only, speaks TCP only, and leaves no file where it cannot listen."""
    for gateway, listen in (("127.0.0.1:1", "0.0.0.0:0"), ("127.0.0.1:1", "/tmp/x"), ("unix:/tmp/x", "127.0.0.1:0")):
        with pytest.raises(BadPlace):
            Recorder(gateway, tmp_path / "capture", listen=listen)
    with socket.create_server(("127.0.0.1", 0)) as taken:

        async def main() -> None:
            await Recorder(
                "127.0.0.1:1", tmp_path / "capture", listen=f"127.0.0.1:{taken.getsockname()[1]}"
            ).__aenter__()

        with pytest.raises(OSError, match="in use"):
            within_limit(main)
    assert list(tmp_path.iterdir()) == []
