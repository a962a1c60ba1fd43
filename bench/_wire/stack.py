"""One release under test with a gateway of its own: simulator, loop, and for tickring segment and reader.

All stacks of a question stand at once, each asleep (SIGSTOP) but the one whose turn it is, so that rounds can go around
without connecting anew. A sample begins and ends with a gateway that sends nothing and with nothing on its way: what
was sent in between is exactly what the sample could see.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bench._contenders.gateway_clients import IB_ASYNC
from bench._harness.agent import Agent, AgentFailed
from bench._harness.cores import reader_core, writer_core
from bench._wire.feeder_side import FeederSide
from bench._wire.ib_async_loop import EVENT, WRAPPER, make_ib_async_loop
from bench._wire.ibapi_loop import make_ibapi_loop
from bench._wire.segment_watch import FOLLOWING, POLLING, PUBLISHED, make_segment_watch
from bench._wire.sent_file import SentFile
from tickring.errors import TickringError
from tickring.simulator.control.client import ControlClient
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench._contenders.gateway_clients import GatewayClient, Release
    from bench._wire.observed import Observed, Prices
    from bench._wire.sent_file import SentTick

__all__ = ["Stack"]

_SETTLE_S = 0.03
_ARRIVE_S = 0.1  # twice as much as any contender needs here
_CATCH_UP_S = 1.0
_LOG_LATE_S = 0.25  # the simulator writes its log every 0.2 s
_TURNS = 4
_LONGEST_BURST_S = 60.0


class Stack:
    """`connected` must follow; then it sleeps: use `awake`. `close` ends it and removes its files."""

    def __init__(
        self,
        contender: GatewayClient,
        release: Release,
        symbols: list[str],
        place: Path,
        *,
        has_fast_lane: bool = True,
        **settings: object,
    ) -> None:
        """`place`: a directory that is there. `has_fast_lane`: of tickring's feeder. `settings`: the simulator's.

        Raises:
            AgentFailed: one of its parts does not work.
        """
        self.contender = contender.name
        self.release = release
        self.symbols = symbols
        self._is_stock = contender.is_stock
        self._has_fast_lane = has_fast_lane
        self._place = place
        self._closing = contextlib.ExitStack()
        self._feeder: FeederSide | None = None
        self._parts: list[int] = []
        self._numbers = {symbol: number for number, symbol in enumerate(symbols)}
        self._last_sent: Prices = {}
        self._owed: list[tuple[int, int, Callable[[list[SentTick]], None]]] = []
        try:
            self._start(settings)
        except (TickringError, OSError) as error:
            self.close()
            raise AgentFailed(f"{self.title}: {error}") from error
        except BaseException:
            self.close()
            raise

    @property
    def title(self) -> str:
        """For reports of what failed."""
        return f"{self.contender}, {self.release.title}"

    @property
    def ways(self) -> list[str]:
        """How a tick can be observed here."""
        if not self._is_stock:
            return [PUBLISHED, POLLING, FOLLOWING]
        return [WRAPPER, EVENT] if self.release.client == IB_ASYNC else ["tickPrice"]

    # ---- start and end ----

    def _start(self, settings: dict[str, object]) -> None:
        log = self._place / "sent.jsonl"
        more = {"always_open": True, "pace": 0.0, "message_rate": 0, "lines": 100_000, "log": str(log), **settings}
        self._simulator = SimulatorProcess.start(max_server_version=self.release.server_version, **more)
        self._closing.callback(self._simulator.close)
        self._control = ControlClient(self._simulator.control_place, timeout_s=_LONGEST_BURST_S)
        self._closing.callback(self._control.close)
        self._sent = SentFile(log)
        gateway = self._open_gateway()
        if self._is_stock:
            make = make_ib_async_loop if self.release.client == IB_ASYNC else make_ibapi_loop
            self._observer = Agent(f"{self.title}", partial(make, self.release.client), reader_core())
            self._closing.callback(self._observer.close)
            place: tuple[object, ...] = gateway
        else:
            segment = self._place / "segment"
            self._feeder = FeederSide(
                self.release.client, self.symbols, gateway[1], segment, has_fast_lane=self._has_fast_lane
            )
            self._closing.callback(self._feeder.close)
            place = (self._feeder.segment,)
            self._observer = Agent(f"{self.title}: reader", make_segment_watch, reader_core())
            self._closing.callback(self._observer.close)
        self._connecting = self._observer.begin("connect", *place, self.symbols)
        self._parts = [self._simulator.pid, self.loop_pid]

    def _open_gateway(self) -> tuple[str, int]:
        """Return where clients connect."""
        return self._simulator.host, self._simulator.port

    def connected(self) -> None:
        """Wait until every symbol streams, then silence them all and sleep.

        Raises:
            AgentFailed: it does not come to that; closed.
        """
        try:
            self._observer.finish(self._connecting)
            for symbol in self.symbols:
                self._control.do("mute", symbol=symbol)
        except (AgentFailed, TickringError, OSError) as error:
            self.close()
            raise AgentFailed(f"{self.title}: {error}") from error
        self._signal(signal.SIGSTOP)

    @property
    def loop_pid(self) -> int:
        """The process that reads the socket."""
        return self._observer.pid if self._feeder is None else self._feeder.pid

    def close(self) -> None:
        """Idempotent."""
        self._signal(signal.SIGCONT)
        self._closing.close()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._parts:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    # ---- samples ----

    @contextlib.contextmanager
    def awake(self) -> Iterator[Self]:
        """Wake everything for the block, settle what the one before still owes, let what is under way arrive.

        Raises:
            AgentFailed: a part is gone.
        """
        self._signal(signal.SIGCONT)
        try:
            time.sleep(_SETTLE_S)
            self.settle()
            self._catch_up()
            yield self
        except (TickringError, OSError) as error:
            raise AgentFailed(f"{self.title}: {error}") from error
        finally:
            self._signal(signal.SIGSTOP)

    def _catch_up(self) -> None:
        """Wait until the observer has what was sent last, but not for values that a library has lost for good."""
        before: Prices = {}
        ends_s = time.monotonic() + _CATCH_UP_S
        while any((prices := self.prices()).get(key) != value for key, value in self._last_sent.items()):
            now_s = time.monotonic()
            if prices != before:  # a backlog, from the start perhaps: it shrinks
                before, ends_s = prices, now_s + _CATCH_UP_S
            if now_s > ends_s:
                return
            time.sleep(0.02)

    def prices(self) -> Prices:
        """Return what the observer has now."""
        prices: Prices = self._observer.call("prices")
        return prices

    @contextlib.contextmanager
    def observed(self, way: str) -> Iterator[list[Observed]]:
        """Observe during the block; the result is in the list after it."""
        # A polling reader has its core for itself; the feeder then shares the gateway's, where a stock loop never is.
        self._place_feeder(writer_core() if way == POLLING else reader_core())
        with self._observer.going_on("watch", way) as outcome:
            time.sleep(_SETTLE_S)
            yield outcome

    def _place_feeder(self, core: int) -> None:
        if self._feeder is not None:
            os.sched_setaffinity(self.loop_pid, {core})

    @contextlib.contextmanager
    def streaming(self, symbols: list[str]) -> Iterator[None]:
        """Let the gateway send changes of these symbols during the block, and what is under way then arrive."""
        try:
            for symbol in symbols:
                self._control.do("unmute", symbol=symbol)
            yield
        finally:
            for symbol in symbols:
                self._control.do("mute", symbol=symbol)
            time.sleep(_ARRIVE_S)

    def burst(self, count: int) -> int:
        """Send that many ticks as fast as they are taken; return how many were."""
        return int(self._control.do("burst", count=count)["ticks"])

    def owe(self, since_ns: int, judge: Callable[[list[SentTick]], None]) -> None:
        """Have `judge` called with the ticks sent since then and until now, once the log is complete."""
        self._owed.append((since_ns, time.monotonic_ns(), judge))

    def settle(self) -> None:
        """Call those that are owed; call it awake and silent."""
        newest_ns = max((until_ns for _, until_ns, _ in self._owed), default=0)
        time.sleep(max(0.0, _LOG_LATE_S - (time.monotonic_ns() - newest_ns) / 1e9))
        for _ in range(_TURNS):  # each answer is a turn of the gateway's loop, and the log's timer is due
            self._control.do("status")
        sent, owed = self._sent.news(), self._owed
        for tick in sent:
            if tick.field in {"bid", "ask"}:
                self._last_sent[self._numbers[tick.symbol], tick.field] = float(tick.value)
        self._owed = []
        for since_ns, until_ns, judge in owed:
            judge([tick for tick in sent if since_ns <= tick.mono_ns <= until_ns])
