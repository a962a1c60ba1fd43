"""`tickring install-units`: what is written where, that systemd takes it, and that nobody's own changes are lost."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.cli_runs import answer
from tests.systemd_units import programs, systemd_analyze, unit_words
from tickring import _core
from tickring.config.structs import Config

SYSTEM = Path("etc/systemd/system")
SERVICE = SYSTEM / "tickring.service"
FOR_THE_MACHINE_ALONE = {
    "User",
    "ProtectSystem",
    "ProtectHome",
    "PrivateTmp",
    "PrivateDevices",
    "CapabilityBoundingSet",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory to install below, beside the programs that the units start."""
    programs(tmp_path / "bin")
    return tmp_path / "root"


def install(place: Path, *more: str, exit_code: int = 0) -> str:
    """Install below `place` and return what was said, on both streams."""
    result = answer("install-units", "--root", str(place), "--bin", str(place.parent / "bin"), *more)
    assert result.exit_code == exit_code, result.output
    return result.output


def verified(*units: Path) -> str:
    """What systemd-analyze has to say against the units; nothing is good."""
    done = subprocess.run(
        [systemd_analyze(), "verify", "--man=no", *map(str, units)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr


def configured(place: Path, text: str) -> tuple[str, str]:
    """The option that names a configuration of this text."""
    file = place.parent / "desk.toml"
    file.write_text(text)
    return "--config", str(file)


# ---- what is installed -----------------------------------------------------------------------------------------------


def test_the_units_are_installed_and_the_next_steps_are_said(place: Path) -> None:
    """The service and its user are written where systemd looks; what this release has not is said, not installed."""
    said = install(place)
    assert sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()) == [
        str(SERVICE),
        "etc/sysusers.d/tickring.conf",
    ]
    assert (place / SERVICE).stat().st_mode & 0o777 == 0o644
    assert f"{place / SERVICE}: installed" in said
    assert "no tickring-api.service: this release has no tickring-api" in said
    for step in ("systemd-sysusers tickring.conf", "systemctl daemon-reload", "systemctl enable --now tickring"):
        assert f"\n  {step}" in said
    assert "tickring top --segment /run/tickring" in said
    assert "@@" not in (place / SERVICE).read_text()


def test_systemd_accepts_every_word_of_the_service(place: Path) -> None:
    """`systemd-analyze verify` has nothing to say against it: no unknown key, no value out of range, a real program."""
    install(place)
    assert verified(place / SERVICE) == ""


def test_systemd_accepts_what_is_offered_in_comments(place: Path) -> None:
    """The examples (credentials, a gateway on the same machine) work as they stand once they are uncommented."""
    install(place)
    unit = place / SERVICE
    text, offered = re.subn(r"^#(?=[A-Z][A-Za-z]+=)", "", unit.read_text(), flags=re.MULTILINE)
    assert offered == 7
    unit.write_text(text)
    assert verified(unit) == ""
    words = unit_words(text)
    assert [word.partition(":")[0] for word in words["LoadCredential"]] == ["http-token", "pgpass", "telegram-token"]


def test_paths_may_hold_blanks_and_percent_signs(tmp_path: Path) -> None:
    """A program in a directory of any name is found by systemd all the same."""
    odd = tmp_path / "100% our own"
    programs(odd / "bin")
    config = odd / "desk $HOME.toml"
    install(odd / "root", "--config", str(config))
    assert verified(odd / "root" / SERVICE) == ""
    text = (odd / "root" / SERVICE).read_text()
    assert '100%% our own/bin/tickring-supervisor"' in text
    assert 'desk $$HOME.toml"' in text


def test_the_service_is_boxed_in(place: Path) -> None:
    """`systemd-analyze security` finds an exposure of at most 2.0 of 10 (an unprotected service has 9.6)."""
    install(place)
    done = subprocess.run(
        [systemd_analyze(), "security", "--offline=yes", "--no-pager", str(place / SERVICE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    exposure = re.search(r"Overall exposure level for tickring.service: ([0-9.]+)", done.stdout)
    assert exposure is not None, done.stderr
    assert float(exposure[1]) <= 2.0


def test_systemd_waits_longer_than_the_supervisor_does(place: Path) -> None:
    """Start, stop and watchdog have more time than the supervisor's own limits, whatever the configuration says."""
    texts = (
        "",
        "[supervisor]\nstop_limit_s = 90.5\nready_limit_s = 120.0\nfence_timeout_s = 30.0\n",
    )
    for text in texts:
        install(place, "--force", *configured(place, text))
        words = unit_words((place / SERVICE).read_text())
        supervisor = Config().supervisor
        stop_s, ready_s, fence_s = (
            (90.5, 120.0, 30.0)
            if text
            else (
                supervisor.stop_limit_s,
                supervisor.ready_limit_s,
                supervisor.fence_timeout_s,
            )
        )
        assert float(words["TimeoutStopSec"][0]) >= stop_s + 5
        assert float(words["TimeoutStartSec"][0]) >= ready_s + 5
        assert float(words["WatchdogSec"][0]) >= fence_s + 5


def test_a_wrong_configuration_is_not_started_again(place: Path) -> None:
    """Exit code 78 ends it, everything else is retried for ever, and the runtime directory outlives a restart."""
    install(place)
    words = unit_words((place / SERVICE).read_text())
    assert words["RestartPreventExitStatus"] == ["78"]
    assert words["Restart"] == ["on-failure"]
    assert words["StartLimitIntervalSec"] == ["0"]
    assert words["RuntimeDirectoryPreserve"] == ["yes"]
    assert "TICKRING_SEGMENT_NAME=%t/tickring" in words["Environment"]


def test_the_memory_limit_has_room_for_two_segments(place: Path) -> None:
    """A replacement stands beside the segment it replaces; a larger segment gets a larger limit."""
    limits_mb = []
    for text in ("", "[segment]\ncapacity = 100_000\n"):
        install(place, "--force", *configured(place, text))
        limits_mb.append(int(unit_words((place / SERVICE).read_text())["MemoryMax"][0].removesuffix("M")))
    needed_mb = [2 * _core.segment_bytes(capacity, 64) / 1e6 for capacity in (10_000, 100_000)]
    assert all(limit > needed + 500 for limit, needed in zip(limits_mb, needed_mb, strict=True))


def test_what_the_configuration_writes_elsewhere_may_be_written(place: Path) -> None:
    """An absolute data_root is opened in the read-only file system; a relative one lies in the state directory."""
    database = '[database]\nurl = "sqlite:////srv/plans/tickring.db"\n'
    install(place, *configured(place, f'[files]\ndata_root = "/srv/quotes"\n{database}'))
    assert unit_words((place / SERVICE).read_text())["ReadWritePaths"] == ["-/srv/plans", "-/srv/quotes"]
    assert verified(place / SERVICE) == ""
    install(place, "--force", *configured(place, '[files]\ndata_root = "quotes"\n'))
    words = unit_words((place / SERVICE).read_text())
    assert "ReadWritePaths" not in words
    assert words["WorkingDirectory"] == ["%S/tickring"]


def test_two_services_share_nothing(place: Path) -> None:
    """Another name is another unit with directories, configuration and segment of its own."""
    install(place)
    install(place, "--name", "desk-2")
    first, second = (unit_words((place / SYSTEM / f"{name}.service").read_text()) for name in ("tickring", "desk-2"))
    for key in ("RuntimeDirectory", "StateDirectory", "WorkingDirectory", "Environment", "ExecStart"):
        assert first[key] != second[key]
    assert second["ExecStart"][0].endswith("--config /etc/tickring/desk-2.toml")


def test_the_user_of_the_service_can_be_one_that_is_there(place: Path) -> None:
    """With --run-as no user is made; one that is not there is named."""
    said = install(place, "--run-as", "no_such_trader")
    assert "there is no user no_such_trader on this machine" in said
    assert not (place / "etc/sysusers.d").exists()
    assert unit_words((place / SERVICE).read_text())["User"] == ["no_such_trader"]


def test_an_installation_behind_a_closed_door_is_pointed_out(tmp_path: Path) -> None:
    """Programs in a directory that only root may enter are named: the service's user could not start them."""
    closed = tmp_path / "closed"
    programs(closed / "bin")
    closed.chmod(0o700)
    tmp_path.chmod(0o755)
    said = install(closed / "root")
    assert "is closed to others: user tickring cannot start what lies behind it" in said
    assert "is closed to others" not in install(closed / "root", "--run-as", "root", "--force")


def test_a_segment_named_in_the_file_is_not_lost_silently(place: Path) -> None:
    """The unit puts the segment into the runtime directory; a name in the file is said not to count."""
    said = install(place, *configured(place, '[segment]\nname = "mine"\n'))
    assert "note: segment.name is 'mine'" in said
    assert "Environment= counts more" in said


# ---- the other units -------------------------------------------------------------------------------------------------


def test_the_api_gets_a_unit_once_there_is_an_api(place: Path) -> None:
    """With its program in the environment its unit is installed, tied to the feed, and accepted by systemd."""
    programs(place.parent / "bin", ["tickring-api"])
    said = install(place)
    assert "this release has no" not in said
    unit = place / SYSTEM / "tickring-api.service"
    words = unit_words(unit.read_text())
    assert (words["PartOf"], words["After"]) == (["tickring.service"], ["tickring.service"])
    assert verified(place / SERVICE, unit) == ""


def test_the_gateways_unit_is_a_template_to_be_edited(place: Path) -> None:
    """It comes on request only; systemd misses nothing in it but the programs that it expects."""
    install(place)
    unit = place / SYSTEM / "ib-gateway@.service"
    assert not unit.exists()
    assert "ib-gateway@paper" in install(place, "--with-gateway")
    complaints = verified(unit).splitlines()
    assert all("xvfb-run" in line for line in complaints), complaints
    words = unit_words(unit.read_text())
    assert "%i" in words["ExecStart"][0]
    assert words["ExecStartPost"][0].startswith("-")
    assert "/tickring gateway-health " in words["ExecStartPost"][0]
    assert int(words["StartLimitBurst"][0]) < 10


def test_a_user_needs_no_root(place: Path) -> None:
    """--user writes below the user's own configuration, without what only the machine's manager may do."""
    home = place.parent / "home config"
    result = answer(
        "install-units",
        "--user",
        "--bin",
        str(place.parent / "bin"),
        env={"XDG_CONFIG_HOME": str(home), "XDG_RUNTIME_DIR": str(place.parent)},
    )
    assert result.exit_code == 0, result.output
    unit = home / "systemd" / "user" / "tickring.service"
    words = unit_words(unit.read_text())
    assert words["WantedBy"] == ["default.target"]
    assert not set(words) & FOR_THE_MACHINE_ALONE
    assert words["NoNewPrivileges"] == ["yes"]
    assert str(home / "tickring" / "tickring.toml") in words["ExecStart"][0]
    assert "loginctl enable-linger" in result.output
    assert "systemctl --user daemon-reload" in result.output
    assert verified(unit) == ""


# ---- what stands there already ---------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(place: Path) -> None:
    """A second installation says so and writes no file."""
    install(place)
    before = (place / SERVICE).stat()
    said = install(place)
    assert f"{place / SERVICE}: unchanged" in said
    assert (place / SERVICE).stat().st_ino == before.st_ino


def test_what_somebody_has_changed_is_shown_and_kept(place: Path) -> None:
    """A file that differs ends it with the difference and 2, and nothing at all is written; --force replaces it."""
    install(place)
    changed = (place / SERVICE).read_text().replace("RestartSec=2", "RestartSec=7")
    (place / SERVICE).write_text(changed)
    (place / "etc/sysusers.d/tickring.conf").unlink()
    said = install(place, exit_code=2)
    assert "-RestartSec=7\n+RestartSec=2\n" in said
    assert "--force" in said
    assert (place / SERVICE).read_text() == changed
    assert not (place / "etc/sysusers.d/tickring.conf").exists()
    assert f"{place / SERVICE}: replaced" in install(place, "--force")
    assert "RestartSec=2" in (place / SERVICE).read_text()


def test_a_dry_run_prints_and_touches_nothing(place: Path) -> None:
    """--dry-run shows every file under its path and makes no directory."""
    printed = install(place, "--dry-run")
    assert printed.startswith(f"# {place / SERVICE}\n")
    assert f"# {place}/etc/sysusers.d/tickring.conf\n" in printed
    assert not place.exists()


# ---- what cannot be installed ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--name", "a b"), "--name is 'a b', must be letters"),
        (("--name", "../etc"), "--name is '../etc'"),
        (("--run-as", "root\nGroup=disk"), "must be the name of a user"),
        (("--config", "/etc/a\nb.toml"), "no room for control characters"),
        (("--bin", "/nonexistent"), "/nonexistent has no tickring-supervisor"),
        (("--user",), "--run-as and --root belong to the machine's service"),
    ],
)
def test_what_makes_no_unit_is_refused(place: Path, arguments: tuple[str, ...], why: str) -> None:
    """A word that could not stand in a unit file, or would mean something else there, ends it with 2."""
    assert why in install(place, *arguments, exit_code=2)
    assert not place.exists()


def test_a_wrong_configuration_is_told_before_anything_is_written(place: Path) -> None:
    """The file that the service would end with is refused with 78 and its place."""
    said = install(place, *configured(place, "[supervisor]\ngrace_s = -1.0\n"), exit_code=78)
    assert "supervisor.grace_s" in said
    assert not place.exists()


def test_a_place_that_cannot_be_written_is_named(place: Path) -> None:
    """An error of the file system is one line with the next step, and exit code 2."""
    place.write_text("a file, no directory")
    assert "give --root a directory of yours" in install(place, exit_code=2)


def test_the_shells_environment_steers_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables of the shell that installs are not those of the service: they neither fail it nor count."""
    monkeypatch.setenv("TICKRING_SEGMENT_CAPACITY", "1000000")
    monkeypatch.chdir(place.parent)
    (place.parent / "tickring.toml").write_text("[segment]\ncapacity = 1_000_000\n")
    install(place)
    assert int(unit_words((place / SERVICE).read_text())["MemoryMax"][0].removesuffix("M")) < 2000
