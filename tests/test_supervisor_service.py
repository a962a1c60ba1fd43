"""`tickring-supervisor` as systemd runs it: configuration from a file, reload, notifications, exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import environment
from tests.waiting import wait_until
from tickring.control.client import SupervisorClient
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader, Verdict
from tickring.states import RunState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")

SERVICE = (sys.executable, "-P", "-W", "error", "-m", "tickring.supervisor.service")
FILE = """
[segment]
name = "{segment}"
capacity = 64
depth = {depth}
[stream]
api_mode = "mock"
symbols = [{symbols}]
[files]
data_root = "{place}/data"
state_dir = "{place}/state"
[supervisor]
autostart = {autostart}
heartbeat_limit_s = 5.0
grace_s = {grace_s}
"""


class Service:
    """One service over a configuration file that the test writes."""

    def __init__(self, segment: str, place: Path) -> None:
        self.segment = segment
        self.place = place
        self.file = place / "tickring.toml"

    def write(self, *symbols: str, depth: int = 16, autostart: bool = True, grace_s: float = 1.0) -> None:
        """Write the configuration."""
        named = ", ".join(f'"{symbol}"' for symbol in symbols)
        text = FILE.format(
            segment=self.segment,
            place=self.place,
            symbols=named,
            depth=depth,
            autostart=str(autostart).lower(),
            grace_s=grace_s,
        )
        self.file.write_text(text)

    @contextmanager
    def run(self, *arguments: str, **env: str) -> Generator[subprocess.Popen[bytes]]:
        """Run it; it is killed at the end if it has not ended."""
        with (self.place / "log").open("ab") as log:
            process = subprocess.Popen(
                [*SERVICE, "-c", str(self.file), *arguments],
                env=environment(TMPDIR=str(self.place), **env),
                stdin=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def log(self) -> str:
        """What it and its children have told."""
        return (self.place / "log").read_text()

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Wait with the log's end as what is shown."""
        wait_until(condition, what, timeout_s=30, show=lambda: self.log[-3000:])

    def live_reader(self, symbol: str = "SPY") -> QuoteReader:
        """Return a reader once the symbol is live."""
        reader = QuoteReader.open(self.segment, api_mode="mock", wait_s=30)
        self.wait(lambda: reader[symbol].verdict is Verdict.LIVE, f"{symbol} is live")
        return reader


@pytest.fixture
def service(segment_name: str, tmp_path: Path) -> Service:
    """A service with SPY and QQQ that has not been started."""
    made = Service(segment_name, tmp_path)
    made.write("SPY", "QQQ")
    return made


def test_a_reload_changes_symbols_while_it_streams(service: Service) -> None:
    """By SIGHUP and by request: symbols come and go, times count at once, the rest is named; nothing is restarted."""
    with service.run("--simulator") as process, service.live_reader() as reader:
        pid = reader.status().feeder_pid
        service.write("SPY", "TLT", grace_s=2.0, depth=32)
        process.send_signal(signal.SIGHUP)
        service.wait(lambda: reader["TLT"].verdict is Verdict.LIVE, "TLT is live")
        service.wait(lambda: reader["QQQ"].verdict is Verdict.MISSING, "QQQ is gone")
        assert reader.status().feeder_pid == pid
        assert "config.reloaded applied=stream.symbols,supervisor.grace_s needs_restart=segment.depth" in service.log
        with SupervisorClient(service.segment) as client:
            assert client.status().notes == ("segment.depth was changed and counts after a restart of the service",)
            service.write("SPY", "TLT", "IWM", grace_s=2.0, depth=32)
            assert client.reload().applied == ("stream.symbols",)
            service.wait(lambda: reader["IWM"].verdict is Verdict.LIVE, "IWM is live")

        service.file.write_text("[segment]\ndepth = 100\n")
        process.send_signal(signal.SIGHUP)
        service.wait(lambda: "config.refused" in service.log, "the wrong file is refused")
        assert reader["SPY"].verdict is Verdict.LIVE
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_readers_keep_their_mapping_over_a_restart_of_the_service(service: Service) -> None:
    """The segment stays when the service ends, and says so; the next one goes on in it."""
    with service.run("--simulator") as process, service.live_reader() as reader:
        segment_id = reader.status().segment_id
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert reader["SPY"].verdict is Verdict.FEED_DOWN
        assert reader.status().supervisor_state is RunState.STOPPED
        left = {path.name for path in SegmentPaths.of(service.segment).directory.iterdir()}
        assert "control.sock" not in left
        assert list((service.place / "data" / "locks").iterdir()) == []
        status = json.loads((service.place / "data" / "stream" / "_status.json").read_text())
        assert status["status"] == "disconnected"
        with service.run("--simulator") as second:
            service.wait(lambda: reader["SPY"].verdict is Verdict.LIVE, "SPY is live again")
            assert reader.status().segment_id == segment_id
            assert reader.stats["reattached"] == 0
            second.send_signal(signal.SIGTERM)
            assert second.wait(30) == 0


def test_without_autostart_it_waits_to_be_told(service: Service) -> None:
    """Segment, files and socket stand, no run is on; `start` begins one."""
    service.write("SPY", autostart=False)
    with service.run("--simulator"):
        service.wait(lambda: "supervisor.ready state=stopped" in service.log, "it is ready")
        with SupervisorClient(service.segment) as client:
            report = client.status()
            assert (report.run, report.stream.status) == (None, "disconnected")
            assert [child.name for child in report.children] == ["gateway", "flusher", "feeder"]
            assert report.children[2].state == "stopped"
            client.start()
        service.live_reader().close()


def test_systemd_hears_how_it_is(service: Service, tmp_path: Path) -> None:
    """READY once the state is true, STATUS in words, WATCHDOG while it turns, RELOADING and READY, STOPPING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "n"))
        manager.settimeout(30)
        heard: list[str] = []

        def hear(word: str) -> int:
            while not any(word in message for message in heard):
                heard.append(manager.recv(4096).decode())
            return len(heard)

        with service.run("--simulator", NOTIFY_SOCKET=str(tmp_path / "n"), WATCHDOG_USEC="4000000") as process:
            hear("READY=1")
            assert f"MAINPID={process.pid}" in "\n".join(heard)
            with QuoteReader.open(service.segment, api_mode="mock") as reader:
                assert reader.status().supervisor_state in {RunState.RUNNING, RunState.DEGRADED}
                feeder_pid = reader.status().feeder_pid
            hear("WATCHDOG=1")
            hear("streaming")
            # A feeder that dies is declared and repaired: no reason to be killed by the manager.
            heard.clear()
            os.kill(feeder_pid, signal.SIGKILL)
            hear("feeder_lost")
            hear("WATCHDOG=1")
            hear("streaming")
            heard.clear()
            process.send_signal(signal.SIGHUP)
            hear("RELOADING=1")
            hear("READY=1")
            process.send_signal(signal.SIGTERM)
            hear("STOPPING=1")
            assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--set", "segment.depth=100"), 78, "power of two"),
        (("--set", "stream.api_mode=live", "--simulator"), 78, "prices of --simulator are made up"),
        (("--set", "segment.capacity=1048576", "--set", "segment.depth=65536"), 1, "MB are free"),
        (("--nonsense",), 2, "unrecognized"),
    ],
)
def test_exit_codes_tell_whether_another_start_would_help(
    service: Service, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """78: not before somebody changes something; 1: maybe; 2: wrong arguments. Nothing is left."""
    with service.run(*arguments) as process:
        assert process.wait(30) == code
    assert said in service.log
    assert not SegmentPaths.of(service.segment).control_socket.exists()
