"""The gateway itself: frozen, half-open, restarting, with somebody else's client id."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

from tickring.drill.scenario import Scenario
from tickring.drill.stage import SYMBOLS
from tickring.states import Connection

if TYPE_CHECKING:
    from tickring.drill.scenario import Act

__all__ = ["CONNECTION_SCENARIOS", "nights"]

_NIGHTS = 3
_GHOST_S = 90.0


def _frozen(act: Act) -> None:
    stage = act.stage
    os.kill(stage.gateway.pid, signal.SIGSTOP)
    try:
        act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 30, "nothing is good any more")
        act.told(
            lambda: stage.reader.status().connection is not Connection.CONNECTED, 30, "the gateway is not `connected`"
        )
        act.told(lambda: stage.status() != "connected", 5, "the stream is not `connected`")
    finally:
        os.kill(stage.gateway.pid, signal.SIGCONT)
    act.healed(75)


def _half_open(act: Act) -> None:
    stage = act.stage
    logins = stage.logins()
    stage.gateway.do("half_open")
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 30, "nothing is good any more")
    act.healed(90)  # the dead session holds the client id for a while
    act.check(stage.logins() > logins, "there is no new connection")


def _nights(act: Act, count: int) -> None:
    stage = act.stage
    dice = random.Random(count)
    for _ in range(count):
        time.sleep(dice.uniform(0.0, 5.0) / stage.speed)
        stage.gateway.do("restart", seconds=max(0.5, 20 / stage.speed))
        act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 5, "nothing is good any more")
        act.healed(20 + 30 + len(SYMBOLS) / 45)
        act.told(lambda: stage.feeder().confirmed == len(SYMBOLS), 5, "all are confirmed")


def _taken(act: Act) -> None:
    stage = act.stage
    gone_s = time.monotonic() + 0.2 + _GHOST_S / stage.speed
    stage.gateway.do("restart", seconds=0.2, ghost_seconds=_GHOST_S / stage.speed)
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 5, "nothing is good any more")
    act.healed(75)
    time.sleep(max(0.0, gone_s - time.monotonic()))  # or the next scenario meets it


def _refused(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("refuse", seconds=10 / stage.speed)
    stage.gateway.do("fin")
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 5, "nothing is good any more")
    act.healed(40)


def nights(count: int) -> Scenario:
    """Return so many restarts, one after another, at times that chance chooses (the same ones every time)."""
    what = f"{count} restarts of the gateway, twenty seconds away each"
    return Scenario("nightly restarts", what, partial(_nights, count=count))


CONNECTION_SCENARIOS = (
    Scenario("frozen gateway", "the gateway's process stands still (SIGSTOP)", _frozen),
    Scenario("half-open", "the socket stays open and nothing passes any more", _half_open),
    nights(_NIGHTS),
    Scenario("client id taken", "a ghost of the session before holds the id for 90 s (326)", _taken),
    Scenario("port closed", "the gateway closes the session and its port for ten seconds", _refused),
)
