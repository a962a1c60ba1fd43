"""How much time a question may take, how much is left, and saying so.

On a terminal one line is rewritten; elsewhere a line every 15 s. All on stderr: stdout is for the tables.
"""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]

_LOG_EVERY_S = 15.0


class Progress:
    """`seconds` are for this question, from now; `left_after_s` is what the questions after it will take."""

    def __init__(self, question: str, seconds: float, left_after_s: float) -> None:
        self._question = question
        self._seconds = seconds
        self._left_after_s = left_after_s
        self._started = time.monotonic()
        self._said = float("-inf")

    @property
    def elapsed_s(self) -> float:
        """Since the question began."""
        return time.monotonic() - self._started

    @property
    def left_s(self) -> float:
        """Until its time is used up; 0 when it is."""
        return max(0.0, self._seconds - self.elapsed_s)

    def share(self, part: float) -> float:
        """Return the moment (elapsed_s) by which this part (0 to 1) of the time is used up."""
        return self._seconds * part

    def say(self, what: str) -> None:
        """Show what is under way and the time left."""
        is_terminal = sys.stderr.isatty()
        now = time.monotonic()
        if now - self._said < (0.2 if is_terminal else _LOG_EVERY_S):
            return
        self._said = now
        total = f", {self.left_s + self._left_after_s:.0f} s for all" if self._left_after_s else ""
        text = f"[{self._question}] {what}; about {self.left_s:.0f} s left{total}"
        print(f"\r{text[:118]:<118}" if is_terminal else text, end="" if is_terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def done(self) -> None:
        """Take the line away."""
        if sys.stderr.isatty():
            print(f"\r{'':<118}\r", end="", file=sys.stderr, flush=True)
