"""The parent's side of a test process: start it, ask it, stop it, kill it - and prove that it is gone."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


def identity_of(pid: int) -> tuple[int, int] | None:
    """Return (pid, start time in ticks), or None if there is no such process."""
    fields = _stat_fields(pid)
    return None if fields is None else (pid, int(fields[19]))


def state_of(pid: int) -> str:
    """Return the kernel's letter: R running, S sleeping, T stopped, Z dead but not reaped, - gone."""
    fields = _stat_fields(pid)
    return "-" if fields is None else fields[0]


def kill_and_wait(pid: int, timeout_s: float = 20.0) -> None:
    """SIGKILL a process of this test and return when it is dead (reaped or not); one that is gone already is fine."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        assert select.select([pidfd], [], [], timeout_s)[0], f"process {pid} outlived SIGKILL for {timeout_s:g} s"
    except ProcessLookupError:
        pass
    finally:
        os.close(pidfd)


def stop_and_wait(pid: int) -> None:
    """SIGSTOP a process and return when every thread of it stands still."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: state_of(pid) == "T", f"process {pid} is stopped", show=lambda: state_of(pid))


def _stat_fields(pid: int) -> list[str] | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat[stat.rindex(")") + 2 :].split()


def unshare_or_skip(*options: str) -> tuple[str, ...]:
    """Return the command that starts a program in namespaces of its own; skip the test where that is not allowed."""
    as_root = () if os.geteuid() == 0 else ("--map-root-user",)
    command = ("unshare", *as_root, *options)
    try:
        refused = subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0
    except FileNotFoundError:
        refused = True
    if refused:
        pytest.skip(f"needs `{' '.join(command)}` (util-linux): root, or user namespaces for ordinary users")
    return command


class ChildError(AssertionError):
    """A command failed in the child. `kind` is the class of the error there, `named_pid` the pid it names."""

    def __init__(self, kind: str, message: str, named_pid: int | None) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.named_pid = named_pid


class Child:
    """One program of tests/processes, commanded over its stdin. Made by the fixture `processes`."""

    def __init__(self, program: str, *, under: tuple[str, ...] = ()) -> None:
        self.program = program
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill()
        self._unread = b""
        self._process = subprocess.Popen(
            [*under, sys.executable, "-W", "error", "-m", f"tests.processes.{program}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=ROOT,
            bufsize=0,
        )
        self.pid = self._process.pid

    def ask(self, do: str, timeout_s: float = 30.0, **arguments: object) -> Any:
        """Command the child and return its answer; raises ChildError if the command failed there."""
        self.tell(do, **arguments)
        return self.answer(timeout_s)

    def tell(self, do: str, **arguments: object) -> None:
        """Command the child and do not wait; `answer` must be called once for each."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")

    def answer(self, timeout_s: float = 30.0) -> Any:
        """Return the answer to the oldest command that has not been answered."""
        answer = json.loads(self._line(timeout_s))
        if "error" in answer:
            raise ChildError(answer["error"], answer["message"], answer["pid"])
        return answer["ok"]

    def _line(self, timeout_s: float) -> bytes:
        assert self._process.stdout is not None
        fd, deadline = self._process.stdout.fileno(), time.monotonic() + timeout_s
        while b"\n" not in self._unread:
            if not select.select([fd], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{self.program} gave no answer within {timeout_s:g} s; its log:\n{self.log()}")
            more = os.read(fd, 65536)
            if not more:
                raise AssertionError(f"{self.program} ended without an answer; its log:\n{self.log()}")
            self._unread += more
        line, self._unread = self._unread.split(b"\n", 1)
        return line

    def log(self) -> str:
        """Return the end of what the child wrote to stderr."""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")[-4000:]

    def wait(self, timeout_s: float = 30.0) -> int:
        """Close the child's stdin and return its exit status when it has ended by itself."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(timeout_s)

    def stop(self) -> None:
        """SIGSTOP, and wait until it stands still."""
        stop_and_wait(self.pid)

    def resume(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone. Idempotent."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait(30)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()


class Processes:
    """All processes of one test: `start` them here, or `adopt` those that a child has made."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._adopted: list[tuple[int, int]] = []

    def start(self, program: str, *, under: tuple[str, ...] = ()) -> Child:
        """Start `python -m tests.processes.<program>`, if asked `under` another command that starts it."""
        child = Child(program, under=under)
        self._children.append(child)
        return child

    def adopt(self, pid: int) -> int:
        """Have a grandchild ended with the test, whatever becomes of its parent. Returns `pid`."""
        identity = identity_of(pid)
        if identity is not None:
            self._adopted.append(identity)
        return pid

    def fork(self, nursery: Child, life: str, *, wait: bool = True, **arguments: object) -> int:
        """Have a nursery fork `life` (tests.processes.lives); return its pid when it is ready, or at once."""
        return self.adopt(nursery.ask("fork", life=life, arguments=arguments, wait=wait))

    def close(self) -> None:
        """Kill all that still live and wait until they are gone."""
        for child in self._children:
            child.kill()
        for pid, start_ticks in self._adopted:
            if identity_of(pid) == (pid, start_ticks):
                kill_and_wait(pid)
