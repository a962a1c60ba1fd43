"""`tickring config check|show|init` as users type them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import answer, run
from tickring.config.settings import settings
from tickring.config.template import template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ./tickring.toml of the developer counts."""
    monkeypatch.chdir(tmp_path)


def test_check_says_that_all_is_fine_and_what_it_looked_at(tmp_path: Path) -> None:
    """One line, exit code 0; a contract of no symbol is a note."""
    (tmp_path / "tickring.toml").write_text('[stream]\nsymbols = ["SPY"]\n[contracts.QQQ]\ncurrency = "CAD"\n')
    page = answer("config", "check", "--set", "gateway.port=4001")

    assert page.exit_code == 0
    note, line = page.stdout.splitlines()
    assert "contracts.QQQ is not used" in note
    assert line.startswith("tickring.toml: fine; 3 values given")
    assert line.endswith("1 symbols, gateway 127.0.0.1:4001")


def test_check_tells_everything_that_is_wrong_and_ends_with_78(tmp_path: Path) -> None:
    """On stderr, so that `show > file` never holds it."""
    (tmp_path / "desk.toml").write_text("[gateway]\nprt = 1\n[segment]\ndepth = 3\n")
    done = run("config", "check", "--config", str(tmp_path / "desk.toml"), TICKRING_LOG_LEVEL="loud")

    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("tickring: 3 things in the configuration are wrong:\n")
    assert 'did you mean "port"? (from ' in done.stderr
    assert "desk.toml:2" in done.stderr
    assert 'log.level is "loud"' in done.stderr


def test_show_has_every_setting_with_its_origin() -> None:
    """For people and for scripts."""
    page = answer("config", "show", "--set", "gateway.port=4001", env={"TICKRING_LOG_LEVEL": "debug"})
    lines = dict(line.split("  # ") for line in page.stdout.splitlines()[1:])
    origins = {text.partition(" = ")[0]: origin for text, origin in lines.items()}

    assert set(origins) == set(settings())
    assert origins["gateway.port"] == "--set gateway.port"
    assert origins["log.level"] == "TICKRING_LOG_LEVEL"
    assert origins["segment.name"] == "default"

    rows = json.loads(answer("config", "show", "--json", "--set", "gateway.port=4001").stdout)
    port = next(row for row in rows if row["name"] == "gateway.port")
    assert port == {"name": "gateway.port", "value": 4001, "origin": "flag", "where": "--set gateway.port"}


def test_init_writes_the_template_and_never_over_a_file(tmp_path: Path) -> None:
    """To stdout, or to a file that was not there."""
    assert answer("config", "init").stdout == template()

    path = tmp_path / "new.toml"
    assert answer("config", "init", str(path)).exit_code == 0
    path.write_text("[gateway]\nport = 1\n")
    again = answer("config", "init", str(path))
    assert again.exit_code == 2
    assert "left alone" in again.stderr
    assert path.read_text() == "[gateway]\nport = 1\n"
    assert answer("config", "check", "--config", str(path)).exit_code == 0


def test_init_into_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    """One line, exit code 2."""
    page = answer("config", "init", str(tmp_path / "none" / "new.toml"))
    assert page.exit_code == 2
    assert "No such file or directory" in page.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--gateway", "localhost"), "--gateway is 'localhost', must be HOST:PORT"),
        (("--gateway", ":4002"), "must be HOST:PORT"),
        (("--gateway", "localhost:0", "--symbols", "SPY"), "gateway.port is 0"),
        (("--gateway", "localhost:4002"), "stream.symbols is empty"),
        (("--symbols", "SPY,SPY"), "once is enough"),
        (("--set", "stream.api_mode=live"), "no gateway is named"),
        (("--set", "gateway.prt=1"), 'did you mean "gateway.port"?'),
        (("--config", "nowhere.toml"), "nowhere.toml is not there"),
    ],
)
def test_run_refuses_a_wrong_configuration_before_it_starts_anything(arguments: tuple[str, ...], words: str) -> None:
    """Exit code 78 and the reason."""
    page = answer("run", *arguments)
    assert (page.exit_code, page.stdout) == (78, "")
    assert words in page.stderr
