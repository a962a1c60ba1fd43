"""Streams that go mute behind a gateway that answers: found by data, told in the right scope, served meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import IBAPI_10_46
from tests.feeder_rig import FeederRig
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.drill.honesty import HonestyWatch, lies_in, sent_until
from tickring.feeder.commands import SetSessions
from tickring.session_table import OpenSpan, SessionTable, SessionTables
from tickring.states import Source
from tickring.stream_facts import facts_from
from tickring.stream_words import stream_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tickring.feeder_status import FeederStatus
    from tickring.simulator.running import SimulatorProcess

pytestmark = pytest.mark.slow
ACTIVE = (
    "SPY QQQ IWM DIA VOO VTI GLD SLV TLT HYG XLF XLE EEM TQQQ ARKK AAPL MSFT NVDA AMZN GOOGL GOOG META TSLA AMD INTC "
    "CSCO AVGO NFLX COST JPM BAC WFC GS"
)
US = tuple(ACTIVE.split())
EU = tuple(f"EU{number}" for number in range(17))
LISTING = """
[[listing]]
symbol = "{symbol}"
primary_exchange = "IBIS"
currency = "EUR"
farm = "eufarm"
price = 100.0
volatility = 0.5
activity = 1.0
"""
TENTH: dict[str, Any] = {
    "look_period_s": 0.1,
    "silence_min_s": 1.5,
    "silence_max_s": 2.0,
    "quiet_after_s": 0.7,
    "answer_wait_s": 0.5,
    "reconnect_after_s": 2.5,
    "flap_window_s": 60.0,
    "poll_fallback_duration_s": 6.0,
}
FEEDER: dict[str, Any] = {
    "messages_per_s": 400.0,
    "fallback_after_s": 0.5,
    "fallback_period_s": 6.0,
    "snapshot_timeout_s": 1.0,
    "history_identical_s": 1.5,
    "history_open_max": 50,
}
DEADLINE_S = 3.0
"""How long a mute stream's last value may still read `live`: silence_max_s, a look and what a busy machine adds."""


def is_served(rig: FeederRig, symbol: str) -> bool:
    """Whether other means than its stream serve a symbol."""
    quote = rig.reader[symbol]
    return quote.verdict == "fallback" and quote.source in {Source.IB_SNAPSHOT, Source.IB_HISTORY}


def open_episodes(words: FeederStatus) -> set[tuple[str, str]]:
    """Kind and scope of those that go on."""
    return {(str(one.kind), one.scope) for one in words.episodes if one.is_open}


def said_of_all(rig: FeederRig) -> tuple[str, str]:
    """Status and code of the one table of words."""
    words = stream_words(facts_from(rig.reader.status(), rig.words()))
    return words.status, words.code


def sessions_begun(simulator: SimulatorProcess) -> int:
    """How many connections have got as far as startApi."""
    time.sleep(0.25)  # for the log to be written
    return sum(line.direction == "received" and line.kind == "StartApi" for line in simulator.sent())


@pytest.fixture
def gateway(start_simulator: Callable[..., SimulatorProcess], tmp_path: Path) -> SimulatorProcess:
    """Two farms."""
    listings = tmp_path / "eu.toml"
    listings.write_text("".join(LISTING.format(symbol=symbol) for symbol in EU))
    return start_simulator(always_open=True, pace=0.1, sample_s=0.02, message_rate=0, listings=str(listings))


def test_one_symbol_a_farm_and_all(gateway: SimulatorProcess, segment_name: str) -> None:
    """Each in its own scope, served by other means, back by itself; only the last one costs a connection."""
    contracts = {symbol: ContractConfig(currency="EUR") for symbol in EU}
    with FeederRig(
        IBAPI_10_46,
        segment_name,
        gateway.port,
        (*US, *EU),
        liveness=TENTH,
        feeder=FEEDER,
        gateway={"hello_timeout_s": 5.0},
        contracts=contracts,
    ) as rig:
        rig.start().wait_live(timeout_s=20.0)
        with HonestyWatch(segment_name, (*US, *EU)) as watch:
            check_one_symbol(gateway, rig)
            check_a_farm(gateway, rig)
            assert sessions_begun(gateway) == 1
            check_all(gateway, rig)
            assert sessions_begun(gateway) == 2
        assert watch.wrong == []
        assert watch.looks > 1000
        claims = [one for one in watch.seen if one.bid is not None]
        assert lies_in(claims, sent_until(gateway, time.monotonic_ns()), deadline_s=DEADLINE_S) == []
        words = rig.wait_words(lambda words: words.silent == 0 and not open_episodes(words), "all is well")
        kinds = {str(one.kind) for one in words.episodes}
        assert kinds == {"farm_down", "gateway_lost", "stream_silent", "symbol_silent"}


def check_one_symbol(gateway: SimulatorProcess, rig: FeederRig) -> None:
    """One of 50: a counter, an episode, its own quotes; the stream as a whole stays connected."""
    gateway.do("mute", symbol="SPY")
    wait_until(lambda: is_served(rig, "SPY"), "SPY is served by other means", show=rig.show)
    words = rig.wait_words(lambda words: words.silent_symbols.keys() == {"SPY"}, "one is silent")
    assert open_episodes(words) == {("symbol_silent", "symbol SPY")}
    assert (words.silent, words.confirmed, words.pending) == (1, 49, 1)
    wait_until(lambda: said_of_all(rig) == ("connected", "few_on_fallback"), "the stream is connected", show=rig.show)
    gateway.do("unmute")
    rig.wait_live("SPY")
    rig.wait_words(lambda words: words.silent == 0 and not open_episodes(words), "it is over")


def check_a_farm(gateway: SimulatorProcess, rig: FeederRig) -> None:
    """Seventeen of 50, all of one currency: one episode for all of them, and the whole is degraded."""
    gateway.do("mute", farm="eufarm")
    wait_until(lambda: all(is_served(rig, symbol) for symbol in EU), "all of the farm are served", show=rig.show)
    words = rig.wait_words(lambda words: words.silent == len(EU), "all of the farm are silent")
    assert open_episodes(words) == {("farm_down", "farm of STK EUR")}
    assert words.silent_symbols.keys() == set(EU)
    wait_until(lambda: said_of_all(rig) == ("degraded", "fallback_in_use"), "the stream is degraded", show=rig.show)
    gateway.do("unmute")
    rig.wait_live(*EU)
    rig.wait_words(lambda words: words.silent == 0 and not open_episodes(words), "it is over")


def check_all(gateway: SimulatorProcess, rig: FeederRig) -> None:
    """The gateway answers and nothing ticks: one episode, values from history, one new connection."""
    pid = rig.reader.status().feeder_pid
    gateway.do("mute")
    words = rig.wait_words(
        lambda words: ("stream_silent", "stream") in open_episodes(words), "the stream is silent", 15.0
    )
    wait_until(lambda: any(is_served(rig, symbol) for symbol in US), "history serves", show=rig.show)
    assert said_of_all(rig)[0] == "degraded"
    rig.wait_words(
        lambda words: any(str(one.kind) == "gateway_lost" for one in words.episodes), "it connects anew", 15.0
    )
    gateway.do("unmute")
    rig.wait_live(timeout_s=20.0)
    assert rig.reader.status().feeder_pid == pid
    assert words.errors_by_code.keys() <= {0}


def test_what_flaps_is_held_back_until_it_has_proved_itself(gateway: SimulatorProcess, segment_name: str) -> None:
    """The second fall within the window: prices come again, and other means serve on for the time set."""
    changes = {**TENTH, "flap_falls": 2, "poll_fallback_duration_s": 3.0}
    with FeederRig(IBAPI_10_46, segment_name, gateway.port, ("SPY", "QQQ"), liveness=changes, feeder=FEEDER) as rig:
        rig.start().wait_live()
        gateway.do("mute", symbol="SPY")
        wait_until(lambda: is_served(rig, "SPY"), "SPY falls", show=rig.show)
        gateway.do("unmute")
        rig.wait_live("SPY", timeout_s=2.0)
        gateway.do("mute", symbol="SPY")
        wait_until(lambda: "act=hold" in rig.log(), "SPY flaps", show=rig.show)
        held_s = time.monotonic()
        wait_until(lambda: is_served(rig, "SPY"), "SPY falls again", show=rig.show)
        gateway.do("unmute")
        while time.monotonic() < held_s + 2.5:
            assert rig.reader["SPY"].verdict != "live"
            time.sleep(0.005)
        rig.wait_live("SPY")
        rig.wait_words(lambda words: words.silent == 0 and not open_episodes(words), "it is over")


def test_a_closed_market_is_closed_and_opens_with_a_price(gateway: SimulatorProcess, segment_name: str) -> None:
    """Mute and closed is no silence; what was known before the opening is live by a price after it only."""
    with FeederRig(IBAPI_10_46, segment_name, gateway.port, ("SPY", "QQQ"), liveness=TENTH, feeder=FEEDER) as rig:
        rig.start().wait_live()
        opens_ns = time.time_ns() + 4_000_000_000
        rig.tell(SetSessions(hours("SPY", opens_ns)))
        rig.wait_said("SPY", "closed/market_closed")
        gateway.do("mute", symbol="SPY")
        while time.time_ns() < opens_ns - 200_000_000:
            assert rig.said("SPY") == "closed/market_closed"
            time.sleep(0.01)
        words = rig.wait_words(lambda words: words.closed == 1, "one market is closed")
        assert (words.silent, open_episodes(words)) == (0, set())
        rig.wait_said("SPY", "stale/marked_stale")
        gateway.do("unmute")
        rig.wait_live("SPY")


def hours(closed: str, opens_ns: int) -> SessionTables:
    """One symbol's market opens then; of the others nothing is known."""
    from_ns, day_ns = opens_ns - 3_600_000_000_000, 86_400_000_000_000
    span = OpenSpan(opens_ns, opens_ns + day_ns, "2026-01-02")
    table = SessionTable(calendar="XNYS", from_ns=from_ns, until_ns=opens_ns + day_ns, spans=(span,))
    return SessionTables(tables=(table,), of_symbol={closed: 0})
