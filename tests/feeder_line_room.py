"""A subscription desk and a gateway of few lines, on a clock of their own: who streams, who is refused, who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.config.structs import ContractConfig, FeederConfig
from tickring.feeder import desk_report
from tickring.feeder.bar_intake import BarIntake
from tickring.feeder.contract_store import ContractStore
from tickring.feeder.history_ledger import HistoryLedger
from tickring.feeder.stream import Stage
from tickring.feeder.subscription_desk import SubscriptionDesk
from tickring.feeder.tick_intake import TickIntake
from tickring.gateway_codes import Reaction, code_of
from tickring.known_contract import KnownContract
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tests.feeds import Feed
    from tickring.feeder.fallback import Fallback
    from tickring.feeder.stream import Stream

__all__ = ["LineRoom"]

_ANSWER_S = 0.05
_SNAPSHOT_S = 11.0


class LineRoom:
    """Every contract is known. The gateway answers at once with a price, or with 101 where it has no line."""

    def __init__(self, feed: Feed, config: FeederConfig, count: int) -> None:
        self._config = config
        self.writer = feed.writer
        self.reader = feed.open_reader("mock")
        self.contracts = ContractStore(SegmentPaths.of(feed.name).directory / "contracts", "mock")
        self.desk = SubscriptionDesk(feed.writer, config, self.contracts, HistoryLedger(config))
        self.intake = TickIntake(feed.writer, self._confirmed, self._served)
        self.now_s = 1000.0
        self.lines = 1_000_000
        self.codes: dict[str, int] = {}
        """What streams of a symbol are refused with."""
        self.muted: set[str] = set()
        self.refused = 0
        self.sent_s: list[float] = []
        self.asked: list[tuple[float, str, str]] = []
        self._open: dict[int, tuple[str, str]] = {}
        self._answers: list[tuple[float, int, int]] = []
        self._number = 0
        for number in range(count):
            self.want(f"S{number}")
        self.desk.open(self, self.intake, BarIntake(feed.writer))  # type: ignore[arg-type]

    # what is wanted

    @property
    def streams(self) -> Mapping[str, Stream]:
        """By symbol."""
        return self.desk.streams

    def want(self, symbol: str) -> None:
        """One more; nothing if it is wanted already."""
        self._number += 1
        contract = KnownContract(con_id=self._number, symbol=symbol, sec_type="STK", exchange="X", currency="USD")
        self.contracts.keep(symbol, ContractConfig(), contract)
        self.desk.want(symbol, ContractConfig())

    def unwant(self, symbol: str) -> None:
        """One less."""
        self.desk.unwant(symbol)

    def set_priorities(self, priorities: Mapping[str, int]) -> None:
        """As the planner says."""
        self.desk.order.lines.set_priorities(priorities)

    # what the gateway hears

    def request_details(self, req_id: int, symbol: str, wanted: ContractConfig) -> None:
        """Contracts are known; asked for where one was refused as unknown."""
        del wanted
        self._hear("details", symbol)
        self._answers.append((self.now_s + _ANSWER_S, req_id, 200))

    def request_ticks(self, req_id: int, contract: KnownContract) -> None:
        """A stream: a price, a refusal or nothing follows."""
        self._open_line(req_id, "stream", contract.symbol)

    def request_snapshot(self, req_id: int, contract: KnownContract) -> None:
        """A snapshot: the same, and its end after a while."""
        self._open_line(req_id, "snapshot", contract.symbol)

    def cancel_ticks(self, req_id: int) -> None:
        """The line is free; of one that is closed already the gateway says 300."""
        self._hear("cancel", "")
        self._open.pop(req_id, None)

    def request_bars(self, req_id: int, contract: KnownContract) -> None:
        """Bars: nothing follows."""
        del req_id
        self._hear("bars", contract.symbol)

    def cancel_bars(self, req_id: int) -> None:
        """They are not waited for."""
        del req_id
        self._hear("cancel", "")

    def request_positions(self) -> None:
        """Nobody asks here."""

    def _hear(self, kind: str, symbol: str) -> None:
        self.sent_s.append(self.now_s)
        self.asked.append((self.now_s, kind, symbol))

    def _open_line(self, req_id: int, kind: str, symbol: str) -> None:
        self._hear(kind, symbol)
        code = self.codes.get(symbol, 0)
        if code == 0 and len(self._open) >= self.lines:
            code = 101
        if code == 0:
            self._open[req_id] = (kind, symbol)
        self._answers.append((self.now_s + _ANSWER_S, req_id, code))
        if kind == "snapshot" and code == 0:
            self._answers.append((self.now_s + _SNAPSHOT_S, req_id, -1))

    # what happens

    def turn(self, seconds: float) -> None:
        """Time goes by, with the desk called whenever it asked for it and whenever an answer has come."""
        until_s = self.now_s + seconds
        while True:
            next_s = self.desk.work(self.now_s)
            self._answers.sort()
            answer_s = self._answers[0][0] if self._answers else until_s
            at_s = min(answer_s, self.now_s + max(0.001, next_s))
            if at_s >= until_s:
                break
            self.now_s = max(at_s, self.now_s)
            while self._answers and self._answers[0][0] <= self.now_s:
                self._answer(*self._answers.pop(0)[1:])
        self.now_s = until_s

    def _answer(self, req_id: int, code: int) -> None:
        if code > 0:
            self._refuse(req_id, code)
            return
        kind, symbol = self._open.get(req_id, ("", ""))
        if code < 0:
            if kind:
                del self._open[req_id]
                self.desk.fallback.ended(req_id, self.now_s)
        elif kind and symbol not in self.muted:
            self.intake.begin(1)
            self.intake.market_data_type(req_id, 1)
            self.intake.end()
            self.intake.begin(1)
            self.intake.tick_price(req_id, 4, 100.0)
            self.intake.end()

    def _refuse(self, req_id: int, code: int) -> None:
        self.refused += code == 101
        stream, fallback = self.desk.stream_of(req_id), self.desk.fallback.request_of(req_id)
        reaction = code_of(code).reaction
        if fallback is not None:
            self.desk.fallback.error(fallback, reaction, "", self.now_s)
        elif stream is not None:
            self.desk.refuse(stream, reaction, f"{code}", self.now_s)

    def _confirmed(self, stream: Stream) -> None:
        self.desk.confirmed(stream)

    def _served(self, fallback: Fallback) -> None:
        self.desk.fallback.served(fallback, self.now_s)

    def happen(self, word: str, value: float) -> None:
        """One thing of a random story."""
        symbol = f"S{int(value)}"
        if word == "time":
            self.turn(value)
        elif word == "lines":
            self.lines = int(value)
        elif word == "want":
            self.want(symbol)
        elif word == "unwant":
            self.unwant(symbol)
        elif word == "matter":
            self.set_priorities({symbol: 0, "S3": 1, "S7": 1})
        elif word == "mute":
            self.muted ^= {symbol}
        elif word == "refuse" and (stream := self.streams.get(symbol)) is not None and stream.stage is Stage.CONFIRMED:
            self._open.pop(stream.req_id, None)
            self.desk.refuse(stream, Reaction.REFUSED, "321", self.now_s)
        elif word == "lose":
            self._open.clear()
            self._answers.clear()
            self.desk.ask_all_again()

    def take_away(self, code: int) -> None:
        """Every stream that runs is refused now."""
        for stream in list(self.streams.values()):
            if self._open.pop(stream.req_id, None) is not None:
                self._refuse(stream.req_id, code)

    def reconnect(self) -> None:
        """The connection is lost, and another one is there."""
        self.desk.close()
        self._open.clear()
        self._answers.clear()
        self.intake = TickIntake(self.writer, self._confirmed, self._served)
        self.desk.open(self, self.intake, BarIntake(self.writer))  # type: ignore[arg-type]

    # what is seen

    def count(self, stage: Stage) -> int:
        """How many symbols are so far."""
        return sum(stream.stage is stage for stream in self.streams.values())

    def stages(self, *symbols: str) -> list[Stage]:
        """How far each of them is."""
        return [self.streams[symbol].stage for symbol in symbols]

    def said(self, symbol: str) -> str:
        """What a reader is told."""
        return self.reader[symbol].verdict

    def rotated_ages_s(self) -> dict[str, float]:
        """Ages of those served in turn, without those that have had no snapshot yet."""
        ages_s = desk_report.rotated(list(self.streams.values()), self.now_s)
        return {symbol: age_s for symbol, age_s in ages_s.items() if age_s is not None}

    def asked_kinds(self) -> set[tuple[str, str]]:
        """What was asked for whom."""
        return {(kind, symbol) for _, kind, symbol in self.asked}

    def check(self) -> None:
        """Lines and pace, and that nobody is live whose stream has no price."""
        use: Any = self.desk.order.lines.use(self.desk.fallback.lines_used)
        assert len(self._open) <= self._config.lines_max, self._open
        assert use.limit <= self._config.lines_max
        sent_s = self.sent_s[-200:]
        assert all(sum(begin_s <= at_s < begin_s + 1.0 for at_s in sent_s) <= 45 for begin_s in sent_s)
        for symbol, stream in self.streams.items():
            if self.reader[symbol].verdict == "live":
                assert stream.stage is Stage.CONFIRMED, symbol

    def close(self) -> None:
        """Retire what is wanted."""
        for symbol in list(self.streams):
            self.unwant(symbol)
        self.reader.close()
