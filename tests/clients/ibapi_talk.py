"""Runs with one release of ibapi: calls of EClient come in, callbacks go out, one JSON line each.

In: {"call": "reqMktData", "args": [1, {"Contract": {"symbol": "SPY"}}, "", false, false, []]}. Out:
{"call": "tickPrice", "args": {"reqId": 1, ...}, "mono_ns": ...}. The stock run loop runs in a thread, as in everybody's
first program.
"""

import inspect
import json
import sys
import threading
import time
from decimal import Decimal
from enum import Enum

from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper

LOCK = threading.Lock()


def plain(value):
    """A value as JSON: numbers, text, lists, objects by their attributes."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str | int | float) or value is None:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "__dict__"):
        return {name: plain(item) for name, item in vars(value).items()}
    return repr(value)


def say(call, args):
    """One line to whoever started this."""
    line = json.dumps({"call": call, "args": args, "mono_ns": time.monotonic_ns()})
    with LOCK:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def recording(name, function):
    """A callback that tells of itself."""
    names = [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]

    def callback(self, *values):
        given = {}
        for number, value in enumerate(values):
            given[names[number] if number < len(names) else f"more{number}"] = plain(value)
        if name == "error":
            given = error_args(values)
        say(name, given)

    return callback


def error_args(values):
    """Three releases, three signatures."""
    if len(values) >= 4 and isinstance(values[2], int):
        return {"reqId": values[0], "errorTime": values[1], "errorCode": values[2], "errorString": values[3]}
    return {"reqId": values[0], "errorCode": values[1], "errorString": values[2]}


def quiet(self, *values):
    """The additional callbacks of protobuf messages say nothing new."""


class Talker(EWrapper, EClient):
    """Every callback recorded."""

    def __init__(self):
        EClient.__init__(self, wrapper=self)


for found, function in inspect.getmembers(EWrapper, inspect.isfunction):
    if not found.startswith("_") and found != "logAnswer":
        is_twin = found.lower().endswith("protobuf")
        setattr(Talker, found, quiet if is_twin else recording(found, function))


def contract(values):
    """A Contract with these attributes."""
    made = Contract()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def run(client):
    """The stock loop; how it ended is told."""
    try:
        client.run()
        say("run_ended", {})
    except BaseException as error:
        say("run_died", {"error": repr(error)})


def main():
    """Calls from stdin until its end."""
    client = Talker()
    for line in sys.stdin:
        asked = json.loads(line)
        args = [contract(arg["Contract"]) if isinstance(arg, dict) and "Contract" in arg else arg for arg in asked["args"]]
        if asked["call"] == "new_client":
            client = Talker()
            continue
        if asked["call"] == "connect_and_run":
            client.connect(*args)
            threading.Thread(target=run, args=(client,), daemon=True).start()
            say("connected", {"is_connected": client.isConnected(), "server_version": client.serverVersion()})
            continue
        try:
            answer = getattr(client, asked["call"])(*args)
        except Exception as error:
            say("raised", {"call": asked["call"], "error": repr(error)})
        else:
            say("returned", {"call": asked["call"], "value": plain(answer)})


if __name__ == "__main__":
    main()
