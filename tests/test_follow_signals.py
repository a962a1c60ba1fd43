"""Signals reach a process that waits for ticks: Ctrl-C ends the wait, others are handled and the wait goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import wait_until
from tickring.states import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.feeds import Feed

FOLLOW = """
import signal, sys
from tickring.reader import QuoteReader

signal.signal(signal.SIGUSR1, lambda number, frame: print("handled", flush=True))
reader = QuoteReader.open(sys.argv[1], api_mode="any")
follow = reader.follow(["SPY"])
print(next(follow)[0].bid, flush=True)
try:
    while True:
        print(next(follow)[0].bid, flush=True)
except KeyboardInterrupt:
    print("interrupted", reader["SPY"].bid, flush=True)
"""

IN_ASYNCIO = """
import asyncio, sys
from tickring.reader import QuoteReader

async def main():
    async for quote, missed in reader.follow(["SPY"]):
        print(quote.bid, flush=True)

reader = QuoteReader.open(sys.argv[1], api_mode="any")
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", reader["SPY"].bid, flush=True)
"""


@pytest.fixture
def start(feed: Feed) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Run a program on the feed's segment; it is gone afterwards."""
    running: list[subprocess.Popen[str]] = []

    def run(program: str) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", program, feed.name]
        running.append(subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield run
    for process in running:
        process.kill()
        process.communicate()


def wait_until_asleep(process: subprocess.Popen[str]) -> None:
    """Return once the kernel says that the process sleeps: it has printed its line and waits for the next record."""
    stat = Path(f"/proc/{process.pid}/stat")
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "S", "the child sleeps")


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("program", [FOLLOW, IN_ASYNCIO], ids=["iterating", "asyncio"])
def test_ctrl_c_ends_a_wait(feed: Feed, start: Callable[[str], subprocess.Popen[str]], program: str) -> None:
    """KeyboardInterrupt comes out of the wait, the reader can still be used, and the process ends by itself."""
    feed.stream("SPY", Field.BID, 10.0)
    process = start(program)
    assert line_of(process) == "10.0"
    wait_until_asleep(process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert (output, errors, process.returncode) == ("interrupted 10.0\n", "", 0)


def test_a_handled_signal_does_not_end_a_wait(feed: Feed, start: Callable[[str], subprocess.Popen[str]]) -> None:
    """The handler runs while the process waits, and the next tick is told as if nothing had happened."""
    slot = feed.stream("SPY", Field.BID, 10.0)
    process = start(FOLLOW)
    assert line_of(process) == "10.0"
    for price in (11.0, 12.0, 13.0):
        wait_until_asleep(process)
        process.send_signal(signal.SIGUSR1)
        assert line_of(process) == "handled"
        wait_until_asleep(process)
        feed.tick(slot, Field.BID, price)
        assert line_of(process) == str(price)
