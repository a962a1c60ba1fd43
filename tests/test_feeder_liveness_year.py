"""A year of three markets, with holidays, half days, lunch breaks and clocks that change: no alarm outside sessions.

Every timer is 240 times as long as usual, so that a year has as many looks as a day and a half.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from tests.liveness_world import LivenessWorld, Symbol
from tickring.config import LivenessConfig
from tickring.episodes import EpisodeKind
from tickring.feeder.market_hours import MarketHours
from tickring.planner.sessions import table_of_calendar
from tickring.session_table import SessionTables

MARKETS = {"XNYS": 3, "XHKG": 3, "FX": 1}
"""Calendar to how many symbols."""
SLOWER = 240.0
LOOK_S, CLOSED_LOOK_S = SLOWER, 1800.0
CONFIG = LivenessConfig(
    silence_min_s=10.0 * SLOWER,
    silence_max_s=300.0 * SLOWER,
    quiet_after_s=5.0 * SLOWER,
    answer_wait_s=3.0 * SLOWER,
    reconnect_after_s=20.0 * SLOWER,
)
FROM_NS = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000
DAYS = 365
OUTAGES = 80
OUTAGE_S = 20.0 * SLOWER


class Outage(NamedTuple):
    """Symbols that do not tick from one moment to another, though their market is open at the first."""

    begins_s: float
    ends_s: float
    names: tuple[str, ...]


def outages_in(tables: SessionTables, names: dict[str, list[str]], rng: random.Random) -> list[Outage]:
    """Some of one symbol, some of a whole market; so far apart that one is healed before the next begins."""
    found: list[Outage] = []
    for table in tables.tables:
        spans = [span for span in table.spans if span.closes_ns - span.opens_ns > 1.5 * OUTAGE_S * 1e9]
        for span in rng.sample(spans, min(len(spans), OUTAGES)):
            latest_ns = span.closes_ns - round(1.2 * OUTAGE_S * 1e9)
            begins_s = (rng.randint(span.opens_ns, latest_ns) - FROM_NS) / 1e9
            of_market = names[table.calendar]
            who = of_market if rng.random() < 0.5 else [rng.choice(of_market)]
            found.append(Outage(begins_s, begins_s + OUTAGE_S, tuple(who)))
    found.sort()
    apart = found[:1]
    for one in found[1:]:
        if one.begins_s > apart[-1].ends_s + OUTAGE_S:
            apart.append(one)
    return apart


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_year_without_false_alarms_and_with_every_outage_found() -> None:
    """Each outage is found within its symbol's deadline, and no episode begins for any other reason."""
    rng = random.Random(2026)
    names = {market: [f"{market}{n}" for n in range(count)] for market, count in MARKETS.items()}
    tables = SessionTables(
        tables=tuple(table_of_calendar(market, FROM_NS, DAYS) for market in MARKETS),
        of_symbol={name: place for place, market in enumerate(MARKETS) for name in names[market]},
    )
    hours = MarketHours()
    hours.set(tables)
    market_of = {name: market for market in MARKETS for name in names[market]}
    symbols = [Symbol(name, market, lambda: rng.uniform(60.0, 240.0)) for name, market in market_of.items()]
    world = LivenessWorld(symbols, CONFIG)
    outages = outages_in(tables, names, rng)
    assert len(outages) > 100
    waiting, under_way, missed, told = [*outages], None, [], 0
    is_open_now: dict[str, bool] = {}
    while world.now_s < DAYS * 86_400.0:
        world.now_s += LOOK_S if any(is_open_now.values()) else CLOSED_LOOK_S
        now_ns = FROM_NS + round(world.now_s * 1e9)
        for market, of_market in names.items():
            is_open = hours.is_open(of_market[0], now_ns) is True
            if is_open is not is_open_now.get(market):
                is_open_now[market] = is_open
                world.set_open(is_open, *of_market)
        if under_way is None and waiting and world.now_s >= waiting[0].begins_s:
            under_way = waiting.pop(0)
            world.mute(*under_way.names)
        world.look()
        for change in world.book.since(told) if world.book.sequence != told else ():
            told = max(told, change.sequence)
            if change.is_open:
                assert under_way is not None, f"{change} without an outage at {world.now_s}"
                assert change.kind is not EpisodeKind.SYMBOL_SILENT or change.scope.removeprefix("symbol ") in (
                    under_way.names
                )
                assert any(hours.is_open(name, now_ns) for name in under_way.names)
        if under_way is not None and world.now_s >= under_way.ends_s:
            missed += [name for name in under_way.names if name not in world.machine.silent]
            world.unmute(*under_way.names)
            under_way = None
        world.orders.clear()
    assert waiting == []
    assert missed == []
    assert {one.kind for one in world.book} == {
        EpisodeKind.SYMBOL_SILENT,
        EpisodeKind.FARM_DOWN,
        EpisodeKind.STREAM_SILENT,
    }
