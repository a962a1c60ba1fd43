"""Follow symbols record by record, blocking or in asyncio.

Records are taken one at a time, when they are handed out: a verdict belongs to the read, and a quote that waited in a
queue would still say `live` after the feed went down.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tickring import _core
    from tickring.reader.async_waiter import AsyncWaiter

__all__ = ["Follow"]

_FOREVER_S = 1e8
_YIELD_EVERY_S = 0.001


class Follow:
    """Iterates over `(quote, missed)`; made by `QuoteReader.follow`. One thread or task at a time."""

    def __init__(self, follower: _core.Follower, waiter: AsyncWaiter, timeout_s: float | None) -> None:
        self._follower = follower
        self._waiter = waiter
        self._timeout_s = timeout_s
        self._yielded_at = 0.0

    @property
    def missed(self) -> int:
        """Records missed so far, over all symbols."""
        return self._follower.missed

    def take(self) -> list[tuple[_core.Quote, int]]:
        """Return what has happened since the last take, without waiting; may be empty."""
        return self._follower.take()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[_core.Quote, int]:
        """Return the next record; sleep until there is one."""
        while not (ready := self._follower.take(1)):
            if not self._follower.wait(_FOREVER_S if self._timeout_s is None else self._timeout_s):
                raise StopIteration
        return ready[0]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[_core.Quote, int]:
        """Return the next record; the event loop runs on meanwhile, also under a writer that never pauses."""
        import asyncio  # only who is in an event loop pays for it

        if time.monotonic() - self._yielded_at >= _YIELD_EVERY_S:
            await asyncio.sleep(0)
            self._yielded_at = time.monotonic()
        while not (ready := self._follower.take(1)):
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._waiter.wait_for(self._follower)
            except TimeoutError:
                raise StopAsyncIteration from None
            self._yielded_at = time.monotonic()
        return ready[0]
