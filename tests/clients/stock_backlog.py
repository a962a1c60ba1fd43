"""How long ibapi's own reader takes to cut so many waiting messages: `stock_backlog.py COUNT COUNT`, seconds out.

The bytes are handed over as its connection hands over what waits: all at once. CPU time of the reader's own loop.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import queue
import sys
import time

from ibapi.reader import EReader

FRAME = (25).to_bytes(4, "big") + bytes(25)


class Waiting:
    """Takes the connection's place: everything at the first read, then nobody is connected any more."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._is_read = False

    def isConnected(self) -> bool:  # noqa: N802 - ibapi's name
        return not self._is_read

    def recvMsg(self) -> bytes:  # noqa: N802 - ibapi's name
        self._is_read = True
        return self._data


def seconds_for(count: int) -> float:
    """Cut so many messages."""
    messages: queue.Queue[bytes] = queue.Queue()
    reader = EReader(Waiting(FRAME * count), messages)
    began_s = time.process_time()
    reader.run()
    took_s = time.process_time() - began_s
    if messages.qsize() != count:
        raise AssertionError(f"{messages.qsize()} of {count} messages came out")
    return took_s


for asked in sys.argv[1:]:
    sys.stdout.write(f"{seconds_for(int(asked))}\n")
