"""The command itself: how it starts, how it helps, and what a light installation is told."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import import_module, metadata
from pathlib import Path

import pytest

from tests.cli_runs import answer, run

COMMANDS = (
    *("top", "quote", "history", "verdicts", "segment", "positions", "run"),
    *("status", "start", "stop", "restart", "reload", "subscribe", "unsubscribe"),
)
LACKING = "import sys; sys.modules[{name!r}] = None; from tickring.cli.main import main; main()"


@pytest.mark.parametrize("name", ["typer", "rich"])
def test_without_the_extra_one_line_says_what_to_install(name: str) -> None:
    """A plain `pip install tickring` has the console script, and it says what is missing instead of a traceback."""
    done = run("top", program=(sys.executable, "-P", "-c", LACKING.format(name=name)))

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "tickring[service]" in done.stderr


def test_the_console_script_names_a_function_that_is_there() -> None:
    """[project.scripts] and the package agree."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    module, _, function = project["scripts"]["tickring"].partition(":")

    assert callable(getattr(import_module(module), function))


def test_the_reader_does_not_import_what_the_command_line_needs() -> None:
    """A risk engine pays nothing for the command line."""
    check = (
        "import sys, tickring.reader; sys.exit(any(name in sys.modules for name in ('typer', 'rich', 'tickring.cli')))"
    )

    assert run(program=(sys.executable, "-P", "-c", check)).returncode == 0


def test_help_lists_every_command_and_the_exit_codes() -> None:
    """`tickring --help` is enough to find one's way."""
    page = answer("--help")

    assert page.exit_code == 0
    assert all(f"│ {command} " in page.stdout for command in COMMANDS)
    assert "Exit codes" in page.stdout
    assert "TICKRING_SEGMENT" in page.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command: str) -> None:
    """`tickring COMMAND --help` has a sentence, examples and the options."""
    page = answer(command, "--help")

    assert page.exit_code == 0
    assert "Examples:" in page.stdout
    assert page.stdout.count(f"tickring {command} ") >= 3  # usage and two examples
    assert "--segment" in page.stdout


@pytest.mark.parametrize(
    "arguments", [(), ("nothing",), ("quote",), ("top", "--interval", "0"), ("quote", "SPY", "-x")]
)
def test_misuse_ends_with_two(arguments: tuple[str, ...]) -> None:
    """Wrong arguments are "cannot look"."""
    assert answer(*arguments).exit_code == 2


def test_version_is_the_installed_release() -> None:
    """`tickring --version`."""
    assert answer("--version").stdout == f"tickring {metadata.version('tickring')}\n"


def test_the_documentation_names_every_command_and_option() -> None:
    """docs/cli.md grows with the command line."""
    page = (Path(__file__).parents[1] / "docs" / "cli.md").read_text()
    for command in COMMANDS:
        assert f"`tickring {command}" in page
        for option in re.findall(r"(--[a-z-]+)", answer(command, "--help", env={"COLUMNS": "200"}).stdout):
            assert option in page or option == "--help", option
