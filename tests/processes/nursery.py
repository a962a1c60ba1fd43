"""A program that forks: processes that start within a millisecond, and races that start at one moment.

Its children open everything after the fork, so for the segment they are ordinary processes. Who is killed leaves no
zombie.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from tests.processes import lives
from tests.processes.serving import Servant, die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable


def fork(life: str, arguments: dict[str, Any], *, wait: bool) -> int:
    """Fork a life and return its pid: with `wait` when it says that it is ready or has died before, else at once."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(lambda: getattr(lives, life)(ready=lambda: os.write(writing, b"."), **arguments))
    os.close(writing)
    if wait:
        os.read(reading, 1)
    os.close(reading)
    return pid


def race(contest: str, runners: int, arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Fork `runners` that begin at one moment and return what became of each; whoever won stays until it is killed."""
    gate, opener = os.pipe()
    results, result = os.pipe()
    for _ in range(runners):
        if os.fork() == 0:
            os.close(opener)
            os.close(results)
            _live(lambda: _run(getattr(lives, contest), arguments, gate, result))
    for fd in (gate, result, opener):
        os.close(fd)  # the opener last: all that wait at the gate read its end now
    with os.fdopen(results) as outcomes:
        return [json.loads(outcomes.readline()) for _ in range(runners)]


def _run(contest: Callable[..., object], arguments: dict[str, Any], gate: int, result: int) -> None:
    os.read(gate, 1)
    outcome: dict[str, Any] = {"own_pid": os.getpid(), "error": None, "named_pid": None}
    held: object = None
    try:
        held = contest(**arguments)
    except Exception as error:  # noqa: BLE001 - every outcome is reported
        outcome |= {"error": type(error).__name__, "named_pid": getattr(error, "pid", None)}
    os.write(result, json.dumps(outcome).encode() + b"\n")  # below PIPE_BUF: never mixed with another's
    while held is not None:
        signal.pause()


def _live(life: Callable[[], object]) -> NoReturn:
    status = 1
    try:
        die_with_parent()
        life()
        status = 0
    except BaseException:  # noqa: BLE001 - the edge of a process
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps
    Servant().serve(fork, race)
