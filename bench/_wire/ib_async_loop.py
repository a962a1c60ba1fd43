"""ib_async in an event loop of its own thread, observed where its users can: in the wrapper, and by its events.

Served by `agent_process`; every public method is a command.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import peer
from bench._contenders.gateway_clients import client_directory
from bench._wire.ibapi_loop import QUIET_S
from bench._wire.observed import Change, Observed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bench._wire.observed import Prices

__all__ = ["EVENT", "WRAPPER", "IbAsyncLoop", "make_ib_async_loop"]

WRAPPER = "priceSizeTick"
EVENT = "pendingTickersEvent"
_READY_WITHIN_S = 20.0


def make_ib_async_loop(client: str, pipe: Connection[Any, Any]) -> IbAsyncLoop:
    """Begin in a fresh process."""
    sys.path.insert(0, str(client_directory(client)))
    return IbAsyncLoop(pipe)


class IbAsyncLoop:
    """One connection."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe
        self._seen: list[Change] | None = None
        self._at_ns = 0
        self._tickers: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._way = ""
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        logging.getLogger("ib_async").setLevel(logging.CRITICAL)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def connect(self, host: str, port: int, symbols: list[str]) -> None:
        """Connect, subscribe, and return when every symbol has a bid and an ask.

        Raises:
            TimeoutError: not within some seconds.
        """
        asyncio.run_coroutine_threadsafe(self._connect(host, port, symbols), self._loop).result(_READY_WITHIN_S)
        ends_s = time.monotonic() + _READY_WITHIN_S
        while any(math.isnan(ticker.bid) or math.isnan(ticker.ask) for ticker in self._tickers):
            if time.monotonic() > ends_s:
                raise TimeoutError("not every price has come")
            time.sleep(0.01)

    async def _connect(self, host: str, port: int, symbols: list[str]) -> None:
        library = peer("ib_async")
        _observe_wrapper(peer("ib_async.wrapper").Wrapper, self)
        ib = self._ib = library.IB()
        ib.client.MaxRequests = 0  # its own limit on requests; the simulator has none here
        await ib.connectAsync(host, port, 11)
        contracts = await ib.qualifyContractsAsync(*(library.Stock(symbol, "SMART", "USD") for symbol in symbols))
        for number, contract in enumerate(contracts):
            ticker = ib.reqMktData(contract)
            self._tickers.append(ticker)
            self._numbers[id(ticker)] = number
        ib.pendingTickersEvent += self._pending

    def wrapper_tick(self, ticker: Any, tick_type: int, price: float, at_ns: int) -> None:
        """Called first in priceSizeTick."""
        self._at_ns = at_ns
        if tick_type == 1 and self._seen is not None and self._way == WRAPPER:
            self._seen.append(Change(self._numbers[id(ticker)], at_ns, price, True))

    def _pending(self, tickers: set[Any]) -> None:
        """An event brings every ticker that has changed, with its newest values only."""
        at_ns = time.monotonic_ns()
        if self._seen is not None and self._way == EVENT:
            self._seen += [Change(self._numbers[id(ticker)], at_ns, ticker.bid, False) for ticker in tickers]

    def prices(self) -> Prices:
        """Return what is known now."""
        known: Prices = {}
        for number, ticker in enumerate(self._tickers):
            known[number, "bid"], known[number, "ask"] = ticker.bid, ticker.ask
        return known

    def newest(self) -> tuple[Prices, int]:
        """Return what is known now, and when the newest price was in hand."""
        return self.prices(), self._at_ns

    def watch(self, way: str) -> Observed:
        """Observe until told to stop; a `burst` until nothing more comes."""
        self._way, self._at_ns = way, 0
        if way != "burst":
            self._seen = []
        self._pipe.recv()  # stop
        if way == "burst":
            over_ns = time.monotonic_ns()
            while time.monotonic_ns() - max(over_ns, self._at_ns) < QUIET_S * 1e9:
                time.sleep(0.02)
        seen, self._seen = self._seen or [], None
        return Observed(seen, self._at_ns, self.prices())

    def close(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._ib.disconnect)
        time.sleep(0.05)


def _observe_wrapper(wrapper_class: Any, loop: IbAsyncLoop) -> None:
    original, clock = wrapper_class.priceSizeTick, time.monotonic_ns

    def price_size_tick(self: Any, req_id: int, tick_type: int, price: float, size: float) -> None:
        loop.wrapper_tick(self.reqId2Ticker.get(req_id), tick_type, price, clock())
        original(self, req_id, tick_type, price, size)

    wrapper_class.priceSizeTick = price_size_tick
