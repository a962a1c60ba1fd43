"""Runs with ib_async: calls of its client come in, callbacks of its wrapper go out, one JSON line each.

The lines are those of ibapi_talk.py, so that one scenario serves both: ib_async's client has the methods of EClient,
its wrapper the callbacks of EWrapper, except that one priceSizeTick stands for tickPrice and tickSize; it is told as
tickPrice with a size. What ib_async logs as a warning or worse is told as `log`.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import logging
import sys
import threading
import time
from pathlib import Path
from typing import Any

import ib_async
from ib_async.wrapper import Wrapper

sys.path.insert(1, str(Path(__file__).parent))

from plain_values import plain  # type: ignore[import-not-found]  # beside this script

CALLS = {"priceSizeTick": "tickPrice"}
NAMES = {
    ("accountUpdateMulti", "tag"): "key",
    ("accountUpdateMulti", "val"): "value",
    ("marketDataType", "marketDataId"): "marketDataType",
    ("position", "posSize"): "position",
    ("updateAccountValue", "tag"): "key",
    ("updatePortfolio", "posSize"): "position",
}
"""What ibapi calls these arguments."""
NO_CALLBACKS = {
    *("endSubscription", "endTicker", "orderKey", "reset", "setEventsDone", "setTimeout", "startReq"),
    *("startSubscription", "startTicker", "tcpDataArrived", "tcpDataProcessed"),
}
CLASSES = {name: getattr(ib_async, name) for name in ("Contract", "ExecutionFilter", "Order")}


class Talker:
    """One IB object and its number."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.ib = ib_async.IB()
        self.ib.wrapper.talker = self

    def say(self, call: str, args: dict[str, Any]) -> None:
        line = json.dumps({"call": call, "args": args, "client": self.number, "mono_ns": time.monotonic_ns()})
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    async def connect_and_run(self, *args: Any) -> None:
        try:
            await self.ib.connectAsync(*args)
        except (OSError, TimeoutError) as error:
            self.say("connect_failed", {"error": repr(error)})
        client = self.ib.client
        self.say("connected", {"is_connected": client.isConnected(), "server_version": client.serverVersion()})

    async def hang_up(self) -> None:
        self.ib.disconnect()
        self.say("hung_up", {})

    async def disconnect(self) -> None:
        self.ib.disconnect()

    async def call(self, name: str, args: list[Any]) -> None:
        """Of this class, else of the low-level client; what comes of it is told."""
        method = getattr(type(self), name, None)
        try:
            if method is not None:
                answer = await method(self, *args)
            else:
                answer = getattr(self.ib.client, name)(*args)
        except Exception as error:  # noqa: BLE001 - told, for the test to judge
            self.say("raised", {"call": name, "error": repr(error)})
        else:
            self.say("returned", {"call": name, "value": plain(answer)})


class Logged(logging.Handler):
    """Tells warnings and errors, but not that ticks belong to no Ticker: the scenarios use the low-level client."""

    def __init__(self, talker: Talker) -> None:
        super().__init__(logging.WARNING)
        self._talker = talker

    def emit(self, record: logging.LogRecord) -> None:
        if "Unknown reqId" in record.getMessage():
            return
        why = record.exc_info[1] if record.exc_info else None
        self._talker.say("log", {"logger": record.name, "message": record.getMessage(), "error": repr(why)})


def record_callbacks() -> None:
    """Have every callback of the wrapper told before it does its work."""
    for found, function in inspect.getmembers(Wrapper, inspect.isfunction):
        if not found.startswith("_") and found not in NO_CALLBACKS:
            setattr(Wrapper, found, recording(found, function))


def recording(name: str, function: Any) -> Any:
    """A callback that tells of itself and goes on."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def callback(self: Any, *values: Any, **more: Any) -> Any:
        given = dict(signature.bind(self, *values, **more).arguments)
        del given["self"]
        talker = getattr(self, "talker", None)
        if talker is not None:
            told = {NAMES.get((name, key), key.lstrip("_")): plain(value) for key, value in given.items()}
            talker.say(CALLS.get(name, name), told)
        return function(self, *values, **more)

    return callback


def argument(value: Any) -> Any:
    """{"Contract": {...}} becomes a Contract with these attributes."""
    if not isinstance(value, dict):
        return value
    ((kind, attributes),) = value.items()
    return CLASSES[kind](**attributes)


async def main() -> None:
    """Calls from stdin until its end."""
    record_callbacks()
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    number = 1
    talker = Talker(number)
    logging.getLogger().handlers = [Logged(talker)]
    while line := await lines.get():
        asked = json.loads(line)
        if asked["call"] == "new_client":
            number += 1
            talker = Talker(number)
            logging.getLogger().handlers = [Logged(talker)]
            continue
        await talker.call(asked["call"], [argument(value) for value in asked["args"]])


if __name__ == "__main__":
    asyncio.run(main())
