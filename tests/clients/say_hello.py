"""Connects the client to a port on loopback and ends when the peer closes: `say_hello.py LIBRARY PORT [OPTIONS]`."""

# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import Any


def connect_ib_async(port: int, options: str) -> None:
    """With ib_async, whose connect() goes on waiting when the peer has closed."""
    client: Any = importlib.import_module("ib_async").IB().client
    client.setConnectOptions(options)

    async def talk() -> None:
        gone = asyncio.Event()
        client.conn.disconnected += lambda *_: gone.set()
        connecting = asyncio.create_task(client.connectAsync("127.0.0.1", port, 7, 20))
        await asyncio.wait_for(gone.wait(), 20)
        connecting.cancel()
        await asyncio.wait([connecting])

    asyncio.run(talk())


def connect_ibapi(port: int, options: str) -> None:
    """With ibapi: connect() returns when the peer has closed."""
    wrapper = importlib.import_module("ibapi.wrapper").EWrapper()
    client = importlib.import_module("ibapi.client").EClient(wrapper)
    if options:
        set_options = getattr(client, "setConnectOptions", None) or client.setConnectionOptions
        set_options(options)
    client.connect("127.0.0.1", port, 7)


def main(library: str, port: str, options: str = "") -> None:
    """See above."""
    (connect_ib_async if library == "ib_async" else connect_ibapi)(int(port), options)


main(*sys.argv[1:])
