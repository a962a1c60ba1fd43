"""Makes requests with the client's own code and prints the bytes it sends.

Standard input: JSON, a list of sessions `[server version, [[method, argument, ...], ...]]`; an argument
`{"Contract": {...}}` is an object of that class with these attributes, lists of such objects are lists. Standard
output: JSON, per session and call the sent bytes as hex. An error that the client reports ends the program.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import importlib
import json
import sys
from types import SimpleNamespace
from typing import Any

CLASSES = {
    "ComboLeg": "contract",
    "Contract": "contract",
    "DeltaNeutralContract": "contract",
    "ExecutionFilter": "execution",
    "Order": "order",
    "OrderCancel": "order_cancel",
    "TagValue": "tag_value",
}
"""Where ibapi has the classes of arguments; ib_async has them all on top."""


class RecordingConnection:
    """Stands where the client has its socket."""

    def __init__(self) -> None:
        self.sent = b""

    def isConnected(self) -> bool:  # noqa: N802 - the client's name
        return True

    def sendMsg(self, message: bytes) -> int:  # noqa: N802 - the client's name
        self.sent += message
        return len(message)


class FailingWrapper:
    """Nothing calls back while requests are made, but errors in making them."""

    def error(self, *arguments: object) -> None:
        print("the client reports an error:", arguments, file=sys.stderr)
        sys.exit(3)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def argument(library: str, value: Any) -> Any:
    """The object that the JSON stands for."""
    if isinstance(value, list):
        return [argument(library, item) for item in value]
    if not isinstance(value, dict):
        return value
    [(name, attributes)] = value.items()
    values = {attribute: argument(library, inner) for attribute, inner in attributes.items()}
    if library == "ib_async":
        return getattr(importlib.import_module("ib_async"), name)(**values)
    made = getattr(importlib.import_module(f"ibapi.{CLASSES[name]}"), name)()
    vars(made).update(values)
    return made


def connected_client(library: str, version: int) -> tuple[Any, RecordingConnection]:
    """A client that believes to be in a session of this version."""
    connection = RecordingConnection()
    client = importlib.import_module(f"{library}.client")
    if library == "ib_async":
        wrapper = SimpleNamespace(setEventsDone=lambda: None)
        made = client.Client(wrapper)
        made._serverVersion = version
        made.connState = made.CONNECTED
        made.MaxRequests = 0
    else:
        made = client.EClient(FailingWrapper())
        made.serverVersion_ = version
        made.setConnState(made.CONNECTED)
    made.clientId = 77
    made.optCapab = "options"
    made.conn = connection
    return made, connection


def main(library: str) -> None:
    """See above."""
    answers = []
    for version, calls in json.load(sys.stdin):
        client, connection = connected_client(library, version)
        sent = []
        for method, *arguments in calls:
            connection.sent = b""
            getattr(client, method)(*[argument(library, value) for value in arguments])
            sent.append(connection.sent.hex())
        answers.append(sent)
    json.dump(answers, sys.stdout)


main(sys.argv[1])
