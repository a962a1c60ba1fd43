"""The client of the control socket: answers, and an error of its own for everything that can go wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.control_serving import Serving
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.control.client import SupervisorClient
from tickring.control.framing import framed
from tickring.control.messages import (
    Done,
    Refusal,
    Reloaded,
    Restart,
    SimulatorAnswer,
    SimulatorCommand,
    Start,
    Started,
    Status,
    Stop,
    Stopped,
    Subscribe,
    Unsubscribe,
)
from tickring.errors import (
    BadReply,
    ControlNotPermitted,
    FrameTooLong,
    InvalidName,
    RequestRefused,
    StreamLockBusy,
    SupervisorNotRunning,
    SupervisorSilent,
)
from tickring.job_lock import LockHolder
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.control.messages import ReplyBody, RequestBody
    from tickring.supervisor.peer import Peer

HOLDER = LockHolder(
    pid=4711, started_at="2026-03-04T05:06:07.080910Z", boot_id="b", command="tickring run", run_id="r1"
)


def serving(place: Path, answer: Callable[[RequestBody], ReplyBody], **arguments: float) -> Serving:
    """A server at the place where the client of this directory looks."""

    def with_peer(body: RequestBody, _: Peer) -> ReplyBody:
        return answer(body)

    return Serving(SegmentPaths.of(place).control_socket, with_peer, **arguments)


def replying(body: RequestBody) -> ReplyBody:
    """One of each."""
    match body:
        case Start():
            return Started("run-7")
        case Stop():
            return Stopped("run-7")
        case SimulatorCommand(do="status"):
            return SimulatorAnswer(msgspec.Raw(b'{"clients":[1,2]}'))
        case Restart() | Subscribe() | Unsubscribe():
            return Done(repr(body))
        case Status():
            return Done("no report")
        case _:
            return Reloaded(applied=("log.level",), needs_restart=("segment.depth",))


def test_every_request_has_its_method(tmp_path: Path) -> None:
    """With what it says and what comes back."""
    contract = ContractConfig(exchange="ARCA")
    with serving(tmp_path, replying), SupervisorClient(tmp_path) as client:
        assert client.start(project_id=1, symbols=["SPY"], by="api") == Started("run-7")
        assert client.stop() == Stopped("run-7")
        assert client.restart("feeder").text == repr(Restart("feeder"))
        assert client.subscribe({"SPY": contract}).text == repr(Subscribe({"SPY": contract}))
        assert client.unsubscribe(["SPY", "QQQ"]).text == repr(Unsubscribe(("SPY", "QQQ")))
        assert client.reload().needs_restart == ("segment.depth",)
        assert client.simulator("status") == {"clients": [1, 2]}
        with pytest.raises(BadReply, match="done is no answer to status"):
            client.status()


def test_a_refusal_is_an_answer_or_an_error(tmp_path: Path) -> None:
    """`ask` returns it, the methods raise it with code and next step."""
    refusal = Refusal(code="unknown_child", message="no child 'x'", next_step="choose feeder")
    with serving(tmp_path, lambda _: refusal), SupervisorClient(tmp_path) as client:
        assert client.ask(Restart("x")) == refusal
        with pytest.raises(RequestRefused, match=r"^no child 'x'; choose feeder$") as caught:
            client.restart("x")
    assert (caught.value.code, caught.value.reason, caught.value.next_step) == (
        "unknown_child",
        "no child 'x'",
        "choose feeder",
    )


def test_a_busy_stream_names_its_holder(tmp_path: Path) -> None:
    """The same error as the lock's own, also a RuntimeError."""
    refusal = Refusal(code="ib_stream_lock_busy", message="busy", next_step="stop it", holder=HOLDER)
    with (
        serving(tmp_path, lambda _: refusal),
        SupervisorClient(tmp_path) as client,
        pytest.raises(StreamLockBusy, match="pid 4711") as caught,
    ):
        client.start()
    assert isinstance(caught.value, RuntimeError)
    assert caught.value.code == "ib_stream_lock_busy"
    assert caught.value.holder == HOLDER


def test_nobody_there(tmp_path: Path) -> None:
    """No directory, no socket, a dead one's socket, another kind of file: not running, with the next step."""
    path = SegmentPaths.of(tmp_path).control_socket
    with pytest.raises(SupervisorNotRunning, match="start it with `tickring run`"):
        SupervisorClient(tmp_path / "none").status()
    with pytest.raises(SupervisorNotRunning) as caught:
        SupervisorClient(tmp_path).status()
    assert caught.value.path == str(path)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(SupervisorNotRunning, match="Connection refused"):
        SupervisorClient(tmp_path).status()
    path.unlink()
    path.write_text("mine")
    with pytest.raises(SupervisorNotRunning):
        SupervisorClient(tmp_path).status()


def test_a_name_that_is_none() -> None:
    """Before anything is touched."""
    with pytest.raises(InvalidName):
        SupervisorClient("no such name")


def test_somebody_who_does_not_answer(tmp_path: Path) -> None:
    """Silence has its own error, because what was asked may be done; the next request makes a new connection."""
    path = SegmentPaths.of(tmp_path).control_socket
    with SupervisorClient(tmp_path, timeout_s=0.2) as client:
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(path))
            silent.listen(1)
            with pytest.raises(SupervisorSilent, match=r"no answer to stop within 0\.2 s; it may be done"):
                client.stop()
        path.unlink()
        with serving(tmp_path, replying):
            wait_until(lambda: client.stop() == Stopped("run-7"), "it is answered")


def test_a_full_queue_is_silence_too(tmp_path: Path) -> None:
    """Nobody takes connections any more: the time bounds connecting as well."""
    path = SegmentPaths.of(tmp_path).control_socket
    with socket.socket(socket.AF_UNIX) as silent, socket.socket(socket.AF_UNIX) as first:
        silent.bind(str(path))
        silent.listen(0)
        first.connect(str(path))
        with pytest.raises(SupervisorSilent):
            SupervisorClient(tmp_path, timeout_s=0.3).status()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (b"", SupervisorNotRunning, "before it answered stop; it may be done"),
        (b"\x00\x00", SupervisorNotRunning, "before it answered stop"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", BadReply, "announces a frame of 1,213,486,160 bytes"),
        (framed(b"{}", bytes_at_most=9), BadReply, "missing required field"),
        (framed(b'{"id":1,"version":2,"body":{}}', bytes_at_most=99), BadReply, "its version is 2"),
    ],
)
def test_something_else_answers(tmp_path: Path, answer: bytes, error: type[Exception], text: str) -> None:
    """Ended in between, another program, another release."""
    path = SegmentPaths.of(tmp_path).control_socket
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(1)

        def answer_one() -> None:
            accepted, _ = listener.accept()
            with accepted:
                accepted.recv(10_000)
                accepted.sendall(answer)

        thread = threading.Thread(target=answer_one)
        thread.start()
        with SupervisorClient(tmp_path) as client, pytest.raises(error, match=text):
            client.stop()
        thread.join(20)


def test_it_connects_again_after_it_was_closed_for_silence(tmp_path: Path) -> None:
    """An api that asks now and then needs no care of its own; every request is done once."""
    asked: list[RequestBody] = []

    def note(body: RequestBody) -> ReplyBody:
        asked.append(body)
        return Stopped(None)

    with serving(tmp_path, note, idle_s=0.1) as server, SupervisorClient(tmp_path) as client:
        for number in range(1, 4):
            assert client.stop(by=str(number)) == Stopped(None)
            wait_until(lambda: server.connections == 0, "it was closed")
    assert asked == [Stop(by=str(number)) for number in range(1, 4)]


def test_a_closed_connection_ends_no_program_that_lives_by_sigpipe(tmp_path: Path) -> None:
    """The command line leaves SIGPIPE at its default: writing to who is gone must not raise it."""
    command = [sys.executable, "-c", ASKS_TWICE, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        assert asking.stdin is not None
        with serving(tmp_path, replying):
            asking.stdin.write("now\n")
            asking.stdin.flush()
            assert asking.stdout.readline() == "run-7\n"
        output, _ = asking.communicate("now\n", timeout=20)
    assert (asking.returncode, output) == (0, "SupervisorNotRunning\n")


def test_a_request_beyond_the_limit_is_not_sent(tmp_path: Path) -> None:
    """Told here, with the numbers; the connection goes on."""
    with serving(tmp_path, replying), SupervisorClient(tmp_path) as client:
        with pytest.raises(FrameTooLong, match="must be at most 1,048,576"):
            client.unsubscribe([f"SYMBOL{number:09}" for number in range(100_000)])
        assert client.stop() == Stopped("run-7")


def test_not_permitted_is_its_own_error(tmp_path: Path) -> None:
    """As the supervisor refuses it."""
    refusal = Refusal(code="not_permitted", message="user 5 may not", next_step="ask as root")
    with (
        serving(tmp_path, lambda _: refusal),
        SupervisorClient(tmp_path) as client,
        pytest.raises(ControlNotPermitted, match="user 5 may not; ask as root"),
    ):
        client.stop()


ASKS_TWICE = """
import signal, sys
from tickring.control.client import SupervisorClient
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
client = SupervisorClient(sys.argv[1])
sys.stdin.readline()
print(client.stop().run_id, flush=True)
sys.stdin.readline()
try:
    client.stop()
except Exception as error:
    print(type(error).__name__)
"""

AS_ANOTHER = """
import os, sys
from tickring.control.client import SupervisorClient
client = SupervisorClient(sys.argv[1])
os.setgroups([]); os.setgid(4321); os.setuid(4321)
try:
    client.status()
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
def test_a_socket_of_another_user() -> None:
    """The kernel says no before anything is sent."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        with serving(Path(place), replying):
            command = [sys.executable, "-c", AS_ANOTHER, place]
            done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    assert done.stdout.startswith("ControlNotPermitted ")
    assert "supervisor.control_group" in done.stdout
