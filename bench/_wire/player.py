"""A gateway that plays prepared ticks: the simulator's session passes through it, then it sends as fast as it can.

Hello, contracts and subscriptions are the simulator's own, passed on frame by frame; the ids of the requests are those
that prices were seen for. Served by `agent_process`; every public method is a command.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from bench._wire.played_ticks import bid_of, played_ticks, request_of_price
from tickring.simulator.wire.frames import FrameCutter, frame

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bench._wire.played_ticks import PlayedTicks

__all__ = ["Player", "make_player"]

_RECEIVE_BYTES = 1 << 18
_WRITE_EVERY_S = 0.01
_NOTED_EVERY_S = 0.001


def make_player(pipe: Connection[Any, Any]) -> Player:
    """Begin in a fresh process."""
    del pipe
    return Player()


class Player:
    """Between one simulator and its client."""

    def __init__(self) -> None:
        self._sending = threading.Lock()
        self._req_ids: dict[int, None] = {}
        self._ticks: PlayedTicks | None = None

    def open(self, host: str, port: int, server_version: int) -> tuple[str, int]:
        """Listen; return where. The client goes on to the gateway at `host` and `port`."""
        self._place = host, port
        self._server_version = server_version
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        address: tuple[str, int] = self._listener.getsockname()
        return address

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._client = client
        gateway = socket.create_connection(self._place)
        gateway.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_pass_on, args=(client, gateway), daemon=True).start()
        cutter = FrameCutter()
        with contextlib.suppress(OSError), client:  # the end of either is the end of the session
            while data := gateway.recv(_RECEIVE_BYTES):
                payloads = cutter.feed(data)
                for payload in payloads:
                    req_id = request_of_price(payload, self._server_version)
                    if req_id is not None:
                        self._req_ids[req_id] = None
                with self._sending:  # whole frames: what is played may come between any two
                    client.sendall(b"".join(map(frame, payloads)))

    def prepare(self, symbols: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Make the ticks; return the bid and ask that all symbols have after an even and an odd turn.

        Raises:
            ValueError: prices have come for another number of requests than there are symbols.
        """
        if len(self._req_ids) != symbols:
            raise ValueError(f"prices of {len(self._req_ids)} requests have come, of {symbols} symbols")
        self._ticks = played_ticks(list(self._req_ids), self._server_version)
        self._frames = [frame(payload) for payload in FrameCutter().feed(self._ticks.body)]
        return self._ticks.last

    def play(self, times: int, turn: int) -> tuple[int, int]:
        """Send it all; return when the first write began (CLOCK_MONOTONIC, ns) and how many messages there were."""
        ticks = self._ticks
        assert ticks is not None
        with self._sending:
            started_ns = time.monotonic_ns()
            for _ in range(times):
                self._client.sendall(ticks.body)
            self._client.sendall(ticks.ends[turn % 2])
        return started_ns, times * ticks.body_messages + ticks.end_messages

    def stream(self, seconds: float, ticks_per_s: float) -> int:
        """Send ticks evenly, a write every 10 ms; return how many there were."""
        started_s, sent = time.monotonic(), 0
        while (passed_s := time.monotonic() - started_s) < seconds:
            due = int(passed_s * ticks_per_s)
            if due > sent:
                with self._sending:
                    self._client.sendall(
                        b"".join(self._frames[number % len(self._frames)] for number in range(sent, due))
                    )
                sent = due
            time.sleep(_WRITE_EVERY_S)
        return sent

    def name_all(self) -> None:
        """Send every request a bid of its own, `named_bid`: who has which tells whose request it is."""
        ticks = self._ticks
        assert ticks is not None
        with self._sending:
            self._client.sendall(ticks.names)

    def stream_noted(self, seconds: float, ticks_per_s: float) -> list[tuple[int, int, float]]:
        """Send ticks evenly, at most a thousand writes a second; return every bid: CLOCK_MONOTONIC (ns), request, bid.

        The clock is read just before the write. Requests are numbered in the order in which they got prices.
        """
        noted = []
        started_s, sent = time.monotonic(), 0
        while (passed_s := time.monotonic() - started_s) < seconds:
            due = int(passed_s * ticks_per_s)
            if due > sent:
                numbers = [number % len(self._frames) for number in range(sent, due)]
                data = b"".join([self._frames[number] for number in numbers])
                with self._sending:
                    at_ns = time.monotonic_ns()
                    self._client.sendall(data)
                bids = ((number, bid_of(number, len(self._req_ids))) for number in numbers)
                noted += [(at_ns, bid.request, bid.price) for _, bid in bids if bid is not None]
                sent = due
            time.sleep(max(_NOTED_EVERY_S, 0.5 / ticks_per_s))
        return noted

    def close(self) -> None:
        """Hang up."""
        self._listener.close()
        with contextlib.suppress(AttributeError, OSError):  # nobody came, or has gone
            self._client.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError), target:
        while data := source.recv(_RECEIVE_BYTES):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)
