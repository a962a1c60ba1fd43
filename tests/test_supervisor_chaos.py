"""Children are killed and stopped at random while quotes stream, and no reader is ever told a lie."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.main_runs import MainRun
from tests.waiting import wait_until
from tickring.drill.honesty import HonestyWatch, lies_in, sent_until
from tickring.errors import SegmentNotFound
from tickring.reader import QuoteReader
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("ibapi", reason="the feeder needs ibapi: pip install 'tickring[ib]'")

SYMBOLS = ("SPY", "QQQ", "AAPL", "MSFT", "KO", "F", "AMD", "JPM")
HEARTBEAT_LIMIT_S = 1.0  # of readers: older than this reads `feed_down`
DEADLINE_S = HEARTBEAT_LIMIT_S + 1.0
SETTINGS = {
    "stream.api_mode": "mock",
    "segment.heartbeat_limit_s": f"{HEARTBEAT_LIMIT_S:g}",
    "supervisor.heartbeat_limit_s": "1",
    "supervisor.child_heartbeat_limit_s": "2",
    "supervisor.traceback_s": "0.1",
    "supervisor.restart_max": "1000",
    "supervisor.good_run_s": "0.5",
}


def hurt(run: MainRun, dice: random.Random) -> str:
    """Kill or stop one child; return which, and how."""
    child = dice.choice(("feeder", "feeder", "flusher"))
    number = dice.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT))
    hit: list[int] = []

    def is_hit() -> bool:
        """Between two lives there is nobody to hurt."""
        pid = run.pid_of(child)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            hit.append(pid)
        return bool(hit)

    wait_until(is_hit, f"a {child} to hurt", show=lambda: run.log[-2000:])
    return f"{child} {hit[0]} {number.name}"


def living_feeders(run: MainRun) -> list[int]:
    """Pids of all lives of the feeder that are still there."""
    log = run.log + "\n"
    return [one.pid for one in run.processes() if f"child.started child=feeder pid={one.pid}\n" in log]


def is_after(reader: QuoteReader, epoch: int) -> bool:
    """Whether a later epoch has been granted."""
    return reader.status().epoch > epoch


def check_chaos(segment: str, place: Path, count: int, seed: int) -> None:
    """Hurt so many children at random times; every time the service heals, and no read was a lie."""
    dice = random.Random(seed)
    with SimulatorProcess.start(always_open=True, seed=seed, sample_s=0.1) as gateway:
        settings = [word for name, value in SETTINGS.items() for word in ("--set", f"{name}={value}")]
        where = ("--gateway", f"{gateway.host}:{gateway.port}", "--symbols", ",".join(SYMBOLS), "--no-top")
        with MainRun(segment, place, *where, *settings) as run:
            reader = run.live_reader(SYMBOLS[0])
            done = []
            with HonestyWatch(segment, SYMBOLS) as watch:
                for _ in range(count):
                    time.sleep(dice.uniform(0.0, 0.8))
                    epoch, pid = reader.status().epoch, run.pid_of("feeder")
                    done.append(hurt(run, dice))
                    if done[-1].startswith("feeder"):
                        wait_until(partial(is_after, reader, epoch), f"a new epoch after {done[-1]}")
                        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, (
                            f"seed {seed}: {done[-1]}, and the writer before is still there in the next epoch"
                        )
                    for symbol in SYMBOLS:
                        run.wait_live(reader, symbol)
                assert living_feeders(run) == [run.pid_of("feeder")], f"seed {seed}: after {done}"
            lies = lies_in(watch.seen, sent_until(gateway, time.monotonic_ns()), deadline_s=DEADLINE_S)
            assert watch.wrong == [], f"seed {seed}: after {done}"
            assert lies == [], f"seed {seed}: {len(lies)} of {len(watch.seen)} after {done}"
            assert len(watch.seen) > 100 * count, f"seed {seed}: hardly anything was live: {len(watch.seen)}"
            reader.close()
            code, _ = run.end(signal.SIGTERM)
            assert code == 0
            run.check_nothing_left()
        with pytest.raises(SegmentNotFound):
            QuoteReader.open(segment, api_mode="mock")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_random_deaths_of_children(segment_name: str, tmp_path: Path) -> None:
    """A dozen kills and stops of random children under load: one writer, true quotes, healed every time."""
    check_chaos(segment_name, tmp_path, 12, random.randrange(1 << 32))


@pytest.mark.stress
@pytest.mark.timeout(1700)
def test_two_hundred_random_deaths(segment_name: str, tmp_path: Path) -> None:
    """The same two hundred times."""
    check_chaos(segment_name, tmp_path, 200, random.randrange(1 << 32))
