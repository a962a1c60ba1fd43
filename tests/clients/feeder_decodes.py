"""Runs the feeder's decoder with one release of ibapi: `feeder_decodes.py VERSION HEX ...`, one JSON line a message.

{"calls": [["tick_price", [1000, 1, 600.0]], ...], "error": "MessageUnreadable"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, cast

from tickring.feeder.api_client import ApiClient
from tickring.feeder.message_sink import MessageSink


class Listening:
    """A sink that writes down what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *values: self.calls.append((name, values))


def main(version: int, messages: list[str]) -> None:
    """See above."""
    sink, sent = Listening(), bytearray()
    api = ApiClient(cast(MessageSink, sink), sent.extend, client_id=47)
    api.begin(version)
    for message in messages:
        sink.calls.clear()
        error = None
        try:
            api.decode(bytes.fromhex(message))
        except Exception as raised:  # noqa: BLE001 - what is raised is what the test wants to know
            error = type(raised).__name__
        sys.stdout.write(json.dumps({"calls": sink.calls, "error": error}) + "\n")


main(int(sys.argv[1]), sys.argv[2:])
