"""Data that stops, is taken away or is of another kind, while the connection is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tickring.drill.scenario import Scenario
from tickring.drill.settings import LINES
from tickring.drill.stage import SYMBOLS

if TYPE_CHECKING:
    from tickring.drill.scenario import Act

__all__ = ["DATA_SCENARIOS"]

_ONE = SYMBOLS[-1]
_SOME = SYMBOLS[8:]
_FALLBACK = {"ib_snapshot", "ib_history"}
_ENDS_NOTHING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unknown_message", {}),
    ("bad_number", {}),
    ("split", {"mode": "bytes"}),
    ("split", {"mode": "odd"}),
    ("split", {"mode": "whole"}),
    ("exact_4096", {"seconds": 0.3}),
    ("exact_4096", {"seconds": 0.3, "cut": True}),
    ("burst", {"count": 20_000}),
)
_ENDS_THE_SESSION: tuple[tuple[str, dict[str, Any]], ...] = (
    ("garbage", {"count": 64}),
    ("absurd_length", {}),
    ("truncate", {"close": True}),
    ("truncate", {"close": False}),
)


def _mute_one(act: Act) -> None:
    stage = act.stage
    logins, degraded = stage.logins(), stage.episodes("degraded")
    stage.gateway.do("mute", symbol=_ONE)
    act.told(lambda: _ONE in stage.not_good(), 20, f"{_ONE} is not good any more")
    act.told(lambda: stage.quote(_ONE).source in _FALLBACK, 40, f"{_ONE} is served by other means, marked")
    act.told(lambda: stage.file_of(_ONE)["source"] in _FALLBACK, 5, f"the file of {_ONE} says so too")
    act.check(stage.not_good() == [_ONE], f"others suffer: {stage.not_good()}")
    stage.gateway.do("unmute", symbol=_ONE)
    act.healed(30)
    act.check(stage.logins() == logins, "the connection was given up for one symbol")
    act.check(stage.episodes("degraded") == degraded, "the whole stream was called degraded for one symbol")


def _mute_some(act: Act) -> None:
    stage = act.stage
    logins = stage.logins()
    for symbol in _SOME:
        stage.gateway.do("mute", symbol=symbol)
    act.told(lambda: set(stage.not_good()) == set(_SOME), 30, "those that are mute are not good, the others are")
    act.told(lambda: stage.status() == "degraded", 30, "the stream is degraded")
    stage.gateway.do("unmute")
    act.healed(30)
    act.check(stage.logins() == logins, "the connection was given up though others streamed")


def _mute_all(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("mute")
    act.told(lambda: stage.status() == "degraded", 12, "the stream is degraded")
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 20, "nothing is good any more")
    stage.gateway.do("unmute")
    act.healed(40)


def _competing(act: Act) -> None:
    stage = act.stage
    before = stage.episodes("competing_session")
    stage.gateway.do("competing_session", start=True)
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 20, "nothing is good any more")
    act.told(lambda: stage.episodes("competing_session") == before + 1, 10, "one episode tells why")
    stage.gateway.do("competing_session", start=False, resume=False)
    act.healed(60)
    act.check(stage.episodes("competing_session") == before + 1, "more than one episode")


def _few_lines(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("lines", limit=12)
    stage.gateway.do("rst")
    act.told(lambda: len(stage.not_good()) == len(SYMBOLS), 5, "nothing is good any more")
    act.told(
        lambda: stage.feeder().confirmed >= 8 and len(stage.feeder().fallback) >= 8, 60, "some stream, some rotate"
    )
    marked = {symbol for symbol in SYMBOLS if stage.quote(symbol).source in _FALLBACK}
    act.check(marked <= set(stage.not_good()), "a snapshot in turn reads as if it streamed")
    stage.gateway.do("lines", limit=LINES)
    act.healed(150)


def _delayed(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("permission", symbol=_ONE, code=10167)
    stage.gateway.do("rst")
    act.told(lambda: stage.quote(_ONE).verdict == "delayed", 40, f"{_ONE} reads delayed")
    act.told(lambda: stage.not_good() == [_ONE], 40, f"{_ONE} alone is not good")
    act.check(stage.quote(_ONE).source == "ib_stream", "the stream was given up though it brings ticks")
    act.told(lambda: stage.file_of(_ONE)["market_data_type"] == "delayed", 5, f"the file of {_ONE} says so too")
    stage.gateway.do("permission", symbol=_ONE, code=None)
    stage.gateway.do("rst")
    act.healed(40)


def _no_permission(act: Act) -> None:
    stage = act.stage
    stage.gateway.do("permission", symbol=_ONE, code=354)
    stage.gateway.do("rst")
    act.told(lambda: stage.not_good() == [_ONE], 40, f"{_ONE} alone is not good")
    stage.gateway.do("permission", symbol=_ONE, code=None)
    stage.gateway.do("rst")
    act.healed(40)


def _mad_bytes(act: Act) -> None:
    stage = act.stage
    epoch = stage.reader.status().epoch
    logins = stage.logins()
    for word, values in _ENDS_NOTHING:
        stage.gateway.do(word, **values)
        stage.wait(lambda: not stage.all_live(), 0.5)
        act.healed(10, f"everything streams after {word} {values}")
    act.check(stage.logins() == logins, "the connection was given up for bytes that hurt nobody")
    for word, values in _ENDS_THE_SESSION:
        stage.gateway.do(word, **values)
        act.told(lambda: not stage.all_live(), 30, f"the session is over after {word}")
        act.healed(60, f"everything streams after {word}")
    act.check(stage.reader.status().epoch == epoch, "the feeder had to be started again")


DATA_SCENARIOS = (
    Scenario("mute one", "one symbol of twenty falls silent", _mute_one),
    Scenario("mute some", "twelve of twenty fall silent, as if a farm did", _mute_some),
    Scenario("mute all", "all data stops, while the gateway answers", _mute_all),
    Scenario("competing session", "another log-in takes the market data (10197) and leaves again", _competing),
    Scenario("few lines", "twenty symbols wanted, twelve lines (101), then a hundred again", _few_lines),
    Scenario("no permission", "the permission for one symbol is gone (354) and comes back", _no_permission),
    Scenario("delayed", "one symbol's data comes delayed (10167), then in real time again", _delayed),
    Scenario("mad bytes", "unknown and broken messages, pieces, a burst, garbage, absurd lengths, halves", _mad_bytes),
)
