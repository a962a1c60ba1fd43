"""A host and a writer in the calling process, for tests that need a living segment and no second process."""

from __future__ import annotations

import time
from typing import Any, Self

from tickring.feeder import SegmentWriter
from tickring.feeder_status import FeederStatus, write_feeder_status
from tickring.reader import QuoteReader
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source
from tickring.supervisor import SegmentHost, SegmentLimits


class Feed:
    """A segment's host, writer and readers; everything is closed together."""

    def __init__(self, name: str, host: SegmentHost, writer: SegmentWriter) -> None:
        self.name = name
        self.host = host
        self.writer = writer
        self.readers: list[QuoteReader] = []

    @classmethod
    def start(
        cls,
        name: str,
        *,
        capacity: int = 64,
        depth: int = 16,
        heartbeat_limit_s: float = 300.0,
        vouch_limit_s: float = 300.0,
        api_mode: ApiMode | str = ApiMode.MOCK,
    ) -> Self:
        """Limits are long by default, so that a slow test machine does not change a verdict."""
        limits = SegmentLimits(capacity, depth, heartbeat_limit_s, vouch_limit_s)
        host = SegmentHost.open(name, limits=limits, api_mode=api_mode)
        try:
            writer = SegmentWriter.attach(name, epoch=host.grant_epoch())
        except BaseException:
            host.close()
            raise
        running = cls(name, host, writer)
        running.go_live(api_mode)
        return running

    def go_live(self, api_mode: ApiMode | str = ApiMode.MOCK) -> None:
        """Say running and connected in both lines of the header."""
        self.host.set_state(RunState.RUNNING)
        self.writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=api_mode)
        self.writer.heartbeat()

    def restart_writer(self) -> SegmentWriter:
        """Close this writer as a process that ends would, and attach the next one."""
        self.writer.close()
        self.writer = SegmentWriter.attach(self.name, epoch=self.host.grant_epoch())
        return self.writer

    def stream(self, symbol: str, *pairs: object, state: QuoteState = QuoteState.LIVE) -> int:
        """Add the symbol as a confirmed real-time stream; with field, value, ... publish a tick. Return its slot."""
        slot = self.writer.add(symbol)
        self.writer.begin(slot)
        self.writer.set_state(slot, state=state, source=Source.IB_STREAM, data_type=DataType.REALTIME, publish=False)
        if pairs:
            self.tick(slot, *pairs)
        return slot

    def tick(self, slot: int, *pairs: object) -> int:
        """Publish one message: field, value, ..."""
        sequence = self.writer.tick(slot, time.time_ns(), *pairs)  # type: ignore[arg-type]
        self.writer.commit()
        return sequence

    def say_data_flows(self, **values: Any) -> None:
        """Write the feeder's status: one symbol wanted and confirmed, its data fresh for as long as any test takes."""
        told: dict[str, Any] = {"desired": 1, "confirmed": 1, "last_data_mono_ns": time.monotonic_ns() + 10**12}
        status = FeederStatus(epoch=self.host.epoch, pid=1, written_at="2026-03-04T05:06:07.080910Z", **(told | values))
        write_feeder_status(self.name, status)

    def open_reader(self, api_mode: str = "any") -> QuoteReader:
        """Open a reader that is closed with the feed."""
        reader = QuoteReader.open(self.name, api_mode=api_mode)
        self.readers.append(reader)
        return reader

    def close(self) -> None:
        """Close readers, writer and host. Idempotent."""
        for reader in self.readers:
            reader.close()
        self.writer.close()
        self.host.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
