"""An asyncio loop in a thread of its own, for tests that are the other end of a socket."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

ANSWER_LIMIT_S = 20.0
T = TypeVar("T")


class LoopThread:
    """Runs coroutines for a synchronous test. Leaving it cancels what still runs."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="test-loop")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._cancel_rest())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(ANSWER_LIMIT_S)
        self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Have a coroutine run to its end and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(ANSWER_LIMIT_S)

    async def _cancel_rest(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
