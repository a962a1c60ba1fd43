"""Lines, pace, permissions and competing sessions over a real socket: what the gateway counts, what readers see."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_51
from tests.feeder_rig import FeederRig
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.episodes import EpisodeKind
from tickring.feeder.commands import SetPriorities
from tickring.simulator.market.catalog_generated import generated_listing
from tickring.states import DataType
from tickring.stream_facts import facts_from
from tickring.stream_words import stream_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.episodes import Episode
    from tickring.feeder_status import FeederStatus
    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
LIVE, SNAPSHOT = "live/vouched", "fallback/from_snapshot"
FAST: dict[str, Any] = {
    "segment": {"vouch_limit_s": 60.0},
    "feeder": {"messages_per_s": 1000.0, "rotation_dwell_s": 0.02, "rotation_period_s": 0.2},
}


def generated(count: int) -> tuple[str, ...]:
    """So many symbols of the simulator."""
    return tuple(generated_listing(number).symbol for number in range(1, count + 1))


def told(rig: FeederRig, kind: EpisodeKind) -> list[Episode]:
    """The episodes of one kind so far, oldest first."""
    words = rig.words()
    return [] if words is None else [one for one in words.episodes if one.kind is kind]


def received(simulator: SimulatorProcess) -> list[str]:
    """What the gateway has had of the feeder, by kind."""
    time.sleep(0.25)  # for the log to be written
    return [line.kind for line in simulator.sent() if line.direction == "received"]


def has_all_served(words: FeederStatus, streams: int, rotated: int) -> bool:
    """Whether so many stream and so many take turns, each of those with the age of its snapshot."""
    ages = words.rotated.values()
    return words.confirmed == streams and len(ages) == words.rotated_served == rotated and None not in ages


def test_140_wanted_at_100_lines(start_simulator: Callable[..., SimulatorProcess], segment_name: str) -> None:
    """100 stream by priority, 40 are served by snapshots in turn with their ages shown; the gateway refuses nothing.

    The account has 102 lines: those of the streams and two that the others share.
    """
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.1, generated=141, lines=102, message_rate=0)
    symbols = generated(141)
    wanted, late = symbols[:140], symbols[140]
    lines = {"feeder": {**FAST["feeder"], "lines_max": 102}, "segment": FAST["segment"]}
    with FeederRig(IBAPI_10_51, segment_name, simulator.port, wanted, **lines) as rig:
        rig.start()
        held = wanted[-20:]
        priorities = {symbol: 0 if symbol in held else 4 for symbol in wanted}
        rig.tell(SetPriorities(priorities))
        rig.wait_live(*held, timeout_s=20.0)
        words = rig.wait_words(lambda words: has_all_served(words, 100, 40), "everybody is served", timeout_s=20.0)
        assert words.lines is not None
        assert (words.lines.limit, words.lines.reserve, words.lines.rotated) == (102, 2, 40)
        assert words.lines.used <= 102
        assert 101 not in words.errors_by_code
        assert set(words.fallback) == set(words.rotated)
        assert not set(held) & set(words.rotated)
        assert {rig.said(symbol) for symbol in words.rotated} == {SNAPSHOT}
        facts = facts_from(rig.reader.status(), words)
        assert stream_words(facts).code == "rotated"
        status = simulator.do("status")
        assert 100 <= status["subscriptions"] <= 102
        (episode,) = told(rig, EpisodeKind.LINES_EXHAUSTED)
        assert episode.is_open

        rig.add(**{late: ContractConfig()})
        rig.tell(SetPriorities({late: 0, **priorities}))
        rig.wait_live(late)
        rig.wait_words(lambda words: words.confirmed == 100 and len(words.rotated) == 41, "one gave way")
        assert all(rig.said(symbol) == LIVE for symbol in held)
        rig.remove(*wanted[:50])
        rig.wait_words(lambda words: words.confirmed == words.desired == 91 and not words.rotated, "all fit")
        wait_until(lambda: not told(rig, EpisodeKind.LINES_EXHAUSTED)[-1].is_open, "and it is told", show=rig.show)


def test_another_consumer_takes_20_of_100_lines(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """80 stream and 60 take turns, who matters most streams on, refusals stay few; given back, 100 stream again."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.1, generated=140, lines=102, message_rate=0)
    wanted = generated(140)
    lines = {"feeder": {**FAST["feeder"], "lines_max": 102, "lines_probe_s": 5.0}, "segment": FAST["segment"]}
    with FeederRig(IBAPI_10_51, segment_name, simulator.port, wanted, **lines) as rig:
        rig.start()
        held = wanted[-80:]
        rig.tell(SetPriorities({symbol: 0 if symbol in held else 4 for symbol in wanted}))
        rig.wait_live(*held, timeout_s=20.0)
        rig.wait_words(lambda words: has_all_served(words, 100, 40), "100 and 40", timeout_s=20.0)
        simulator.do("lines", taken=20)
        words = rig.wait_words(lambda words: has_all_served(words, 80, 60), "80 and 60", timeout_s=20.0)
        assert words.lines is not None
        assert (words.lines.limit, words.lines.is_learnt) == (82, True)
        assert words.errors_by_code[101] <= 20
        assert not set(held) & set(words.rotated)
        assert all(rig.said(symbol) == LIVE for symbol in held)
        assert simulator.do("status")["subscriptions"] <= 82
        episode = told(rig, EpisodeKind.LINES_EXHAUSTED)[-1]
        assert episode.is_open
        simulator.do("lines", taken=0)
        rig.wait_words(lambda words: has_all_served(words, 100, 40), "100 and 40 again", timeout_s=60.0)


def test_lines_of_others_are_learnt_and_come_back(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Twelve lines where a hundred were thought of: ten stream, four take turns, few refusals; later all stream."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05, generated=14, lines=12, message_rate=0)
    with FeederRig(IBAPI_9, segment_name, simulator.port, generated(14), **FAST) as rig:
        rig.start()
        words = rig.wait_words(
            lambda words: words.confirmed == 10 and words.sources.get("ib_snapshot") == 4, "ten and four", timeout_s=9.0
        )
        assert words.lines is not None
        assert words.lines.is_learnt
        assert words.lines.limit in {12, 13}
        assert words.errors_by_code[101] <= 6
        simulator.do("lines", limit=100)
        rig.wait_live(timeout_s=15.0)
        rig.wait_words(lambda words: not words.rotated, "nobody takes turns any more")


def test_a_complaint_about_the_pace_halves_it_once(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Three complaints in a row are one episode; after its time the pace is whole again."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05)
    with FeederRig(IBAPI_9, segment_name, simulator.port) as rig:
        rig.start().wait_live()
        for _ in range(3):
            simulator.do("error", code=100, text="Max rate of messages per second has been exceeded", req_id=-1)
        rig.wait_words(
            lambda words: words.pacing is not None and words.pacing.is_slow and words.pacing.limit_per_s == 22, "half"
        )
        rig.wait_words(lambda words: words.pacing is not None and words.pacing.limit_per_s == 45, "whole again")
        (episode,) = told(rig, EpisodeKind.PACING)
        assert episode.closed_at is not None
        assert episode.code == 100


def test_a_competing_session_of_all_is_one_episode(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """10197 for thirty streams: one is tried now and then, and when the other session goes all are live again."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05, generated=30, message_rate=0)
    symbols = generated(30)
    with FeederRig(IBAPI_9, segment_name, simulator.port, symbols, **FAST) as rig:
        rig.start().wait_live(timeout_s=20.0)
        simulator.do("competing_session")
        for symbol in symbols:
            rig.wait_said(symbol, "stale/competing_session")
        before = received(simulator).count("ReqMktData")
        rig.wait_words(lambda words: len(words.unresolved) == 30, "the status names all")
        asked = received(simulator).count("ReqMktData") - before
        assert asked <= 8
        simulator.do("competing_session", start=False, resume=False)
        rig.wait_live(timeout_s=20.0)
        rig.wait_words(lambda words: not words.unresolved and words.confirmed == 30, "all are back")
        (episode,) = told(rig, EpisodeKind.COMPETING_SESSION)
        assert episode.closed_at is not None


def test_missing_permissions_are_one_episode_and_no_storm(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """354 and 10168 for one symbol each: the others stream; granted, they stream too."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05, generated=10, message_rate=0)
    symbols = generated(10)
    for symbol, code in zip(symbols, (354, 10168), strict=False):
        simulator.do("permission", code=code, symbol=symbol)
    with FeederRig(IBAPI_9, segment_name, simulator.port, symbols, **FAST) as rig:
        rig.start()
        rig.wait_live(*symbols[2:])
        words = rig.wait_words(lambda words: len(words.unresolved) == 2 and words.confirmed == 8, "two are refused")
        assert "354" in words.unresolved[symbols[0]]
        assert "10168" in words.unresolved[symbols[1]]
        (episode,) = told(rig, EpisodeKind.NO_PERMISSION)
        assert (episode.is_open, episode.count) == (True, 2)
        simulator.do("permission", code=None, symbol=symbols[0])
        simulator.do("permission", code=None, symbol=symbols[1])
        rig.wait_live()
        wait_until(lambda: not told(rig, EpisodeKind.NO_PERMISSION)[-1].is_open, "it is over", show=rig.show)
        assert len(told(rig, EpisodeKind.NO_PERMISSION)) == 1


@pytest.mark.parametrize("code", [354, 10168, 10186])
def test_a_missing_permission_is_asked_for_ever_more_rarely(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str, code: int
) -> None:
    """Readers are told, the other symbol streams on, each try is one request and waits longer, up to the limit."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05)
    waits = {"retry_s": 0.5, "retry_limit_s": 1.0, "fallback_after_s": 0.5}
    with FeederRig(IBAPI_10_51, segment_name, simulator.port, ("SPY", "QQQ"), feeder=waits) as rig:
        rig.start().wait_live()
        simulator.do("permission", code=code, symbol="QQQ")
        simulator.do("rst")
        rig.wait_said("QQQ", "stale/no_permission")
        rig.wait_live("SPY")
        rig.wait_words(lambda words: words.errors_by_code.get(code, 0) >= 4, "some tries later", timeout_s=20.0)
        assert rig.said("SPY") == LIVE
        assert rig.said("QQQ") == "stale/no_permission"
        words = rig.words()
        assert words is not None
        assert str(code) in words.unresolved["QQQ"]
        (episode,) = told(rig, EpisodeKind.NO_PERMISSION)
        assert (episode.is_open, episode.count) == (True, 1)

    def asked_s() -> list[float]:
        lines = list(simulator.sent())
        refused = {line.req_id for line in lines if line.kind == "ErrorReply"}
        return [line.mono_ns / 1e9 for line in lines if line.kind == "ReqMktData" and line.req_id in refused]

    wait_until(lambda: len(asked_s()) >= 4, "the gateway's log has them")
    gaps_s = [later - before for before, later in pairwise(asked_s())]
    assert gaps_s[0] >= 0.4
    assert min(gaps_s[1:]) >= 0.9


def test_frozen_data_of_a_closed_market_is_marked_and_has_no_sides(
    start_simulator: Callable[..., SimulatorProcess], segment_name: str
) -> None:
    """Allowed by setting: bid and ask come as -1 and read as absent, the last price stays, nothing is live."""
    simulator = start_simulator(always_open=True, pace=0.1, sample_s=0.05)
    simulator.do("market", phase="closed")
    with FeederRig(IBAPI_9, segment_name, simulator.port, gateway={"market_data_type": 2}) as rig:
        rig.start()
        wait_until(lambda: rig.reader["SPY"].data_type is DataType.FROZEN, "it says so", show=rig.show)
        wait_until(lambda: rig.reader["SPY"].last is not None, "the last price is there", show=rig.show)
        quote = rig.reader["SPY"]
        assert (quote.bid, quote.ask) == (None, None)
        assert quote.verdict in {"stale", "closed"}
        simulator.do("market", phase="open")
