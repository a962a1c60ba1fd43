"""`tickring run` in a terminal: `top` fills it, and every way out gives it back and ends everything."""

from __future__ import annotations

import signal
import termios
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.cli_screen import LEAVES_SCREEN, CliScreen
from tests.processes.child import state_of
from tests.waiting import wait_until
from tickring.names import SegmentPaths
from tickring.reader import QuoteReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")


@pytest.fixture
def screen(segment_name: str, tmp_path: Path) -> Iterator[CliScreen]:
    """A run in a terminal, once SPY is live on it."""
    arguments = ("run", "--segment", segment_name, "--data-root", str(tmp_path / "data"), "--symbols", "SPY,QQQ")
    with CliScreen(*arguments, env={"TMPDIR": str(tmp_path), "TICKRING_API_CHILD": "no"}) as running:
        running.wait(lambda shown: any(row[:2] == ["SPY", "live"] for row in _words(shown)), "SPY is live")
        yield running


def _words(screen: CliScreen) -> list[list[str]]:
    return [[word for word in row if word in {"SPY", "live"}] for row in screen.table]


def assert_all_over(screen: CliScreen, below: list[psutil.Process], segment: str) -> None:
    """The terminal is as before, no process and no segment is left."""
    wait_until(lambda: not [one for one in below if one.is_running() and one.status() != "zombie"], "children are gone")
    screen.read()
    assert termios.tcgetattr(screen.slave) == screen.mode_before
    assert LEAVES_SCREEN in screen.written
    assert not SegmentPaths.of(segment).directory.exists()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda screen: screen.press("q"), id="q"),
        pytest.param(lambda screen: screen.press("\x03"), id="Ctrl-C"),
        pytest.param(lambda screen: screen.press("\x1c"), id="Ctrl-backslash"),
        pytest.param(lambda screen: screen.send(signal.SIGTERM), id="SIGTERM"),
    ],
)
def test_every_way_out_gives_the_terminal_back(
    screen: CliScreen, segment_name: str, end: Callable[[CliScreen], None]
) -> None:
    """Exit code 0, the log's last lines below, nothing left."""
    below = psutil.Process(screen.process.pid).children(recursive=True)
    assert len(below) >= 4
    end(screen)
    assert screen.end() == 0
    assert_all_over(screen, below, segment_name)
    assert any("child.stopped child=gateway" in row for row in screen.rows)


def test_the_log_does_not_spoil_the_screen(screen: CliScreen) -> None:
    """What the children tell while top is shown comes after it."""
    assert not any("child.started" in row for row in screen.rows)
    assert b"child.started" not in screen.written
    screen.press("q")
    assert screen.end() == 0
    assert b"child.started child=feeder" in screen.written


def test_a_killed_run_gives_the_terminal_back_too(screen: CliScreen, segment_name: str) -> None:
    """SIGKILL of the run ends its children by the kernel; top restores the terminal."""
    below = psutil.Process(screen.process.pid).children(recursive=True)
    screen.process.kill()
    screen.process.wait(20)
    wait_until(lambda: not [one for one in below if one.is_running() and one.status() != "zombie"], "children are gone")
    screen.wait(lambda shown: LEAVES_SCREEN in shown.written, "the screen is left")
    assert termios.tcgetattr(screen.slave) == screen.mode_before
    assert SegmentPaths.of(segment_name).segment.exists()


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_goes_on(screen: CliScreen, segment_name: str) -> None:
    """The run stands still after top has left the screen; the feed goes on meanwhile."""
    below = psutil.Process(screen.process.pid).children(recursive=True)
    screen.press("\x1a")
    wait_until(lambda: state_of(screen.process.pid) == "T", "the run stands still")
    screen.wait(lambda shown: LEAVES_SCREEN in shown.written, "the screen is left")
    assert termios.tcgetattr(screen.slave) == screen.mode_before
    with QuoteReader.open(segment_name, api_mode="mock") as reader:
        sequence = reader["SPY"].sequence
        wait_until(lambda: reader["SPY"].sequence > sequence + 3, "SPY moves", timeout_s=30)
        assert reader["SPY"].is_good

    entered = screen.written.count(b"\x1b[?1049h")
    for one in below:
        one.send_signal(signal.SIGCONT)  # as the shell does, to the whole group
    screen.send(signal.SIGCONT)
    screen.wait(lambda shown: shown.written.count(b"\x1b[?1049h") > entered, "top is back")
    screen.press("q")
    assert screen.end() == 0
    assert_all_over(screen, below, segment_name)


@pytest.mark.parametrize("shows_top", [True, False])
def test_a_terminal_that_goes_away_ends_the_run_but_a_hang_up_alone_reloads_it(
    segment_name: str, tmp_path: Path, shows_top: bool
) -> None:
    """`kill -HUP` in a terminal that is there means a reload; the terminal's own SIGHUP means the end of everything."""
    where = ("--segment", segment_name, "--data-root", str(tmp_path / "data"), "--symbols", "SPY")
    log = tmp_path / "log"
    arguments = ("run", *where, "--log", str(log), *(() if shows_top else ("--no-top",)))
    with CliScreen(*arguments, env={"TMPDIR": str(tmp_path), "TICKRING_API_CHILD": "no"}) as screen:
        wait_until(lambda: log.exists() and "supervisor.ready" in log.read_text(), "it is ready", timeout_s=30)
        below = psutil.Process(screen.process.pid).children(recursive=True)
        screen.send(signal.SIGHUP)
        wait_until(lambda: "config.reloaded" in log.read_text(), "the configuration is read again")
        assert screen.process.poll() is None
        screen.hang_up()
        assert screen.process.wait(30) == 0
        wait_until(lambda: not [one for one in below if one.is_running() and one.status() != "zombie"], "all are gone")
    assert not SegmentPaths.of(segment_name).directory.exists()
