"""The simulator as a process: how it starts and fails to start, and that nothing of it is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli_runs import Following, environment, run
from tests.simulator_raw_client import RawClient
from tests.waiting import wait_until
from tickring.simulator.control.client import ControlClient
from tickring.simulator.running import SimulatorNotStarted, SimulatorProcess

if TYPE_CHECKING:
    from pathlib import Path

MODULE = (sys.executable, "-P", "-W", "error", "-m", "tickring.simulator")


@pytest.fixture
def taken_port() -> Any:
    """A port somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def _start(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen([*MODULE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    """Either signal ends it within a second, with clients connected, and removes the control socket."""
    settings = {"port": 0, "control": str(tmp_path / "control"), "log": str(tmp_path / "log"), "always_open": True}
    process, ready = _start(json.dumps(settings))
    with RawClient.ready(ready["port"]) as client, ControlClient(ready["control"]) as control:
        client.subscribe(1, "SPY")
        client.until_tick(1)
        assert control.do("status")["port"] == ready["port"]
        began_s = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert time.monotonic() - began_s < 1.5
        client.until_over()
        assert not client.was_reset
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert "Warning" not in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log"]
    with pytest.raises(ConnectionRefusedError):
        RawClient(ready["port"])


def test_a_client_that_does_not_read_does_not_keep_it(tmp_path: Path) -> None:
    """Nobody who holds a connection without reading can keep the process from ending."""
    settings = {"port": 0, "control": str(tmp_path / "control"), "always_open": True, "pace": 0}
    process, ready = _start(json.dumps(settings))
    with (
        RawClient.ready(ready["port"], receive_buffer_bytes=4096) as client,
        ControlClient(ready["control"]) as control,
    ):
        client.subscribe(1, "SPY")
        client.until_tick(1)
        with socket.socket(socket.AF_UNIX) as hurried:
            hurried.connect(str(tmp_path / "control"))
            hurried.sendall(b'{"do": "burst", "count": 1000000}\n')
            wait_until(lambda: control.do("status")["ticks_sent"] > 1000, "the burst has begun")
            began_s = time.monotonic()
            process.terminate()
            _, errors = process.communicate(timeout=10)
        assert time.monotonic() - began_s < 2.0
    assert process.returncode == 0
    assert "Traceback" not in errors


def test_it_ends_with_its_parent() -> None:
    """With `--parent` it is gone when its parent is killed."""
    script = (
        "import os, subprocess, sys, time\n"
        f"process = subprocess.Popen([*{MODULE!r}, '--parent', str(os.getpid()), '{{\"port\": 0}}'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "print(process.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    ready = json.loads(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    wait_until(lambda: not _lives(ready["pid"]), "the simulator is gone", timeout_s=3)
    with pytest.raises(ConnectionRefusedError):
        RawClient(ready["port"])


def _lives(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("not json", "malformed"),
        ('{"prot": 1}', "prot"),
        ('{"port": 70000}', "port"),
        ('{"port": 0, "host": "192.0.2.1"}', "192.0.2.1"),
        ('{"port": 0, "control": "here"}', "'here'"),
        ('{"port": 0, "control": "/nowhere/at/all"}', "/nowhere/at"),
        ('{"port": 0, "control": "0.0.0.0:0"}', "loopback"),
        ('{"port": 0, "timeline": "/nowhere/night.jsonl"}', "/nowhere/night.jsonl"),
        ('{"port": 0, "listings": "/nowhere/more.toml"}', "/nowhere/more.toml"),
        ('{"port": 0, "log": "/nowhere/log"}', "/nowhere/log"),
        ('{"port": 0, "generated": 1000000}', "generated"),
    ],
)
def test_wrong_settings_are_named(settings: str, said: str) -> None:
    """What it cannot start with is named in one line, and the exit code is that of a wrong configuration."""
    done = subprocess.run([*MODULE, settings], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 78
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said(taken_port: int) -> None:
    """A port that somebody listens on is refused with what to do, as a process and through SimulatorProcess."""
    with pytest.raises(SimulatorNotStarted, match=rf"{taken_port} cannot be listened on .*--port"):
        SimulatorProcess.start(port=taken_port)
    done = run("simulator", "--port", str(taken_port))
    assert done.returncode != 0
    assert "cannot be listened on" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_simulators_cannot_share_a_control_place(tmp_path: Path) -> None:
    """The second is told who has it; the first keeps its socket."""
    place = str(tmp_path / "control")
    with SimulatorProcess.start(control=place) as first:
        with pytest.raises(SimulatorNotStarted, match="living process"):
            SimulatorProcess.start(control=place)
        assert first.do("status")["port"] == first.port


def test_a_bad_timeline_is_told_line_by_line(tmp_path: Path) -> None:
    """Every bad line is named with its number before anything runs."""
    path = tmp_path / "night.jsonl"
    path.write_text('{"at": 1, "do": "mute"}\n{"at": 2, "do": "moot"}\n\n{"do": "mute"}\n')
    done = run("simulator", "--port", "0", "--timeline", str(path))
    assert done.returncode != 0
    assert "line 2" in done.stderr
    assert "line 4" in done.stderr
    assert "line 1" not in done.stderr


def test_bad_listings_are_told(tmp_path: Path) -> None:
    """A listings file with a mistake is named with the mistake."""
    path = tmp_path / "more.toml"
    path.write_text("[[listing]]\nsymbol = 3\n")
    done = run("simulator", "--port", "0", "--listings", str(path))
    assert done.returncode != 0
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_line_serves_until_ctrl_c(tmp_path: Path) -> None:
    """The command says where it listens, serves a timeline's faults, and ends silently with Ctrl-C."""
    path = tmp_path / "faults.jsonl"
    path.write_text(
        "# a client that connects at once sees these\n"
        '{"at": 0, "do": "error", "code": 1234}\n'  # nobody is there yet
        '{"at": 1.5, "every": 0.2, "do": "error", "code": 2110, "text": "from the timeline"}\n'
    )
    with Following(
        "simulator", "--port", "0", "--always-open", "--pace", "0", "--rate", "20", "--timeline", str(path)
    ) as command:
        line = command.line()
        assert line.endswith("Ctrl-C ends it")
        port = int(line.partition("127.0.0.1:")[2].split(";")[0].split(",")[0])
        with RawClient.ready(port) as client:
            client.subscribe(1, "SPY")
            client.until_tick(1)
            assert client.until_error(2110) == "from the timeline"
            began_s = time.monotonic()
            code, errors = command.interrupt()
            assert time.monotonic() - began_s < 1.5
            client.until_over()
    assert code == 0
    assert errors == ""


def test_a_timeline_runs_end_to_end(tmp_path: Path) -> None:
    """Commands of a timeline happen at their times, in order, and what is refused does not end it."""
    path = tmp_path / "night.jsonl"
    lines: list[dict[str, Any]] = [
        {"at": 1.0, "do": "burst", "count": 5},
        {"at": 1.2, "do": "link_down"},
        {"at": 1.4, "do": "link_up", "code": 1101},
        {"at": 1.6, "do": "fin"},
        {"at": 1.8, "do": "quit"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    began_s = time.monotonic()
    with SimulatorProcess.start(always_open=True, pace=0.0, timeline=str(path)) as simulator:
        with RawClient.ready(simulator.port) as client:
            client.until_error(1101)
            assert [code for _, code in client.errors() if code in {1100, 1101}] == [1100, 1101]
            client.until_over()
        wait_until(lambda: not simulator.is_running, "the end", timeout_s=5)
        assert time.monotonic() - began_s >= 1.8
        assert "timeline.refused line=1" in simulator.errors  # nobody had a subscription
        done = re.findall(r"timeline.done line=(\d+) do=\w+ at_s=([\d.]+)", simulator.errors)
        assert [line for line, _ in done] == ["2", "3", "4", "5"]
        assert all(float(at_s) >= due_s for (_, at_s), due_s in zip(done, (1.2, 1.4, 1.6, 1.8), strict=True))


@pytest.mark.slow
def test_the_fixtures_work_in_another_project(tmp_path: Path) -> None:
    """One line of `pytest_plugins` is all a project needs; its simulators end with their tests."""
    (tmp_path / "test_mine.py").write_text(
        'pytest_plugins = ["tickring.simulator.testing"]\n'
        "import socket\n"
        "def test_one(simulator):\n"
        "    socket.create_connection((simulator.host, simulator.port)).close()\n"
        "    simulator.do('mute', symbol='SPY')\n"
        "    print('PID', simulator.pid)\n"
        "def test_two(start_simulator):\n"
        "    first, second = start_simulator(lines=3), start_simulator(seed=4)\n"
        "    assert first.port != second.port\n"
        "    print('PID', first.pid)\n"
        "    print('PID', second.pid)\n"
        "def test_fails(simulator):\n"
        "    print('PID', simulator.pid)\n"
        "    assert False\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-s", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert "1 failed" in done.stdout
    pids = [int(line.split()[1]) for line in done.stdout.replace(".PID", "\nPID").splitlines() if line[:3] == "PID"]
    assert len(pids) == 4
    assert not any(_lives(pid) for pid in pids)
    assert [name for name in os.listdir(tmp_path) if name not in {"test_mine.py", "__pycache__"}] == []  # noqa: PTH208
