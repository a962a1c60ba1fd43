"""A release of ibapi as everybody runs it: EClient.run in a thread; every price is kept in a dict.

Served by `agent_process`; every public method is a command.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from bench._contenders.contract import peer
from bench._contenders.gateway_clients import client_directory
from bench._wire.observed import Change, Observed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bench._wire.observed import Prices

__all__ = ["IbapiLoop", "make_ibapi_loop"]

_SIDES = {1: "bid", 2: "ask"}
_READY_WITHIN_S = 20.0
_READY_WITHIN_S_EACH = 0.01
QUIET_S = 0.4


def make_ibapi_loop(client: str, pipe: Connection[Any, Any]) -> IbapiLoop:
    """Begin in a fresh process."""
    sys.path.insert(0, str(client_directory(client)))
    return IbapiLoop(pipe)


class IbapiLoop:
    """One connection."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe
        self._seen: list[tuple[int, int, float]] | None = None
        self._prices: dict[tuple[int, int], float] = {}
        self._at_ns = 0
        self._is_ready = threading.Event()
        self._client = self._make_client()

    def _make_client(self) -> Any:
        client_class, wrapper_class = peer("ibapi.client").EClient, peer("ibapi.wrapper").EWrapper
        loop, clock, prices = self, time.monotonic_ns, self._prices

        def tick_price(_: Any, req_id: int, tick_type: int, price: float, attributes: object) -> None:
            at_ns = clock()
            del attributes
            if tick_type == 1 and loop._seen is not None:
                loop._seen.append((req_id, at_ns, price))
            prices[req_id, tick_type] = price
            loop._at_ns = at_ns

        def next_valid_id(_: Any, order_id: int) -> None:
            del order_id
            loop._is_ready.set()

        def nothing(*_: object) -> None:
            """What ibapi would log or count; no user's own work."""

        names = ("tickSize", "tickString", "tickGeneric", "tickReqParams", "marketDataType", "error")
        methods = {**dict.fromkeys(names, nothing), "tickPrice": tick_price, "nextValidId": next_valid_id}
        made: Any = type("Client", (wrapper_class, client_class), methods)
        client: Any = made.__new__(made)
        client_class.__init__(client, wrapper=client)
        return client

    def connect(self, host: str, port: int, symbols: list[str]) -> None:
        """Connect, subscribe, and return when every symbol has a bid and an ask.

        Raises:
            TimeoutError: not within some seconds.
        """
        self._client.connect(host, port, 11)
        threading.Thread(target=self._client.run, daemon=True).start()
        if not self._is_ready.wait(_READY_WITHIN_S):
            raise TimeoutError("no nextValidId")
        contract_class = peer("ibapi.contract").Contract
        for number, symbol in enumerate(symbols):
            contract = contract_class()
            contract.symbol, contract.secType, contract.exchange, contract.currency = symbol, "STK", "SMART", "USD"
            self._client.reqMktData(number, contract, "", False, False, [])
        wanted = {(number, side) for number in range(len(symbols)) for side in _SIDES}
        ends_s = time.monotonic() + _READY_WITHIN_S + len(symbols) * _READY_WITHIN_S_EACH
        while not wanted <= self._prices.keys():
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{len(wanted - self._prices.keys())} prices have not come")
            time.sleep(0.01)

    def prices(self) -> Prices:
        """Return what is known now."""
        return {(number, _SIDES[kind]): price for (number, kind), price in self._prices.items() if kind in _SIDES}

    def newest(self) -> tuple[Prices, int]:
        """Return what is known now, and when the newest price was in hand."""
        return self.prices(), self._at_ns

    def watch(self, way: str) -> Observed:
        """Observe until told to stop; a `burst` until nothing more comes."""
        self._at_ns = 0
        if way != "burst":
            self._seen = []
        self._pipe.recv()  # stop
        if way == "burst":
            over_ns = time.monotonic_ns()
            while time.monotonic_ns() - max(over_ns, self._at_ns) < QUIET_S * 1e9:
                time.sleep(0.02)
        seen, self._seen = self._seen or [], None
        return Observed([Change(*one, True) for one in seen], self._at_ns, self.prices())

    def close(self) -> None:
        """Hang up."""
        self._client.disconnect()
