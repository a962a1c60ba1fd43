"""Follow symbols record by record, blocking or in asyncio."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tickring import _core
    from tickring.reader.async_waiter import AsyncWaiter

__all__ = ["Follow"]

_FOREVER_S = 1e8


class Follow:
    """Iterates over `(quote, missed)`; made by `QuoteReader.follow`. One thread or task at a time."""

    def __init__(self, follower: _core.Follower, waiter: AsyncWaiter, timeout_s: float | None) -> None:
        self._follower = follower
        self._waiter = waiter
        self._timeout_s = timeout_s
        self._ready: deque[tuple[_core.Quote, int]] = deque()

    @property
    def missed(self) -> int:
        """Records missed so far, over all symbols."""
        return self._follower.missed

    def take(self) -> list[tuple[_core.Quote, int]]:
        """Return what has happened since the last take, without waiting; may be empty."""
        ready = [*self._ready, *self._follower.take()]
        self._ready.clear()
        return ready

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[_core.Quote, int]:
        """Return the next record; sleep until there is one."""
        if not self._ready:
            timeout_s = _FOREVER_S if self._timeout_s is None else self._timeout_s
            if not self._follower.wait(timeout_s):
                raise StopIteration
            self._ready.extend(self._follower.take())
        return self._ready.popleft()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[_core.Quote, int]:
        """Return the next record; the event loop runs on meanwhile."""
        import asyncio  # only who is in an event loop pays for it

        while not self._ready:
            self._ready.extend(self._follower.take())
            if not self._ready:
                try:
                    async with asyncio.timeout(self._timeout_s):
                        await self._waiter.wait_for(self._follower)
                except TimeoutError:
                    raise StopAsyncIteration from None
        return self._ready.popleft()
