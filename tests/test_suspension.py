"""A machine that was suspended: no price of before passes for one of now, from the first moment on."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import feeder_rig
from tests.clients.environments import IBAPI_10_46
from tests.feeder_rig import FeederRig
from tests.time_namespace import AHEAD_S, after_suspension
from tests.waiting import wait_until
from tickring.feeder.suspension import Suspension

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.feeds import Feed
    from tickring.simulator.running import SimulatorProcess

LOOK = """
import sys, time
from tickring.reader import QuoteReader
reader, last = QuoteReader.open(sys.argv[1], api_mode="any"), ""
for _ in range(int(sys.argv[2])):
    quote = reader["SPY"]
    said = f"{quote.verdict} {quote.reason} {quote.ts_recv_ns} {quote.age_s:.0f} {reader.status().heartbeat_age_s:.0f}"
    if said.split()[:3] != last.split()[:3]:
        print(said, flush=True)
        last = said
    time.sleep(0.001)
"""


def test_the_first_look_after_a_suspension_says_how_old_everything_is(feed: Feed) -> None:
    """Nobody has run yet who could have said so: the reader's own clock tells, in verdict and ages."""
    feed.stream("SPY", "bid", 100.0)
    reader = feed.open_reader()
    assert reader["SPY"].verdict == "live"
    told = subprocess.run(
        after_suspension("-c", LOOK, feed.name, "1"), capture_output=True, text=True, check=True, timeout=60
    )
    verdict, reason, _, age_s, heartbeat_age_s = told.stdout.split()
    assert (verdict, reason) == ("feed_down", "heartbeat")
    assert int(age_s) >= AHEAD_S
    assert int(heartbeat_age_s) >= AHEAD_S
    assert reader["SPY"].verdict == "live"


def test_a_machine_that_was_not_suspended_never_seems_so() -> None:
    """However this process is held up between the two clocks."""
    suspension = Suspension(0.001)
    assert not any(suspension.is_noticed() for _ in range(20_000))
    assert suspension.take() == 0.0


@pytest.mark.slow
def test_the_feeder_believes_nothing_of_before(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stamps again only when all is in doubt, connects anew, and each symbol is believed by its own new price."""
    monkeypatch.setattr(feeder_rig, "CHILD", Path(__file__).parent / "feeder_suspended_child.py")
    later = after_suspension("-c", LOOK, segment_name, "60000")
    gateway = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    with FeederRig(IBAPI_10_46, segment_name, gateway.port, segment={"vouch_limit_s": 30.0}) as rig:
        rig.start().wait_live()
        gateway.do("mute")
        reader = subprocess.Popen(later, stdout=subprocess.PIPE, text=True)
        try:
            assert reader.stdout is not None
            lines = [reader.stdout.readline().split()]
            assert lines[0][:2] == ["feed_down", "heartbeat"]
            assert rig.reader["SPY"].verdict == "live"
            (rig.host.paths.directory / "suspend").touch()
            lines.append(reader.stdout.readline().split())
            assert lines[-1][0] == "stale"
            wait_until(lambda: f"suspended for {AHEAD_S} s" in rig.log(), "the feeder says why", show=rig.show)
            unmuted_ns = time.time_ns()
            gateway.do("unmute")
            while lines[-1][0] != "live":
                lines.append(reader.stdout.readline().split())
            assert int(lines[-1][2]) >= unmuted_ns
        finally:
            reader.kill()
            reader.communicate()
