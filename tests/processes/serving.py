"""The child's side of a test process: one-line JSON commands on stdin, one-line JSON answers on stdout.

`{"do": "tick", "symbol": "SPY"}` calls the function `tick` with the other keys and answers `{"ok": result}` or
`{"error": class, "message": text, "pid": ...}`. A child ends when its stdin closes or its parent dies.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import sys
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent() -> None:
    """Get SIGKILL when the parent dies, so that a test run that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


class Servant:
    """Obeys commands; between them it does `work`, if a command has set any, again and again."""

    def __init__(self) -> None:
        self.work: Callable[[], object] | None = None
        self.failure: str | None = None
        """What ended `work`, for whoever asks."""
        self._unread = b""

    def serve(self, *commands: Callable[..., object]) -> None:
        """Obey until stdin closes; each function is a command under its own name."""
        die_with_parent()
        by_name = {command.__name__: command for command in commands}
        while (line := self._next_line()) is not None:
            request = json.loads(line)
            try:
                answer = {"ok": by_name[request.pop("do")](**request)}
            except Exception as error:  # noqa: BLE001 - the edge of a message: the parent gets to know it
                answer = {"error": type(error).__name__, "message": str(error), "pid": getattr(error, "pid", None)}
            _say(answer)

    def announce(self, what: object) -> None:
        """Give an answer before the command's own, which then is the second."""
        _say({"ok": what})

    def _next_line(self) -> bytes | None:
        while b"\n" not in self._unread:
            if self.work is not None and not select.select([0], [], [], 0)[0]:
                self._do_work()
                continue
            more = os.read(0, 65536)
            if not more:
                return None
            self._unread += more
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def _do_work(self) -> None:
        assert self.work is not None
        try:
            self.work()
        except Exception as error:  # noqa: BLE001 - told to whoever asks for it
            traceback.print_exc()
            self.failure = f"{type(error).__name__}: {error}"
            self.work = None


def _say(answer: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
