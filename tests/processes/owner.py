"""Owner, feeder and reader of a segment in one process, on command; for tests of the directory it lies in."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.processes.checkable import bid_of, check_whole, pairs_of, symbol_of
from tests.processes.serving import Servant
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable


class OwnerProcess:
    """Works in one directory, in whatever tmpfs it lies; every method that is served is a command."""

    def __init__(self) -> None:
        self._host: SegmentHost
        self._writer: SegmentWriter
        self._slots: dict[int, int] = {}
        self._ticks = 0

    def serve(self) -> None:
        """Obey until stdin closes."""
        commands: tuple[Callable[..., object], ...] = (
            *(self.own, self.replace, self.disown, self.attach, self.publish, self.detach),
            *(self.names, self.free, self.fill),
        )
        Servant().serve(*commands)

    def own(self, directory: str, capacity: int, depth: int) -> int:
        """Become the owner; return the inode of the segment."""
        limits = SegmentLimits(capacity, depth, 300, 300)
        self._host = SegmentHost.open(directory, limits=limits, api_mode="mock")
        self._host.set_state("running")
        return self._host.paths.segment.stat().st_ino

    def replace(self, capacity: int, depth: int) -> None:
        """Put a new segment of other limits in the place of the present one."""
        self._host.replace(limits=SegmentLimits(capacity, depth, 300, 300))

    def disown(self) -> None:
        """Give the segment back."""
        self._host.close()

    def attach(self, directory: str, symbols: int) -> None:
        """Become the feeder too, with that many symbols."""
        self._writer = SegmentWriter.attach(directory, epoch=self._host.grant_epoch())
        self._writer.set_line(state="running", connection="connected", api_mode="mock")
        self._writer.heartbeat()
        self._slots = {number: self._writer.add(symbol_of(number)) for number in range(1, symbols + 1)}
        for slot in self._slots.values():
            self._writer.begin(slot)
            self._writer.set_state(slot, state="live", source="ib_stream", data_type="realtime", publish=False)

    def publish(self, directory: str, ticks: int) -> str:
        """Tick all symbols, read all of them back, and return the one verdict of all."""
        for _ in range(ticks):
            self._ticks += 1
            for number, slot in self._slots.items():
                pairs: tuple[Any, ...] = pairs_of(bid_of(number, self._writer.epoch, self._ticks))
                self._writer.tick(slot, time.time_ns(), *pairs)
            self._writer.commit()
        with QuoteReader.open(directory, api_mode="mock") as reader:
            quotes = {number: reader[symbol_of(number)] for number in self._slots}
        for number, quote in quotes.items():
            check_whole(quote, number)
        (verdict,) = {quote.verdict for quote in quotes.values()}
        return verdict

    def detach(self) -> None:
        """Be the feeder no longer."""
        self._writer.close()

    def names(self, directory: str) -> list[str]:
        """Return what lies there."""
        return sorted(path.name for path in Path(directory).iterdir())

    def free(self, directory: str) -> int:
        """Return the free bytes of the file system."""
        status = os.statvfs(directory)
        return status.f_bavail * status.f_frsize

    def fill(self, path: str) -> int:
        """Make a file that takes all that is free; return its size."""
        size = 0
        with Path(path).open("wb", buffering=0) as ballast:
            try:
                while True:
                    size += ballast.write(bytes(4096))
            except OSError:
                return size


if __name__ == "__main__":
    OwnerProcess().serve()
