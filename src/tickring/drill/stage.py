"""A gateway, the whole service on it and a watcher of all quotes, in a directory of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tickring.control.client import SupervisorClient
from tickring.drill.honesty import HonestyWatch, lies_in, sent_until
from tickring.drill.settings import LINES, drill_settings
from tickring.errors import TickringError
from tickring.feeder_status import FeederStatus, read_feeder_status
from tickring.reader import GOOD, QuoteReader
from tickring.simulator.market.catalog_generated import generated_listing
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from tickring.reader import Quote

__all__ = ["CROWD", "SYMBOLS", "Stage", "StageBroken"]

SYMBOLS = (
    *("SPY", "QQQ", "IWM", "TQQQ", "AVGO", "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL"),
    *("GOOG", "META", "TSLA", "AMD", "INTC", "NFLX", "JPM", "BAC", "GLD", "XLF"),
)
"""Twenty that are always streamed in a drill, and are used to tick often."""
CROWD = tuple(generated_listing(number).symbol for number in range(1, 481))
"""Those that are there beside them and streamed only where a scenario says so."""
_LOOK_S = 0.01
_SAMPLE_S = 0.25  # as IB does for stocks
_SAMPLE_LEAST_S = 0.05
_UP_WITHIN_S = 60.0
_SEEN_EVERY_S = 0.02
_CROWD_SEEN_EVERY_S = 0.25


class StageBroken(TickringError):
    """The stage itself does not stand: nothing can be drilled. The message ends with the service's last words."""


class Stage:
    """Use as a context manager. Everything runs in real processes; the gateway's faults are the simulator's."""

    def __init__(self, segment: str, place: Path, *, speed: float = 1.0, seed: int = 1) -> None:
        """`speed`: every timer of the service is divided by it."""
        self.segment = segment
        self.speed = speed
        self.place = place
        self._seed = seed
        self._parts = ExitStack()
        self._log = place / "run.log"

    # ---- up and down ----

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            sample_s = max(_SAMPLE_LEAST_S, _SAMPLE_S / self.speed)
            self.gateway = SimulatorProcess.start(
                always_open=True, seed=self._seed, sample_s=sample_s, lines=LINES, generated=len(CROWD)
            )
            parts.callback(self.gateway.close)
            parts.callback(self._wake_gateway)
            self._service = self._start_service()
            parts.callback(self._end_service)
            self.reader = self._wait_for_segment()
            parts.callback(self.reader.close)
            self.client = SupervisorClient(self.segment)
            parts.callback(self.client.close)
            self.watch = parts.enter_context(HonestyWatch(self.segment, SYMBOLS, look_every_s=_SEEN_EVERY_S))
            if self.wait(self.all_live, _UP_WITHIN_S) is None:
                raise StageBroken(f"not within {_UP_WITHIN_S:g} s: {', '.join(self.not_streaming())}\n{self.told()}")
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._parts.close()

    def _start_service(self) -> subprocess.Popen[bytes]:
        config = self.place / "drill.toml"
        lines: list[str] = []
        for section, values in drill_settings(self.speed).items():
            lines.append(f"[{section}]")
            lines += [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
        config.write_text("\n".join(lines) + "\n")
        command = [
            *(sys.executable, "-P", "-m", "tickring.cli", "run", "--no-top", "--config", str(config)),
            *("--segment", self.segment, "--data-root", str(self.place / "data")),
            *("--set", f"files.state_dir={self.place / 'state'}", "--symbols", ",".join(SYMBOLS)),
            *("--gateway", f"{self.gateway.host}:{self.gateway.port}"),
        ]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
            )

    def _end_service(self) -> None:
        self._service.terminate()
        try:
            self._service.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._service.pid, signal.SIGKILL)  # a session of its own: it and its children
            self._service.wait()

    def _wake_gateway(self) -> None:
        if self.gateway.is_running:
            os.kill(self.gateway.pid, signal.SIGCONT)

    def _wait_for_segment(self) -> QuoteReader:
        try:
            return QuoteReader.open(self.segment, api_mode="mock", wait_s=_UP_WITHIN_S)
        except TickringError as error:
            raise StageBroken(f"{error}: {self.told()}") from error

    def told(self) -> str:
        """Return the service's last words."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-15:])

    # ---- looking ----

    def quote(self, symbol: str) -> Quote:
        """Return the symbol's present quote."""
        return self.reader.latest(symbol)

    def not_good(self, symbols: Iterable[str] = SYMBOLS) -> list[str]:
        """Return which of them may not be traded on now."""
        return [symbol for symbol in symbols if self.quote(symbol).verdict not in GOOD]

    def all_live(self) -> bool:
        """Whether every symbol streams."""
        return not self.not_good() and all(self.quote(symbol).source == "ib_stream" for symbol in SYMBOLS)

    def is_well(self) -> bool:
        """Whether every symbol streams, and everybody says so."""
        return self.all_live() and self.status() == "connected" and self.feeder().confirmed == len(SYMBOLS)

    def not_streaming(self) -> list[str]:
        """Return the quotes of those that do not, as people read them."""
        quotes = [self.quote(symbol) for symbol in SYMBOLS]
        return [str(quote) for quote in quotes if quote.verdict not in GOOD or quote.source != "ib_stream"]

    def status(self) -> str:
        """Return `connected`, `degraded` or `disconnected`, as the supervisor says."""
        return self.client.status().stream.status

    def code(self) -> str:
        """Return the code of the stream's present state (`tickring.stream_words`)."""
        return self.client.status().stream.code

    def feeder(self) -> FeederStatus:
        """Return the feeder's own words."""
        found = read_feeder_status(self.segment)
        if found is None:
            raise StageBroken(f"the feeder says nothing: {self.told()}")
        return found

    def file_of(self, symbol: str) -> dict[str, Any]:
        """Return what the symbol's JSON file says."""
        path = self.place / "data" / "stream" / f"{symbol}.json"
        found: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        return found

    def logins(self) -> int:
        """Return how often a client has begun a session with the gateway."""
        lines = sent_until(self.gateway, time.monotonic_ns())
        return sum(line.direction == "received" and line.kind == "StartApi" for line in lines)

    def episodes(self, kind: str) -> int:
        """Return how many episodes of a kind the service has told of so far."""
        return len({one.episode_id for one in self.client.episodes(0).episodes if one.kind == kind})

    def wait(self, condition: Callable[[], object], limit_s: float) -> float | None:
        """Return after how many seconds it held, None: not within the limit."""
        begin_s = time.monotonic()
        while not condition():
            if time.monotonic() - begin_s >= limit_s:
                return None
            time.sleep(_LOOK_S)
        return time.monotonic() - begin_s

    @contextmanager
    def watching(self, symbols: Sequence[str]) -> Generator[None]:
        """Hold these against what the gateway sends, too; `lies` tells."""
        with HonestyWatch(self.segment, symbols, look_every_s=_CROWD_SEEN_EVERY_S) as watch:
            yield
        self.watch.seen += watch.seen
        self.watch.wrong += watch.wrong

    def lies(self) -> list[str]:
        """Return what readers were told since this was asked last, and was not so."""
        deadline_s = _honest_within_s(self.speed)
        seen = self.watch.take_seen()
        wrong, self.watch.wrong = self.watch.wrong, []
        return wrong + lies_in(seen, sent_until(self.gateway, time.monotonic_ns()), deadline_s=deadline_s)


def _honest_within_s(speed: float) -> float:
    """A feeder may stand still until readers disbelieve its heartbeat; what the gateway sent then is seen later."""
    return 2.0 if speed > 1 else 3.0
