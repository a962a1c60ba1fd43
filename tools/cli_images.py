"""The pictures of the command line for README and docs/cli.md, taken from a real run: docs/images/*.svg.

    .venv/3.11/bin/python tools/cli_images.py

Needs tmux. Starts a sample feed of its own (three symbols of which go wrong on purpose), runs each command in a tmux
terminal with a server of its own, and draws what that terminal shows. Nothing is left running, nothing in /dev/shm.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tickring.names import SegmentPaths

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
PYTHON = sys.executable
SEGMENT = "demo"
DEADLINE_S = 30.0
COLUMNS = 120


def _colours(hexadecimal: str) -> list[tuple[int, int, int]]:
    return [
        (colour >> 16, colour >> 8 & 255, colour & 255) for colour in (int(text, 16) for text in hexadecimal.split())
    ]


THEME = TerminalTheme(
    (24, 26, 31),
    (214, 217, 222),
    _colours("181a1f e05252 6ebe6e deb254 5c94e6 c678dd 56b6c2 bec2c8"),
    _colours("626874 f06e6e 8cd28c ebc878 78aaf5 d796eb 78cdd7 f5f6f8"),
)
"""Like the terminals people use: dark, and red is not magenta."""


class Tmux:
    """One terminal of a tmux server that nobody else uses."""

    def __init__(self, columns: int, lines: int) -> None:
        self._socket = Path(tempfile.mkdtemp()) / "tmux"
        self._run("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines), "cat")
        self._run("set-option", "-g", "status", "off")
        self._run("set-option", "-g", "remain-on-exit", "on")
        self._run("resize-window", "-x", str(columns), "-y", str(lines))
        self._run("set-option", "-g", "default-terminal", "tmux-256color")

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def start(self, *command: str) -> None:
        """Run a command in place of what runs there."""
        # Exec: the shell's prompt has no place in a picture. The cat leaves the page on the screen.
        self._run("respawn-pane", "-k", f"clear; {shlex.join(command)}; exec cat")

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def screen(self) -> str:
        """Return what is shown, with its colours."""
        return self._run("capture-pane", "-p", "-e", "-N")

    def wait(self, is_ready: Callable[[str], bool]) -> str:
        """Return the screen once it is as wanted."""
        deadline = time.monotonic() + DEADLINE_S
        while not is_ready(Text.from_ansi(screen := self.screen()).plain):
            if time.monotonic() > deadline:
                raise SystemExit(f"not within {DEADLINE_S:g} s; the terminal shows:\n{screen}")
            time.sleep(0.05)
        return screen

    def close(self) -> None:
        self._run("kill-server")
        self._socket.unlink(missing_ok=True)
        self._socket.parent.rmdir()


def draw(name: str, title: str, screen: str) -> None:
    """Write one picture, without the empty lines at its end."""
    text = Text.from_ansi(screen.rstrip())
    console = Console(record=True, width=COLUMNS, file=Path(os.devnull).open("w"), force_terminal=True)  # noqa: SIM115
    console.print(text, soft_wrap=True)
    path = IMAGES / f"{name}.svg"
    path.write_text(console.export_svg(title=title, theme=THEME, unique_id=f"tickring-{name}"))
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def tickring(command: str, *arguments: str) -> list[str]:
    """Return the command line of a command on the sample."""
    return [PYTHON, "-P", "-m", "tickring.cli", command, *arguments, "--segment", SEGMENT]


def main() -> None:
    """Take all pictures."""
    if SegmentPaths.of(SEGMENT).directory.exists():
        raise SystemExit(f"a segment called {SEGMENT} stands here already: end it first, the pictures need the name")
    IMAGES.mkdir(parents=True, exist_ok=True)
    feed = subprocess.Popen([PYTHON, "-m", "tools.cli_images_feed", SEGMENT], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert feed.stdout is not None
        if feed.stdout.readline() != b"ready\n":
            raise SystemExit("the feed did not start")
        terminal = Tmux(COLUMNS, 30)
        try:
            terminal.start(*tickring("top"))
            time.sleep(6)  # the rates settle
            draw("top", "tickring top", terminal.wait(lambda text: "q quit" in text))
            terminal.start(*tickring("quote", "SPY", "TSLA"))
            draw("quote", "tickring quote SPY TSLA", terminal.wait(lambda text: text.count("slot") == 2))
            terminal.start(*tickring("history", "SPY", "-n", "22"))
            draw("history", "tickring history SPY -n 22", terminal.wait(lambda text: "past" in text))
            terminal.start(*tickring("verdicts"))
            draw("verdicts", "tickring verdicts", terminal.wait(lambda text: "live" in text))
            terminal.start(*tickring("segment"))
            draw("segment", "tickring segment", terminal.wait(lambda text: "state_changes" in text))
        finally:
            terminal.close()
    finally:
        feed.terminate()
        feed.wait(10)


if __name__ == "__main__":
    main()
