"""Six symbols without a stream and a gateway of lists, on a clock of its own, for what is asked for and when."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from tickring.config.structs import ContractConfig, FeederConfig
from tickring.feeder.bar_intake import BarIntake
from tickring.feeder.fallback_desk import FallbackDesk
from tickring.feeder.history_ledger import HistoryLedger
from tickring.feeder.line_desk import LineDesk
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.tick_intake import TickIntake
from tickring.feeder.token_bucket import TokenBucket
from tickring.known_contract import KnownContract

if TYPE_CHECKING:
    from tests.feeds import Feed

__all__ = ["CONFIG", "FallbackRoom"]

CONFIG = FeederConfig(snapshots_open_max=3, history_open_max=2, history_window_max=4, history_window_s=120.0)
COUNT = 6


class FallbackRoom:
    """Six symbols without a stream; the gateway is a list of what it was asked, on a clock of its own."""

    def __init__(self, feed: Feed, config: FeederConfig = CONFIG) -> None:
        self.reader = feed.open_reader("mock")
        self.writer = feed.writer
        self.now_s = 1000.0
        self.open: dict[int, tuple[str, str]] = {}
        self.asked: list[tuple[float, str, str]] = []
        self.streams: dict[str, Stream] = {}
        for number in range(COUNT):
            self.want(f"S{number}", number + 1)
        self.bucket = TokenBucket(config.messages_per_s)
        self.ledger = HistoryLedger(config)
        self.lines = LineDesk(config, self.streams)
        self.desk = FallbackDesk(feed.writer, config, self.streams, count(1), self.bucket, self.ledger, self.lines)
        self.intake = TickIntake(feed.writer, self.desk.leave)
        self.bars = BarIntake(feed.writer)
        self.desk.open(self, self.intake.snapshots, self.bars)

    def want(self, symbol: str, con_id: int) -> None:
        """A symbol whose stream was asked for now."""
        stream = Stream(symbol, ContractConfig(), self.writer.add(symbol), Stage.REQUESTED, -con_id)
        stream.contract = KnownContract(con_id=con_id, symbol=symbol, sec_type="STK", exchange="X", currency="USD")
        stream.asked_s = self.now_s
        self.streams[symbol] = stream

    # what the gateway hears

    def request_snapshot(self, req_id: int, contract: KnownContract) -> None:
        """Open a snapshot."""
        self._hear(req_id, "snapshot", contract.symbol)

    def request_bars(self, req_id: int, contract: KnownContract) -> None:
        """Ask for bars."""
        self._hear(req_id, "bars", contract.symbol)

    def cancel_ticks(self, req_id: int) -> None:
        """End a snapshot."""
        self.open.pop(req_id, None)

    def cancel_bars(self, req_id: int) -> None:
        """End bars."""
        self.open.pop(req_id, None)

    def _hear(self, req_id: int, kind: str, symbol: str) -> None:
        assert req_id not in self.open
        self.open[req_id] = (kind, symbol)
        self.asked.append((self.now_s, kind, symbol))

    # what happens

    def turn(self, seconds: float) -> None:
        """Time goes by, with the desk called whenever it asked for it."""
        until_s = self.now_s + seconds
        while True:
            self.desk.work(self.now_s)
            next_s = self.desk.work(self.now_s)
            if self.now_s + next_s >= until_s:
                break
            self.now_s += max(0.001, next_s)
        self.now_s = until_s
        self.desk.work(self.now_s)

    def count_calls(self) -> list[float]:
        """Return a list that is given the time of every call of the desk from here on."""
        calls: list[float] = []
        work = self.desk.work

        def work_and_count(now_s: float) -> float:
            calls.append(now_s)
            return work(now_s)

        self.desk.work = work_and_count  # type: ignore[method-assign]
        return calls

    def times(self, kind: str, symbol: str) -> list[float]:
        """When it was asked for."""
        return [at_s for at_s, asked, of in self.asked if (asked, of) == (kind, symbol)]
