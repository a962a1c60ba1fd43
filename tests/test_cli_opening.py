"""What cannot be looked at: one line on stderr, exit code 2, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import answer

if TYPE_CHECKING:
    from tests.feeds import Feed

EVERY = [("top",), ("quote", "SPY"), ("history", "SPY"), ("verdicts",), ("segment",)]


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command[0])
def test_an_unknown_segment_names_those_that_stand(feed: Feed, command: tuple[str, ...]) -> None:
    """Whoever mistypes the name sees the right one."""
    done = answer(*command, "--segment", "no-such-segment")

    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "tickring-no-such-segment" in done.stderr
    assert feed.name in done.stderr
    assert "--segment" in done.stderr


@pytest.mark.parametrize("name", ["", "a b", ".hidden"])
def test_what_is_no_name_gets_the_rule(name: str) -> None:
    """The library's message says what a name is."""
    done = answer("segment", "--segment", name)

    assert done.exit_code == 2
    assert "is not a segment name: use" in done.stderr


@pytest.mark.parametrize("command", ["quote", "history"])
@pytest.mark.parametrize("symbol", ["", "a/b", "x" * 64, "a\x1b[31m"])
def test_what_is_no_symbol_gets_the_rule_and_no_escape_code(feed: Feed, command: str, symbol: str) -> None:
    """The library's message, with the symbol as a Python literal: nothing in it reaches the terminal."""
    done = answer(command, "--segment", feed.name, "--", symbol)

    assert done.exit_code == 2
    assert "is not a symbol: it " in done.stderr
    assert "\x1b" not in done.output


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command[0])
def test_another_kind_of_account_is_refused_with_the_option_that_accepts_it(
    feed: Feed, command: tuple[str, ...]
) -> None:
    """Asked for live prices, nobody is shown mock ones."""
    done = answer(*command, "--segment", feed.name, "--api-mode", "live")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "--api-mode mock" in done.stderr


def test_a_damaged_file_is_said_to_be_one(feed: Feed) -> None:
    """Not every file at the path is a segment."""
    feed.host.paths.segment.unlink()
    feed.host.paths.segment.write_bytes(b"x" * 8192)

    done = answer("segment", "--segment", feed.name)

    assert done.exit_code == 2
    assert str(feed.host.paths.segment) in done.stderr


def test_a_directory_is_taken_as_well_as_a_name(feed: Feed) -> None:
    """Under systemd the segment lies in the RuntimeDirectory."""
    assert answer("segment", "--segment", str(feed.host.paths.directory)).exit_code == 0


def test_the_environment_names_segment_and_kind_of_account(feed: Feed) -> None:
    """TICKRING_SEGMENT and TICKRING_API_MODE spare the options; the options win."""
    env = {"TICKRING_SEGMENT": feed.name, "TICKRING_API_MODE": "live"}

    assert "mock prices" in answer("segment", env=env).stderr
    assert answer("segment", "--api-mode", "any", env=env).exit_code == 0


def test_looking_changes_no_byte_of_the_segment(feed: Feed) -> None:
    """Reads only: with the feed standing still, every command leaves the file as it was."""
    feed.stream("SPY", "bid", 1.0, "ask", 2.0)
    before = feed.host.paths.segment.read_bytes()

    for command in EVERY:
        assert answer(*command, "--segment", feed.name).exit_code == 0

    assert feed.host.paths.segment.read_bytes() == before
