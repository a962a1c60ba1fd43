"""A feeder as a process of its own, with the segment it writes and a reader of it: the far end is the test's choice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tests.clients.environments import environment
from tests.waiting import wait_until
from tickring.config.structs import Config
from tickring.feeder.commands import AddSymbols, FeederCommand, RemoveSymbols, encode_command
from tickring.feeder_status import FeederStatus, read_feeder_status
from tickring.reader import QuoteReader
from tickring.states import RunState
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring._core import Quote
    from tickring.config.structs import ContractConfig

__all__ = ["FeederRig", "tenth"]

CHILD = Path(__file__).parent / "feeder_child.py"

_TIMERS = {
    "gateway": {
        "connect_timeout_s": 0.5,
        "hello_timeout_s": 1.0,
        "half_message_timeout_s": 1.0,
        "backoff_first_s": 0.1,
        "backoff_limit_s": 0.6,
        "outbound_deadline_s": 0.5,
        "probe_after_s": 1.5,
        "probe_answer_s": 0.5,
        "probe_limit_s": 3.0,
        "client_id_patience_s": 3.0,
        "link_settle_s": 0.1,
        "link_verify_s": 1.5,
        "farm_settle_s": 0.5,
    },
    "feeder": {
        "resolve_timeout_s": 1.0,
        "subscribe_timeout_s": 1.0,
        "retry_s": 0.5,
        "retry_limit_s": 1.0,
        "pacing_slow_s": 1.0,
        "lines_probe_s": 0.5,
        "lines_probe_limit_s": 2.0,
        "rotation_period_s": 0.3,
        "rotation_dwell_s": 0.1,
        "competing_retry_s": 0.3,
        "competing_retry_limit_s": 1.0,
    },
}


def tenth(port: int, segment_name: str, symbols: tuple[str, ...], **changes: dict[str, Any]) -> Config:
    """A configuration with timers at a tenth; `changes` by section."""
    sections: dict[str, dict[str, Any]] = {
        "segment": {"name": segment_name, "vouch_limit_s": 1.0},
        "gateway": {"port": port, **_TIMERS["gateway"]},
        "feeder": {**_TIMERS["feeder"]},
        "stream": {"symbols": symbols, "api_mode": "mock"},
        "log": {"level": "info", "repeats_per_minute": 0},
    }
    for section, values in changes.items():
        sections.setdefault(section, {}).update(values)
    return msgspec.convert(sections, Config)


class FeederRig:
    """Use as a context manager; the feeder is gone afterwards. Several in one test need segments of their own."""

    def __init__(
        self,
        client: str,
        segment_name: str,
        port: int,
        symbols: tuple[str, ...] = ("SPY",),
        **changes: dict[str, Any],
    ) -> None:
        """`client`: a release of tests/clients/environments.py. `changes`: of the configuration, by section."""
        self.client = client
        self.client_path: str | None = None
        """Another directory than the client's."""
        self.name = segment_name
        self.config = tenth(port, segment_name, symbols, **changes)
        capacity = changes.get("segment", {}).get("capacity", 256)
        limits = SegmentLimits(capacity, 4096 * 256 // capacity, 1.0, self.config.segment.vouch_limit_s)
        self.host = SegmentHost.open(segment_name, limits=limits, api_mode="mock")
        self.reader = QuoteReader.open(segment_name, api_mode="any")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: Any = None

    def start(self, *, epoch: int | None = None, is_waited_for: bool = True) -> Self:
        """Start the feeder with a new epoch, or the one given."""
        given = self.host.grant_epoch() if epoch is None else epoch
        self.host.set_state(RunState.RUNNING)
        reading, self._outbox = Pipe(duplex=True)
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                str(CHILD),
                msgspec.json.encode(self.config).decode(),
                str(given),
                str(reading.fileno()),
            ],
            env={**environment(self.client), **({"PYTHONPATH": self.client_path} if self.client_path else {})},
            pass_fds=(reading.fileno(),),
            stdin=subprocess.DEVNULL,
            stderr=self._log,
        )
        reading.close()
        if is_waited_for:
            wait_until(lambda: self.host.wait_for_feeder(timeout_s=0.1), "the feeder attaches", show=self.show)
        return self

    # ---- commands ----

    def tell(self, command: FeederCommand) -> None:
        """Send one command."""
        self._outbox.send_bytes(encode_command(command))

    def tell_bytes(self, data: bytes) -> None:
        """Send what need not be a command."""
        self._outbox.send_bytes(data)

    def tell_raw(self, data: bytes) -> None:
        """Send bytes as they are, without their length."""
        os.write(self._outbox.fileno(), data)

    def heard(self) -> bytes:
        """Return what the feeder has said over its pipe since the last look."""
        data = b""
        while self._outbox.poll(0):
            data += os.read(self._outbox.fileno(), 1 << 16)
        return data

    def add(self, **symbols: ContractConfig) -> None:
        """Have symbols streamed too."""
        self.tell(AddSymbols(symbols))

    def remove(self, *symbols: str) -> None:
        """Have symbols streamed no longer."""
        self.tell(RemoveSymbols(symbols))

    def hang_up(self) -> None:
        """Close the pipe of commands."""
        self._outbox.close()

    # ---- looking ----

    @property
    def pid(self) -> int:
        """Of the feeder that was started last."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it is still running."""
        return self._process is not None and self._process.poll() is None

    def said(self, symbol: str) -> str:
        """What a reader is told of a symbol now: `verdict/reason`."""
        quote = self.reader[symbol]
        return f"{quote.verdict}/{quote.reason}"

    def words(self) -> FeederStatus | None:
        """The status in words of this feeder, None while it has written none."""
        status = read_feeder_status(self.name)
        return status if status is not None and status.pid == self.pid else None

    def log(self) -> str:
        """What the feeder wrote to stderr."""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def show(self) -> str:
        """For a failure: quotes, status and the log's end."""
        quotes = {symbol: self.said(symbol) for symbol in self.reader.symbols()}
        return f"{quotes} {self.reader.status().connection} {self.words()}\n{self.log()[-3000:]}"

    def wait_said(self, symbol: str, said: str, timeout_s: float = 10.0) -> Quote:
        """Return once readers are told this."""
        wait_until(lambda: self.said(symbol) == said, f"{symbol} reads {said}", timeout_s=timeout_s, show=self.show)
        return self.reader[symbol]

    def wait_live(self, *symbols: str, timeout_s: float = 10.0) -> None:
        """Return once all are live at the same time."""
        wanted = symbols or self.config.stream.symbols
        wait_until(
            lambda: all(self.reader[symbol].verdict == "live" for symbol in wanted),
            f"{wanted} are live",
            timeout_s=timeout_s,
            show=self.show,
        )

    def wait_words(
        self, condition: Callable[[FeederStatus], object], what: str, timeout_s: float = 5.0
    ) -> FeederStatus:
        """Return this feeder's status in words once it is so; it is written once a second."""

        def is_so() -> bool:
            words = self.words()
            return words is not None and bool(condition(words))

        wait_until(is_so, what, timeout_s=timeout_s, show=self.show)
        words = self.words()
        assert words is not None
        return words

    # ---- ending ----

    def signal(self, number: int) -> None:
        """Send the feeder a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait_exit(self, timeout_s: float = 10.0) -> int:
        """Return the feeder's exit code."""
        assert self._process is not None
        return self._process.wait(timeout_s)

    def stop(self) -> tuple[int, float]:
        """SIGTERM; return the exit code and how many seconds it took."""
        since_s = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.wait_exit(), time.monotonic() - since_s

    def close(self) -> None:
        """End everything."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        if self._outbox is not None:
            self._outbox.close()
        self.reader.close()
        self.host.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
