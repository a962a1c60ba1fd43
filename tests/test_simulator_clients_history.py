"""Clients of other people ask the simulator for bars."""

from __future__ import annotations

import itertools
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.environments import CLIENTS
from tests.clients.talking import TalkingClient, new_client_id, stock
from tests.waiting import wait_until
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clients.fixtures import Session


@pytest.fixture(scope="module")
def calendar_gateway() -> Iterator[SimulatorProcess]:
    """A simulator whose market keeps the exchange's hours."""
    with SimulatorProcess.start(pace=0.1, max_server_version=226) as simulator:
        yield simulator


END = "20241115-21:30:00"  # UTC: half an hour after the close of a Friday
ZONE_IN_DATES = 174
VOLUME_IN_SHARES = 175


def ask_for_bars(
    talker: TalkingClient,
    req_id: int,
    symbol: str,
    *,
    end: str = END,
    duration: str,
    bar_size: str,
    format_date: int = 1,
    keep: bool = False,
    what: str = "TRADES",
) -> None:
    """Call reqHistoricalData for regular hours."""
    talker.call("reqHistoricalData", req_id, stock(symbol), end, duration, bar_size, what, 1, format_date, keep, [])


def bars_of(talker: TalkingClient, req_id: int) -> list[dict[str, Any]]:
    """All bars, once the end marker is there."""
    talker.wait_for("historicalDataEnd", reqId=req_id)
    return [told["bar"] for told in talker.all("historicalData", reqId=req_id)]


def check_prices(bars: list[dict[str, Any]]) -> None:
    """Every bar is possible."""
    for bar in bars:
        wap = bar.get("wap", bar.get("average"))
        assert bar["low"] <= min(bar["open"], bar["close"]) <= max(bar["open"], bar["close"]) <= bar["high"], bar
        assert bar["low"] <= wap <= bar["high"], bar
        assert bar["volume"] > 0, bar


def test_day_bars_carry_their_day(talker: TalkingClient) -> None:
    """`yyyymmdd`, whatever formatDate says; ascending; the end marker last."""
    ask_for_bars(talker, 101, "SPY", duration="5 D", bar_size="1 day")
    ask_for_bars(talker, 102, "SPY", duration="5 D", bar_size="1 day", format_date=2)
    bars = bars_of(talker, 101)
    assert [bar["date"] for bar in bars] == ["20241111", "20241112", "20241113", "20241114", "20241115"]
    check_prices(bars)
    assert bars_of(talker, 102) == bars
    calls = [told["call"] for told in talker.heard if told["args"].get("reqId") == 101]
    assert calls == ["historicalData"] * 5 + ["historicalDataEnd"]


def test_minute_bars_in_local_text_and_in_epoch_seconds(talker: TalkingClient, session: Session) -> None:
    """With formatDate 1 New York time, with the zone's name from version 174 on; with 2 epoch seconds."""
    ask_for_bars(talker, 101, "SPY", duration="1 D", bar_size="1 min")
    ask_for_bars(talker, 102, "SPY", duration="1 D", bar_size="1 min", format_date=2)
    texts, epochs = bars_of(talker, 101), bars_of(talker, 102)
    assert len(texts) == len(epochs) == 990  # from midnight to 16:30: this market is always open
    first, last = texts[0]["date"], texts[-1]["date"]
    if session.server_version >= ZONE_IN_DATES:
        assert (first, last) == ("20241115 00:00:00 US/Eastern", "20241115 16:29:00 US/Eastern")
    else:
        assert (first, last) == ("20241115  00:00:00", "20241115  16:29:00")
    seconds = [int(bar["date"]) for bar in epochs]
    assert seconds[0] == datetime(2024, 11, 15, 5, 0, tzinfo=UTC).timestamp()
    assert {after - before for before, after in itertools.pairwise(seconds)} == {60}
    assert [{**bar, "date": ""} for bar in texts] == [{**bar, "date": ""} for bar in epochs]
    check_prices(texts)


@pytest.mark.parametrize("name", CLIENTS)
def test_a_day_of_the_calendar_has_390_minutes(name: str, calendar_gateway: SimulatorProcess) -> None:
    """With sessions by calendar the regular hours of a day, and a week without its holiday."""
    with TalkingClient(name) as talker:
        talker.connect(calendar_gateway.port, new_client_id())
        ask_for_bars(talker, 101, "SPY", duration="1 D", bar_size="1 min", format_date=2)
        seconds = [int(bar["date"]) for bar in bars_of(talker, 101)]
        opening_s = int(datetime(2024, 11, 15, 14, 30, tzinfo=UTC).timestamp())
        assert seconds == [opening_s + 60 * minute for minute in range(390)]
        ask_for_bars(talker, 102, "SPY", end="20241129-21:30:00", duration="5 D", bar_size="1 day")
        days = [bar["date"] for bar in bars_of(talker, 102)]
        assert days == ["20241122", "20241125", "20241126", "20241127", "20241129"]  # the 28th is Thanksgiving


def test_volumes_are_hundreds_below_175(talker: TalkingClient, session: Session) -> None:
    """A day's volume of SPY: some ten million shares, or as many hundreds."""
    ask_for_bars(talker, 101, "SPY", duration="1 D", bar_size="1 day")
    (bar,) = bars_of(talker, 101)
    shares = bar["volume"] * (1 if session.server_version >= VOLUME_IN_SHARES else 100)
    assert 1e7 < shares < 1e9


def test_a_span_without_trades_and_a_bad_request(talker: TalkingClient) -> None:
    """162 where there is nothing, 321 for a bar size nobody knows, 200 for an unknown contract; and no bar."""
    ask_for_bars(talker, 101, "SPY", duration="1 D", bar_size="7 fortnights")
    ask_for_bars(talker, 102, "NOSUCH", duration="1 D", bar_size="1 day")
    talker.wait_for_code(321, reqId=101)
    talker.wait_for_code(200, reqId=102)
    ask_for_bars(talker, 103, "SPY", duration="1 D", bar_size="1 day", end="19700105-21:30:00")
    talker.wait_for_code(162, reqId=103)
    assert not talker.all("historicalData")


def test_the_head_timestamp(talker: TalkingClient) -> None:
    """The earliest moment there is, as UTC text or epoch seconds."""
    talker.call("reqHeadTimeStamp", 101, stock("SPY"), "TRADES", 1, 1)
    talker.call("reqHeadTimeStamp", 102, stock("SPY"), "TRADES", 1, 2)
    text = talker.wait_for("headTimestamp", reqId=101)["headTimestamp"]
    seconds = int(talker.wait_for("headTimestamp", reqId=102)["headTimestamp"])
    assert re.fullmatch(r"\d{8}-\d\d:\d\d:\d\d", text)
    assert datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC).timestamp() == seconds
    assert seconds < time.time() - 365 * 86_400


def test_a_request_that_is_kept_up_to_date(talker: TalkingClient) -> None:
    """Bars and their end, then updates of the running bar until the cancel, which is confirmed as 162."""
    ask_for_bars(talker, 101, "SPY", end="", duration="1800 S", bar_size="1 min", format_date=2, keep=True)
    bars = bars_of(talker, 101)
    update = talker.wait_for("historicalDataUpdate", reqId=101)["bar"]
    assert int(update["date"]) >= int(bars[-1]["date"])
    assert update["low"] <= update["close"] <= update["high"]
    talker.call("cancelHistoricalData", 101)
    confirmed = talker.wait_for_code(162, reqId=101)
    assert "cancelled" in confirmed["errorString"]
    assert talker.quiet_for(0.7, "historicalDataUpdate")
    talker.call("cancelHistoricalData", 101)
    talker.wait_for_code(366, reqId=101)


def test_updates_need_an_empty_end(talker: TalkingClient) -> None:
    """321."""
    ask_for_bars(talker, 101, "SPY", duration="1 D", bar_size="1 min", keep=True)
    talker.wait_for_code(321, reqId=101)


def test_the_pacing_rules(talker: TalkingClient, other: TalkingClient, gateway: SimulatorProcess) -> None:
    """The same small bars within 15 s are a pacing violation (162), for another client too; larger bars are not."""
    symbol = "MSFT"
    end = f"20241115-20:{talker.client_id % 60:02}:00"  # each test process and test asks for its own span
    for req_id in (101, 102):
        ask_for_bars(talker, req_id, symbol, end=end, duration="60 S", bar_size="5 secs")
    assert len(bars_of(talker, 101)) == 12
    violation = talker.wait_for_code(162, reqId=102)
    assert "pacing violation" in violation["errorString"]
    other.connect(gateway.port, new_client_id())
    ask_for_bars(other, 201, symbol, end=end, duration="60 S", bar_size="5 secs")
    other.wait_for_code(162, reqId=201)
    for req_id in (103, 104):
        ask_for_bars(talker, req_id, symbol, end=end, duration="600 S", bar_size="1 min")
        assert len(bars_of(talker, req_id)) == 10


def test_many_requests_at_once(talker: TalkingClient) -> None:
    """Twenty answers come, each to its request, whatever their order."""
    symbols = ["SPY", "QQQ", "IWM", "AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA"]
    for number, symbol in enumerate(symbols * 2):
        ask_for_bars(talker, 101 + number, symbol, duration="2 D", bar_size="1 day")
    closes = {number: [bar["close"] for bar in bars_of(talker, 101 + number)] for number in range(20)}
    assert all(len(found) == 2 for found in closes.values())
    assert all(closes[number] == closes[number + 10] for number in range(10))
    wait_until(lambda: len(talker.all("historicalDataEnd")) == 20, "an end for each")
    assert len({tuple(found) for found in closes.values()}) == 10
