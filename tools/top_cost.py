"""What `tickring top` costs: bytes a frame and processor time, in a terminal of its own.

    .venv/3.11/bin/python tools/top_cost.py --segment sample --seconds 20

Runs the command in a pseudo-terminal, waits until the first frames are through, then counts what arrives and what the
process has used (/proc/PID/schedstat, nanoseconds on a processor) over the given time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import pty
import select
import sys
import termios
import time
import tty
from pathlib import Path

SETTLE_S = 2.0


class Screen:
    """The command in a terminal of a given size."""

    def __init__(self, segment: str, interval_s: float, columns: int, lines: int) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            tty.setraw(0)
            os.write(1, b"ready")
            os.read(0, 1)  # the size is set
            command = [sys.executable, "-P", "-m", "tickring.cli", "top", "--segment", segment]
            os.environ["TERM"] = "xterm-256color"
            os.execv(sys.executable, [*command, "--interval", str(interval_s)])
        while b"ready" not in os.read(self.terminal, 64):
            pass
        os.set_blocking(self.terminal, False)
        termios.tcsetwinsize(self.terminal, (lines, columns))
        os.write(self.terminal, b"x")

    def count(self, seconds: float) -> int:
        """Return how many bytes arrive in this time."""
        total, end = 0, time.monotonic() + seconds
        while (left_s := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left_s)[0]:
                total += len(os.read(self.terminal, 65536))
        return total

    def cpu_s(self) -> float:
        """Return what the process has used so far."""
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9

    def close(self) -> None:
        """Press q."""
        os.write(self.terminal, b"q")
        with contextlib.suppress(OSError):  # EIO: it has closed its side
            self.count(5.0)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def main() -> None:
    """Print one line a size of terminal."""
    parser = argparse.ArgumentParser(description="What `tickring top` costs.")
    parser.add_argument("--segment", default="sample")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--interval", type=float, default=0.5)
    options = parser.parse_args()
    for columns, lines in ((80, 24), (120, 40), (200, 60)):
        screen = Screen(options.segment, options.interval, columns, lines)
        started = screen.count(SETTLE_S)
        before_s = screen.cpu_s()
        total = screen.count(options.seconds)
        used_s = screen.cpu_s() - before_s
        screen.close()
        frames = options.seconds / options.interval
        print(
            f"{columns}x{lines}: {total / frames:,.0f} bytes and {used_s / frames * 1e3:.2f} ms of processor a frame, "
            f"{used_s / options.seconds:.2%} of a core at {1 / options.interval:g} frames/s "
            f"({started:,} bytes in the first {SETTLE_S:g} s)"
        )


if __name__ == "__main__":
    main()
