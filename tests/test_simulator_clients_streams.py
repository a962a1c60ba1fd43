"""Clients of other people watch quotes of the simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import CLIENTS, IB_ASYNC, IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.clients.fixtures import NEWEST_SESSIONS
from tests.clients.talking import TalkingClient, new_client_id, stock
from tests.clients.tick_story import SIZE_OF_PRICE, heard_ticks, tick_values, wait_until_all_is_heard
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tickring.simulator.running import SimulatorProcess

each_client_once = pytest.mark.parametrize("session", NEWEST_SESSIONS, ids=str, indirect=True)

BID_SIZE, BID, ASK, ASK_SIZE, LAST, LAST_SIZE, HIGH, LOW, VOLUME, CLOSE, OPEN = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14
BID_EXCHANGE, ASK_EXCHANGE, LAST_TIMESTAMP, SHORTABLE, RT_VOLUME, HALTED, LAST_EXCHANGE, SHORTABLE_SHARES = (
    *(32, 33, 45, 46),
    *(48, 49, 84, 89),
)
FIRST = {BID, BID_SIZE, ASK, ASK_SIZE, LAST, LAST_SIZE, VOLUME, CLOSE, LAST_TIMESTAMP, HALTED}
DELAYED = {*range(66, 77), 88, 90}


def wait_for_value(talker: TalkingClient, req_id: int, number: int, value: float | str, since: int = 0) -> None:
    """Return when the tick type has brought this value."""
    wait_until(
        lambda: value in tick_values(talker, req_id, number, since),
        f"{talker.name} hears {value!r} as tick {number} of {req_id}",
        show=lambda: heard_ticks(talker, req_id, since)[-20:],
    )


# ---- values ----


def test_every_tick_is_heard_as_it_was_sent(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Prices, sizes, texts and numbers of several symbols, among them very dear and very cheap ones, in order."""
    contracts = ["SPY", "NVDA", "BRK A", "MULN", "BRK B"]
    for req_id, symbol in enumerate(contracts, 101):
        talker.subscribe(req_id, stock(symbol), "233,236")
    talker.wait_for_ticks(101, 40)
    gateway.do("mute")
    for req_id in range(101, 101 + len(contracts)):
        ticks = wait_until_all_is_heard(talker, gateway, req_id)
        assert {number for number, _ in ticks} >= FIRST | {SHORTABLE, SHORTABLE_SHARES}, contracts[req_id - 101]


def test_the_first_messages_come_in_a_gateways_order(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """marketDataType, tickReqParams, then last timestamp, last, halted, volume, then the rest."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 10)
    calls = [told["call"] for told in talker.heard if told["args"].get("reqId", told["args"].get("tickerId")) == 101]
    assert calls[:2] == ["marketDataType", "tickReqParams"]
    assert talker.all("marketDataType") == [{"reqId": 101, "marketDataType": 1}]
    (parameters,) = talker.all("tickReqParams")
    assert (parameters["minTick"], parameters["snapshotPermissions"]) == (0.01, 3)
    gateway.do("mute")
    numbers = [number for number, _ in wait_until_all_is_heard(talker, gateway, 101)]
    assert numbers[:9] == [LAST_TIMESTAMP, LAST, LAST_SIZE, HALTED, VOLUME, BID, BID_SIZE, ASK, ASK_SIZE]


def test_a_price_is_followed_by_its_size_again(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """The size inside a price message comes again in a message of its own; bids and asks can execute, last cannot."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 40)
    gateway.do("mute")
    wait_until_all_is_heard(talker, gateway, 101)
    ticks = [told for told in talker.heard if told["call"] in {"tickPrice", "tickSize"}]
    pairs = 0
    for at, told in enumerate(ticks):
        size_number = SIZE_OF_PRICE.get(told["args"]["tickType"]) if told["call"] == "tickPrice" else None
        if size_number is None:
            continue
        after = ticks[at + 1 : at + 3]
        if talker.is_ibapi:
            assert told["args"]["attrib"]["canAutoExecute"] == (told["args"]["tickType"] != LAST)
            sizes = [size["args"]["size"] for size in after]
        else:
            sizes = [told["args"]["size"], after[0]["args"]["size"]]
        assert sizes[0] == sizes[1], (told, after)
        pairs += 1
    assert pairs >= 3


def test_units_depend_on_the_version(start_simulator: Callable[..., SimulatorProcess]) -> None:
    """Of one and the same quote: sizes in lots at 157, in shares from 178; volume in hundreds to 178, shares at 225."""
    simulator = start_simulator(always_open=True, pace=0, sample_s=0.05, max_server_version=226)
    simulator.do("halt", symbol="NVDA", value=2)  # the quote stands still
    sizes: dict[str, dict[int, float]] = {}
    for name in CLIENTS:
        with TalkingClient(name) as talker:
            talker.connect(simulator.port, new_client_id())
            talker.subscribe(101, stock("NVDA"))
            wait_until(lambda talker=talker: tick_values(talker, 101, CLOSE), "a whole quote")  # type: ignore[misc]
            heard = dict(heard_ticks(talker, 101))
            sizes[name] = {number: float(heard[number]) for number in (BID_SIZE, ASK_SIZE, LAST_SIZE, VOLUME)}
    shares = sizes[IBAPI_10_51]
    assert sizes[IBAPI_10_46] == shares
    assert sizes[IB_ASYNC] == {**shares, VOLUME: shares[VOLUME] // 100}
    assert sizes[IBAPI_9] == {number: size // 100 for number, size in shares.items()}
    assert shares[VOLUME] > 1_000_000


# ---- absent and halted ----


def test_a_closed_market_has_no_bid(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """When the market closes bid and ask become -1 with size 0, and real again when it opens."""
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101, 20)
    since = len(talker.heard)
    gateway.do("market", phase="closed")
    for number in (BID, ASK):
        wait_for_value(talker, 101, number, -1.0, since)
    absent = next(told["args"] for told in talker.heard[since:] if told["args"].get("price") == -1.0)
    if talker.is_ibapi:
        talker.wait_for("tickSize", since, reqId=101, tickType=SIZE_OF_PRICE[absent["tickType"]], size=0)
    else:
        assert absent["size"] == 0
    since = len(talker.heard)
    gateway.do("market", phase="open")
    wait_until(lambda: any(value != -1.0 for value in tick_values(talker, 101, BID, since)), "a bid is back")


@each_client_once
def test_a_halt(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Halted is 1 and there is no quote, then 0 and there is one; another symbol is not concerned."""
    talker.subscribe(101, stock("AAPL"))
    talker.subscribe(102, stock("SPY"))
    talker.wait_for_ticks(101, 20)
    talker.wait_for_ticks(102, 20)
    assert tick_values(talker, 101, HALTED) == [0.0]
    try:
        gateway.do("halt", symbol="AAPL", value=1)
        wait_for_value(talker, 101, HALTED, 1.0)
        wait_for_value(talker, 101, BID, -1.0)
    finally:
        gateway.do("halt", symbol="AAPL", value=0)
    wait_until(lambda: tick_values(talker, 101, HALTED) == [0.0, 1.0, 0.0], "trading goes on")
    assert tick_values(talker, 102, HALTED) == [0.0]


@each_client_once
def test_a_price_can_be_moved(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """Half the price is heard as half the price."""
    talker.subscribe(101, stock("KO"))
    talker.wait_for_ticks(101, 20)
    before = float(tick_values(talker, 101, BID)[-1])
    try:
        gateway.do("price", symbol="KO", factor=0.5)
        wait_until(lambda: float(tick_values(talker, 101, BID)[-1]) < 0.6 * before, "half the price")
        assert float(tick_values(talker, 101, BID)[-1]) > 0.4 * before
    finally:
        gateway.do("price", symbol="KO", factor=1.0)


# ---- delayed and frozen ----


def test_delayed_data_has_numbers_of_its_own(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """With type 3, where live data is missing: marketDataType 3, the advisory 10167, ticks 66 to 76, 88 and 90."""
    talker.call("reqMarketDataType", 3)
    talker.subscribe(101, stock("OTCM"))
    talker.wait_for("marketDataType", reqId=101, marketDataType=3)
    talker.wait_for_code(10167, reqId=101)
    talker.wait_for_ticks(101, 6)
    calls = [told["call"] for told in talker.heard if told["args"].get("reqId") == 101]
    assert calls.index("marketDataType") < calls.index("error") < calls.index("tickPrice")
    gateway.do("mute")
    numbers = {number for number, _ in wait_until_all_is_heard(talker, gateway, 101)}
    assert numbers <= DELAYED
    assert numbers >= {66, 67, 68, 69, 70, 71, 74, 75, 88, 90}


@each_client_once
def test_live_data_comes_whatever_was_asked_for(talker: TalkingClient) -> None:
    """Type 3 is a permission to downgrade: with a live subscription the ticks are live."""
    talker.call("reqMarketDataType", 3)
    talker.subscribe(101, stock("SPY"))
    talker.wait_for_ticks(101)
    assert talker.all("marketDataType") == [{"reqId": 101, "marketDataType": 1}]
    assert {number for number, _ in heard_ticks(talker, 101)}.isdisjoint(DELAYED)


def test_frozen_data_after_the_close(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """With type 2 a closed market is told as frozen."""
    gateway.do("market", phase="closed")
    talker.call("reqMarketDataType", 2)
    talker.subscribe(101, stock("SPY"))
    talker.wait_for("marketDataType", reqId=101, marketDataType=2)
    wait_until(lambda: tick_values(talker, 101, LAST), "the last price")


def test_generic_ticks_come_when_asked_for(talker: TalkingClient, gateway: SimulatorProcess) -> None:
    """233 brings RTVolume with six parts, 236 what can be sold short; without them neither comes."""
    talker.subscribe(101, stock("NVDA"), "233,236")
    talker.subscribe(102, stock("NVDA"))
    wait_until(lambda: tick_values(talker, 101, RT_VOLUME), "RTVolume")
    talker.wait_for_ticks(102, 20)
    gateway.do("mute")
    wait_until_all_is_heard(talker, gateway, 101)
    price, size, time_ms, volume, _, is_single = str(tick_values(talker, 101, RT_VOLUME)[0]).split(";")
    assert float(price) in tick_values(talker, 101, LAST)
    assert float(size) in tick_values(talker, 101, LAST_SIZE)
    assert float(volume) in tick_values(talker, 101, VOLUME)
    assert str(int(time_ms) // 1000) in tick_values(talker, 101, LAST_TIMESTAMP)
    assert is_single == "true"
    assert tick_values(talker, 101, SHORTABLE) == [3.0]
    assert len(tick_values(talker, 101, SHORTABLE_SHARES)) == 1
    assert {RT_VOLUME, SHORTABLE, SHORTABLE_SHARES}.isdisjoint(number for number, _ in heard_ticks(talker, 102))
