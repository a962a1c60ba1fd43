"""The feed behind the pictures: a segment whose quotes move, some of them not good, each for another reason.

Host and writer in one process, so that ending it ends everything. Says "ready" on stdout, runs until SIGTERM.
"""

from __future__ import annotations

import signal
import sys
import threading
import time

from tickring.feeder import SegmentWriter
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source
from tickring.supervisor import SegmentHost, SegmentLimits
from tools.sample_walk import SampleWalk

GOOD = """AAPL ABBV ADBE AMD AMZN AVGO BAC BRK_B CAT COST CRM CVX DIA EUR.USD GBP.USD GLD GOOG GS HD IBM INTC IWM JNJ
JPM KO LLY MA MCD META MRK MSFT NFLX NVDA ORCL PEP PFE PG QCOM QQQ SPY T TLT UNH USD.JPY V VZ WMT XLE XLF XLK XOM"""
BAD = {
    "TSLA": (QuoteState.COMPETING_SESSION, Source.SAMPLE, DataType.REALTIME),
    "SHEL": (QuoteState.NO_PERMISSION, Source.SAMPLE, DataType.REALTIME),
    "BABA": (QuoteState.FALLBACK, Source.IB_SNAPSHOT, DataType.REALTIME),
    "VOD": (QuoteState.LIVE, Source.SAMPLE, DataType.DELAYED),
    "SAP": (QuoteState.CLOSED, Source.SAMPLE, DataType.REALTIME),
}
QUIET = "BIL"
NOT_CONFIRMED = "RIVN"
BATCH_S = 0.02


def begin(
    writer: SegmentWriter,
    symbol: str,
    state: QuoteState = QuoteState.LIVE,
    source: Source = Source.SAMPLE,
    data_type: DataType = DataType.REALTIME,
) -> tuple[int, SampleWalk]:
    """Subscribe and publish a first tick."""
    slot = writer.add(symbol)
    writer.begin(slot)
    writer.set_state(slot, state=state, source=source, data_type=data_type, publish=False)
    walk = SampleWalk(symbol, seed=3)
    writer.tick(slot, time.time_ns(), *walk.first())
    return slot, walk


def main(name: str) -> None:
    """Write until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stopping.set())
    host = SegmentHost.open(name, limits=SegmentLimits(capacity=1_000), api_mode=ApiMode.MOCK)
    try:
        with SegmentWriter.attach(name, epoch=host.grant_epoch()) as writer:
            writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=ApiMode.MOCK)
            host.set_state(RunState.RUNNING)
            for symbol, words in BAD.items():
                begin(writer, symbol, *words)
            quiet, _ = begin(writer, QUIET, QuoteState.QUIET)
            writer.begin(writer.add(NOT_CONFIRMED))
            walks = [begin(writer, symbol.replace("_", " ")) for symbol in GOOD.split()]
            print("ready", flush=True)
            turn = 0
            while not stopping.wait(BATCH_S):
                for step in (1, 2, 3, 5):  # some are busier than others, always the same
                    slot, walk = walks[turn * step * step % len(walks)]
                    writer.tick(slot, time.time_ns(), *walk.tick())
                for slot in (quiet, *(slot for slot, _ in walks)):
                    writer.vouch(slot)
                writer.heartbeat()
                host.heartbeat()
                writer.commit()
                turn += 1
    finally:
        host.close(remove=True)


if __name__ == "__main__":
    main(sys.argv[1])
