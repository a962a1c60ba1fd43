"""Runs with one release of ibapi: calls of EClient come in, callbacks go out, one JSON line each.

In: {"call": "reqMktData", "args": [1, {"Contract": {"symbol": "SPY"}}, "", false, false, []]}. Out:
{"call": "tickPrice", "args": {"reqId": 1, ...}, "client": 1, "mono_ns": ...}. The stock run loop runs in a thread, as
in everybody's first program. `new_client` begins a new EClient; `client` in the lines counts them.
"""

# pyright: reportMissingImports=false, reportAttributeAccessIssue=false

from __future__ import annotations

import inspect
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.execution import ExecutionFilter
from ibapi.order import Order
from ibapi.wrapper import EWrapper

sys.path.insert(1, str(Path(__file__).parent))

from plain_values import plain  # type: ignore[import-not-found]  # beside this script

LOCK = threading.Lock()
CLASSES = {"Contract": Contract, "ExecutionFilter": ExecutionFilter, "Order": Order}
try:
    from ibapi.order_cancel import OrderCancel
except ImportError:  # 9.81.1 has none
    pass
else:
    CLASSES["OrderCancel"] = OrderCancel


class Talker(EWrapper, EClient):  # type: ignore[misc]
    """Every callback is told."""

    def __init__(self, number: int) -> None:
        EClient.__init__(self, wrapper=self)
        self.number = number

    def say(self, call: str, args: dict[str, Any]) -> None:
        line = json.dumps({"call": call, "args": args, "client": self.number, "mono_ns": time.monotonic_ns()})
        with LOCK:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def stock_run(self) -> None:
        """The loop everybody starts; how it ended is told."""
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001 - whatever ends it is what the test wants to know
            self.say("run_died", {"error": repr(error)})
        else:
            self.say("run_ended", {})

    def connect_and_run(self, *args: Any) -> None:
        self.connect(*args)
        threading.Thread(target=self.stock_run, daemon=True).start()
        self.say("connected", {"is_connected": bool(self.isConnected()), "server_version": self.serverVersion()})

    def hang_up(self) -> None:
        """Disconnect so that the peer sees it at once: `disconnect` alone may take a second."""
        connection = self.conn
        if connection is not None and connection.socket is not None:
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                self.say("not_shut_down", {"error": repr(error)})
        self.disconnect()
        self.say("hung_up", {})


def recording(name: str, parameters: list[str]) -> Any:
    """A callback that tells of itself."""

    def callback(self: Talker, *values: Any) -> None:
        if name == "error":
            self.say(name, error_args(list(values)))
        else:
            self.say(name, dict(zip(parameters, map(plain, values), strict=True)))

    return callback


def error_args(values: list[Any]) -> dict[str, Any]:
    """Three releases, two signatures."""
    if len(values) >= 4 and isinstance(values[2], int):
        return {"reqId": values[0], "errorTime": values[1], "errorCode": values[2], "errorString": values[3]}
    return {"reqId": values[0], "errorCode": values[1], "errorString": values[2]}


def quiet(_: Talker, *__: Any) -> None:
    """The additional callbacks of protobuf messages say nothing new."""


for found, function in inspect.getmembers(EWrapper, inspect.isfunction):
    if not found.startswith("_") and found != "logAnswer":
        names = [name for name in inspect.signature(function).parameters if name != "self"]
        setattr(Talker, found, quiet if found.lower().endswith("protobuf") else recording(found, names))


def argument(value: Any) -> Any:
    """{"Contract": {...}} becomes a Contract with these attributes."""
    if not isinstance(value, dict):
        return value
    ((kind, attributes),) = value.items()
    made = CLASSES[kind]()
    for name, attribute in attributes.items():
        setattr(made, name, attribute)
    return made


def main() -> None:
    """Calls from stdin until its end."""
    number = 1
    client = Talker(number)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["call"] == "new_client":
            number += 1
            client = Talker(number)
            continue
        try:
            answer = getattr(client, asked["call"])(*map(argument, asked["args"]))
        except Exception as error:  # noqa: BLE001 - 9.81.1 raises what goes wrong while sending
            client.say("raised", {"call": asked["call"], "error": repr(error)})
        else:
            client.say("returned", {"call": asked["call"], "value": plain(answer)})


if __name__ == "__main__":
    main()
