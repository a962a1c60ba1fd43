"""What others ask of the gateway through the feeder, over the simulator's real socket, with every release of ibapi."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.clients.environments import IBAPI_9, IBAPI_10_46, IBAPI_10_51
from tests.feeder_inquiries import Inquiries
from tests.feeder_rig import FeederRig
from tests.twin_listings import TWINS
from tests.waiting import wait_until
from tickring.config.structs import ContractConfig
from tickring.drill.honesty import sent_until
from tickring.feeder.commands import WatchAccounts
from tickring.feeder_answers import AccountAnswer, ContractAnswer
from tickring.simulator.running import SimulatorProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMS = [(IBAPI_9, 157), (IBAPI_10_46, 200), (IBAPI_10_46, 225), (IBAPI_10_51, 226)]
"""Text with whole sizes, text, and protobuf from two releases."""


@pytest.fixture(params=FORMS, ids=lambda form: f"{form[0]} at {form[1]}")
def asking(
    request: pytest.FixtureRequest, segment_name: str, tmp_path: Path
) -> Iterator[tuple[SimulatorProcess, FeederRig, Inquiries]]:
    """A simulator, a feeder that streams SPY from it, and somebody who asks that feeder."""
    client, version = request.param
    listings = tmp_path / "listings.toml"
    listings.write_text(TWINS)
    with (
        SimulatorProcess.start(
            always_open=True, pace=0.1, sample_s=0.02, listings=str(listings), max_server_version=version
        ) as simulator,
        FeederRig(client, segment_name, simulator.port, ("SPY",)) as rig,
    ):
        rig.start()
        rig.wait_live()
        yield simulator, rig, Inquiries(rig)


@pytest.fixture
def world(segment_name: str) -> Iterator[tuple[SimulatorProcess, FeederRig, Inquiries]]:
    """The same with the newest release alone."""
    with (
        SimulatorProcess.start(always_open=True, pace=0.1, sample_s=0.02, max_server_version=226) as simulator,
        FeederRig(IBAPI_10_51, segment_name, simulator.port, ("SPY",)) as rig,
    ):
        rig.start()
        rig.wait_live()
        yield simulator, rig, Inquiries(rig)


def held(answer: AccountAnswer) -> dict[str, tuple[str, str]]:
    """Quantity and cost by IB's symbol."""
    return {one.symbol: (one.quantity, one.average_cost) for one in answer.positions or ()}


def test_a_contract_is_told_with_tick_size_and_hours(asking: tuple[SimulatorProcess, FeederRig, Inquiries]) -> None:
    """One, several or none; the stream beside it stays what it was."""
    _, rig, inquiries = asking
    (found,) = inquiries.ask("SPY", ContractConfig()).found
    assert (found.con_id, found.symbol, found.primary_exchange) == (756733, "SPY", "ARCA")
    assert (found.currency, found.min_tick, found.time_zone_id) == ("USD", "0.01", "US/Eastern")
    assert ":" in found.liquid_hours
    assert ":" in found.trading_hours
    twins = inquiries.ask("TWIN", ContractConfig())
    assert [(one.con_id, one.primary_exchange) for one in twins.found] == [(11, "NYSE"), (12, "ARCA")]
    assert [one.con_id for one in inquiries.ask("OURS", ContractConfig(symbol="TWIN", con_id=12)).found] == [12]
    nobody = inquiries.ask("NOSUCH", ContractConfig())
    assert (nobody.found, nobody.code) == ((), 200)
    rig.wait_live()


def test_positions_and_orders_are_read_and_followed(asking: tuple[SimulatorProcess, FeederRig, Inquiries]) -> None:
    """All of them with account and cost; a change at once, an order that is gone with the next list."""
    simulator, rig, inquiries = asking
    simulator.do("order", symbol="QQQ", side="SELL", quantity=100, filled=30)
    simulator.do("order", symbol="AMD", side="BUY", quantity=10, filled=10)
    rig.tell(WatchAccounts(0.3))
    whole = {"SPY": ("200", "480.25"), "AAPL": ("100", "171.5"), "TSLA": ("-50", "265")}
    first = inquiries.wait(AccountAnswer, lambda one: one.positions and one.orders, "positions and orders")
    assert held(first) == whole
    assert first.accounts == ("SIM1000001",)
    assert {one.account for one in first.positions or ()} == {"SIM1000001"}
    assert first.orders is not None
    (order,) = first.orders
    assert (order.symbol, order.side, order.quantity, order.account) == ("QQQ", "sell", "70", "SIM1000001")
    simulator.do("hold", symbol="IWM", quantity=12.5 if rig.client != IBAPI_9 else 12, average_cost=201.125)
    inquiries.wait(AccountAnswer, lambda one: "IWM" in held(one), "the new position")
    simulator.do("order", symbol="QQQ", quantity=0)
    inquiries.wait(AccountAnswer, lambda one: one.orders == (), "an empty book")
    rig.wait_live()


def test_a_refused_stream_tells_that_its_contract_is_unknown(
    world: tuple[SimulatorProcess, FeederRig, Inquiries],
) -> None:
    """Under the question 0, which nobody has asked."""
    _, rig, inquiries = world
    rig.add(NOSUCH=ContractConfig())
    told = inquiries.wait(ContractAnswer, lambda one: one.symbol == "NOSUCH", "that it is unknown")
    assert (told.question, told.code, told.found) == (0, 200, ())


def test_a_gateway_that_does_not_answer_ends_a_question_in_time(
    world: tuple[SimulatorProcess, FeederRig, Inquiries],
) -> None:
    """Slow, then gone: an answer that says why; afterwards questions work again."""
    simulator, rig, inquiries = world
    simulator.do("slow", seconds=30)
    assert "has not answered within 1 s" in inquiries.ask("SPY", ContractConfig()).text
    simulator.do("slow", seconds=0)
    simulator.do("refuse", seconds=2)
    simulator.do("rst")
    assert "could not be asked in time" in inquiries.ask("QQQ", ContractConfig()).text
    rig.wait_live(timeout_s=20)
    assert [one.con_id for one in inquiries.ask("QQQ", ContractConfig()).found] == [500000002]


def test_a_silent_account_keeps_what_was_told(world: tuple[SimulatorProcess, FeederRig, Inquiries]) -> None:
    """No answer is no news, and never an empty book; the same holds for a session that broke amid a list."""
    simulator, rig, inquiries = world
    rig.tell(WatchAccounts(0.2))
    inquiries.wait(AccountAnswer, lambda one: len(held(one)) == 3, "the positions")
    simulator.do("slow", seconds=30)
    assert "has not answered" in inquiries.ask("SPY", ContractConfig()).text
    simulator.do("rst")
    simulator.do("slow", seconds=0)
    inquiries.answers.clear()
    rig.wait_live(timeout_s=20)
    inquiries.wait(AccountAnswer, lambda one: len(held(one)) == 3, "the positions again")
    assert all(len(held(one)) == 3 for one in inquiries.answers if isinstance(one, AccountAnswer))


def test_a_read_only_gateway_is_not_asked_for_orders_again(
    world: tuple[SimulatorProcess, FeederRig, Inquiries],
) -> None:
    """Its positions go on being read; what it refuses is not asked for every period."""
    simulator, rig, inquiries = world
    rig.tell(WatchAccounts(0.1))
    inquiries.wait(AccountAnswer, lambda one: one.orders == (), "the empty book")
    simulator.do("error", code=321, text="cause - The API interface is currently in Read-Only mode.")
    wait_until(lambda: "feeder.orders_not_read" in rig.log(), "it is said", show=rig.show)

    def ends(kind: str) -> int:
        return sum(line.kind == kind for line in sent_until(simulator, time.monotonic_ns()))

    inquiries.ask("SPY", ContractConfig())
    orders, positions = ends("OpenOrderEnd"), ends("PositionEnd")
    wait_until(lambda: ends("PositionEnd") > positions + 3, "positions are read", show=rig.show)
    assert ends("OpenOrderEnd") == orders
    assert rig.log().count("feeder.orders_not_read") == 1


def test_nothing_is_read_from_an_account_unless_told(world: tuple[SimulatorProcess, FeederRig, Inquiries]) -> None:
    """Neither before nor after: a period of 0 ends it."""
    simulator, rig, inquiries = world
    assert not [line for line in simulator.sent() if line.kind in {"Position", "PositionEnd"}]
    rig.tell(WatchAccounts(0.1))
    inquiries.wait(AccountAnswer, lambda one: one.positions, "the positions")
    rig.tell(WatchAccounts(0))
    inquiries.ask("SPY", ContractConfig())
    inquiries.answers.clear()
    for _ in range(5):
        inquiries.ask("SPY", ContractConfig())
    assert [one for one in inquiries.answers if isinstance(one, AccountAnswer)] == []


def test_a_reader_that_stops_reading_stops_no_feeder(world: tuple[SimulatorProcess, FeederRig, Inquiries]) -> None:
    """Answers wait for whoever asked, and the stream goes on."""
    _, rig, inquiries = world
    rig.tell(WatchAccounts(0.01))
    rig.wait_live()
    before = rig.reader["SPY"].sequence
    rig.wait_words(lambda words: words.confirmed == 1, "it goes on telling")
    inquiries.wait(AccountAnswer, lambda one: one.positions, "the positions")
    assert rig.reader["SPY"].sequence > before
