"""A recorded session, played to clients that ask in another order, with other ids, or for something else."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

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
    cancel,
    raw_id,
    stream,
    summary,
    usual_answers,
)
from tickring.simulator.control.capture import BadCapture, CaptureFrame, CaptureWriter
from tickring.simulator.control.place import BadPlace
from tickring.simulator.control.recorder import Recorder
from tickring.simulator.control.replay import Replayer, replay
from tickring.simulator.control.reply_ids import reply_id, request_id_of
from tickring.simulator.wire.replies import ErrorReply
from tickring.simulator.wire.reply_encoder import ReplyEncoder

SESSION_REPLIES = 4  # hello, managedAccounts, nextValidId, 2104


def within_limit(main: Callable[[], Awaitable[None]]) -> None:
    """Run an asynchronous test."""

    async def limited() -> None:
        async with asyncio.timeout(LIMIT_S):
            await main()

    asyncio.run(limited())


def captured(path: Path, version: int = 178) -> Path:
    """Record a session that streams SPY (id 3) and QQQQ (id 4), sums up (id 5), asks for positions and the time."""
    form = raw_id if version > 200 else bytes

    async def main() -> None:
        async with ScriptedGateway(version, usual_answers) as gateway, Recorder(gateway.place, path) as recorder:
            client = await RawClient.connect(recorder.place, "v100..226")
            await client.payloads(1)
            requests = (START_API, stream(3, "SPY"), stream(4, "QQQQ"), summary(5), POSITIONS, CURRENT_TIME)
            for request, count in zip(requests, (3, 3, 3, 3, 2, 1), strict=True):
                client.send(form(request))
                await client.payloads(count)
            await client.close()

    within_limit(main)
    return path


def by_hand(path: Path, frames: list[tuple[float, bytes, bytes]], version: int = 178) -> Path:
    """A capture of one connection: (t_s, request or nothing, reply or nothing), hello and startApi in front."""
    writer = CaptureWriter(path)
    writer.write([CaptureFrame.of(0.0, 1, "client", 0, b"v157..178")])
    writer.write([CaptureFrame.of(0.0, 1, "server", version, b"%d\0now\0" % version)])
    for t_s, request, reply in [(0.0, START_API, b""), *frames]:
        if request:
            writer.write([CaptureFrame.of(t_s, 1, "client", version, request)])
        if reply:
            writer.write([CaptureFrame.of(t_s, 1, "server", version, reply)])
    writer.close()
    return path


@pytest.mark.parametrize("version", [157, 178, 201])
def test_other_ids_and_another_order_get_the_captured_answers(tmp_path: Path, version: int) -> None:
    """Each request is answered with what its like was answered with, under the client's own id, and nothing else is."""
    form = raw_id if version > 200 else bytes
    capture = captured(tmp_path / "capture", version)

    async def main() -> None:
        async with Replayer(capture, speed=math.inf) as replayer:
            client = await RawClient.connect(replayer.place, f"v100..{version}")
            assert await client.payloads(1) == [f"{version}\0{TIME_TEXT}\0".encode()]
            client.send(form(START_API))
            session = await client.payloads(3)
            assert [reply_id(payload, version) for payload in session] == [15, 9, 4]
            assert not any(account.encode() in payload for account in ACCOUNTS for payload in session)
            client.send(form(POSITIONS))
            assert [reply_id(payload, version) for payload in await client.payloads(2)] == [61, 62]
            for req_id, symbol, price in ((800, "QQQQ", b"604.0"), (1, "SPY", b"603.0")):
                client.send(form(stream(req_id, symbol)))
                ticks = await client.payloads(3)
                assert [request_id_of(payload, version) for payload in ticks] == [req_id] * 3
                assert price in ticks[1]
            client.send(form(summary(4)))
            assert [request_id_of(payload, version) for payload in await client.payloads(3)] == [4] * 3
            client.send(form(CURRENT_TIME))
            assert b"1700000000" in (await client.payloads(1))[0]
            await client.close()

    within_limit(main)


def test_what_was_not_captured_is_refused_under_its_id(tmp_path: Path) -> None:
    """Another contract, and a second request where the capture has one, get error 321; the session goes on."""
    capture = captured(tmp_path / "capture")

    async def main() -> None:
        async with Replayer(capture, speed=math.inf) as replayer:
            client = await RawClient.connect(replayer.place, "v157..178")
            client.send(START_API)
            await client.payloads(SESSION_REPLIES)
            client.send(stream(1, "IBM"), stream(2, "SPY"))
            refused, *ticks = await client.payloads(4)
            assert refused.split(b"\0")[:4] == [b"4", b"2", b"1", b"321"]
            assert {request_id_of(payload, 178) for payload in ticks} == {2}
            client.send(stream(3, "SPY"), b"not a request")
            assert (await client.payloads(1))[0].split(b"\0")[2:4] == [b"3", b"321"]
            client.send(CURRENT_TIME)
            assert b"1700000000" in (await client.payloads(1))[0]
            await client.close()

    within_limit(main)


def test_the_time_of_day_is_answered_as_often_as_it_is_asked(tmp_path: Path) -> None:
    """A client that probes the connection with it does not take the replay for dead."""
    capture = captured(tmp_path / "capture")

    async def main() -> None:
        async with Replayer(capture, speed=math.inf) as replayer:
            client = await RawClient.connect(replayer.place, "v157..178")
            client.send(START_API, CURRENT_TIME)
            await client.payloads(SESSION_REPLIES + 1)
            client.send(CURRENT_TIME)
            (answer,) = await client.payloads(1)
            assert abs(int(answer.split(b"\0")[2]) - time.time()) < 60
            await client.close()

    within_limit(main)


def test_equal_requests_are_answered_in_their_order(tmp_path: Path) -> None:
    """The second request for the same thing gets what the second one in the capture got."""
    encoder = ReplyEncoder(178)
    answers = [encoder.tick_price(req_id, 1, price, 1.0, 0)[4:] for req_id, price in ((3, 10.0), (4, 20.0))]
    capture = by_hand(
        tmp_path / "capture",
        [(0.1, stream(3, "SPY"), answers[0]), (0.2, cancel(3), b""), (0.3, stream(4, "SPY"), answers[1])],
    )

    async def main() -> None:
        async with Replayer(capture, speed=math.inf) as replayer:
            client = await RawClient.connect(replayer.place, "v157..178")
            client.send(START_API, stream(70, "SPY"), stream(71, "SPY"))
            _, first, second = await client.payloads(3)
            assert (request_id_of(first, 178), b"10.0" in first) == (70, True)
            assert (request_id_of(second, 178), b"20.0" in second) == (71, True)
            await client.close()

    within_limit(main)


def test_replies_come_at_the_captured_pace_or_faster(tmp_path: Path) -> None:
    """Counted from the client's own request; `speed` divides the waiting."""
    encoder = ReplyEncoder(178)
    ticks = [(1.0 + n * 0.1, b"", encoder.tick_price(3, 1, float(n), 1.0, 0)[4:]) for n in range(5)]
    capture = by_hand(tmp_path / "capture", [(1.0, stream(3, "SPY"), b""), *ticks])

    async def took_s(speed: float) -> float:
        async with Replayer(capture, speed=speed) as replayer:
            client = await RawClient.connect(replayer.place, "v157..178")
            await client.payloads(1)
            begun = time.monotonic()
            client.send(START_API, stream(3, "SPY"))
            received = await client.payloads(5)
            assert [payload.split(b"\0")[4] for payload in received] == [b"0.0", b"1.0", b"2.0", b"3.0", b"4.0"]
            await client.close()
            return time.monotonic() - begun

    async def main() -> None:
        assert await took_s(1.0) >= 0.4
        assert await took_s(4.0) >= 0.1
        assert await took_s(math.inf) > 0

    within_limit(main)


def test_a_cancel_ends_the_replies(tmp_path: Path) -> None:
    """What was to come for a cancelled id does not come; the others go on."""
    encoder = ReplyEncoder(178)
    late = [encoder.tick_price(req_id, 1, 5.0, 1.0, 0)[4:] for req_id in (3, 4)]
    capture = by_hand(
        tmp_path / "capture",
        [(0.0, stream(3, "SPY"), b""), (0.0, stream(4, "IBM"), b""), *[(0.3, b"", tick) for tick in late]],
    )

    async def main() -> None:
        async with Replayer(capture) as replayer:
            client = await RawClient.connect(replayer.place, "v157..178")
            client.send(START_API, stream(10, "SPY"), stream(11, "IBM"), cancel(10))
            _, tick = await client.payloads(2)
            assert request_id_of(tick, 178) == 11
            client.send(CURRENT_TIME)
            (answer,) = await client.payloads(1)
            assert reply_id(answer, 178) == 49
            await client.close()

    within_limit(main)


@pytest.mark.parametrize("versions", ["v100..157", "v179..200"])
def test_a_client_of_another_version_is_told_so(tmp_path: Path, versions: str) -> None:
    """It gets a session of its own version that holds one error with the reason, and is closed."""
    capture = captured(tmp_path / "capture")

    async def main() -> None:
        async with Replayer(capture) as replayer:
            client = await RawClient.connect(replayer.place, versions)
            hello, error = await client.rest()
            spoken = int(versions.rpartition(".")[2])
            assert hello.split(b"\0")[0] == b"%d" % spoken
            assert reply_id(error, spoken) == 4
            assert b"the capture was made with server version 178, this client speaks" in error
            await client.close()
            good = await RawClient.connect(replayer.place, "v157..178")
            assert (await good.payloads(1))[0].startswith(b"178\0")
            await good.close()

    within_limit(main)


def test_each_client_gets_the_next_captured_connection(tmp_path: Path) -> None:
    """In order, and after the last the first again; several at once do not disturb each other."""
    writer = CaptureWriter(tmp_path / "capture")
    for number in (1, 2):
        reply = ReplyEncoder(178).encode(ErrorReply(req_id=-1, code=2100 + number, text=""))[4:]
        for direction, payload in (
            ("client", b"v157..178"),
            ("server", b"178\0now\0"),
            ("client", START_API),
            ("server", reply),
        ):
            frame = CaptureFrame.of(0.0, number, "client" if direction == "client" else "server", 178, payload)
            writer.write([frame])
    writer.close()

    async def main() -> None:
        async with Replayer(tmp_path / "capture") as replayer:
            clients: list[RawClient] = []
            for _ in range(3):
                clients.append(await RawClient.connect(replayer.place, "v157..178"))
                await clients[-1].payloads(1)  # the hello: from here on the connection is this client's
            seen: list[bytes] = []
            for client in clients:
                client.send(START_API)
                seen.append((await client.payloads(1))[0].split(b"\0")[3])
            assert seen == [b"2101", b"2102", b"2101"]
            for client in clients:
                await client.close()

    within_limit(main)


@pytest.mark.parametrize("noise", [b"GET / HTTP/1.1\r\n\r\n", b"API\0\0\0\0\x09v157..178\xff\xff\xff\xff"])
def test_hostile_bytes_end_one_connection(tmp_path: Path, noise: bytes) -> None:
    """The next client is served."""
    capture = captured(tmp_path / "capture")

    async def main() -> None:
        async with Replayer(capture) as replayer:
            reader, writer = await asyncio.open_connection(*replayer.place.split(":"))
            writer.write(noise)
            await reader.read()
            writer.close()
            client = await RawClient.connect(replayer.place, "v157..178")
            client.send(START_API)
            await client.payloads(SESSION_REPLIES)
            await client.close()

    within_limit(main)


def test_replay_tells_where_it_listens_and_ends_when_cancelled(tmp_path: Path) -> None:
    """The entry point: a task that runs until it is cancelled, and takes its clients with it."""
    capture = captured(tmp_path / "capture")

    async def main() -> None:
        places: asyncio.Queue[str] = asyncio.Queue()
        task = asyncio.create_task(replay(capture, on_listening=places.put_nowait))
        client = await RawClient.connect(await places.get(), "v157..178")
        client.send(START_API)
        await client.payloads(SESSION_REPLIES)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await client.rest() == []
        await client.close()

    within_limit(main)


def test_wrong_arguments_are_said_at_once(tmp_path: Path) -> None:
    """Before anything listens: speed, place, a file that is none, a capture without a session."""
    capture = captured(tmp_path / "capture")
    for speed in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="must be above 0"):
            Replayer(capture, speed=speed)
    for listen in ("0.0.0.0:0", "unix:/tmp/x"):
        with pytest.raises(BadPlace):
            Replayer(capture, listen=listen)
    (tmp_path / "empty").write_bytes(b'{"tickring_capture":1}\n')
    with pytest.raises(BadCapture, match="holds no session"):
        Replayer(tmp_path / "empty")
