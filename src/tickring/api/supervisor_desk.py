"""Requests to the supervisor, asked in threads so that the event loop never waits for its socket."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tickring.api.refusals import refused_by_supervisor
from tickring.control.client import SupervisorClient
from tickring.control.messages import Refusal, Status, SupervisorReport
from tickring.errors import BadReply

if TYPE_CHECKING:
    from pathlib import Path

    from tickring.control.messages import ReplyBody, RequestBody

__all__ = ["SupervisorDesk"]

_THREADS = 8
_AnswerT = TypeVar("_AnswerT", bound=msgspec.Struct)


class SupervisorDesk:
    """Asks one supervisor. The event loop's thread only."""

    def __init__(self, segment: str | Path, timeout_s: float) -> None:
        """Touches nothing yet."""
        self._segment = segment
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(_THREADS, "supervisor")
        self._report: asyncio.Task[SupervisorReport] | None = None

    async def order(self, body: RequestBody, expected: type[_AnswerT]) -> _AnswerT:
        """Return the answer to an order.

        Raises:
            ApiRefused: the supervisor refuses; with its own code.
            ControlError, BadReply: it cannot be asked; see `SupervisorClient.ask`.
        """
        self._report = None  # who looks after his order shall see what it did
        return await self.ask(body, expected)

    async def report(self) -> SupervisorReport:
        """Return what the supervisor knows; whoever asks while an answer is under way gets that one.

        Raises:
            ControlError, BadReply, ApiRefused: as `order`.
        """
        report = self._report
        if report is None or report.done():
            report = self._report = asyncio.ensure_future(self.ask(Status(), SupervisorReport))
        return await asyncio.shield(report)

    async def ask(self, body: RequestBody, expected: type[_AnswerT]) -> _AnswerT:
        """Return the answer to a question, which changes nothing. Raises as `order`."""
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, body)
        if isinstance(answer, Refusal):
            raise refused_by_supervisor(answer)
        if not isinstance(answer, expected):
            raise BadReply(f"the answer is {answer.__struct_config__.tag}: the supervisor is of another release")
        return answer

    def _ask(self, body: RequestBody) -> ReplyBody:
        with SupervisorClient(self._segment, timeout_s=self._timeout_s) as client:
            return client.ask(body)

    def close(self) -> None:
        """Ask nothing more. Idempotent."""
        self._threads.shutdown(wait=False, cancel_futures=True)
