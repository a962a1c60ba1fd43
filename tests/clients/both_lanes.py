"""Runs a story of frames through the feeder's parts with and without the fast lane: `both_lanes.py VERSION`.

Standard input is a JSON list of steps: `["bytes", HEX]` as one read from the socket, `["stale", SYMBOL]`,
`["suspect", true]`, `["again", SYMBOL]` (a new request, the next id). Standard output is what each lane made of it.
"""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any, cast

from tickring.config.structs import ContractConfig
from tickring.feeder.api_client import ApiClient
from tickring.feeder.fast_lane import FastLane
from tickring.feeder.frame_reader import FrameReader
from tickring.feeder.segment_writer import SegmentWriter
from tickring.feeder.stream import Stage, Stream
from tickring.feeder.tick_intake import TickIntake
from tickring.reader import QuoteReader
from tickring.states import ApiMode, Connection, QuoteState, RunState
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from tickring.feeder.message_sink import MessageSink

SYMBOLS = 5
FIRST_REQ_ID = 1000
RECEIVED_NS = 1_795_270_000_000_000_000
DEPTH = 8192
SHOWN = (
    *("sequence", "state", "source", "data_type", "is_state_only", "is_halted", "ts_recv_ns", "last_trade_s"),
    *("bid", "ask", "last", "bid_size", "ask_size", "last_size", "volume", "close", "open", "high", "low"),
)


class _Sink:
    """The ticks go to the intake, everything else nowhere."""

    def __init__(self, intake: TickIntake) -> None:
        self.tick_price, self.tick_size = intake.tick_price, intake.tick_size
        self.tick_text, self.tick_number = intake.tick_text, intake.tick_number
        self.market_data_type = intake.market_data_type

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


class Lane:
    """A segment, and what a session does between its socket and it."""

    def __init__(self, version: int, *, is_fast: bool) -> None:
        name = f"test-lanes-{secrets.token_hex(6)}"
        self.host = SegmentHost.open(name, limits=SegmentLimits(16, DEPTH, 300.0, 300.0), api_mode="mock")
        self.writer = SegmentWriter.attach(name, epoch=self.host.grant_epoch())
        self.host.set_state(RunState.RUNNING)
        self.writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=ApiMode.MOCK)
        self.reader = QuoteReader.open(name, api_mode="mock")
        self.intake = TickIntake(self.writer, lambda _: None)
        self.intake.set_server_version(version)
        self.api = ApiClient(cast("MessageSink", _Sink(self.intake)), lambda _: None, 47, version)
        self.api.begin(version)
        if is_fast:
            self.intake.lane = FastLane(self.writer, version, sizes_are_whole=self.api.sizes_are_whole)
        self.frames = FrameReader(1 << 16)
        self.refused = 0
        self.streams = {f"S{number}": self._stream(f"S{number}", number) for number in range(SYMBOLS)}
        self.next_id = FIRST_REQ_ID + SYMBOLS

    def _stream(self, symbol: str, number: int) -> Stream:
        stream = Stream(symbol, ContractConfig(), self.writer.add(symbol), Stage.REQUESTED, FIRST_REQ_ID + number)
        self.writer.begin(stream.slot)
        self.intake.streams[stream.req_id] = stream
        return stream

    def do(self, word: str, value: Any) -> None:
        """Take one step of the story."""
        if word == "bytes":
            self.take(bytes.fromhex(value))
        elif word == "suspect":
            self.intake.is_suspect = value
        elif word == "stale":
            stream = self.streams[value]
            stream.is_marked_stale = True
            self.writer.set_state(stream.slot, state=QuoteState.STALE)
        else:
            stream = self.streams[value]
            del self.intake.streams[stream.req_id]
            stream.req_id, self.next_id = self.next_id, self.next_id + 1
            stream.stage, stream.data_type = Stage.REQUESTED, 0
            self.writer.begin(stream.slot, keep_last_known=True)
            self.intake.streams[stream.req_id] = stream

    def take(self, data: bytes) -> None:
        """One read from the socket."""
        self.frames.feed(data)
        lane = self.intake.lane
        if lane is not None:
            lane.ts_recv_ns = RECEIVED_NS
        for payload in self.frames.frames(None if lane is None else lane.skip):
            self.intake.begin(RECEIVED_NS)
            try:
                self.api.decode(payload)
                self.intake.end()
            except Exception:  # noqa: BLE001 - ibapi raises what it likes; the session counts it
                self.refused += 1
        self.writer.commit()

    def end(self) -> dict[str, Any]:
        """Tell everything and remove the segment."""
        lane = self.intake.lane
        told = {
            "history": {
                symbol: [[_shown(quote, name) for name in SHOWN] for quote in self.reader.history(symbol, DEPTH)]
                for symbol in self.streams
            },
            "streams": [
                [one.stage.value, one.data_type, one.is_marked_stale, one.req_id] for one in self.streams.values()
            ],
            "late": self.intake.late,
            "refused": self.refused,
            "fast": 0 if lane is None else lane.messages,
        }
        self.reader.close()
        self.writer.close()
        self.host.close(remove=True)
        return told


def _shown(quote: Any, name: str) -> Any:
    value = getattr(quote, name)
    return value.hex() if isinstance(value, float) else value


def main(version: int) -> None:
    """See above."""
    story = json.load(sys.stdin)
    told = []
    for is_fast in (False, True):
        lane = Lane(version, is_fast=is_fast)
        for word, value in story:
            lane.do(word, value)
        told.append(lane.end())
    json.dump(told, sys.stdout)


main(int(sys.argv[1]))
