"""Follow quotes in asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from tickring.client.changed_symbols import ChangedSymbols

if TYPE_CHECKING:
    from tickring.client.held_quotes import HeldQuotes
    from tickring.client.live_connection import LiveConnection
    from tickring.client.remote_quote import RemoteQuote

__all__ = ["AsyncFollow"]


class AsyncFollow:
    """Iterates over quotes; made by `AsyncClient.follow`. One task of the client's event loop at a time.

    Ends after `timeout_s` without news, or with `close`, its own or its client's.
    """

    def __init__(
        self, connection: LiveConnection, held: HeldQuotes, symbols: list[str], timeout_s: float | None
    ) -> None:
        self._connection = connection
        self._symbols = symbols
        self._timeout_s = timeout_s
        self._news = asyncio.Event()
        self._is_closed = False
        self._changed = ChangedSymbols(held, symbols, self._news.set)
        connection.want(symbols)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> RemoteQuote:
        """Return the next quote that reads otherwise than before."""
        while not self._is_closed:
            self._news.clear()
            quote = self._changed.next()
            if quote is not None:
                return quote
            if self._changed.is_over:
                break
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._news.wait()
            except TimeoutError:
                break
        raise StopAsyncIteration

    def close(self) -> None:
        """Follow no longer. Idempotent."""
        if not self._is_closed:
            self._is_closed = True
            self._changed.close()
            self._connection.unwant(self._symbols)
            self._news.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()
