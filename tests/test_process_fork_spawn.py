"""Objects belong to the process that opened them; children open their own, and threads share one reader."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes.checkable import bid_of, pairs_of, symbol_of
from tests.processes.child import ROOT, kill_and_wait, state_of
from tests.processes.quote_watch import QuoteWatch
from tickring import _core
from tickring.byte_lock import ByteLock
from tickring.names import SegmentPaths

if TYPE_CHECKING:
    from tests.feeds import Feed
    from tests.processes.child import Processes


def _run(program: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"tests.processes.{program}", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_forked_child_is_refused_and_opens_its_own(segment_name: str) -> None:
    """After os.fork the child gets ForkedHandle from all it inherited, and a reader it opens itself works."""
    report = _run("forking", segment_name)
    child = report["child"]
    assert child.pop("a reader opened in the child") == "works"
    assert {name: outcome for name, outcome in child.items() if outcome != "ForkedHandle"} == {}


def test_the_parent_goes_on_after_a_fork(segment_name: str) -> None:
    """A fork, and whatever the child tries, takes nothing from the parent: reader, writer, host and line go on."""
    parent = _run("forking", segment_name)["parent"]
    assert {name: outcome for name, outcome in parent.items() if outcome != "works"} == {}


@pytest.mark.parametrize("lock", ["supervisor", "writer", "line"])
def test_a_forked_child_does_not_keep_a_lock_of_its_killed_parent(
    segment_name: str, processes: Processes, lock: str
) -> None:
    """A child made by os.fork outlives its SIGKILLed parent, and every lock that the parent held is free."""
    nursery = processes.start("nursery")
    parent = processes.fork(nursery, "host_that_forked", name=segment_name, capacity=64, depth=16)
    (child,) = [processes.adopt(pid) for pid in _children_of(parent)]
    kill_and_wait(parent)
    assert state_of(child) in {"R", "S"}
    paths = SegmentPaths.of(segment_name)
    file, byte = {
        "supervisor": (paths.supervisor_lock, 0),
        "writer": (paths.segment, _core.LOCK_BYTE_WRITER),
        "line": (paths.segment, _core.LOCK_BYTE_CHILD + 3),
    }[lock]
    probe = ByteLock(file, byte)
    try:
        assert probe.try_acquire()
    finally:
        probe.close()
    assert state_of(child) in {"R", "S"}


def _children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_spawned_children_read_and_send_quotes_home(feed: Feed) -> None:
    """Children of multiprocessing's spawn open their own readers, and a quote that went through a queue is equal."""
    symbols = [symbol_of(number) for number in range(1, 5)]
    for number, symbol in enumerate(symbols, 1):
        feed.stream(symbol, *pairs_of(bid_of(number, 1, 7)))
    feed.stream("HALTED", "last", 5.0, "last_trade_s", 1_700_000_000)
    report = _run("spawning", feed.name, *symbols, "HALTED", "UNKNOWN")
    assert report == {"exit_codes": [0, 0], "equal": True, "equally_hashed": True, "of_equal_values": True}


def test_threads_share_one_reader(feed: Feed, processes: Processes) -> None:
    """Four threads read through one reader while a process publishes at full speed: nobody ever sees a torn quote."""
    numbers = [1, 2, 3, 4]
    feed.writer.close()
    writer = processes.start("writer")
    writer.ask("attach", name=feed.name, epoch=feed.host.grant_epoch())
    writer.ask("stream", numbers=numbers)
    for number in numbers:
        writer.ask("tick", number=number)
    reader = feed.open_reader()
    shared = {symbol_of(number): reader.handle(symbol_of(number)) for number in numbers}
    failures: list[BaseException] = []

    def read_until_enough() -> None:
        try:
            watch = QuoteWatch(reader, numbers)
            seen: set[int] = set()
            while len(seen) < 100:
                watch.look()
                seen.add(shared[symbol_of(1)].read().sequence)
            assert watch.live_looks > 0
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)

    threads = [threading.Thread(target=read_until_enough) for _ in range(4)]
    writer.ask("run")
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []
    assert writer.ask("pause")["1"] > 100
