"""The process behind `make run`: writes moving sample quotes into a segment, in mock mode.

Everything but the source of the ticks is as in the real feeder: one writer by lock and epoch, a heartbeat from the loop
itself, subscriptions that start empty, batches that wake readers. Started by `sample_run`; ends on SIGTERM, and with
its parent.
"""

import random
import signal
import threading
import time

from tickring.feeder.sample_quotes import SampleWalk
from tickring.feeder.segment_writer import SegmentWriter
from tickring.process_identity import die_with_parent
from tickring.states import ApiMode, Connection, DataType, QuoteState, RunState, Source

__all__ = ["write_samples"]

_BATCHES_PER_S = 50


def write_samples(name: str, epoch: int, symbols: list[str], ticks_per_s: int, seed: int, parent_pid: int) -> None:
    """Write until SIGTERM. Runs in a process of its own (spawn); `parent_pid` is the process it must not outlive."""
    die_with_parent(parent_pid)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signum, _frame: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    with SegmentWriter.attach(name, epoch=epoch) as writer:
        writer.set_line(state=RunState.RUNNING, connection=Connection.CONNECTED, api_mode=ApiMode.MOCK)
        walks = {_begin(writer, symbol): SampleWalk(symbol, seed) for symbol in symbols}
        for slot, walk in walks.items():
            writer.tick(slot, time.time_ns(), *walk.first())
        chooser = random.Random(seed)  # not for secrets
        slots = list(walks)
        while not stopping.wait(1 / _BATCHES_PER_S):
            for _ in range(max(1, ticks_per_s // _BATCHES_PER_S)):
                slot = chooser.choice(slots)
                writer.tick(slot, time.time_ns(), *walks[slot].tick())
            for slot in slots:
                writer.vouch(slot)  # the walk is its own proof: it never falls silent
            writer.heartbeat()
            writer.commit()
        writer.set_line(state=RunState.STOPPED, connection=Connection.DISCONNECTED)


def _begin(writer: SegmentWriter, symbol: str) -> int:
    slot = writer.add(symbol)
    writer.begin(slot)
    writer.set_state(slot, state=QuoteState.LIVE, source=Source.SAMPLE, data_type=DataType.REALTIME, publish=False)
    return slot
