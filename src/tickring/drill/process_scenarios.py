"""The service's own processes: killed, stopped."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from tickring.drill.scenario import Scenario
from tickring.drill.stage import SYMBOLS
from tickring.reader import Verdict

if TYPE_CHECKING:
    from tickring.drill.scenario import Act

__all__ = ["PROCESS_SCENARIOS"]

_AFTER_A_KILL_S = 1.5


def _kill_feeder(act: Act) -> None:
    stage = act.stage
    pid = stage.reader.status().feeder_pid
    os.kill(pid, signal.SIGKILL)
    act.told(stage.not_good, 0.5, "somebody is told")
    act.healed(_AFTER_A_KILL_S + len(SYMBOLS) / 45, is_scaled=False)
    act.check(stage.reader.status().feeder_pid != pid, "the feeder lives")


def _stop_feeder(act: Act) -> None:
    stage = act.stage
    epoch = stage.reader.status().epoch
    os.kill(stage.reader.status().feeder_pid, signal.SIGSTOP)
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 2, "nothing is good any more")
    act.told(lambda: stage.reader.status().epoch > epoch, 10, "the next life is granted")
    act.healed(10, is_scaled=False)


def _kill_flusher(act: Act) -> None:
    stage = act.stage
    pid = next(child.pid for child in stage.client.status().children if child.name == "flusher")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    epoch = stage.reader.status().epoch
    found = stage.wait(lambda: any(stage.quote(symbol).verdict is Verdict.FEED_DOWN for symbol in SYMBOLS), 1.0)
    act.check(found is None, "the feed is called down")
    act.healed(10)
    act.check(stage.reader.status().epoch == epoch, "the feeder was started again")


PROCESS_SCENARIOS = (
    Scenario("feeder killed", "SIGKILL to the process that feeds", _kill_feeder),
    Scenario("feeder stopped", "SIGSTOP to the process that feeds", _stop_feeder),
    Scenario("flusher killed", "SIGKILL to the process that writes the files", _kill_flusher),
)
