"""The loop of the full screen: keys, signals, a look every interval, a frame when something is to be shown.

A frame is composed only when the terminal has taken the one before, so a slow line shows fewer frames, never old ones.
Keys show their effect at once, on the look there is; repeated keys are drawn at most 25 times a second.
"""

import os
import select
import signal
import time

from tickring.cli.exits import FINE, SIGNALLED
from tickring.cli.top.feed_look import FeedLook, FeedWatch
from tickring.cli.top.frame import compose
from tickring.cli.top.keyboard import Keyboard
from tickring.cli.top.line_painter import LinePainter
from tickring.cli.top.terminal import Terminal
from tickring.cli.top.view import View
from tickring.signal_queue import ENDING, SignalQueue

__all__ = ["ScreenLoop"]

_QUEUED = (*ENDING, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
_SHORTEST_FRAME_S = 0.04
_ESCAPE_WAIT_S = 0.05  # how long the rest of a sequence may lag behind its Esc


class ScreenLoop:
    """Runs until a key, a signal or `frames` looks end it."""

    def __init__(
        self, watch: FeedWatch, view: View, painter: LinePainter, *, interval_s: float, frames: int = 0
    ) -> None:
        self._watch = watch
        self._view = view
        self._painter = painter
        self._keyboard = Keyboard()
        self._interval_s = interval_s
        self._frames = frames
        self._look: FeedLook | None = None
        self._looked_s = 0.0
        self._looked_wall_s = 0.0
        self._drawn_s = 0.0
        self._is_due = False
        self._size = (0, 0)
        self._exit_code: int | None = None

    def run(self, stdin_fd: int, stdout_fd: int) -> int:
        """Return the exit code. The terminal is as before on every way out, also through an exception."""
        with SignalQueue(_QUEUED) as signals, Terminal(stdin_fd, stdout_fd) as terminal:
            try:
                while self._exit_code is None:
                    self._step(terminal, signals)
            except OSError:
                if _is_there(terminal):
                    raise
                return SIGNALLED + signal.SIGHUP
        return self._exit_code

    def _step(self, terminal: Terminal, signals: SignalQueue) -> None:
        now_s = time.monotonic()
        if not self._view.is_paused and now_s >= self._looked_s + self._interval_s:
            self._take_look(now_s)
        size = terminal.size()
        if size != self._size:
            self._size = size
            self._repaint()
        if self._view.is_paused and now_s >= self._drawn_s + self._interval_s:
            self._is_due = True  # for how long it has been paused is all that moves
        if self._is_due and not terminal.is_behind and now_s >= self._drawn_s + _SHORTEST_FRAME_S:
            self._draw(terminal, now_s)
        self._wait(terminal, signals, time.monotonic())

    def _take_look(self, now_s: float) -> None:
        if self._look is not None and self._frames > 0:
            self._frames -= 1
            if self._frames == 0:
                self._exit_code = FINE
        self._look = self._watch.look(now_s)
        self._looked_s, self._looked_wall_s = now_s, time.time()
        self._is_due = True

    def _draw(self, terminal: Terminal, now_s: float) -> None:
        assert self._look is not None, "the first step takes a look"
        paused_s = now_s - self._looked_s if self._view.is_paused else None
        columns, lines = self._size
        frame = compose(self._look, self._view, columns, lines, wall_s=self._looked_wall_s, paused_s=paused_s)
        terminal.write(self._painter.paint(frame, columns))
        self._drawn_s, self._is_due = now_s, False

    def _repaint(self) -> None:
        self._painter.forget()
        self._is_due = True

    # ---- what happens between two frames ----

    def _wait(self, terminal: Terminal, signals: SignalQueue, now_s: float) -> None:
        reading = [signals.fd] + ([terminal.keys_fd] if terminal.keys_fd >= 0 else [])
        writing = [terminal.fd] if terminal.is_behind else []
        readable, writable, _ = select.select(reading, writing, [], self._patience_s(terminal, now_s))
        if writable:
            terminal.flush()
        if terminal.keys_fd in readable:
            data = terminal.read_keys()
            if not data:
                self._exit_code = SIGNALLED + signal.SIGHUP
            self._press(self._keyboard.feed(data))
        elif self._keyboard.is_waiting and not readable and not writable:
            self._press(self._keyboard.flush())
        for number in signals.take():
            if self._exit_code is None:
                self._heed(number, terminal)

    def _patience_s(self, terminal: Terminal, now_s: float) -> float:
        """Return how long nothing needs to be done by itself."""
        if self._keyboard.is_waiting:
            return _ESCAPE_WAIT_S
        if terminal.is_behind and self._view.is_paused:
            return self._interval_s
        due_s = (self._drawn_s if self._view.is_paused else self._looked_s) + self._interval_s
        if self._is_due and not terminal.is_behind:
            due_s = min(due_s, self._drawn_s + _SHORTEST_FRAME_S)
        return max(0.0, due_s - now_s)

    def _press(self, keys: list[str]) -> None:
        for key in keys:
            if key == "redraw":
                self._repaint()
            else:
                self._view.press(key)
            self._is_due = True
        if self._view.is_over:
            self._exit_code = FINE

    def _heed(self, number: int, terminal: Terminal) -> None:
        if number in ENDING:
            self._exit_code = FINE if number == signal.SIGINT else SIGNALLED + number
        elif number == signal.SIGTSTP:
            terminal.leave()
            os.kill(os.getpid(), signal.SIGSTOP)  # goes on at the next line, with SIGCONT in the queue
        elif number == signal.SIGCONT:
            terminal.enter()  # also after a SIGSTOP from elsewhere: the shell has set its own mode meanwhile
            self._repaint()
        # SIGWINCH has done its work by ending the wait: every step asks for the size.


def _is_there(terminal: Terminal) -> bool:
    try:
        terminal.size()
    except OSError:
        return False
    return True
