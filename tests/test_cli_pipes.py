"""In a pipe: no escape codes, no broken rows, and silence when the other side has read enough."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import COMMAND, environment, run

if TYPE_CHECKING:
    from tests.feeds import Feed

EVERY = [("top", "-i", "0.05"), ("quote", "SPY"), ("history", "SPY"), ("verdicts",), ("segment",)]


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command[0])
def test_nothing_but_text_leaves_through_a_pipe(feed: Feed, command: tuple[str, ...]) -> None:
    """Colours are for terminals; a row stays one line."""
    feed.stream("SPY", "bid", 1.0, "ask", 2.0)

    done = run(*command, "--segment", feed.name)

    assert (done.returncode, done.stderr) == (0, "")
    assert "SPY" in done.stdout or command[0] == "segment"
    assert "\x1b" not in done.stdout
    assert "…" not in done.stdout


@pytest.mark.parametrize("command", [("verdicts",), ("quote", "SPY", "--watch", "--json")])
def test_a_reader_that_leaves_ends_it_silently(feed: Feed, command: tuple[str, ...]) -> None:
    """`tickring ... | head -1` leaves no traceback."""
    slot = feed.stream("SPY", "bid", 1.0)
    process = subprocess.Popen(
        [*COMMAND, *command, "--segment", feed.name],
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    with process, process.stderr:
        process.stdout.readline()
        process.stdout.close()
        bid = 1.0
        while process.poll() is None:  # a watch writes only when something happens
            feed.tick(slot, "bid", bid := bid + 1.0)
        assert process.stderr.read() == b""
    assert process.returncode in {0, -signal.SIGPIPE}  # a short page may have been written before the pipe was closed


def test_a_terminal_that_cannot_show_blocks_gets_question_marks(feed: Feed) -> None:
    """Latin-1 is no reason for a traceback."""
    feed.stream("SPY", "bid", 1.0, "ask", 1.0)

    done = run("history", "SPY", "--segment", feed.name, PYTHONIOENCODING="latin-1")

    assert done.returncode == 0
    assert "1.00 ? 1.00" in done.stdout


def test_without_numpy_every_command_works(feed: Feed) -> None:
    """The reader needs no numpy, and neither does the command line."""
    feed.stream("SPY", "bid", 1.0)
    program = "import sys; sys.modules['numpy'] = None; from tickring.cli.main import main; main()"

    done = run("top", "-i", "0.05", "--segment", feed.name, program=(COMMAND[0], "-P", "-c", program))

    assert (done.returncode, done.stderr) == (0, "")
    assert "SPY" in done.stdout
