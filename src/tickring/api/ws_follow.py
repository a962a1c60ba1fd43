"""One follower of the segment for all clients: puts on the bus what is new of whatever any of them wants.

New is a record, and a verdict that changed without one: a feed that dies sends no tick. The event loop's thread only;
the waiting itself is done by the reader's own thread.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tickring.api.bus_events import QuoteReceived
from tickring.errors import TickringError
from tickring.reader import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.api.bus import EventBus
    from tickring.api.segment_view import SegmentView
    from tickring.reader import Batch, Follow, Quote

__all__ = ["SegmentFollow"]

_LOG = logging.getLogger(__name__)
_NOT_NEWS = frozenset({Verdict.PAST, Verdict.CONTENDED})  # a newer record follows; the next look knows
_DEBOUNCE_S = 0.005  # many clients come at once after a restart: one new follower for all of them


class SegmentFollow:
    """Follows what `wanted` says; `change` has it asked again."""

    def __init__(
        self, segment: SegmentView, bus: EventBus, wanted: Callable[[], list[str]], *, gather_s: float, retry_s: float
    ) -> None:
        """`retry_s`: a segment that cannot be opened is tried again after this."""
        self._segment = segment
        self._bus = bus
        self._wanted = wanted
        self._gather_s = gather_s
        self._retry_s = retry_s
        self._changed = asyncio.Event()
        self._batch: Batch | None = None
        self._told: dict[str, Quote] = {}

    def change(self) -> None:
        """Say that other symbols are wanted now."""
        self._changed.set()

    def rejudge(self) -> None:
        """Look at every followed symbol; what reads otherwise than it was told is news."""
        if self._batch is not None:
            for quote in self._batch.read():
                self._tell(quote)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            self._changed.clear()
            symbols = self._wanted()
            self._told = {symbol: self._told[symbol] for symbol in symbols if symbol in self._told}
            self._batch = None
            try:
                if symbols:
                    await self._follow_until_changed(symbols)
                else:
                    await self._changed.wait()
            except (TickringError, RuntimeError) as error:  # no segment, or none that can be used any more
                _LOG.debug("websocket.segment_unusable why=%s", error)
                self._batch = None
                await asyncio.sleep(self._retry_s)
            await asyncio.sleep(_DEBOUNCE_S)

    async def _follow_until_changed(self, symbols: list[str]) -> None:
        reader = self._segment.reader()
        self._batch = reader.batch(symbols)
        following = asyncio.create_task(self._follow(reader.follow(symbols)))
        changing = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({following, changing}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
        finally:
            for task in (following, changing):
                task.cancel()
            await asyncio.gather(following, changing, return_exceptions=True)

    async def _follow(self, follow: Follow) -> None:
        async for first, _ in follow:
            self._tell(first)
            for quote, _ in follow.take():
                self._tell(quote)
            await asyncio.sleep(self._gather_s)

    def _tell(self, quote: Quote) -> None:
        if quote.verdict in _NOT_NEWS:
            return
        told = self._told.get(quote.symbol)
        if told is None or told != quote or told.reason is not quote.reason:
            self._told[quote.symbol] = quote
            if self._bus.is_full:  # more symbols than it holds have news at once, and none of it may be lost
                self._bus.dispatch()
            self._bus.publish(QuoteReceived(quote))
