"""The supervisor's control socket over real connections: many clients, bad clients, foreign clients, and the file."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.control_serving import RawClient, Serving
from tests.waiting import wait_until
from tickring.control.framing import REQUEST_BYTES_AT_MOST
from tickring.control.messages import Restart, Status
from tickring.errors import ControlSocketBusy, ControlSocketUnusable
from tickring.supervisor.control_server import ControlServer

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the socket shall be."""
    return tmp_path / "control.sock"


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that every user may enter."""
    place = Path(tempfile.mkdtemp(prefix="tickring-test-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def test_a_request_is_answered_under_its_id_with_its_peer(path: Path) -> None:
    """The answering side gets the body and who asks, as the kernel knows it."""
    with Serving(path) as serving, RawClient(path) as client:
        assert client.ask(type="stop") == {"type": "stopped", "run_id": "run-1"}
    ((_, peer),) = serving.answers.asked
    assert peer == (os.getpid(), os.geteuid(), os.getegid())


def test_requests_sent_at_once_are_answered_in_order(path: Path) -> None:
    """A client need not wait before it asks again; each answer has its request's id."""
    with Serving(path), RawClient(path) as client:
        for first in range(0, 400, 40):
            for number in range(first, first + 40):
                client.send(b'{"id": %d, "body": {"type": "status"}}' % number)
            assert [client.reply()["id"] for _ in range(40)] == list(range(first, first + 40))


def test_a_client_that_only_asks_is_closed(path: Path) -> None:
    """Thousands of small requests and no look at an answer: it ends by itself, and others are served meanwhile."""
    with Serving(path, stuck_s=0.5) as serving, RawClient(path) as flood, RawClient(path) as quick:

        def is_cut() -> bool:
            assert quick.ask(type="status")["type"] == "done"
            try:
                flood.socket.send(b'\x00\x00\x00\x23{"id": 1, "body":{"type":"status"}}', socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except BrokenPipeError:
                return True
            return False

        wait_until(is_cut, "the flood is cut", show=lambda: serving.connections)
        wait_until(lambda: serving.connections == 1, "the other one is still there")


def test_a_client_that_closes_its_half_still_gets_its_answers(path: Path) -> None:
    """As `socat` and `nc -N` do."""
    with Serving(path), RawClient(path) as client:
        for number in range(20):
            client.send(b'{"id": %d, "body": {"type": "status"}}' % number)
        client.socket.shutdown(socket.SHUT_WR)
        assert [client.reply()["id"] for _ in range(20)] == list(range(20))
        assert client.is_closed()


@pytest.mark.parametrize(
    ("payload", "id"),
    [
        (b"", 0),
        (b"not JSON", 0),
        (b'{"id": 3, "body": {"type": "dance"}}', 3),
        (b'{"id": 3, "body": {"type": "restart", "child": 5}}', 3),
        (b'{"id": 3, "version": 9, "body": {"type": "status"}}', 3),
    ],
)
def test_a_bad_request_is_refused_and_the_connection_goes_on(path: Path, payload: bytes, id: int) -> None:
    """As long as the frames can be told apart."""
    with Serving(path), RawClient(path) as client:
        client.send(payload)
        reply = client.reply()
        assert (reply["id"], reply["body"]["type"], reply["body"]["code"]) == (id, "refusal", "bad_request")
        assert "docs/control.md" in reply["body"]["next_step"]
        assert client.ask(type="status")["type"] == "done"


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", (REQUEST_BYTES_AT_MOST + 1).to_bytes(4, "big"), b"\xff" * 9]
)
def test_broken_framing_is_told_and_closed_and_the_server_goes_on(path: Path, start: bytes) -> None:
    """Where the next frame begins nobody knows; others are served as before."""
    with Serving(path) as serving, RawClient(path) as client:
        client.socket.sendall(start)
        body = client.reply()["body"]
        assert body["code"] == "bad_request"
        assert "must be at most 1,048,576" in body["message"]
        assert client.is_closed()
        wait_until(lambda: serving.connections == 0, "the connection is forgotten")
        with RawClient(path) as another:
            assert another.ask(type="status")["type"] == "done"


def test_what_answering_raises_is_refused_and_logged_with_its_traceback(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The next request on the same connection is served."""
    with caplog.at_level(logging.INFO, "tickring.supervisor"), Serving(path), RawClient(path) as client:
        body = client.ask(type="restart", child="broken")
        assert (body["type"], body["code"]) == ("refusal", "internal_error")
        assert "KeyError: 'no such drawer'" in body["message"]
        assert client.ask(type="status")["type"] == "done"
    failed = next(record for record in caplog.records if record.message.startswith("control.answer_failed"))
    assert failed.exc_info is not None
    assert failed.exc_info[0] is KeyError
    assert any(record.message.startswith("control.asked request=restart pid=") for record in caplog.records)


def test_half_a_frame_costs_nobody_else_anything_and_is_closed(path: Path) -> None:
    """Twenty such clients, also ones that keep dripping; a whole one is answered meanwhile."""
    with Serving(path, stuck_s=0.3) as serving, contextlib.ExitStack() as clients:
        halves = [clients.enter_context(RawClient(path)) for _ in range(20)]
        for half in halves:
            half.socket.sendall(b"\x00\x00\x01\x00half")
        with RawClient(path) as whole:
            for _ in range(50):
                assert whole.ask(type="status")["type"] == "done"

        def drip() -> bool:
            with contextlib.suppress(OSError):
                halves[0].socket.send(b".")
            return serving.connections == 0

        wait_until(drip, "the halves are closed", show=lambda: serving.connections)
        assert all(half.is_closed() for half in halves)


def test_a_slow_reader_is_not_answered_ahead_and_is_closed(path: Path) -> None:
    """One unread reply at a time is kept for it, however much it asks; others are served meanwhile."""
    with Serving(path, stuck_s=1.0) as serving, RawClient(path) as slow, RawClient(path) as quick:
        for _ in range(50):
            slow.send(b'{"id": 1, "body": {"type": "restart", "child": "4000000"}}')
        wait_until(lambda: serving.answers.asked, "the first is answered")
        for _ in range(50):
            assert quick.ask(type="status")["type"] == "done"
        assert [body for body, _ in serving.answers.asked].count(Restart("4000000")) == 1
        wait_until(lambda: serving.connections == 1, "the slow one is closed")
        assert quick.ask(type="status")["type"] == "done"


def test_a_slow_reader_that_reads_at_last_gets_everything(path: Path) -> None:
    """Whole and in order, though it does not fit into the socket."""
    with Serving(path) as serving, RawClient(path) as slow:
        for number in range(5):
            slow.send(b'{"id": %d, "body": {"type": "restart", "child": "300000"}}' % number)
        wait_until(lambda: serving.answers.asked, "the first is answered")
        replies = [slow.reply() for _ in range(5)]
        assert [(reply["id"], len(reply["body"]["text"])) for reply in replies] == [(n, 300_000) for n in range(5)]


def test_a_reply_beyond_the_limit_becomes_a_refusal(path: Path) -> None:
    """The client is told instead of being sent what it would not take."""
    with Serving(path), RawClient(path) as client:
        body = client.ask(type="restart", child=str(17 << 20))
        assert body["code"] == "internal_error"
        assert "must be at most 16,777,216" in body["message"]


def test_an_idle_client_is_closed(path: Path) -> None:
    """One that asks now and then is not."""
    with Serving(path, idle_s=0.5) as serving, RawClient(path) as idle, RawClient(path) as busy:

        def is_alone() -> bool:
            assert busy.ask(type="status")["type"] == "done"
            return serving.connections == 1

        wait_until(is_alone, "the idle one is closed")
        assert idle.is_closed()


def test_a_loop_that_stood_still_blames_no_client(path: Path) -> None:
    """The rest of a request came while the loop was busy for longer than the limit: it is answered, not closed."""
    now_s = 1000.0
    answers = Serving(path).answers
    server = ControlServer(path, answers, stuck_s=5.0, idle_s=50.0, clock=lambda: now_s)

    def turn() -> None:
        server.tend()
        for fd, events in server.fds:
            server.serve(fd, events)

    server.listen()
    with RawClient(path) as client:
        client.socket.sendall(b'\x00\x00\x00\x23{"id": 1, ')
        for _ in range(2):
            turn()
        client.socket.sendall(b'"body":{"type":"status"}}')
        now_s += 60.0
        turn()
        assert client.reply()["body"]["type"] == "done"
        for _ in range(60):
            now_s += 0.9
            turn()
        assert client.is_closed()
    server.close()


def test_fifty_clients_at_once_are_all_answered(path: Path) -> None:
    """Each gets its own answers."""

    def ask(_: int) -> int:
        with RawClient(path) as client:
            return sum(client.ask(type="status") == {"type": "done", "text": "yes"} for _ in range(10))

    with Serving(path) as serving, ThreadPoolExecutor(50) as pool:
        assert list(pool.map(ask, range(50))) == [10] * 50
        wait_until(lambda: serving.connections == 0, "all are forgotten")


def test_beyond_the_limit_the_one_that_was_silent_longest_goes(path: Path) -> None:
    """A crowd of silent clients never keeps an operator out."""
    with Serving(path, connections_at_most=5) as serving, contextlib.ExitStack() as clients:
        crowd = [clients.enter_context(RawClient(path)) for _ in range(5)]
        for client in crowd:
            assert client.ask(type="status")["type"] == "done"
        assert crowd[0].ask(type="status")["type"] == "done"
        with RawClient(path) as operator:
            assert operator.ask(type="status")["type"] == "done"
        assert crowd[1].is_closed()
        assert crowd[0].ask(type="status")["type"] == "done"
        wait_until(lambda: serving.connections == 4, "one has left, one was closed")


def test_a_client_that_resets_is_forgotten(path: Path) -> None:
    """It asked, and went without reading the answer."""
    with Serving(path) as serving:
        for _ in range(20):
            with RawClient(path) as client:
                client.send(b'{"id": 1, "body": {"type": "restart", "child": "2000000"}}')
        wait_until(lambda: serving.connections == 0, "all are forgotten")
        with RawClient(path) as client:
            assert client.ask(type="status")["type"] == "done"


def test_a_client_that_goes_away_ends_no_server_that_lives_by_sigpipe(path: Path) -> None:
    """`tickring run` leaves SIGPIPE at its default: writing to who is gone must not raise it."""
    program = f"import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n{SERVER}"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            for _ in range(50):
                with RawClient(path) as client:
                    for _ in range(20):
                        client.send(b'{"id": 1, "body": {"type": "status"}}')
            with RawClient(path) as client:
                assert client.ask(type="status")["type"] == "done"
            assert server.poll() is None
        finally:
            server.kill()


def test_without_descriptors_it_waits_and_goes_on(path: Path) -> None:
    """Out of file descriptors: no spinning, the newest is let in later."""
    with Serving(path) as serving, RawClient(path) as client:
        assert client.ask(type="status")["type"] == "done"
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        waiting = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (waiting.fileno() + 1, hard))
            waiting.settimeout(20)
            waiting.connect(str(path))
            wait_until(lambda: serving.connections <= 0, "the silent one gave its descriptor back")
            turns = serving.turns
            wait_until(lambda: serving.turns > turns + 3, "the loop turns")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with waiting:
            waiting.sendall(b'\x00\x00\x00\x23{"id": 1, "body":{"type":"status"}}')
            assert waiting.recv(100).endswith(b'"version":1}')


# ---- who may ---------------------------------------------------------------------------------------------------------

AS_ANOTHER = """
import os, socket, sys
path, uid, gid, groups = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), [int(g) for g in sys.argv[4].split(",") if g]
os.setgroups(groups); os.setgid(gid); os.setuid(uid)
client = socket.socket(socket.AF_UNIX)
client.settimeout(20)
try:
    client.connect(path)
    payload = b'{"id": 1, "body": {"type": "status"}}'
    try:
        client.sendall(len(payload).to_bytes(4, "big") + payload)
    except BrokenPipeError:
        pass
    print(client.recv(10000)[4:].decode())
    client.settimeout(0.2)
    try:
        print("closed" if client.recv(1) == b"" else "more")
    except TimeoutError:
        print("open")
    except ConnectionResetError:
        print("closed")
except PermissionError:
    print("no permission")
"""


def asked_by(path: Path, uid: int, gid: int, groups: str = "") -> str:
    """Have a process of another user ask for the status; return what it saw."""
    command = [sys.executable, "-I", "-c", AS_ANOTHER, str(path), str(uid), str(gid), groups]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_root
def test_another_user_cannot_connect(open_place: Path) -> None:
    """Mode 0600: the kernel says no."""
    with Serving(open_place / "control.sock") as serving:
        assert stat.S_IMODE((open_place / "control.sock").stat().st_mode) == 0o600
        assert asked_by(open_place / "control.sock", 4321, 4321) == "no permission\n"
    assert serving.answers.asked == []


@needs_root
def test_another_user_is_refused_even_if_the_file_lets_him_in(open_place: Path) -> None:
    """Somebody loosened the file's mode: who asks is looked at all the same, told why, and closed."""
    path = open_place / "control.sock"
    with Serving(path) as serving:
        path.chmod(0o666)
        seen = asked_by(path, 4321, 4321)
        assert '"code":"not_permitted"' in seen
        assert "user 4321 may not control this supervisor" in seen
        assert seen.endswith("closed\n")
    assert serving.answers.asked == []


@needs_root
@pytest.mark.parametrize(("gid", "groups"), [(1, ""), (4321, "1"), (4321, "7,1")])
def test_a_member_of_the_group_may_ask(open_place: Path, gid: int, groups: str) -> None:
    """By its own group or a supplementary one; mode 0660 and the group's."""
    path = open_place / "control.sock"
    with Serving(path, group="daemon") as serving:
        assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) == (0o660, 1)
        assert '"type":"done"' in asked_by(path, 4321, gid, groups)
        assert asked_by(path, 4321, 4321, "7") == "no permission\n"
    ((_, peer),) = serving.answers.asked
    assert (peer.uid, peer.gid) == (4321, gid)


@needs_root
def test_a_service_of_another_user_is_open_to_that_user_and_root(open_place: Path) -> None:
    """The server runs as user 4321: it may ask itself, root may, user 5432 may not."""
    place = open_place / "own"
    place.mkdir()
    os.chown(place, 4321, 4321)
    command = [sys.executable, "-c", SERVER, str(place / "control.sock"), "4321"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            path = place / "control.sock"
            assert '"type":"done"' in asked_by(path, 4321, 4321)
            with RawClient(path) as root:
                assert root.ask(type="status")["type"] == "done"
            assert asked_by(path, 5432, 5432) == "no permission\n"
        finally:
            server.kill()


# ---- the file --------------------------------------------------------------------------------------------------------

SERVER = """
import os, select, sys
from pathlib import Path
from tickring.control.messages import Done
from tickring.supervisor.control_server import ControlServer
if len(sys.argv) > 2:
    os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
server = ControlServer(Path(sys.argv[1]), lambda body, peer: Done("yes"))
server.listen()
print("ready", flush=True)
while True:
    poll = select.poll()
    for fd, events in server.fds:
        poll.register(fd, events)
    for fd, events in poll.poll(50):
        server.serve(fd, events)
    server.tend()
"""


def test_the_file_goes_with_the_server(path: Path) -> None:
    """Closed twice is closed once."""
    with Serving(path) as serving:
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()
    serving.server.close()


def test_closing_sends_what_was_answered(path: Path) -> None:
    """The client of `stop` gets its answer although the supervisor ends then."""
    server = ControlServer(path, Serving(path).answers)
    server.listen()
    with RawClient(path) as client:
        client.send(b'{"id": 1, "body": {"type": "stop"}}')
        for _ in range(2):
            for fd, events in server.fds:
                server.serve(fd, events)
        server.close()
        assert client.reply()["body"]["type"] == "stopped"
        assert client.is_closed()


def test_whoever_finds_the_file_can_connect(path: Path) -> None:
    """Somebody who tries all the time is told that there is no file, or connects; he is never refused."""
    refusals: list[OSError] = []

    def try_on() -> None:
        while True:
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(str(path))
                except FileNotFoundError:
                    continue
                except ConnectionRefusedError as error:
                    refusals.append(error)
            return

    for _ in range(100):
        server = ControlServer(path, Serving(path).answers)
        trying = [threading.Thread(target=try_on) for _ in range(2)]
        for thread in trying:
            thread.start()
        server.listen()
        for thread in trying:
            thread.join()
        server.close()
    assert refusals == []
    assert list(path.parent.iterdir()) == []


def test_what_a_supervisor_left_that_was_killed_early_is_in_nobodys_way(path: Path) -> None:
    """Killed before the file had its name: the next one begins anew."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path.with_name(f".{path.name}.new")))
    with Serving(path), RawClient(path) as client:
        assert client.ask(type="status")["type"] == "done"


def test_a_dead_supervisors_socket_is_replaced_a_living_ones_is_respected(path: Path) -> None:
    """Killed with SIGKILL its file stays; the error for a living one names its pid."""
    with subprocess.Popen([sys.executable, "-c", SERVER, str(path)], stdout=subprocess.PIPE, text=True) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == "ready\n"
        with pytest.raises(ControlSocketBusy, match=f"pid {living.pid}") as caught:
            ControlServer(path, Serving(path).answers).listen()
        assert caught.value.pid == living.pid
        with RawClient(path) as client:
            assert client.ask(type="status")["type"] == "done"
        living.kill()
    assert path.exists()
    with Serving(path), RawClient(path) as client:
        assert client.ask(type="status")["type"] == "done"


def test_a_successors_file_is_left_alone(path: Path) -> None:
    """A server whose file was taken away and replaced removes nothing when it closes."""
    with Serving(path):
        path.unlink()
        with Serving(path) as second:
            assert second.path.exists()
            inode = path.stat().st_ino
            first_is_gone = Serving(path)
            first_is_gone.server.close()
            assert path.stat().st_ino == inode


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_another_kind_of_file_is_left_alone(path: Path, kind: str) -> None:
    """Named, with what to do."""
    if kind == "file":
        path.write_text("mine")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(path.parent / "elsewhere")
    with pytest.raises(ControlSocketUnusable, match="is no socket; remove it"):
        ControlServer(path, Serving(path).answers).listen()
    assert path.lstat()


def test_a_group_that_does_not_exist_is_told(path: Path) -> None:
    """Before anything is made."""
    with pytest.raises(ControlSocketUnusable, match="the group 'no-such-group' that shall control it does not exist"):
        ControlServer(path, Serving(path).answers, group="no-such-group").listen()
    assert not path.exists()


def test_no_directory_is_told(tmp_path: Path) -> None:
    """With the path and what to look at."""
    with pytest.raises(ControlSocketUnusable, match=r"control\.sock: cannot be made: No such file or directory"):
        ControlServer(tmp_path / "none" / "control.sock", Serving(tmp_path).answers).listen()


def test_a_path_of_any_length_will_do(tmp_path: Path) -> None:
    """The kernel's limit of 107 bytes is not the user's matter."""
    place = tmp_path / ("d" * 120)
    place.mkdir()
    path = place / "control.sock"
    with Serving(path) as serving, RawClient(path) as client:
        assert client.ask(type="status")["type"] == "done"
        with pytest.raises(ControlSocketBusy):
            ControlServer(path, serving.answers).listen()
    assert not path.exists()
    assert serving.answers.asked[0][0] == Status()
