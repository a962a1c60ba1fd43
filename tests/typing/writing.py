"""What the types of the writing side are; checked, never run."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from tickring.child_line import ChildLine
from tickring.feeder import SegmentWriter
from tickring.states import ApiMode, Connection, DataType, Field, QuoteState, RunState, Source
from tickring.supervisor import SegmentHost, SegmentLimits


def hosting() -> None:
    """A host is opened by name or path, and grants epochs."""
    with SegmentHost.open("demo", limits=SegmentLimits(capacity=500, depth=64), api_mode="mock") as host:
        assert_type(host, SegmentHost)
        assert_type(host.grant_epoch(fence_timeout_s=1), int)
        assert_type(host.epoch, int)
        assert_type(host.wait_for_feeder(timeout_s=1.0), bool)
        host.set_state("running")
        host.set_state(RunState.DEGRADED)
        host.heartbeat()
        host.replace(limits=SegmentLimits())
        assert_type(host.paths.segment, Path)
    SegmentHost.open("demo", SegmentLimits())  # type: ignore[call-arg]
    SegmentHost.open("demo", limits=(1, 4))  # type: ignore[arg-type]


def writing() -> None:
    """A writer takes words as members or text, and values that may be absent."""
    with SegmentWriter.attach("demo", epoch=1) as writer:
        assert_type(writer, SegmentWriter)
        slot = writer.add("SPY")
        assert_type(slot, int)
        assert_type(writer.retire("SPY"), bool)
        writer.begin(slot, keep_last_known=True)
        assert_type(writer.tick(slot, 1, Field.BID, 10.0), int)
        assert_type(writer.tick(slot, 1, "bid", 10, Field.ASK, None), int)
        assert_type(writer.set_state(slot, state=QuoteState.LIVE, source="ib_stream", data_type=DataType.REALTIME), int)
        writer.set_state(slot, source=Source.SAMPLE, is_halted=False, publish=False)
        writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=ApiMode.MOCK)
        writer.vouch(slot)
        writer.commit()
        writer.heartbeat()
        assert_type(writer.epoch, int)
        assert_type(writer.active_symbols, int)
        writer.tick(slot, 1, b"bid", 1.0)  # type: ignore[arg-type]
        writer.tick(slot, 1.5, "bid", 1.0)  # type: ignore[arg-type]
        writer.begin(slot, True)  # type: ignore[call-arg]
        writer.set_state(slot, QuoteState.LIVE)  # type: ignore[call-arg]
    SegmentWriter.attach("demo")  # type: ignore[call-arg]


def stamping() -> None:
    """A child's line."""
    line = ChildLine.claim("demo", 0, "flusher")
    assert_type(line, ChildLine)
    line.set_state(RunState.RUNNING)
    line.heartbeat()
    line.close()
