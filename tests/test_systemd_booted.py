"""The service under a systemd that has really booted: started, killed, stopped by SIGSTOP, reloaded, ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.booted_systemd import BootedSystemd
from tests.systemd_units import programs
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CONFIG = """
[segment]
capacity = 100
depth = 8
[stream]
api_mode = "mock"
symbols = ["SPY", "QQQ"]
[supervisor]
restart_first_s = 0.1
"""
PLANNED = """
[database]
url = "sqlite:////var/lib/tickring/desk.db"
[planner]
refresh_interval_s = 1.0
contract_period_s = 0.2
[simulator]
always_open = false
"""
BIN = "/opt/tickring/bin"
DROP_IN = f"""
[Service]
ExecStart=
ExecStart={BIN}/tickring-supervisor --config /etc/tickring/tickring.toml --simulator
WatchdogSec=3
TimeoutAbortSec=2
RestartSec=100ms
"""


@pytest.fixture
def booted(tmp_path: Path) -> Iterator[BootedSystemd]:
    """A booted systemd with our unit installed in it, as its administrator would."""
    with BootedSystemd(tmp_path) as systemd:
        for program in programs(tmp_path / "bin", ["tickring", "tickring-supervisor"]).iterdir():
            systemd.write(f"{BIN}/{program.name}", program.read_text())
        systemd.write("/etc/tickring/tickring.toml", CONFIG)
        systemd.write("/etc/systemd/system/tickring.service.d/test.conf", DROP_IN)
        said = systemd.run(f"{BIN}/tickring", "install-units", "--bin", BIN).stdout
        assert "/etc/systemd/system/tickring.service: installed" in said
        assert "is closed to others" not in said
        systemd.run("systemd-sysusers", "tickring.conf")
        systemd.run("systemctl", "daemon-reload")
        yield systemd


def start(systemd: BootedSystemd) -> dict[str, str]:
    """Start the service; systemctl returns when it has said READY."""
    started = systemd.run("systemctl", "start", "tickring", check=False, timeout_s=100)
    assert started.returncode == 0, systemd.journal("tickring")
    return systemd.show("tickring")


def quote_of(systemd: BootedSystemd, *more: str) -> int:
    """Look at SPY as a user that is nobody but perhaps in a group; return the exit code, 0 for a good quote."""
    command = ("setpriv", "--reuid=nobody", *more, f"{BIN}/tickring", "quote", "SPY", "--strict")
    return systemd.run(*command, "--segment", "/run/tickring", check=False).returncode


def wait_for_quotes(systemd: BootedSystemd) -> None:
    """Return when a member of the group reads a good quote."""
    wait_until(
        lambda: quote_of(systemd, "--regid=tickring", "--clear-groups") == 0,
        "SPY is good",
        timeout_s=60,
        show=lambda: systemd.journal("tickring")[-3000:],
    )


def test_the_service_lives_under_systemd(booted: BootedSystemd) -> None:
    """It starts boxed in, as its own user, serves its group, outlives SIGKILL and a hang, reloads, and ends clean."""
    shown = start(booted)
    assert (shown["ActiveState"], shown["NRestarts"]) == ("active", "0")
    assert shown["StatusText"]
    wait_for_quotes(booted)
    assert quote_of(booted, "--regid=nogroup", "--clear-groups") == 2

    inode = booted.run("stat", "-c", "%i %U", "/run/tickring/segment").stdout.split()
    assert inode[1] == "tickring"
    booted.run("kill", "-KILL", shown["MainPID"])
    wait_until(lambda: _is_new_life(booted, shown["MainPID"]), "systemd starts it again", timeout_s=60)
    assert booted.show("tickring")["NRestarts"] == "1"
    wait_for_quotes(booted)
    assert booted.run("stat", "-c", "%i", "/run/tickring/segment").stdout.split() == inode[:1]

    killed = booted.show("tickring")["MainPID"]
    booted.run("kill", "-STOP", killed)
    wait_until(lambda: _is_new_life(booted, killed), "the watchdog ends what hangs", timeout_s=60)
    journal = booted.journal("tickring")
    assert "Watchdog timeout" in journal
    assert "Fatal Python error: Aborted" in journal  # with the stacks of all threads
    wait_for_quotes(booted)

    before = booted.show("tickring")["MainPID"]
    booted.run("systemctl", "reload", "tickring")
    wait_until(lambda: booted.show("tickring")["ActiveState"] == "active", "it has reloaded")
    assert booted.show("tickring")["MainPID"] == before

    booted.run("systemctl", "stop", "tickring")
    ended = booted.show("tickring")
    assert (ended["ActiveState"], ended["Result"]) == ("inactive", "success"), booted.journal("tickring")
    assert booted.run("pgrep", "--uid=tickring", check=False).stdout == ""
    status = booted.run("cat", "/var/lib/tickring/data/ib/stream/_status.json").stdout
    assert json.loads(status)["status"] == "disconnected"


def test_the_planner_works_in_the_box(booted: BootedSystemd) -> None:
    """Database, calendars, positions and contracts under every restriction of the unit: nothing of it needs more."""
    booted.write("/etc/tickring/tickring.toml", CONFIG.replace('symbols = ["SPY", "QQQ"]', "") + PLANNED)
    start(booted)
    as_service = ("setpriv", "--reuid=tickring", "--regid=tickring", "--clear-groups")
    at = ("--config", "/etc/tickring/tickring.toml", "--set", "database.url=sqlite:////var/lib/tickring/desk.db")
    for words in (("project", "add", "Desk"), ("theme", "set", "QQQ")):
        booted.run(*as_service, f"{BIN}/tickring", *words, *at)

    def symbols() -> dict[str, str]:
        said = booted.run(f"{BIN}/tickring", "symbols", "--segment", "/run/tickring", "--json", check=False)
        return {row["symbol"]: row["origin"] for row in json.loads(said.stdout)["symbols"]} if said.stdout else {}

    def journal() -> str:
        return booted.journal("tickring")[-3000:]

    def planner_pid() -> object:
        return json.loads(booted.run("cat", "/run/tickring/planner_status.json").stdout)["pid"]

    wait_until(lambda: symbols().get("QQQ") == "theme", "the theme is streamed", timeout_s=60, show=journal)
    first = planner_pid()
    assert symbols()["SPY"] == "position"  # of the simulated account

    def contract() -> dict[str, str]:
        said = booted.run(*as_service, f"{BIN}/tickring", "contract", "show", "QQQ", "--json", *at).stdout
        rows = json.loads(said)["contracts"]
        return rows[0] if rows else {}

    wait_until(lambda: contract().get("liquid_hours"), "the contract is resolved", timeout_s=60, show=journal)

    def feeder() -> dict[str, object]:
        found: dict[str, object] = json.loads(booted.run("cat", "/run/tickring/feeder_status.json").stdout)
        return found

    wait_until(lambda: feeder()["in_session"] is not None, "sessions are computed", timeout_s=60, show=journal)
    said = booted.journal("tickring")
    assert "Traceback" not in said
    assert "planner.sessions_failed" not in said
    assert planner_pid() == first


def test_a_wrong_configuration_ends_it_once_and_for_all(booted: BootedSystemd) -> None:
    """Exit code 78 leaves the unit failed, with the reason in the journal, and systemd does not try again."""
    booted.write("/etc/tickring/tickring.toml", CONFIG + "grace_s = -1.0\n")
    assert booted.run("systemctl", "start", "tickring", check=False).returncode != 0
    shown = booted.show("tickring")
    assert (shown["ActiveState"], shown["ExecMainStatus"], shown["NRestarts"]) == ("failed", "78", "0")
    assert "supervisor.grace_s is -1" in booted.journal("tickring")


def _is_new_life(systemd: BootedSystemd, before: str) -> bool:
    shown = systemd.show("tickring")
    return shown["ActiveState"] == "active" and shown["MainPID"] not in (before, "0")
