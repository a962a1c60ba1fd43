"""The service as a process: where it refuses to start, its token, and that nothing done to it reaches the feeder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.api_rig import ApiRig, free_port, own_segment
from tests.cli_runs import answer
from tests.processes.child import stop_and_wait
from tests.supervisor_rig import SupervisorRig
from tests.waiting import wait_until
from tickring.api.process import BAD_CONFIGURATION, BUSY, open_door
from tickring.api.token_file import ensure_token, read_token, token_path
from tickring.cli.run_dashboard import with_dashboard
from tickring.config.structs import ApiConfig, Config, FilesConfig
from tickring.errors import CannotListen, TokenMissing, TokenUnusable
from tickring.reader import QuoteReader, Verdict
from tickring.supervisor.api_need import needs_api

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tickring.control.messages import ChildReport, SupervisorReport

# ---- starting --------------------------------------------------------------------------------------------------------


def test_a_start_imports_nothing_of_a_database() -> None:
    """Neither SQLAlchemy nor Alembic: they are most of what a start would cost, and quotes do not need them."""
    code = "import sys, tickring.api.process; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "alembic"} & set(told.stdout.split()) == set()


def test_it_refuses_to_listen_beyond_loopback_without_a_token(segment_name: str, tmp_path: Path) -> None:
    """Exit code 78, the address and the next step in the log, no token made up, and nobody listens."""
    with ApiRig(segment_name, tmp_path, "api.host=0.0.0.0") as api:
        assert api.process.wait(30) == BAD_CONFIGURATION
        assert "0.0.0.0" in api.log
        assert "`tickring api token`" in api.log
        assert not api.token_file.exists()


def test_beyond_loopback_with_a_token_every_look_at_data_needs_it(segment_name: str, tmp_path: Path) -> None:
    """The token was there before: it listens everywhere, tells nothing without it, and everything with it."""
    ensure_token(tmp_path / "api-state" / "api-token")
    with ApiRig(segment_name, tmp_path, "api.host=0.0.0.0") as api:
        api.wait_up()
        for path in ("/api/ib/stream/status", "/api/quotes", "/readyz", "/openapi.json"):
            assert api.get(path, 401)["error"]["code"] == "token_missing"
        assert api.get("/api/ib/stream/status", headers=api.with_token)["supervisor_alive"] is False
        assert api.get("/api/about")["needs_token"] is True
        assert api.client.get("/").status_code == 200
        assert api.end(signal.SIGINT) == 0


def _config(place: Path, **api: object) -> Config:
    return Config(api=ApiConfig(**api), files=FilesConfig(state_dir=str(place)))  # type: ignore[arg-type]


def test_a_port_that_is_taken_may_be_free_another_time(segment_name: str, tmp_path: Path) -> None:
    """Exit code 75, with the port and what to do in the log."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with ApiRig(segment_name, tmp_path, f"api.port={port}") as api:
            assert api.process.wait(30) == BUSY
            assert f"port {port} is taken by another program" in api.log


@pytest.mark.parametrize("host", ["192.0.2.7", "no.such.host.invalid"])
def test_an_address_that_is_none_of_this_machines_is_a_wrong_configuration(tmp_path: Path, host: str) -> None:
    """No later try would help: it says so, and names the setting."""
    ensure_token(tmp_path / "api-token")
    with pytest.raises(CannotListen, match=r"api\.host") as refused:
        open_door(_config(tmp_path, host=host, port=free_port()))
    assert (refused.value.host, refused.value.is_taken) == (host, False)


# ---- the token -------------------------------------------------------------------------------------------------------


def test_the_token_lies_where_it_was_said_else_with_systemd_else_with_the_state(tmp_path: Path) -> None:
    """`api.token_file` before the credential `api-token` before the state directory."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert token_path(_config(tmp_path), environ) == tmp_path / "api-token"
    (credentials / "api-token").write_text("0123456789abcdef-from-systemd\n")
    assert token_path(_config(tmp_path), environ) == credentials / "api-token"
    assert token_path(_config(tmp_path, token_file="/etc/desk/token"), environ).as_posix() == "/etc/desk/token"


def test_of_many_that_make_the_token_all_get_the_same(tmp_path: Path) -> None:
    """Made once, for its owner alone, with no draft left."""
    path = tmp_path / "state" / "api-token"
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(ensure_token(path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (8, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        ("0123456789abcdef01234567", 0o644, "others may read it"),
        ("0123456789abcdef01234567", 0o640, "others may read it"),
        ("", 0o600, "holds no token"),
        ("short", 0o600, "holds no token"),
        ("two lines of it\nand another one of it", 0o600, "holds no token"),
    ],
)
def test_a_token_that_is_none_or_open_to_others_is_refused(tmp_path: Path, text: str, mode: int, why: str) -> None:
    """Rather no service than one whose token others know; the file is named, its content is not."""
    path = tmp_path / "api-token"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(TokenUnusable, match=why) as refused:
        read_token(path)
    assert str(path) in str(refused.value)
    assert not text or text not in str(refused.value)
    with pytest.raises(TokenUnusable, match=why):
        open_door(_config(tmp_path, port=free_port()))


def test_a_token_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    """So that it can be made; a directory that cannot be written is told as such."""
    with pytest.raises(TokenMissing, match="tickring api token"):
        read_token(tmp_path / "api-token")
    (tmp_path / "file").write_text("")
    with pytest.raises(TokenUnusable, match="cannot be"):
        ensure_token(tmp_path / "file" / "api-token")


def test_the_command_says_where_the_token_lies_and_shows_it_when_asked(tmp_path: Path) -> None:
    """`tickring api token` prints the path alone; with --show the token alone."""
    where = ("--set", f"files.state_dir={tmp_path}")
    said = answer("api", "token", *where)
    path = tmp_path / "api-token"
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    shown = answer("api", "token", "--show", *where)
    assert shown.stdout == path.read_text()
    path.chmod(0o644)
    assert answer("api", "token", *where).exit_code == 2


def test_a_sample_says_where_its_dashboard_is_and_goes_without_where_the_port_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a pipe the address comes without the token; a real gateway's run says nothing, because it starts none."""
    config = _config(tmp_path, port=free_port())
    assert with_dashboard(config, is_sample=True) is config
    said = capsys.readouterr().out
    assert f"http://127.0.0.1:{config.api.port}/" in said
    assert read_token(tmp_path / "api-token") not in said
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = _config(tmp_path, port=int(taken.getsockname()[1]))
        assert with_dashboard(busy, is_sample=True).api.child == "no"
    assert "is taken by another program" in capsys.readouterr().out
    assert with_dashboard(config, is_sample=False) is config
    assert capsys.readouterr().out == ""
    assert needs_api(config, is_sample=True)
    assert not needs_api(config, is_sample=False)


# ---- as a child, and what is done to it ------------------------------------------------------------------------------


class House(NamedTuple):
    """A supervisor with a feeder and the service as its children."""

    supervisor: SupervisorRig
    reader: QuoteReader
    port: int

    def get(self, path: str) -> bytes:
        """Ask once, without keeping the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            with client.makefile("rb") as file:
                return file.read()

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            return self.get("/healthz").startswith(b"HTTP/1.1 200")
        except OSError:
            return False


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests here."""
    port = free_port()
    with (
        own_segment() as name,
        SupervisorRig(name, tmp_path_factory.mktemp("house"), "stream", api={"child": "yes", "port": port}) as rig,
        rig.live_reader() as reader,
    ):
        found = House(rig, reader, port)
        wait_until(found.is_up, "the service answers", timeout_s=40, show=lambda: rig.log[-3000:])
        yield found


class FeedWatch:
    """Sees whether the feeder's heartbeat stops or its life ends while something else happens."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._before = house.reader.status()
        self._ticks = self._before.counters["ticks_published"]

    def check_unharmed(self) -> None:
        """It is the same life, it beats, it has ticked on, and its quotes may be traded on."""
        reader = self._house.reader
        wait_until(lambda: reader.status().counters["ticks_published"] > self._ticks + 20, "it ticks on")
        now = reader.status()
        assert (now.feeder_pid, now.feeder_epoch) == (self._before.feeder_pid, self._before.feeder_epoch)
        assert now.heartbeat_age_s < now.heartbeat_limit_s
        assert reader["SPY"].verdict is Verdict.LIVE
        child = self._house.supervisor.child("feeder")
        assert child.restarts == 0


def test_a_service_that_stands_still_harms_nobody(house: House) -> None:
    """Stopped by a signal for a while: feeder and supervisor do not notice, and it goes on where it was."""
    watch = FeedWatch(house)
    pid = house.supervisor.child("api").pid
    assert pid is not None
    stop_and_wait(pid)
    try:
        watch.check_unharmed()
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_until(house.is_up, "it answers again")


def test_a_service_that_hangs_is_ended_and_started_again(tmp_path: Path) -> None:
    """Its event loop stamps the header: one that stands still beyond the limit is noticed, and the log says so."""
    port = free_port()
    with (
        own_segment() as name,
        SupervisorRig(
            name,
            tmp_path,
            "stream",
            api={"child": "yes", "port": port},
            supervisor={"child_heartbeat_limit_s": 3.0},
        ) as rig,
        rig.live_reader() as reader,
    ):
        house = House(rig, reader, port)
        wait_until(house.is_up, "the service answers", timeout_s=40, show=lambda: rig.log[-3000:])
        rig.wait_report(lambda report: _child_of(report, "api").state == "running", "it stamps")
        before = _child_of(rig.report(), "api")
        assert before.pid is not None
        assert before.heartbeat_age_s is not None
        assert before.heartbeat_limit_s == 3.0
        stop_and_wait(before.pid)
        rig.wait(lambda: "child.silent child=api" in rig.log, "its silence is noticed")
        rig.wait_report(lambda report: _child_of(report, "api").pid not in {before.pid, None}, "the next life")
        wait_until(house.is_up, "the next one answers", timeout_s=40, show=lambda: rig.log[-3000:])
        assert rig.child("feeder").restarts == 0


def _child_of(report: SupervisorReport, name: str) -> ChildReport:
    return next(child for child in report.children if child.name == name)


def test_a_service_that_is_killed_is_started_again_and_harms_nobody(house: House) -> None:
    """The stream stays `connected` meanwhile; the next life listens at the same port."""
    watch = FeedWatch(house)
    pid = house.supervisor.child("api").pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: house.supervisor.child("api").pid not in {pid, None}, "it is started again", timeout_s=30)
    watch.check_unharmed()
    assert house.supervisor.report().stream.status == "connected"
    wait_until(house.is_up, "the next one answers", timeout_s=40)


def test_a_service_that_is_flooded_harms_nobody(house: House) -> None:
    """Many askers without a pause: the feeder beats and ticks on, and afterwards the service answers as before."""
    watch = FeedWatch(house)
    is_over = threading.Event()

    def flood() -> None:
        while not is_over.is_set():
            house.is_up()

    threads = [threading.Thread(target=flood) for _ in range(16)]
    for thread in threads:
        thread.start()
    try:
        watch.check_unharmed()
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    wait_until(house.is_up, "it answers")


def test_it_ends_with_its_supervisor(house: House) -> None:
    """Asked to end, the supervisor ends it in order: exit code 0, the port is free."""
    assert house.supervisor.end() == 0
    house.supervisor.check_processes_gone()
    assert "child.stopped child=api" in house.supervisor.log
    assert not house.is_up()
