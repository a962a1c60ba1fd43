"""One release under test with a player between it and its simulator; asleep (SIGSTOP) but for its own samples."""

from __future__ import annotations

import contextlib
import signal
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from bench._harness.agent import Agent, AgentFailed
from bench._harness.cores import writer_core
from bench._wire.cpu_time import cpu_ns
from bench._wire.matching import match
from bench._wire.played_ticks import named_bid
from bench._wire.player import make_player
from bench._wire.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench._wire.matching import Matches
    from bench._wire.observed import Prices

__all__ = ["Played", "PlayedStack"]

_SETTLE_S = 0.03
_LOOK_EVERY_S = 0.01
_SEEN_WITHIN_S = 60.0
_ARRIVE_S = 0.1
_FLUSHER_STARTS_S = 1.0


class Played(NamedTuple):
    """One sample."""

    messages: int
    cpu_ns: int
    """Of the process that reads the socket, all threads."""
    took_ns: int
    """From the first write until the last tick was in hand, or visible to readers."""


class PlayedStack(Stack):
    """As `Stack`, but what it takes comes from the player; the simulator's part ends with `connected`."""

    def _open_gateway(self) -> tuple[str, int]:
        self._player = Agent(f"{self.title}: player", make_player, writer_core())
        self._closing.callback(self._player.close)
        self._turn = 0
        self._flusher_pid: int | None = None
        self._last: list[tuple[float, float]] = []
        place = self._player.call("open", *super()._open_gateway(), self.release.server_version)
        return str(place[0]), int(place[1])

    def connected(self) -> None:
        """Wait until every symbol streams, then silence them all, make the ticks and sleep.

        Raises:
            AgentFailed: it does not come to that; closed.
        """
        super().connected()
        try:
            with self.awake():
                self._last = self._player.call("prepare", len(self.symbols))
        except AgentFailed:
            self.close()
            raise

    @contextlib.contextmanager
    def awake(self) -> Iterator[Self]:
        """Wake everything for the block. Nothing is owed: the simulator is silent."""
        self._signal(signal.SIGCONT)
        try:
            time.sleep(_SETTLE_S)
            yield self
        finally:
            self._signal(signal.SIGSTOP)

    def play(self, times: int) -> Played:
        """Send all ticks so many times and wait until the last is seen.

        Raises:
            AgentFailed: a part is gone, or the last values are not those that were sent.
        """
        with self.awake():
            wanted = self._last[self._turn % 2]
            used_ns = cpu_ns(self.loop_pid)
            started_ns, messages = self._player.call("play", times, self._turn, timeout_s=_SEEN_WITHIN_S)
            self._turn += 1
            last_at_ns = self._seen(wanted)
            return Played(messages, cpu_ns(self.loop_pid) - used_ns, last_at_ns - started_ns)

    def stream(self, seconds: float, ticks_per_s: float) -> float:
        """Send ticks evenly; return the CPU time used meanwhile, in percent of a core.

        Raises:
            AgentFailed: a part is gone.
        """
        with self.awake():
            started_ns, used_ns = time.monotonic_ns(), cpu_ns(self.loop_pid)
            self._player.call("stream", seconds, ticks_per_s)
            return 100 * (cpu_ns(self.loop_pid) - used_ns) / (time.monotonic_ns() - started_ns)

    def stream_with_files(self, seconds: float, ticks_per_s: float) -> tuple[float, float]:
        """As `stream`, with the service's flusher beside the feeder; return the CPU of both, in percent of a core.

        Raises:
            AgentFailed: a part is gone.
        """
        assert self._feeder is not None
        if self._flusher_pid is None:
            self._flusher_pid = self._feeder.start_flusher()
            self._parts.append(self._flusher_pid)
            with self.awake():
                time.sleep(_FLUSHER_STARTS_S)
                self._player.call("stream", seconds, ticks_per_s)
        pids = self.loop_pid, self._flusher_pid
        with self.awake():
            started_ns, used_ns = time.monotonic_ns(), [cpu_ns(pid) for pid in pids]
            self._player.call("stream", seconds, ticks_per_s)
            took_ns = time.monotonic_ns() - started_ns
            feeder, flusher = (100 * (cpu_ns(pid) - used) / took_ns for pid, used in zip(pids, used_ns, strict=True))
        return feeder, flusher

    def latencies(self, way: str, seconds: float, ticks_per_s: float) -> Matches:
        """Send ticks evenly; return when their bids were in hand.

        Raises:
            AgentFailed: a part is gone, or the symbols of the requests cannot be told.
        """
        with self.awake():
            numbers = self._numbers_of_requests()
            before = {number: bid for (number, side), bid in self.prices().items() if side == "bid"}
            with self.observed(way) as outcome:
                noted = self._player.call("stream_noted", seconds, ticks_per_s)
                time.sleep(_ARRIVE_S)
        sent: dict[int, list[tuple[int, float]]] = {}
        for at_ns, request, bid in noted:
            sent.setdefault(numbers[request], []).append((at_ns, bid))
        return match(sent, before, outcome[0].changes)

    def _numbers_of_requests(self) -> list[int]:
        """Return the number of the symbol by request."""
        self._player.call("name_all")
        names = [named_bid(request) for request in range(len(self.symbols))]
        ends_s = time.monotonic() + _SEEN_WITHIN_S
        while True:
            bids = {bid: number for (number, side), bid in self.prices().items() if side == "bid"}
            if all(name in bids for name in names):
                return [bids[name] for name in names]
            if time.monotonic() > ends_s:
                raise AgentFailed(f"{self.title}: not every request's own bid was seen")
            time.sleep(_LOOK_EVERY_S)

    def _seen(self, wanted: tuple[float, float]) -> int:
        """Wait until every symbol has this bid and ask; return when the last was in hand."""
        ends_s = time.monotonic() + _SEEN_WITHIN_S
        while True:
            prices: Prices
            prices, at_ns = self._observer.call("newest")
            others = sum(price != wanted[side == "ask"] for (_, side), price in prices.items())
            if not others and len(prices) == 2 * len(self.symbols):
                return int(at_ns)
            if time.monotonic() > ends_s:
                raise AgentFailed(f"{self.title}: {others} prices are not those that were sent last")
            time.sleep(_LOOK_EVERY_S)
