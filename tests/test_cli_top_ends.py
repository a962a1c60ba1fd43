"""Every way out of `tickring top` leaves the terminal as it was, and the exit code says which way it was."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from tests.cli_runs import COMMAND, environment
from tests.cli_screen import LEAVES_SCREEN, CliScreen
from tests.processes.child import state_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.feeds import Feed

CRASHING = (
    "import tickring.cli.top.screen_loop as loop\n"
    "compose, frames = loop.compose, []\n"
    "def crash(*args, **options):\n"
    "    frames.append(1)\n"
    "    if len(frames) > 2: raise RuntimeError('a mistake')\n"
    "    return compose(*args, **options)\n"
    "loop.compose = crash\n"
    "from tickring.cli.main import main; main()\n"
)


def start(
    feed: Feed, *options: str, program: tuple[str, ...] = COMMAND, env: dict[str, str] | None = None
) -> CliScreen:
    """Run top and wait for its first frame."""
    feed.stream("SPY", "bid", 1.0)
    screen = CliScreen("top", "--segment", feed.name, "--interval", "0.1", *options, program=program, env=env)
    screen.wait_for("q quit")
    return screen


def assert_restored(screen: CliScreen) -> None:
    """The modes are those of before, the cursor and the main screen are back."""
    assert termios.tcgetattr(screen.slave) == screen.mode_before
    assert LEAVES_SCREEN in screen.written
    assert screen.written.count(b"\x1b[?1049h") == screen.written.count(b"\x1b[?1049l")


ENDS: dict[str, tuple[Callable[[CliScreen], None], int]] = {
    "q": (lambda screen: screen.press("q"), 0),
    "Ctrl-C": (lambda screen: screen.press("\x03"), 0),
    "Ctrl-backslash": (lambda screen: screen.press("\x1c"), 128 + signal.SIGQUIT),
    "SIGTERM": (lambda screen: screen.send(signal.SIGTERM), 128 + signal.SIGTERM),
    "SIGHUP": (lambda screen: screen.send(signal.SIGHUP), 128 + signal.SIGHUP),
}


@pytest.mark.parametrize("way", ENDS)
def test_the_terminal_is_restored(feed: Feed, way: str) -> None:
    """After every key and signal that ends it."""
    leave, code = ENDS[way]
    with start(feed) as screen:
        assert termios.tcgetattr(screen.slave) != screen.mode_before
        leave(screen)
        assert screen.end() == code
        assert_restored(screen)


def test_the_terminal_is_restored_after_the_last_frame(feed: Feed) -> None:
    """`--frames` ends it by itself."""
    with start(feed, "--frames", "2") as screen:
        assert screen.end() == 0
        assert_restored(screen)


def test_the_terminal_is_restored_after_a_crash(feed: Feed) -> None:
    """And the traceback stands on the main screen, where it can be read."""
    with start(feed, program=(sys.executable, "-P", "-c", CRASHING), env={"PYTHON_COLORS": "0"}) as screen:
        assert screen.end() == 1
        assert_restored(screen)
        assert b"RuntimeError: a mistake" in screen.written.partition(LEAVES_SCREEN)[2]


def test_a_lost_terminal_ends_it(feed: Feed) -> None:
    """The ssh connection breaks: no process stays behind."""
    with start(feed) as screen:
        screen.hang_up()
        assert screen.end() == 128 + signal.SIGHUP


def test_a_terminal_that_takes_no_output_does_not_hold_it(feed: Feed) -> None:
    """Nobody reads: keys and signals work all the same, and leaving does not wait for ever."""
    for number in range(60):
        feed.stream(f"S{number}", "bid", 1.0)
    for leave, code in ((lambda screen: screen.press("q"), 0), ENDS["SIGTERM"]):
        with CliScreen("top", "--segment", feed.name, "-i", "0.05", columns=200, lines=100) as screen:
            # Its output stays in the terminal, which takes 4 kB; the first frame is larger.
            wait_until(lambda: termios.tcgetattr(screen.slave) != screen.mode_before, "it has taken the terminal")
            leave(screen)
            wait_until(lambda: screen.process.poll() is not None, "it has ended")
            assert screen.process.returncode == code
            assert termios.tcgetattr(screen.slave) == screen.mode_before


def test_stopping_gives_the_terminal_back_and_going_on_takes_it_again(feed: Feed) -> None:
    """Ctrl-Z and fg, as the shell does it."""
    with start(feed) as screen:
        screen.press("\x1a")
        wait_until(lambda: state_of(screen.process.pid) == "T", "it is stopped")
        screen.read()
        assert_restored(screen)

        written = len(screen.written)
        screen.send(signal.SIGCONT)
        screen.wait(lambda shown: b"\x1b[2J" in shown.written[written:], "a whole frame again")
        assert screen.written[written:].startswith(b"\x1b[?1049h")
        assert termios.tcgetattr(screen.slave) != screen.mode_before

        screen.press("q")
        assert screen.end() == 0
        assert_restored(screen)


def test_a_dumb_terminal_gets_a_page(feed: Feed) -> None:
    """TERM=dumb: an editor's shell, no screen to draw on."""
    feed.stream("SPY", "bid", 1.0)
    with CliScreen("top", "--segment", feed.name, "--interval", "0.1", env={"TERM": "dumb"}) as screen:
        assert screen.end() == 0
        assert b"\x1b" not in screen.written
        assert b"SPY" in screen.written


def test_no_color_is_heeded(feed: Feed) -> None:
    """Weight stays, colour goes."""
    with start(feed, env={"NO_COLOR": "1"}) as screen:
        assert screen.colour_at("SPY")[0] == "default"
        assert screen.colour_at("live")[0] == "default"


# ---- the same in a terminal that people use ----


class Tmux:
    """A tmux server of its own with one shell."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        # The shell says when it waits for the next command; -f: whatever the user has configured stays out.
        self("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "30", "env PS1='$ ' sh -i")

    def __call__(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, env=environment(), check=True, capture_output=True, text=True, timeout=30).stdout

    def type(self, line: str) -> None:
        self("send-keys", "-l", line)
        self("send-keys", "Enter")

    def wait_for(self, text: str) -> None:
        wait_until(
            lambda: text in self("capture-pane", "-p"), f"{text!r} in tmux", show=lambda: self("capture-pane", "-p")
        )

    def state(self) -> str:
        """Return alternate screen, cursor, wrapping as 0 and 1."""
        return self("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}").strip()


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    """Ended with the test."""
    if shutil.which("tmux") is None:
        assert not os.environ.get("CI"), "tmux is not installed"
        pytest.skip("tmux is not installed: apt-get install tmux")
    running = Tmux(tmp_path / "socket")
    yield running
    running("kill-server")


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("C-c", 0), ("C-\\", 131)])
def test_in_tmux_the_screen_before_comes_back(tmux: Tmux, feed: Feed, key: str, code: int) -> None:
    """What stood there before stands there again, with a cursor, and the shell echoes."""
    feed.stream("SPY", "bid", 1.0)
    tmux.type("echo before-$((40 + 2))")
    tmux.wait_for("before-42")
    assert tmux.state() == "0 1 1"

    tmux.type(f"{shlex.join(COMMAND)} top --segment {feed.name}; echo code-$?")
    tmux.wait_for("q quit")
    assert tmux.state() == "1 0 0"
    assert "before-42" not in tmux("capture-pane", "-p")

    tmux("send-keys", key)
    tmux.wait_for(f"code-{code}")
    assert "before-42" in tmux("capture-pane", "-p")
    assert tmux.state() == "0 1 1"
