"""Decodes a server's frames with the client's own code and prints which callbacks it made.

Standard input: JSON, a list of sessions `[server version, [bytes of one or more frames as hex, ...]]`. Standard output:
JSON, for each session and each item a list of `[callback, argument, ...]`. An error that the client logs is a callback
named "log".
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import json
import logging
import queue
import sys
from pathlib import Path
from typing import Any

sys.path.insert(1, str(Path(__file__).parent))

from plain_values import plain  # type: ignore[import-not-found]  # beside this script

Calls = list[list[object]]


class LoggedErrors(logging.Handler):
    """Adds what the client logs as an error to the calls of the item being decoded."""

    def __init__(self, calls: list[Calls]) -> None:
        super().__init__(logging.ERROR)
        self._calls = calls

    def emit(self, record: logging.LogRecord) -> None:
        self._calls[-1].append(["log", record.getMessage(), str(record.exc_info and record.exc_info[1])])


def decode_with_ibapi(version: int, items: list[bytes]) -> list[Calls]:
    """The message loop of ibapi itself, fed through its queue."""
    from ibapi.client import EClient
    from ibapi.comm import read_msg
    from ibapi.decoder import Decoder
    from ibapi.wrapper import EWrapper

    calls: list[Calls] = []

    class Messages(queue.Queue):  # type: ignore[type-arg]
        def get(self, *_: object, **__: object) -> bytes:
            begins_item: bool
            message: bytes
            begins_item, message = super().get()
            if begins_item:
                calls.append([])
            return message

    class Recorder(EWrapper):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("_") or name.endswith("ProtoBuf"):
                return super().__getattribute__(name)
            return lambda *arguments: calls[-1].append([name, *map(plain, arguments)])

    wrapper = Recorder()
    client = EClient(wrapper)
    client.serverVersion_ = version
    client.decoder = Decoder(wrapper, version)
    client.msg_queue = Messages()
    for frames in items:
        begins_item, rest = True, frames
        while rest:
            size, message, rest = read_msg(rest)
            assert len(message) == size, f"an incomplete frame in {frames!r}"
            client.msg_queue.put((begins_item, message))
            begins_item = False
    logging.getLogger().handlers = [LoggedErrors(calls)]
    client.run()
    return calls


def decode_with_ib_async(version: int, items: list[bytes]) -> list[Calls]:
    """The socket callback of ib_async's client."""
    from ib_async.client import Client

    calls: list[Calls] = []

    class Recorder:
        def __getattr__(self, name: str) -> Any:
            if name in {"tcpDataArrived", "tcpDataProcessed"}:
                raise AttributeError(name)
            return lambda *arguments: calls[-1].append([name, *map(plain, arguments)])

    client = Client(Recorder())
    client._serverVersion = version
    client.decoder.serverVersion = version
    logging.getLogger().handlers = [LoggedErrors(calls)]
    for frames in items:
        calls.append([])
        client._onSocketHasData(frames)
    return calls


def main(library: str) -> None:
    """See above."""
    decode = decode_with_ib_async if library == "ib_async" else decode_with_ibapi
    sessions = json.load(sys.stdin)
    json.dump([decode(version, [*map(bytes.fromhex, items)]) for version, items in sessions], sys.stdout)


main(sys.argv[1])
