"""The control channel over real sockets: several peers, bad peers, places, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.loop_thread import LoopThread
from tests.waiting import wait_until
from tickring.simulator.control.client import ControlClient
from tickring.simulator.control.commands import Burst, Command, Mute, Quit, Slow, Status
from tickring.simulator.control.lines import CommandRefused
from tickring.simulator.control.listening import listening_socket
from tickring.simulator.control.place import BadPlace, PlaceTaken, UnixPlace, parse_place
from tickring.simulator.control.server import ControlServer


class Applied:
    """A simulator of few words: what it was told, in order, and answers that depend on the command."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    async def __call__(self, command: Command) -> dict[str, Any]:
        self.commands.append(command)
        match command:
            case Mute(symbol="UNKNOWN"):
                raise CommandRefused("no symbol UNKNOWN")
            case Mute(symbol="BROKEN"):
                raise KeyError("BROKEN")
            case Mute(symbol="FORMLESS"):
                return {"what": object()}
            case Slow(seconds=seconds):
                await asyncio.sleep(seconds)
            case Burst(count=count):
                return {"text": "x" * count}
            case _:
                pass
        return {"count": len(self.commands)}


@pytest.fixture
def loop_thread() -> Iterator[LoopThread]:
    """Where the servers live."""
    with LoopThread() as running:
        yield running


@pytest.fixture
def applied() -> Applied:
    """What the servers apply commands to."""
    return Applied()


@pytest.fixture
def listen(loop_thread: LoopThread, applied: Applied) -> Iterator[Callable[[str], str]]:
    """Starts control servers; all are closed afterwards."""
    servers: list[ControlServer] = []

    def start(place: str) -> str:
        servers.append(ControlServer(applied))
        return loop_thread.run(servers[-1].listen(place))

    yield start
    for server in servers:
        loop_thread.run(server.close())


@pytest.fixture(params=["unix", "tcp"])
def place(request: pytest.FixtureRequest, listen: Callable[[str], str], tmp_path: Path) -> str:
    """A server at a place of either kind."""
    return listen(f"unix:{tmp_path}/control" if request.param == "unix" else "127.0.0.1:0")


def raw(place: str) -> socket.socket:
    """A plain connection."""
    if place.startswith("unix:"):
        peer = socket.socket(socket.AF_UNIX)
        try:
            peer.connect(place.removeprefix("unix:"))
        except OSError:
            peer.close()
            raise
    else:
        host, port = place.rsplit(":", 1)
        peer = socket.create_connection((host, int(port)))
    peer.settimeout(20)
    return peer


def answers(peer: socket.socket, count: int) -> list[dict[str, Any]]:
    """The next answers of a plain connection."""
    with peer.makefile("rb") as file:
        return [json.loads(file.readline()) for _ in range(count)]


# ---- commands and answers --------------------------------------------------------------------------------------------


def test_a_command_is_applied_and_its_result_comes_back(place: str, applied: Applied) -> None:
    """The client's words reach `apply` as commands, in order, and its dictionaries come back."""
    with ControlClient(place) as client:
        assert client.do("mute", symbol="SPY") == {"count": 1}
        assert client.do("status") == {"count": 2}
    assert applied.commands == [Mute(symbol="SPY"), Status()]


def test_a_refused_command_is_a_reason_and_the_connection_goes_on(place: str) -> None:
    """CommandRefused arrives as CommandRefused with the same text, also for what is no command at all."""
    with ControlClient(place) as client:
        with pytest.raises(CommandRefused, match=r"^no symbol UNKNOWN$"):
            client.do("mute", symbol="UNKNOWN")
        with pytest.raises(CommandRefused, match="did you mean 'mute'"):
            client.do("mutee")
        assert client.do("status") == {"count": 2}


def test_a_failing_command_is_named_logged_and_survived(place: str, caplog: pytest.LogCaptureFixture) -> None:
    """Any other exception, also in writing the result down, is a nack with its type, and stands in the log."""
    with ControlClient(place) as client:
        with pytest.raises(CommandRefused, match="KeyError: 'BROKEN'"):
            client.do("mute", symbol="BROKEN")
        with pytest.raises(CommandRefused, match="TypeError: "):
            client.do("mute", symbol="FORMLESS")
        assert client.do("status")
    failed = [record for record in caplog.records if record.getMessage().startswith("simulator.command_failed")]
    assert len(failed) == 2
    assert all(record.exc_info for record in failed)


def test_lines_in_any_split_are_answered_in_order(place: str) -> None:
    """Byte by byte, or all at once with empty lines between: one answer a line, in order, with its id."""
    lines = b"".join(json.dumps({"id": f"n{n}", "do": "status"}).encode() + b"\r\n\n" for n in range(20))
    with raw(place) as peer:
        for n in range(len(lines)):
            peer.sendall(lines[n : n + 1])
        peer.sendall(lines)
        ids = [answer["id"] for answer in answers(peer, 40)]
    assert ids == [f"n{n}" for n in range(20)] * 2


def test_a_line_of_a_megabyte_is_refused_and_the_next_is_served(place: str) -> None:
    """A line over 64 kB is answered with a nack; the connection stays."""
    with raw(place) as peer:
        peer.sendall(b'{"do": "mute", "symbol": "' + b"x" * 1_000_000 + b'"}\n{"id": 1, "do": "status"}\n')
        refused, served = answers(peer, 2)
    assert refused == {"id": None, "ok": False, "error": "the line is longer than 65536 bytes and was not read"}
    assert served["ok"]


def test_a_flood_is_answered_whole(place: str, applied: Applied) -> None:
    """Thousands of lines sent before the first answer is read each get their answer."""
    count = 5000
    with raw(place) as peer:
        with LoopThread() as other:
            sent = other.loop.run_in_executor(None, peer.sendall, b'{"do":"status"}\n' * count)
            assert [answer["result"]["count"] for answer in answers(peer, count)] == list(range(1, count + 1))
        assert sent.done()
    assert len(applied.commands) == count


def test_peers_take_turns(place: str) -> None:
    """A peer whose command takes long, and one that reads nothing, hold up nobody else."""
    with raw(place) as slow, raw(place) as deaf, ControlClient(place) as client:
        slow.sendall(b'{"id":"slow","do":"slow","seconds":0.4}\n')
        deaf.sendall(b'{"do":"burst","count":10000000}\n' * 3)
        begun = time.monotonic()
        while "count" in client.do("status") and time.monotonic() - begun < 0.2:
            pass
        with ControlClient(place) as third:
            assert third.do("mute", symbol="SPY")
        assert answers(slow, 1)[0]["id"] == "slow"


def test_a_web_page_cannot_post_commands(place: str, applied: Applied) -> None:
    """A connection that opens like HTTP is told so and closed; the lines of its body are not commands."""
    with raw(place) as peer:
        peer.sendall(b'POST / HTTP/1.1\r\nHost: x\r\n\r\n{"do":"quit"}\n')
        with peer.makefile("rb") as file:
            assert not json.loads(file.readline())["ok"]
            with contextlib.suppress(ConnectionResetError):  # closed with the body unread
                assert file.read() == b""
    assert applied.commands == []


def test_a_peer_that_resets_leaves_nothing_behind(place: str, caplog: pytest.LogCaptureFixture) -> None:
    """Peers that vanish in the middle of a line or an answer are no event."""
    for _ in range(20):
        peer = raw(place)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.sendall(b'{"do":"burst","count":300000}\n{"do":"stat')
        peer.close()
    with ControlClient(place) as client:
        assert client.do("status")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# ---- the client's limits ---------------------------------------------------------------------------------------------


def test_a_late_answer_is_not_taken_for_the_next_one(place: str) -> None:
    """After a time-out the client waits for its own answer, and skips the late one."""
    with ControlClient(place, timeout_s=0.2) as client:
        with pytest.raises(TimeoutError, match=r"did not answer 'slow' within 0\.2 s"):
            client.do("slow", seconds=0.3)
        assert client.do("mute", symbol="SPY") == {"count": 2}


def test_a_simulator_that_ends_is_an_error_of_connection(loop_thread: LoopThread) -> None:
    """Closing the server ends its peers at once, and nobody connects any more."""
    server = ControlServer(Applied())
    place = loop_thread.run(server.listen("127.0.0.1:0"))
    with ControlClient(place) as client:
        client.do("status")
        loop_thread.run(server.close())
        with pytest.raises(ConnectionError):
            client.do("status")
    with pytest.raises(ConnectionRefusedError):
        ControlClient(place)
    loop_thread.run(server.close())


def test_quit_is_acknowledged_before_the_end(loop_thread: LoopThread, tmp_path: Path) -> None:
    """A command that closes the server is still answered."""
    tasks: list[asyncio.Task[None]] = []

    async def apply(command: Command) -> dict[str, Any]:
        assert command == Quit()
        tasks.append(asyncio.create_task(server.close()))
        return {"goodbye": True}

    server = ControlServer(apply)
    with ControlClient(loop_thread.run(server.listen(f"{tmp_path}/control"))) as client:
        assert client.do("quit") == {"goodbye": True}
    wait_until(tasks[0].done, "the server to close")


def test_closing_waits_for_nobody(loop_thread: LoopThread) -> None:
    """A command that runs and a peer that reads nothing are cut off within a second or so."""
    server = ControlServer(Applied())
    place = loop_thread.run(server.listen("127.0.0.1:0"))
    with raw(place) as waiting, raw(place) as deaf:
        waiting.sendall(b'{"do":"slow","seconds":3600}\n')
        deaf.sendall(b'{"do":"burst","count":10000000}\n' * 3)
        time.sleep(0.1)
        begun = time.monotonic()
        loop_thread.run(server.close())
        assert time.monotonic() - begun < 10


# ---- places ----------------------------------------------------------------------------------------------------------


def test_a_socket_file_is_for_its_owner_and_goes_with_the_server(loop_thread: LoopThread, tmp_path: Path) -> None:
    """Mode 0600 while it lives, no file afterwards; a plain path with a slash means the same."""
    server = ControlServer(Applied())
    assert loop_thread.run(server.listen(f"{tmp_path}/control")) == f"unix:{tmp_path}/control"
    mode = (tmp_path / "control").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    loop_thread.run(server.close())
    assert list(tmp_path.iterdir()) == []


def test_the_socket_file_of_a_killed_simulator_is_replaced(listen: Callable[[str], str], tmp_path: Path) -> None:
    """A file that SIGKILL left behind does not keep the next simulator from starting."""
    place = f"unix:{tmp_path}/control"
    code = f"import socket,os; s=socket.socket(1); s.bind({place[5:]!r}); s.listen(); os.kill(os.getpid(), 9)"
    assert subprocess.run([sys.executable, "-I", "-c", code], check=False, timeout=20).returncode == -9
    assert (tmp_path / "control").is_socket()
    with ControlClient(listen(place)) as client:
        assert client.do("status")


def test_whoever_finds_the_socket_file_can_connect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It appears when it is listened at, not before: a client that waits for the file is never refused."""
    path = tmp_path / "control.sock"
    was_there: list[bool] = []
    real = socket.socket.listen

    def listen(listener: socket.socket, backlog: int) -> None:
        was_there.append(path.exists())
        real(listener, backlog)

    monkeypatch.setattr(socket.socket, "listen", listen)
    with listening_socket(UnixPlace(path)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        assert was_there == [False]
        assert [file.name for file in tmp_path.iterdir()] == ["control.sock"]


def test_of_many_that_find_a_stale_file_one_gets_the_place(tmp_path: Path) -> None:
    """Simulators that start at once never remove each other's socket: one listens, the others are refused."""
    place = UnixPlace(tmp_path / "control")
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(place.path))
        start = threading.Barrier(6)

        def attempt(start: threading.Barrier = start) -> socket.socket | None:
            start.wait(20)
            try:
                return listening_socket(place)
            except PlaceTaken:
                return None

        with ThreadPoolExecutor(6) as pool:
            outcomes = [future.result(20) for future in [pool.submit(attempt) for _ in range(6)]]
        (winner,) = [outcome for outcome in outcomes if outcome is not None]
        raw(str(place)).close()  # somebody listens there,
        winner.close()
        with pytest.raises(ConnectionRefusedError):  # and it was the winner
            raw(str(place))
        place.path.unlink()


def test_a_living_simulator_keeps_its_place(listen: Callable[[str], str], tmp_path: Path) -> None:
    """The second one is refused, and the first one is still reached by that name."""
    place = listen(f"unix:{tmp_path}/control")
    with pytest.raises(PlaceTaken, match="belongs to a living process"):
        listen(place)
    with ControlClient(place) as client:
        assert client.do("status")


def test_a_file_that_is_no_socket_is_left_alone(listen: Callable[[str], str], tmp_path: Path) -> None:
    """Somebody's data at that path is an error, not a thing to replace."""
    (tmp_path / "control").write_text("precious")
    with pytest.raises(PlaceTaken, match="is no socket"):
        listen(f"unix:{tmp_path}/control")
    assert (tmp_path / "control").read_text() == "precious"


def test_a_server_removes_only_its_own_file(loop_thread: LoopThread, tmp_path: Path) -> None:
    """Where another server has taken the path over, the first one's end does not touch it."""
    first, second = ControlServer(Applied()), ControlServer(Applied())
    place = loop_thread.run(first.listen(f"unix:{tmp_path}/control"))
    (tmp_path / "control").rename(tmp_path / "moved")
    loop_thread.run(second.listen(place))
    loop_thread.run(first.close())
    with ControlClient(place) as client:
        assert client.do("status")
    loop_thread.run(second.close())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.0.0.0:0", "is not loopback"),
        ("192.0.2.7:4000", "is not loopback"),
        ("example.org:4000", "is not loopback"),
        ("[::]:0", "is not loopback"),
        ("4000", "is no place"),
        (":4000", "is no place"),
        ("127.0.0.1", "is no place"),
        ("127.0.0.1:65536", "is no place"),
        ("127.0.0.1:-1", "is no place"),
        ("127.0.0.1:٣", "is no place"),
        ("", "is no place"),
        ("unix:", "names no file"),
        ("unix:/", "names no file"),
        ("/tmp/" + "x" * 110, "has 115 bytes"),
    ],
)
def test_other_places_are_refused_with_a_reason(text: str, said: str, listen: Callable[[str], str]) -> None:
    """Only loopback ports and socket files; for server and client alike."""
    with pytest.raises(BadPlace, match=said):
        listen(text)
    with pytest.raises(BadPlace, match=said):
        ControlClient(text)


@pytest.mark.parametrize(
    ("text", "real"), [("localhost:7", "127.0.0.1:7"), ("[::1]:7", "[::1]:7"), ("a/b", "unix:a/b")]
)
def test_a_place_is_written_in_one_way(text: str, real: str) -> None:
    """What `str` gives can be parsed again."""
    assert str(parse_place(text)) == real
    assert str(parse_place(real)) == real


def test_a_missing_directory_is_an_error_that_names_it(listen: Callable[[str], str], tmp_path: Path) -> None:
    """Nothing is made on the way."""
    with pytest.raises(FileNotFoundError, match="missing"):
        listen(f"unix:{tmp_path}/missing/control")
    assert list(tmp_path.iterdir()) == []
