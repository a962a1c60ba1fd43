"""The thread in which a synchronous client keeps its WebSocket up."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from tickring.client.live_connection import LiveConnection

if TYPE_CHECKING:
    from tickring.client.held_quotes import HeldQuotes
    from tickring.client.timing import ClientTiming
    from tickring.states import ApiMode

__all__ = ["BackgroundConnection"]


class BackgroundConnection:
    """A `LiveConnection` with a thread of its own; any thread may call."""

    def __init__(
        self, url: str, token: str | None, held: HeldQuotes, timing: ClientTiming, modes: frozenset[ApiMode]
    ) -> None:
        """Starts the thread."""
        self._loop = asyncio.new_event_loop()
        self._connection = LiveConnection(url, token, held, timing, modes)
        self._running: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="tickring-client", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str | None:
        """Why there is no connection now."""
        return self._connection.fault

    def want(self, symbols: list[str]) -> None:
        """Subscribe to these too."""
        self._loop.call_soon_threadsafe(self._connection.want, symbols)

    def unwant(self, symbols: list[str]) -> None:
        """Unsay `want`; nothing after `close`."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is wanted there any more
            self._loop.call_soon_threadsafe(self._connection.unwant, symbols)

    def close(self) -> None:
        """End the connection and the thread."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join()

    def _end(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _run(self) -> None:
        running = self._running = self._loop.create_task(self._connection.run())
        try:
            self._loop.run_until_complete(asyncio.gather(running, return_exceptions=True))
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
