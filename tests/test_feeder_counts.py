"""What the feeder's status counts: kept over sessions, moved by what they name and by nothing else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_51
from tests.feeder_rig import FeederRig
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.feeder_status import FeederStatus
    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow


def now_words(rig: FeederRig) -> FeederStatus:
    """A status that was written after this call."""
    before = rig.words()
    return rig.wait_words(lambda words: before is None or words.written_at != before.written_at, "it is written")


@pytest.mark.parametrize("fast_lane", [True, False])
def test_late_ticks_and_poison_outlive_a_session(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, fast_lane: bool
) -> None:
    """A reconnection forgets neither."""
    simulator = start_simulator(always_open=True, pace=1.0, sample_s=0.02)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY", "QQQ"), feeder={"fast_lane": fast_lane}) as rig:
        rig.start().wait_live()
        simulator.do("bad_number", text="abc")
        deadline_s = time.monotonic() + 20
        while now_words(rig).late_ticks == 0:  # whether a tick is on its way when the cancel arrives is chance
            assert time.monotonic() < deadline_s, rig.show()
            rig.remove("QQQ")
            rig.wait_said("QQQ", "missing/retired")
            rig.add(QQQ=ContractConfig())
            rig.wait_live("QQQ")
        before = rig.wait_words(lambda words: words.poison == 1, "one message could not be read")
        simulator.do("fin")
        rig.wait_said("SPY", "stale/connection")
        rig.wait_live()
        after = now_words(rig)
        assert after.late_ticks >= before.late_ticks > 0
        assert after.poison == 1
        # Which lane runs is told by what went through it, all sessions together.
        if fast_lane:
            assert (after.fast_ticks or 0) > (before.fast_ticks or 0) > 0
        else:
            assert after.fast_ticks is None


@pytest.mark.parametrize("fast_lane", [True, False])
def test_the_time_of_the_newest_data_is_the_streams(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, fast_lane: bool
) -> None:
    """It follows prices, stands still in silence, and what fallback brings does not move it."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.02)
    feeder = {
        "fast_lane": fast_lane,
        "fallback_after_s": 0.3,
        "snapshot_timeout_s": 0.5,
        "fallback_period_s": 1.5,
        "history_identical_s": 1.0,
        "subscribe_timeout_s": 60.0,
    }
    with FeederRig(IBAPI_10_51, segment_name, simulator.port, ("SPY",), feeder=feeder) as rig:
        rig.start().wait_live()
        first = now_words(rig).last_data_mono_ns
        assert 0 < first <= time.monotonic_ns()
        wait_until(lambda: now_words(rig).last_data_mono_ns > first, "it moves", show=rig.show)
        simulator.do("mute")
        simulator.do("fin")
        wait_until(lambda: rig.said("SPY") == "fallback/from_history", "it falls back", show=rig.show)
        still = now_words(rig).last_data_mono_ns
        sequence = rig.reader["SPY"].sequence
        wait_until(lambda: rig.reader["SPY"].sequence > sequence, "a bar comes again", show=rig.show)
        assert now_words(rig).last_data_mono_ns == still


def test_a_confirmed_cancel_of_history_is_no_error(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """IB says it by 162, with the id of a request that is nobody's any more; 162 of no request counts."""
    simulator = start_simulator(always_open=True, pace=0.1)
    with FeederRig(IBAPI_9, segment_name, simulator.port, ("SPY",)) as rig:
        rig.start().wait_live()
        before = now_words(rig).errors
        simulator.do("error", code=162, text="API historical data query cancelled", req_id=99_999)
        simulator.do("error", code=162, text="of nobody", req_id=-1)
        words = rig.wait_words(lambda words: words.errors > before, "one counts")
        assert words.errors == before + 1
        assert words.last_error is not None
        assert words.last_error.text == "of nobody"
