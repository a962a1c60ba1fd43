"""What the nursery's children do until they are killed. `ready` is called once, when the life has begun in earnest."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.processes.checkable import bid_of, pairs_of, symbol_of
from tickring.child_line import ChildLine
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    Ready = Callable[[], object]


# ---- writers ----


def publish(ready: Ready, name: str, epoch: int, numbers: list[int], seed: int) -> None:
    """Write at full speed: mostly ticks, and among them everything else that a writer does."""
    rng = random.Random(seed)
    writer = SegmentWriter.attach(name, epoch=epoch)
    writer.set_line(state="running", connection="connected", api_mode="mock")
    slots = {number: _begin(writer, number, keep=rng.random() < 0.5) for number in numbers}
    ready()
    for count in itertools.count(1):
        number = rng.choice(numbers) if count % 2 else numbers[0]
        chance = rng.random()
        if chance < 0.04:
            writer.retire(symbol_of(number))
            slots.pop(number, None)
        elif number not in slots or chance < 0.08:
            slots[number] = _begin(writer, number, keep=rng.random() < 0.5)
        elif chance < 0.14:
            writer.set_state(slots[number], state=rng.choice(("live", "quiet", "stale", "closed")))
        elif chance < 0.16:
            writer.vouch(slots[number])
        else:
            writer.tick(slots[number], time.time_ns(), *pairs_of(bid_of(number, epoch, count)))
        if count % 16 == 0:
            writer.heartbeat()
            writer.commit()


def _begin(writer: SegmentWriter, number: int, *, keep: bool) -> int:
    slot = writer.add(symbol_of(number))
    writer.begin(slot, keep_last_known=keep)
    writer.set_state(slot, state="live", source="ib_stream", data_type="realtime", publish=False)
    return slot


# ---- readers ----


def read(ready: Ready, name: str, symbols: list[str]) -> None:
    """Read every symbol again and again."""
    reader = QuoteReader.open(name, api_mode="any")
    handles = [reader.handle(symbol) for symbol in symbols]
    for turn in itertools.count():
        for handle in handles:
            handle.read()
            handle.history(4)
        if turn == 1:
            ready()


def value(ready: Ready, name: str, symbols: list[str]) -> None:
    """Value a book again and again."""
    batch = QuoteReader.open(name, api_mode="any").batch(symbols)
    for turn in itertools.count():
        batch.value([1.0] * len(symbols))
        if turn == 1:
            ready()


def follow(ready: Ready, name: str, symbols: list[str]) -> None:
    """Follow without ever sleeping."""
    follow = QuoteReader.open(name, api_mode="any").follow(symbols)
    for turn in itertools.count():
        follow.take()
        if turn == 1:
            ready()


def wait(ready: Ready, name: str, symbols: list[str]) -> None:
    """Follow, asleep until there is news."""
    follow = QuoteReader.open(name, api_mode="any").follow(symbols)
    follow.take()
    ready()
    for _ in follow:
        pass


# ---- hosts and children ----


def host(
    ready: Ready, name: str, capacity: int, depth: int, *, die_at_call: int | None = None, die_before: str = ""
) -> None:
    """Start as a supervisor and a feeder do. SIGKILLs itself just before its n-th call, or before one of that name."""
    if die_at_call is not None or die_before:
        sys.setprofile(_Interrupter(signal.SIGKILL, call=die_at_call, name=die_before))
    held = own_segment(name, capacity, depth)
    sys.setprofile(None)
    ready()
    while held:
        signal.pause()


def remover(ready: Ready, name: str, capacity: int, depth: int, die_at_call: int) -> None:
    """Own a segment, then remove it and end. SIGKILLs itself just before the n-th call of the removal."""
    owner, writer = own_segment(name, capacity, depth)
    writer.close()
    ready()
    sys.setprofile(_Interrupter(signal.SIGKILL, call=die_at_call))
    owner.close(remove=True)
    sys.setprofile(None)


def host_alone(ready: Ready, name: str, capacity: int, depth: int) -> None:
    """Own a segment whose feeder is another process: grant an epoch for it and stay."""
    owner = SegmentHost.open(name, limits=SegmentLimits(capacity, depth, 300, 300), api_mode="mock")
    owner.set_state("running")
    owner.grant_epoch()
    ready()
    while True:
        signal.pause()


def host_that_forked(ready: Ready, name: str, capacity: int, depth: int) -> None:
    """As `host`, with a child made by os.fork that does nothing and lives on when this process dies."""
    held = (own_segment(name, capacity, depth), ChildLine.claim(name, 3, "flusher"))
    # The child does not die with its parent: it is what the test is about, and the test ends it.
    if os.fork() == 0:
        signal.alarm(60)
        ready()
    while held:
        signal.pause()


def stopped(ready: Ready, contest: str, before: str, arguments: dict[str, Any]) -> None:
    """Run one of the contests below, and SIGSTOP itself just before its first call of that name."""
    ready()
    sys.setprofile(_Interrupter(signal.SIGSTOP, name=before))
    held = globals()[contest](**arguments)
    sys.setprofile(None)
    while held:
        signal.pause()


class _Interrupter:
    """Sends its own process a signal just before a call into the operating system or the native core."""

    def __init__(self, number: signal.Signals, *, call: int | None = None, name: str = "") -> None:
        self._signal = number
        self._calls_left = call
        self._name = name

    def __call__(self, _frame: FrameType, event: str, called: object) -> None:
        if event != "c_call":
            return
        module = getattr(called, "__module__", None) or type(getattr(called, "__self__", None)).__module__
        if module not in {"posix", "fcntl", "tickring._core"}:
            return
        if self._calls_left is not None:
            self._calls_left -= 1
        if self._calls_left == -1 or getattr(called, "__name__", "") == self._name:
            sys.setprofile(None)
            signal.raise_signal(self._signal)


def line(ready: Ready, name: str, number: int, title: str) -> None:
    """Hold a child's line and stamp it all the time."""
    held = ChildLine.claim(name, number, title)
    held.set_state("running")
    ready()
    while True:
        held.heartbeat()
        time.sleep(0.001)


# ---- contests: return what the winner must keep ----


def own_segment(name: str, capacity: int, depth: int) -> tuple[SegmentHost, SegmentWriter]:
    """Own the segment, grant an epoch and take it."""
    limits = SegmentLimits(capacity, depth, 300, 300)
    owner = SegmentHost.open(name, limits=limits, api_mode="mock", fence_timeout_s=0.2)
    owner.set_state("running")
    return owner, SegmentWriter.attach(name, epoch=owner.grant_epoch())


def attach(name: str, epoch: int) -> SegmentWriter:
    """Become the writer of that epoch."""
    return SegmentWriter.attach(name, epoch=epoch)


def claim(name: str, number: int, title: str) -> ChildLine:
    """Become the child of that line."""
    return ChildLine.claim(name, number, title)


def come_and_go(name: str, capacity: int, depth: int) -> None:
    """Own the segment and remove it."""
    limits = SegmentLimits(capacity, depth, 300, 300)
    SegmentHost.open(name, limits=limits, api_mode="mock").close(remove=True)
