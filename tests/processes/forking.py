"""A program that opens everything, forks, and reports what the child may still use: `forking <segment>`.

Prints one JSON object: {"child": {object: error or "works"}, "parent": {object: error or "works"}}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

from tests.lane_frames import lane_of
from tickring.child_line import ChildLine
from tickring.feeder import SegmentWriter
from tickring.reader import QuoteReader, Verdict
from tickring.supervisor import SegmentHost, SegmentLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    Uses = dict[str, Callable[[], object]]


def _outcomes(uses: Uses) -> dict[str, str]:
    return {name: _outcome(use) for name, use in uses.items()}


def _outcome(use: Callable[[], object]) -> str:
    try:
        use()
    except Exception as error:  # noqa: BLE001 - every outcome is reported
        return type(error).__name__
    return "works"


def _uses(name: str) -> Uses:
    host = SegmentHost.open(name, limits=SegmentLimits(64, 16, 300, 300), api_mode="mock")
    host.set_state("running")
    writer = SegmentWriter.attach(name, epoch=host.grant_epoch())
    writer.set_line(state="running", connection="connected", api_mode="mock")
    slot = writer.add("SPY")
    writer.begin(slot)
    writer.tick(slot, time.time_ns(), "bid", 1.0)
    writer.commit()
    reader = QuoteReader.open(name, api_mode="mock")
    handle, batch, follow = reader.handle("SPY"), reader.batch(["SPY"]), reader.follow(["SPY"])
    line = ChildLine.claim(name, 3, "planner")
    lane = lane_of(writer)
    return {
        "reader[symbol]": lambda: reader["SPY"],
        "symbol in reader": lambda: "SPY" in reader,
        "reader.handle": lambda: reader.handle("QQQ"),
        "reader.history": lambda: reader.history("SPY", 3),
        "reader.symbols": reader.symbols,
        "reader.status": reader.status,
        "reader.batch": lambda: reader.batch(["SPY"]),
        "reader.follow": lambda: reader.follow(["SPY"]),
        "reader.wait": lambda: reader.wait(reader.wake_word() + 1, 0.0),
        "reader.reattach": reader.reattach,
        "handle.read": handle.read,
        "handle.require": lambda: handle.require(accept=list(Verdict)),
        "handle.history": lambda: handle.history(3),
        "batch.read": batch.read,
        "batch.value": lambda: batch.value([1.0]),
        "follow.take": follow.take,
        "follow.next": lambda: follow._follower.wait(0.0),
        "writer.add": lambda: writer.add("QQQ"),
        "writer.begin": lambda: writer.begin(slot),
        "writer.tick": lambda: writer.tick(slot, time.time_ns(), "bid", 2.0),
        "writer.set_state": lambda: writer.set_state(slot, state="live"),
        "writer.vouch": lambda: writer.vouch(slot),
        "writer.commit": writer.commit,
        "writer.heartbeat": writer.heartbeat,
        "writer.set_line": lambda: writer.set_line(state="running"),
        "writer.retire": lambda: writer.retire("QQQ"),
        "lane.admit": lambda: lane.admit(1, slot, takes_delayed=False),
        "lane.run": lambda: lane.run(b"", 0, 0, 1),
        "host.epoch": lambda: host.epoch,
        "host.heartbeat": host.heartbeat,
        "host.set_state": lambda: host.set_state("running"),
        "line.heartbeat": line.heartbeat,
        "line.set_state": lambda: line.set_state("running"),
    }


def _open_and_read(name: str) -> None:
    with QuoteReader.open(name, api_mode="mock") as reader:
        assert reader["SPY"].bid is not None


def _in_a_forked_child(uses: Uses) -> Any:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.write(writing, json.dumps(_outcomes(uses)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        outcomes = json.load(pipe)
    assert os.waitpid(pid, 0)[1] == 0
    return outcomes


def main(name: str) -> None:
    """See above."""
    uses = _uses(name)
    uses_of_the_child: Uses = {**uses, "a reader opened in the child": lambda: _open_and_read(name)}
    report = {"child": _in_a_forked_child(uses_of_the_child), "parent": _outcomes(uses)}
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
