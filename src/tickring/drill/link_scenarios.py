"""The gateway loses IB and finds it again: what it says of that, and what is true."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tickring.drill.scenario import Scenario
from tickring.drill.stage import SYMBOLS

if TYPE_CHECKING:
    from tickring.drill.scenario import Act

__all__ = ["LINK_SCENARIOS"]

_FLAPS = 20


def _down(act: Act, *, repeat: int = 1) -> int:
    """Have the link break, see that it is told, and return how many episodes there were before."""
    stage = act.stage
    before = stage.episodes("link_down")
    for _ in range(repeat // 100 or 1):
        stage.gateway.do("link_down", repeat=min(repeat, 100))
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 2, "nothing is good any more")
    act.told(lambda: stage.status() == "degraded", 2, "the stream is degraded")
    return before


def _one_more(act: Act, before: int) -> None:
    """See that one episode was told, and no second one; the feeder's words are a second old at times."""
    act.told(lambda: act.stage.episodes("link_down") > before, 5, "an episode")
    act.check(act.stage.episodes("link_down") == before + 1, "more than one episode")


def _kept(act: Act) -> None:
    logins, before = act.stage.logins(), _down(act)
    act.stage.gateway.do("link_up", code=1102)
    act.healed(20)
    act.check(act.stage.logins() == logins, "the connection was given up")
    _one_more(act, before)


def _kept_in_word_only(act: Act) -> None:
    before = _down(act)
    act.stage.gateway.do("link_up", code=1102, data=False)
    time.sleep(3 / act.stage.speed)
    act.check(len(act.stage.not_good()) == len(SYMBOLS), "1102 was believed without data")
    act.healed(60)
    _one_more(act, before)


def _lost(act: Act) -> None:
    before = _down(act)
    act.stage.gateway.do("link_up", code=1101)
    act.healed(30)
    _one_more(act, before)


def _alone(act: Act) -> None:
    logins, before = act.stage.logins(), act.stage.episodes("link_down")
    act.stage.gateway.do("link_up", code=1102)
    act.healed(20)
    act.check(act.stage.logins() == logins, "the connection was given up")
    _one_more(act, before)


def _many(act: Act) -> None:
    before = _down(act, repeat=200)
    act.stage.gateway.do("link_up", code=1102)
    act.healed(20)
    _one_more(act, before)


def _flaps(act: Act) -> None:
    stage = act.stage
    logins = stage.logins()
    for _ in range(_FLAPS):
        stage.gateway.do("farm", code=2103)
        time.sleep(0.5 / stage.speed)
        stage.gateway.do("farm", code=2104)
        time.sleep(0.5 / stage.speed)
    act.healed(30)
    act.check(stage.logins() == logins, "the connection was given up for a farm's notices")


LINK_SCENARIOS = (
    Scenario("1100, 1102", "the link breaks and is back, requests kept", _kept),
    Scenario("1100, 1102 mute", "the link is said to be back, and no data comes", _kept_in_word_only),
    Scenario("1100, 1101", "the link breaks and is back, requests lost", _lost),
    Scenario("1102 alone", "a link is said to be back that nobody has lost", _alone),
    Scenario("200 x 1100", "two hundred notices of one outage", _many),
    Scenario("farm flaps", "a data farm breaks and heals twenty times", _flaps),
)
