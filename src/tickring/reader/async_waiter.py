"""One waiting thread for all the async followers of a reader.

The thread sleeps on the segment's wake word (at most 0.1 s at a time), asks each waiting follower natively whether it
has news, and pokes only those event loops. It starts with the first waiter and ends when nobody has waited for a
second: a follower that waits for every tick must not pay for a thread each time.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from tickring import _core

__all__ = ["AsyncWaiter"]

_LINGER_S = 1.0


class AsyncWaiter:
    """Shared by every follower of one reader, whatever event loop it is in."""

    def __init__(self, reader: _core.Reader) -> None:
        """Used by `QuoteReader.follow`; a reader has one."""
        self._reader = reader
        self._waiting: dict[asyncio.Future[None], _core.Follower] = {}
        self._thread: threading.Thread | None = None
        self._lock = threading.Condition()

    async def wait_for(self, follower: _core.Follower) -> None:
        """Return when the follower has news. Cancelling is safe."""
        import asyncio  # imported by now: the caller runs in an event loop

        future = asyncio.get_running_loop().create_future()
        try:
            with self._lock:
                self._waiting[future] = follower
                if self._thread is None:
                    thread = threading.Thread(target=self._run, name="tickring-waiter", daemon=True)
                    thread.start()
                    self._thread = thread
                self._lock.notify()
            # The thread may sleep already, with a word that is older than this follower's last look.
            if follower.has_news():
                return
            await future
        finally:
            with self._lock:
                self._waiting.pop(future, None)

    def _run(self) -> None:
        try:
            while waiting := self._waiting_now():
                self._look(waiting)
        except BaseException as error:  # a waiter must never wait for a thread that is gone
            with self._lock:
                self._thread = None
                left = list(self._waiting)
            for future in left:
                self._tell(future, RuntimeError(f"the waiting thread ended: {error!r}"))
            raise

    def _waiting_now(self) -> list[tuple[asyncio.Future[None], _core.Follower]]:
        """Return who waits; with nobody for a while, this thread is over and the next waiter starts another."""
        with self._lock:
            if not self._lock.wait_for(lambda: self._waiting, _LINGER_S):
                self._thread = None
            return list(self._waiting.items())

    def _look(self, waiting: list[tuple[asyncio.Future[None], _core.Follower]]) -> None:
        try:
            # The word before the cursors: a batch published after this load moves it (SYNC WAKE).
            seen = self._reader.wake_word()
            ready = [future for future, follower in waiting if follower.has_news()]
            if not ready:
                self._reader.wait(seen, 0.1)
        except Exception as error:  # noqa: BLE001 - closed or forked: every waiter must hear of it
            for future, _ in waiting:
                self._tell(future, error)
        else:
            for future in ready:
                self._tell(future, None)

    def _tell(self, future: asyncio.Future[None], error: Exception | None) -> None:
        with self._lock:
            self._waiting.pop(future, None)
        with contextlib.suppress(RuntimeError):  # its event loop is closed: nobody waits there any more
            future.get_loop().call_soon_threadsafe(_finish, future, error)


def _finish(future: asyncio.Future[None], error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
