"""A feeder process for tests: attaches as the writer and does what it is told.

Imports nothing of ours but the feeder. Every method that is served is a command.
"""

from __future__ import annotations

import functools
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tests.processes.checkable import bid_of, narrow_pairs_of, pairs_of, symbol_of
from tests.processes.serving import Servant
from tickring.feeder import SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Callable


class WriterProcess:
    """One writer at a time; `attach` makes the next."""

    def __init__(self) -> None:
        self._servant = Servant()
        self._writer: SegmentWriter
        self._slots: dict[int, int] = {}
        self._counts: dict[int, int] = {}

    def serve(self) -> None:
        """Obey until stdin closes."""
        commands: tuple[Callable[..., object], ...] = (
            *(self.attach, self.stream, self.tick, self.vouch, self.heartbeat, self.close),
            *(self.run, self.run_narrow, self.beat, self.hang, self.pause, self.failure, self.lend_lock),
        )
        self._servant.serve(*commands)

    def attach(self, name: str, epoch: int) -> None:
        """Become the writer and say that the feed is up."""
        self._writer = SegmentWriter.attach(name, epoch=epoch)
        self._slots.clear()
        self._writer.set_line(state="running", connection="connected", api_mode="mock")
        self._writer.heartbeat()

    def stream(self, numbers: list[int]) -> None:
        """Add symbols as confirmed real-time streams, without a tick yet."""
        for number in numbers:
            slot = self._slots[number] = self._writer.add(symbol_of(number))
            self._counts.setdefault(number, 0)
            self._writer.begin(slot)
            self._writer.set_state(slot, state="live", source="ib_stream", data_type="realtime", publish=False)
        self._writer.commit()

    def tick(self, number: int, times: int = 1) -> int:
        """Publish that many ticks of a symbol as one batch; return the last sequence."""
        sequence = 0
        for _ in range(times):
            sequence = self._tick(number)
        self._writer.heartbeat()
        self._writer.commit()
        return sequence

    def _tick(self, number: int) -> int:
        self._counts[number] += 1
        pairs: tuple[Any, ...] = pairs_of(bid_of(number, self._writer.epoch, self._counts[number]))
        return self._writer.tick(self._slots[number], time.time_ns(), *pairs)

    def vouch(self, number: int) -> None:
        """Say that the feed has proved itself for a symbol."""
        self._writer.vouch(self._slots[number])

    def heartbeat(self) -> None:
        """Stamp once."""
        self._writer.heartbeat()

    def close(self) -> None:
        """Give the segment back and live on."""
        self._writer.close()

    # ---- work that goes on until the next of these commands ----

    def run(self) -> None:
        """Tick all symbols at full speed, with heartbeats."""
        self._servant.work = self._run_once

    def _run_once(self) -> None:
        for number in self._slots:
            self._tick(number)
        self._writer.heartbeat()
        self._writer.commit()

    def run_narrow(self) -> None:
        """Tick one symbol with quotes of two values, as fast as Python can."""
        ((number, slot),) = self._slots.items()
        bids = [bid_of(number, self._writer.epoch, count) for count in range(1, 501)]
        prepared: list[tuple[Any, ...]] = [(slot, 1, *narrow_pairs_of(bid)) for bid in bids]
        self._servant.work = functools.partial(self._run_prepared, prepared)

    def _run_prepared(self, prepared: list[tuple[Any, ...]]) -> None:
        tick = self._writer.tick
        for arguments in prepared:
            tick(*arguments)
        self._writer.heartbeat()
        self._writer.commit()

    def beat(self) -> None:
        """Stamp the heartbeat all the time and publish nothing."""
        self._servant.work = self._beat_once

    def _beat_once(self) -> None:
        self._writer.heartbeat()
        time.sleep(0.001)

    def hang(self) -> None:
        """Answer, and never come back to the loop: the process lives, nothing in it moves."""
        self._servant.work = _sleep_for_ever

    def pause(self) -> dict[int, int]:
        """Stop the work; return how many ticks each symbol has had."""
        self._servant.work = None
        assert self._servant.failure is None, self._servant.failure
        return self._counts

    def failure(self) -> str | None:
        """Return what ended the work, or None."""
        return self._servant.failure

    def lend_lock(self) -> int:
        """Start a process that inherits the descriptor of the writer lock and sleeps; return its pid."""
        # Nothing in tickring does this; a library that forks without exec could.
        lock_fd = self._writer._lock.fd
        return subprocess.Popen(["sleep", "60"], pass_fds=[lock_fd], stdin=subprocess.DEVNULL).pid


def _sleep_for_ever() -> None:
    while True:
        signal.pause()


if __name__ == "__main__":
    WriterProcess().serve()
