"""More symbols than there are market data lines, and more requests than the gateway takes in a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickring.config.structs import ContractConfig
from tickring.drill.scenario import Scenario
from tickring.drill.settings import LINES
from tickring.drill.stage import CROWD, SYMBOLS

if TYPE_CHECKING:
    from tickring.drill.scenario import Act
    from tickring.drill.stage import Stage

__all__ = ["CROWD_SCENARIOS"]

_STREAMS = 100
_WANTED = 140
_TAKEN = 20
_ASKED_ANEW = 5
_STORMY = 60
"""So many of a storm's symbols stream, and all of them are let go again."""
_PER_S = 45
_GATEWAY_LIMIT = 50


def _is_shared_out(stage: Stage, streams: int) -> bool:
    """Whether so many have a line and everybody else has a snapshot and its age.

    Few of those that have a line may just have been asked for anew: not all of a crowd tick often.
    """
    feeder = stage.feeder()
    ages_s = feeder.rotated.values()
    has_ages = len(ages_s) == feeder.rotated_served == _WANTED - streams and None not in ages_s
    return has_ages and feeder.confirmed + feeder.pending == streams and feeder.pending <= _ASKED_ANEW


def _are_marked(stage: Stage) -> bool:
    """Whether those without a line say so, in the segment and in their files."""
    turns = stage.feeder().rotated
    is_fallback = all(stage.quote(one).verdict == "fallback" for one in turns)
    return is_fallback and all(stage.file_of(one)["source"] == "ib_snapshot" for one in turns)


def _more_than_lines(act: Act) -> None:
    stage = act.stage
    added = CROWD[: _WANTED - len(SYMBOLS)]
    with stage.watching(added):
        stage.client.subscribe({symbol: ContractConfig() for symbol in added})
        act.told(lambda: _is_shared_out(stage, _STREAMS), 60, "100 stream and 40 take turns", is_scaled=False)
        act.told(lambda: stage.code() == "rotated", 60, "the status says so", is_scaled=False)
        act.check(not set(stage.feeder().rotated) & set(SYMBOLS), "those whom the planner names do not come first")
        act.check(stage.status() == "connected", "the stream is called degraded, though nothing fails")
        act.told(lambda: _are_marked(stage), 10, "who takes turns is marked, in the files too")
        stage.gateway.do("lines", taken=_TAKEN)
        within = f"{_TAKEN} lines are somebody else's: 80 stream, 60 take turns"
        act.told(lambda: _is_shared_out(stage, _STREAMS - _TAKEN), 120, within, is_scaled=False)
        act.check(not stage.not_good(), f"those whom the planner names suffer: {stage.not_good()}")
        stage.gateway.do("lines", taken=0)
        act.told(lambda: _is_shared_out(stage, _STREAMS), 240, "100 stream again")
        stage.client.unsubscribe(added)
    act.healed(30)


def _storm(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("message_rate", limit=0)  # begins to count anew, and complains about nothing
    with stage.watching(CROWD):
        stage.client.subscribe({symbol: ContractConfig() for symbol in CROWD})
        act.told(lambda: stage.feeder().confirmed >= _STORMY, 60, f"{_STORMY} of 500 stream", is_scaled=False)
        stage.client.unsubscribe(CROWD)
        act.told(lambda: stage.feeder().desired == len(SYMBOLS), 10, "all are let go")
        act.told(lambda: stage.gateway.do("status")["subscriptions"] == len(SYMBOLS), 30, "by the gateway too")
    busiest = stage.gateway.do("message_rate", limit=_GATEWAY_LIMIT)["busiest_second"]
    act.check(busiest <= _PER_S, f"the gateway has counted {busiest} messages in one second")
    act.check(busiest > _PER_S // 2, f"that was no storm: {busiest} messages in its busiest second")
    act.check(not stage.not_good(), f"those that streamed suffer: {stage.not_good()}")
    act.healed(30)


CROWD_SCENARIOS = (
    Scenario(
        "more than lines", f"140 wanted at {LINES} lines, two of them kept; then 20 in use elsewhere", _more_than_lines
    ),
    Scenario("storm", "480 symbols more at once, and let go again", _storm),
)
