"""The coordinator's handle on another process: one contender, one role, one core.

Every contender's writer and reader are processes of their own, so that no peer's imports, threads or crashes touch
another's numbers; all of them live through the whole question and take turns. An agent that fails in a call goes on;
one that dies or does not answer in time is ended, and its later calls fail at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, NoReturn

from bench._harness.agent_process import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

__all__ = ["Agent", "AgentFailed"]

_GRACE_S = 5.0


class AgentFailed(Exception):
    """A call failed in the agent, or the agent is gone; the message is for the report."""


class Agent:
    """Ended by `close`."""

    def __init__(self, name: str, make: Callable[[Connection[Any, Any]], Any], core: int) -> None:
        """`make` is called in the process, at the first call, and returns what serves the calls."""
        self.name = name
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, make, core, os.getpid())
        self._process = context.Process(target=serve, args=arguments, name=f"bench {self.name}")
        # Ctrl-C reaches the whole terminal, but the coordinator decides: no agent gets it, not even while it starts.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        theirs.close()
        self._is_gone = ""
        self._calls = 0

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def call(self, method: str, *arguments: object, timeout_s: float = 60.0) -> Any:
        """Run a method of the role and return its result.

        Raises:
            AgentFailed: it raised, died or took too long.
        """
        return self.finish(self.begin(method, *arguments), timeout_s)

    def begin(self, method: str, *arguments: object) -> int:
        """Begin a call; others may go on meanwhile, of other agents.

        Raises:
            AgentFailed: it is gone.
        """
        return self._send(method, arguments)

    def finish(self, number: int, timeout_s: float = 60.0) -> Any:
        """Wait for what `begin` began; raises as `call`."""
        return self._answer(number, timeout_s)

    @contextlib.contextmanager
    def going_on(self, method: str, *arguments: object) -> Iterator[list[Any]]:
        """Run a call that goes on until told to stop (`write`) beside the block; its result is in the list after it."""
        outcome: list[Any] = []
        number = self._send(method, arguments)
        try:
            yield outcome
        except BaseException:
            with contextlib.suppress(AgentFailed):  # what ended the block counts, an interrupt above all
                self._send("stop", ())
                self._answer(number, _GRACE_S)
            raise
        self._send("stop", ())
        outcome.append(self._answer(number, 60.0))

    def _send(self, method: str, arguments: tuple[object, ...]) -> int:
        """Begin a call and return its number."""
        if self._is_gone:
            raise AgentFailed(self._is_gone)
        self._calls += 1
        try:
            self._pipe.send((self._calls, method, arguments))
        except OSError as error:
            self._give_up(f"{self.name} died ({error})")
        return self._calls

    def _answer(self, number: int, timeout_s: float) -> Any:
        """Wait for the answer to a call; those to others (a `stop` that came too late) are not wanted any more."""
        while True:
            try:
                if not self._pipe.poll(timeout_s):
                    self._give_up(f"{self.name} gave no answer within {timeout_s:g} s")
                answered, is_fine, value = self._pipe.recv()
            except (EOFError, OSError):
                self._give_up(f"{self.name} died (exit code {self._process.exitcode})")
            if answered == number:
                break
        if not is_fine:
            raise AgentFailed(f"{self.name}: {value}")
        return value

    def _give_up(self, why: str) -> NoReturn:
        self._is_gone = why
        self._process.kill()
        raise AgentFailed(why)

    def close(self) -> None:
        """Let it close its store, then end it; the first is skipped if it does not answer."""
        if not self._is_gone:
            with contextlib.suppress(AgentFailed):
                self.call("close", timeout_s=_GRACE_S)
        self._process.join(_GRACE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._pipe.close()
