"""What systemd is told, over a real datagram socket of both kinds; and that nobody else can say it."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tickring.supervisor.systemd_notify import SystemdNotifier

if TYPE_CHECKING:
    from collections.abc import Iterator


class Manager:
    """The service manager's end: a bound datagram socket and the name it goes by in NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)
        self.socket.settimeout(10)

    def heard(self) -> list[str]:
        """The lines of the next message."""
        return self.socket.recv(4096).decode().split("\n")

    def waiting(self) -> list[str]:
        """All messages that have come and nobody has heard yet."""
        messages: list[str] = []
        self.socket.setblocking(False)
        try:
            while True:
                messages.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            return messages
        finally:
            self.socket.settimeout(10)


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    """A manager with a socket in the file system, or in the kernel's own name space."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@tickring-test-{secrets.token_hex(8)}"
    listening = Manager(address)
    yield listening
    listening.socket.close()


def notifier_of(manager: Manager, **variables: str) -> SystemdNotifier:
    """The notifier of a process that systemd has started with these variables."""
    return SystemdNotifier.from_environment({"NOTIFY_SOCKET": manager.address, **variables})


def test_each_message_arrives_as_systemd_wants_it(manager: Manager) -> None:
    """Start, status, beat, reload and end are the assignments of sd_notify(3), one datagram each."""
    with closing(notifier_of(manager)) as notifier:
        assert notifier.is_active
        notifier.ready("live: 20 of 20 symbols")
        assert manager.heard() == ["READY=1", f"MAINPID={os.getpid()}", "STATUS=live: 20 of 20 symbols"]
        notifier.status("degraded: feeder backing off")
        assert manager.heard() == ["STATUS=degraded: feeder backing off"]
        notifier.watchdog()
        assert manager.heard() == ["WATCHDOG=1"]
        before_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        notifier.reloading()
        reloading, stamp = manager.heard()
        assert reloading == "RELOADING=1"
        name, _, value = stamp.partition("=")
        assert name == "MONOTONIC_USEC"
        assert before_us <= int(value) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        notifier.ready()
        assert manager.heard() == ["READY=1", f"MAINPID={os.getpid()}"]
        notifier.stopping("stopping")
        assert manager.heard() == ["STOPPING=1", "STATUS=stopping"]


def test_a_status_cannot_say_anything_else(manager: Manager) -> None:
    """A line break in it would be a message of its own; what is too long is cut between two characters."""
    with closing(notifier_of(manager)) as notifier:
        notifier.status("feeder died\nREADY=1")
        assert manager.heard() == ["STATUS=feeder died READY=1"]
        notifier.status("x" + "ä" * 5000)
        (line,) = manager.heard()
        assert line == "STATUS=x" + "ä" * 511
        notifier.status("a name \udcff from a bad file")
        assert manager.heard() == ["STATUS=a name ? from a bad file"]


def test_outside_systemd_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    """Without NOTIFY_SOCKET every call is silent, also in the log, and no watchdog is asked for."""
    notifier = SystemdNotifier.from_environment({"WATCHDOG_USEC": "1000000"})
    notifier.ready("up")
    notifier.watchdog()
    notifier.stopping()
    notifier.close()
    assert not notifier.is_active
    assert notifier.watchdog_period_s is None
    assert caplog.records == []


@pytest.mark.parametrize(
    ("variables", "period_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "10000000"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_its_time(
    manager: Manager, variables: dict[str, str], period_s: float | None
) -> None:
    """Half of WATCHDOG_USEC, if it is meant for this process; a value that is none asks for nothing."""
    with closing(notifier_of(manager, **variables)) as notifier:
        assert notifier.watchdog_period_s == period_s


def test_an_address_of_another_kind_is_named_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """What is neither a path nor an abstract name is told once and counts as no socket."""
    notifier = SystemdNotifier.from_environment({"NOTIFY_SOCKET": "vsock:2:1234"})
    notifier.ready()
    assert not notifier.is_active
    assert [record.getMessage() for record in caplog.records] == [
        "systemd.ignored NOTIFY_SOCKET='vsock:2:1234': neither a path nor @name"
    ]


def test_children_do_not_inherit_the_line(manager: Manager) -> None:
    """Taken once, the variables are gone from the environment, so nobody started later can speak for the service."""
    program = (
        "import os, subprocess, sys\n"
        "from tickring.supervisor.systemd_notify import SystemdNotifier\n"
        "SystemdNotifier.from_environment().ready('first')\n"
        'child = \'import os; print(sorted(set(os.environ) & {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}))\'\n'
        "subprocess.run([sys.executable, '-c', child], check=True)\n"
    )
    environment = {**os.environ, "NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert manager.heard()[0] == "READY=1"


def test_a_manager_that_is_gone_is_told_of_once(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    """No call raises when nobody listens any more, and a thousand of them are one line of the log."""
    with closing(notifier_of(manager)) as notifier:
        manager.socket.close()
        if not manager.address.startswith("@"):
            Path(manager.address).unlink()
        for _ in range(1000):
            notifier.watchdog()
        notifier.ready("up")
        assert len(caplog.records) == 1
        assert f"systemd.not_told socket={manager.address}" in caplog.text


def test_what_could_not_be_said_is_said_later(manager: Manager) -> None:
    """READY survives a moment without a listener (systemd re-executing itself): it goes along with the next message."""
    with closing(notifier_of(manager)) as notifier:
        manager.socket.close()
        if not manager.address.startswith("@"):
            Path(manager.address).unlink()
        notifier.watchdog()
        notifier.ready("up")
        notifier.watchdog()
        again = Manager(manager.address)
        try:
            notifier.status("live")
            assert again.heard() == ["READY=1", f"MAINPID={os.getpid()}", "STATUS=up"]
            assert again.heard() == ["WATCHDOG=1"]
            assert again.heard() == ["STATUS=live"]
            assert again.waiting() == []
        finally:
            again.socket.close()


def test_a_full_queue_never_makes_the_loop_wait(manager: Manager) -> None:
    """A manager that does not read fills its queue; the calls return all the same, and the newest status gets there."""
    with closing(notifier_of(manager)) as notifier:
        for number in range(5000):
            notifier.status(f"number {number}")
        assert manager.heard() == ["STATUS=number 0"]
        assert "STATUS=number 4999" not in manager.waiting()
        notifier.watchdog()
        assert manager.waiting() == ["STATUS=number 4999", "WATCHDOG=1"]


def test_using_it_after_close_is_harmless(manager: Manager) -> None:
    """The end of the service closes it; a late status is dropped."""
    notifier = notifier_of(manager)
    notifier.close()
    notifier.close()
    notifier.status("too late")
    assert not notifier.is_active
    assert manager.waiting() == []
