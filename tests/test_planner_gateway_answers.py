"""What the gateway says of contracts, positions and orders, in the planner's database; on SQLite and PostgreSQL."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tickring.config.structs import Config, ContractConfig, PlannerConfig, SegmentConfig
from tickring.db import Contract, Position, WorkingOrder
from tickring.db.event_log import newest_events
from tickring.errors import InvalidSymbol
from tickring.feeder.contract_store import ContractStore
from tickring.feeder_answers import AccountAnswer, ContractAnswer, ContractFacts, HeldContract, OpenOrder
from tickring.known_contract import KnownContract
from tickring.names import FEEDER_CONTRACTS_FILE
from tickring.planner.account_intake import AccountIntake
from tickring.planner.contract_answers import Outcome, take_answer
from tickring.planner.contract_book import stored_contracts
from tickring.planner.contract_clerk import ContractClerk
from tickring.planner.contract_word import contract_doubt
from tickring.planner.contracts import pin_contract
from tickring.planner.event_queue import EventQueue
from tickring.planner.gateway_intake import GatewayIntake
from tickring.planner.held_symbols import find_held_symbols
from tickring.planner.kept_contracts import KeptContracts
from tickring.planner.set_look import SetLook
from tickring.planner.wanted import Origin
from tickring.states import ApiMode

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tickring.config import DatabaseConfig
    from tickring.db import Database

DAY = 86_400.0
NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
AT = "2026-03-04T15:00:00.000000Z"


def facts(con_id: int, **values: Any) -> ContractFacts:
    """A US stock of the name SPY, but for these."""
    usual: dict[str, Any] = {
        "symbol": "SPY",
        "sec_type": "STK",
        "exchange": "SMART",
        "primary_exchange": "ARCA",
        "currency": "USD",
        "min_tick": "0.01",
        "time_zone_id": "US/Eastern",
        "liquid_hours": "20260304:0930-20260304:1600;20260305:0930-20260305:1600",
    }
    return ContractFacts(con_id=con_id, **{**usual, **values})


def told(*found: ContractFacts, symbol: str = "SPY", **values: Any) -> ContractAnswer:
    """The gateway's answer about a symbol."""
    return ContractAnswer(question=1, symbol=symbol, found=found, at=AT, **values)


def kinds(session: Session) -> list[str]:
    """What the log has of contracts, the oldest first."""
    return [event.kind for event in reversed(newest_events(session, 50)) if event.kind.startswith("contract.")]


def held(con_id: int, symbol: str, quantity: str, **values: Any) -> HeldContract:
    """A position in dollars of account SIM1, but for these."""
    usual: dict[str, Any] = {"account": "SIM1", "sec_type": "STK", "currency": "USD", "average_cost": "10.5"}
    return HeldContract(con_id=con_id, symbol=symbol, quantity=quantity, **{**usual, **values})


def order(key: str, symbol: str, quantity: str, *, con_id: int = 0) -> OpenOrder:
    """An order to buy of account SIM1."""
    return OpenOrder(
        account="SIM1",
        order_key=key,
        con_id=con_id,
        symbol=symbol,
        sec_type="STK",
        currency="USD",
        side="buy",
        quantity=quantity,
    )


def account(
    positions: tuple[HeldContract, ...] | None, orders: tuple[OpenOrder, ...] | None = (), at: str = AT
) -> AccountAnswer:
    """The gateway's word about account SIM1."""
    return AccountAnswer(accounts=("SIM1",), positions=positions, orders=orders, at=at)


def write(database: Database, answer: AccountAnswer) -> None:
    """Take an answer down."""
    intake = AccountIntake()
    intake.add(answer)
    intake.flush(database)


# ---- contracts -------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_with_tick_size_and_hours(database: Database) -> None:
    """Exact, with its moment; a second one of the same is no event; nothing of it counts as pinned."""
    with database.writing() as session:
        taken = take_answer(session, told(facts(756733)), ApiMode.PAPER)
        assert taken == (Outcome.RESOLVED, "", False)
        take_answer(session, told(facts(756733)), ApiMode.PAPER)
    with database.reading() as session:
        row = session.get_one(Contract, "SPY")
        assert (row.con_id, row.min_tick, row.primary_exchange) == (756733, Decimal("0.01"), "ARCA")
        assert (row.time_zone_id, row.told_by, row.is_pinned) == ("US/Eastern", "ib", False)
        assert row.resolved_at is not None
        assert row.liquid_hours.startswith("20260304:0930")
        assert kinds(session) == ["contract.resolved"]
        assert stored_contracts(session) == {}


def test_another_number_and_other_hours_are_told(database: Database) -> None:
    """Days that have passed are no change; a day that both know is."""
    with database.writing() as session:
        take_answer(session, told(facts(1)), ApiMode.LIVE)
        later = facts(1, liquid_hours="20260305:0930-20260305:1600;20260306:0930-20260306:1300")
        assert not take_answer(session, told(later), ApiMode.LIVE).is_other
        assert kinds(session) == ["contract.resolved"]
        shorter = facts(1, liquid_hours="20260305:0930-20260305:1600;20260306:CLOSED")
        take_answer(session, told(shorter), ApiMode.LIVE)
        assert take_answer(session, told(facts(2, liquid_hours=shorter.liquid_hours)), ApiMode.LIVE).is_other
        assert kinds(session) == ["contract.resolved", "contract.hours_changed", "contract.renumbered"]
        assert session.get_one(Contract, "SPY").con_id == 2


def test_several_are_candidates_and_none_is_taken(database: Database) -> None:
    """What was known before stays; one event however often it is asked; one answer later, nothing is left of them."""
    with database.writing() as session:
        for _ in range(2):
            taken = take_answer(session, told(facts(1), facts(2, primary_exchange="NYSE")), ApiMode.LIVE)
            assert taken.outcome is Outcome.AMBIGUOUS
            assert "2 contracts fit: ARCA USD (1), NYSE USD (2)" in taken.why
        row = session.get_one(Contract, "SPY")
        assert (row.con_id, [one["con_id"] for one in msgspec.json.decode(row.candidates)]) == (None, [1, 2])
        assert kinds(session) == ["contract.ambiguous"]
        take_answer(session, told(facts(2)), ApiMode.LIVE)
        assert (row.con_id, row.candidates) == (2, "")


def test_nothing_found_changes_nothing(database: Database) -> None:
    """Unknown is logged, no answer is not; neither makes a row or takes anything away."""
    with database.writing() as session:
        assert take_answer(session, told(code=200, text="No security"), ApiMode.LIVE) == (
            Outcome.UNKNOWN,
            "200: No security",
            False,
        )
        assert take_answer(session, told(text="nobody"), ApiMode.LIVE).outcome is Outcome.UNANSWERED
        assert session.get(Contract, "SPY") is None
        take_answer(session, told(facts(7)), ApiMode.LIVE)
        take_answer(session, told(code=200, text="No security"), ApiMode.LIVE)
        assert session.get_one(Contract, "SPY").con_id == 7
        assert kinds(session) == ["contract.unknown", "contract.resolved", "contract.unknown"]
        with pytest.raises(InvalidSymbol):
            take_answer(session, told(facts(8), symbol="../x"), ApiMode.LIVE)


def test_what_is_said_again_is_logged_once(database: Database) -> None:
    """One event for each doubt of a symbol, however often it is asked; another one when it is over or another one."""
    unknown, good = told(code=200, text="No security"), told(facts(7))
    with database.writing() as session:
        for answer in (good, unknown, unknown, good, good, unknown):
            take_answer(session, answer, ApiMode.LIVE)
        assert kinds(session) == ["contract.resolved", "contract.unknown"] * 2
        take_answer(session, told(code=321, text="other words"), ApiMode.LIVE)
        assert kinds(session)[4:] == ["contract.unknown"]
    with database.writing() as session:
        pin_contract(session, "SPY", ContractConfig(con_id=8))
        for _ in range(3):
            assert take_answer(session, good, ApiMode.LIVE).outcome is Outcome.CONFLICT
        assert kinds(session)[5:] == ["contract.pinned", "contract.conflict"]
        doubt = contract_doubt(session, "SPY")
        assert doubt is not None
        assert doubt.text == "is pinned to contract 8, the gateway says 7"
        pin_contract(session, "SPY", ContractConfig(con_id=7))
        assert contract_doubt(session, "SPY") is None
        assert contract_doubt(session, "QQQ") is None


def test_what_was_pinned_stays_and_learns_its_hours(database: Database) -> None:
    """Its words are the user's; another number is a conflict, also one that another symbol has."""
    with database.writing() as session:
        pin_contract(session, "SHOP.TO", ContractConfig(symbol="SHOP", currency="CAD", con_id=5, exchange="TSE"))
        answer = told(facts(5, symbol="SHOP", currency="CAD", exchange="SMART"), symbol="SHOP.TO")
        assert take_answer(session, answer, ApiMode.LIVE).outcome is Outcome.RESOLVED
        row = session.get_one(Contract, "SHOP.TO")
        assert (row.exchange, row.is_pinned, row.min_tick) == ("TSE", True, Decimal("0.01"))
        other = take_answer(session, told(facts(6), symbol="SHOP.TO"), ApiMode.LIVE)
        assert (other.outcome, row.con_id) == (Outcome.CONFLICT, 5)
        second = take_answer(session, told(facts(5), symbol="SHOP"), ApiMode.LIVE)
        assert second.outcome is Outcome.CONFLICT
        assert "which is 'SHOP.TO' here" in second.why
        assert set(stored_contracts(session)) == {"SHOP.TO"}


def test_a_simulators_word_is_nothing_to_a_real_gateway(database: Database) -> None:
    """Its numbers name no position, are replaced at once, and never replace IB's."""
    with database.writing() as session:
        take_answer(session, told(facts(5)), ApiMode.MOCK)
        take_answer(session, told(facts(5), symbol="QQQ"), ApiMode.LIVE)  # at IB that number is another's
        assert session.get_one(Contract, "QQQ").con_id == 5
        assert session.get_one(Contract, "SPY").con_id is None
        take_answer(session, told(facts(6)), ApiMode.MOCK)
        session.add(Position(account="U1", position_key="6", symbol="XOM", con_id=6, quantity=Decimal(1), seen_at=NOW))
        assert [one.symbol for one in find_held_symbols(session, {}, ApiMode.LIVE).symbols] == ["XOM"]
        take_answer(session, told(facts(9)), ApiMode.LIVE)
        refused = take_answer(session, told(facts(6)), ApiMode.MOCK)
        assert (refused.outcome, session.get_one(Contract, "SPY").con_id) == (Outcome.CONFLICT, 9)


def test_what_the_feeder_found_is_taken_in(database: Database, tmp_path: Path) -> None:
    """By the file that it keeps; what is pinned, described otherwise or another gateway's stays out of the table."""
    segment = tmp_path / "segment"
    segment.mkdir()
    file = segment / FEEDER_CONTRACTS_FILE

    def known(con_id: int, symbol: str) -> KnownContract:
        return KnownContract(con_id=con_id, symbol=symbol, sec_type="STK", exchange="SMART", currency="USD")

    store = ContractStore(file, "paper")
    store.keep("SPY", ContractConfig(), known(1, "SPY"))
    store.keep("BRK.B", ContractConfig(symbol="BRK B"), known(2, "BRK B"))
    store.keep("ODD", ContractConfig(exchange="NYSE"), known(3, "ODD"))
    store.keep("PINNED", ContractConfig(), known(4, "PINNED"))
    store.keep("TAKEN", ContractConfig(), known(5, "TAKEN"))
    store.save()
    with database.writing() as session:
        pin_contract(session, "PINNED", ContractConfig(con_id=44))
        pin_contract(session, "OURS", ContractConfig(con_id=5))
    configured = {"BRK.B": ContractConfig(symbol="BRK B")}
    KeptContracts(str(segment), ApiMode.LIVE, configured).flush(database)
    with database.reading() as session:
        assert {row.symbol for row in session.scalars(sa.select(Contract))} == {"PINNED", "OURS"}
    kept = KeptContracts(str(segment), ApiMode.PAPER, configured)
    kept.flush(database)
    with database.reading() as session:
        rows = {row.symbol: row for row in session.scalars(sa.select(Contract))}
        assert {symbol: row.con_id for symbol, row in rows.items()} == {"PINNED": 44, "OURS": 5, "SPY": 1, "BRK.B": 2}
        assert (rows["BRK.B"].ib_symbol, rows["SPY"].resolved_at, rows["SPY"].told_by) == ("BRK B", None, "ib")
        assert not kept.differs(rows["SPY"])
    store.keep("SPY", ContractConfig(), known(9, "SPY"))
    store.save()
    kept.flush(database)
    with database.reading() as session:
        row = session.get_one(Contract, "SPY")
        assert (row.con_id, kept.differs(row)) == (1, True)
    file.write_text("{half")
    kept.flush(database)  # said in the log, and no error


# ---- positions and orders --------------------------------------------------------------------------------------------


def test_positions_and_orders_are_as_told(database: Database) -> None:
    """Every digit; what is gone goes, accounts that were not told stay; half an answer is none."""
    with database.writing() as session:
        other = Position(account="SIM2", position_key="1", symbol="KO", quantity=Decimal(3), seen_at=NOW)
        seeded = Position(account="SIM1", position_key="KO:USD", symbol="KO", quantity=Decimal(3), seen_at=NOW)
        session.add_all([other, seeded])
    option = held(77, "AAPL", "-2", sec_type="OPT", multiplier="100", average_cost="1234.5678901234567890")
    write(database, account((held(1, "SPY", "120.5"), option), (order("900", "QQQ", "70"),)))
    with database.reading() as session:
        rows = {(row.account, row.symbol): row for row in session.scalars(sa.select(Position))}
        assert set(rows) == {("SIM1", "SPY"), ("SIM1", "AAPL"), ("SIM2", "KO")}
        spy, aapl = rows["SIM1", "SPY"], rows["SIM1", "AAPL"]
        assert (spy.quantity, spy.average_cost, spy.multiplier) == (Decimal("120.5"), Decimal("10.5"), Decimal(1))
        assert (aapl.sec_type, aapl.multiplier) == ("OPT", Decimal(100))
        assert aapl.average_cost == Decimal("1234.5678901234567890")
        assert spy.seen_at == NOW
        (one,) = session.scalars(sa.select(WorkingOrder))
        assert (one.order_key, one.side, one.quantity) == ("900", "buy", Decimal(70))
    write(database, account(None, None))
    write(database, account((held(1, "SPY", "0"),), None, at="2026-03-04T15:01:00.000000Z"))
    with database.reading() as session:
        rows = {(row.account, row.symbol): row for row in session.scalars(sa.select(Position))}
        assert set(rows) == {("SIM1", "SPY"), ("SIM2", "KO")}
        assert rows["SIM1", "SPY"].seen_at == NOW + timedelta(minutes=1)
        assert len(list(session.scalars(sa.select(WorkingOrder)))) == 1
    write(database, account((), ()))
    with database.reading() as session:
        assert [row.account for row in session.scalars(sa.select(Position))] == ["SIM2"]
        assert not list(session.scalars(sa.select(WorkingOrder)))


def test_an_option_is_not_its_stock(database: Database) -> None:
    """Its price would be another one: no symbol until somebody gives it one, and said to be so."""
    with database.writing() as session:
        pin_contract(session, "AAPL_CALL", ContractConfig(symbol="AAPL", sec_type="OPT", con_id=78))
    option = held(77, "AAPL", "1", sec_type="OPT", multiplier="100")
    call = held(78, "AAPL", "1", sec_type="OPT", multiplier="100")
    write(database, account((option, call), (order("1", "QQQ", "1"),)))
    with database.reading() as session:
        found = find_held_symbols(session, {}, ApiMode.MOCK)
    assert {one.symbol: one.origin for one in found.symbols} == {
        "AAPL_CALL": Origin.POSITION,
        "QQQ": Origin.WORKING_ORDER,
    }
    assert "is of type OPT, but AAPL is STK here" in found.unnamed["position AAPL (USD)"]
    assert sorted(one.symbol for one in found.positions or ()) == ["AAPL (77)", "AAPL_CALL"]


def test_a_look_writes_what_waits_and_streams_it_above_the_limit(
    feed_place: str, database_config: DatabaseConfig, database: Database
) -> None:
    """One look: the gateway's positions are in the database, in the wanted set and in the table beside the segment."""
    config = Config(segment=SegmentConfig(name=feed_place), database=database_config)
    config = msgspec.structs.replace(config, stream=msgspec.structs.replace(config.stream, api_mode="mock"))
    intake = GatewayIntake(config)
    intake.accounts.add(account((held(1, "SPY", "5"),), (order("1", "QQQ", "1"),)))
    intake.contracts.add(told(facts(1)))
    look = SetLook(config, EventQueue(), intake=intake)
    found = look.look()
    look.close()
    assert [(one.symbol, one.origin) for one in found.wanted] == [
        ("SPY", Origin.POSITION),
        ("QQQ", Origin.WORKING_ORDER),
    ]
    assert [(one.symbol, one.quantity, one.account) for one in found.positions or ()] == [("SPY", 5.0, "SIM1")]
    assert found.contracts["SPY"] == ContractConfig()
    assert found.told_at["SPY"] is not None
    with database.reading() as session:
        assert session.get_one(Contract, "SPY").told_by == "simulator"


@pytest.fixture
def feed_place(tmp_path: Path) -> str:
    """A segment's directory without a segment."""
    place = tmp_path / "place"
    place.mkdir()
    return str(place)


# ---- which contract is asked about -----------------------------------------------------------------------------------

CLERK = PlannerConfig(contract_period_s=2.0, contract_age_limit_s=7 * DAY, contract_retry_s=3600.0)


def asked(
    clerk: ContractClerk,
    told_at: dict[str, datetime | None],
    *,
    now_s: float = 0.0,
    is_open: bool | None = False,
    idle: tuple[str, ...] = (),
) -> str:
    """The symbol of the question that is due; empty: none. Those of `idle` are not streamed."""
    others = {symbol: ContractConfig() for symbol in told_at}
    streamed = {symbol: contract for symbol, contract in others.items() if symbol not in idle}
    question = clerk.step(
        now_s, NOW, streamed=streamed, others=others, told_at=told_at, is_open=lambda _symbol: is_open
    )
    return "" if question is None else question.symbol


@pytest.mark.parametrize(
    ("age_days", "is_open", "is_asked"),
    [(6, False, False), (8, False, True), (8, True, False), (8, None, False), (13, True, False), (15, True, True)],
)
def test_old_contracts_are_asked_about_while_their_market_is_closed(
    age_days: int, is_open: bool | None, is_asked: bool
) -> None:
    """After a week; while it is open, or nobody knows, only after two."""
    clerk = ContractClerk(CLERK)
    assert bool(asked(clerk, {"SPY": NOW - timedelta(days=age_days)}, is_open=is_open)) is is_asked


def test_the_most_urgent_comes_first_and_each_once() -> None:
    """Those of which nothing is known, then the oldest; one every two seconds; none twice within the retry time."""
    clerk = ContractClerk(CLERK)
    told_at = {"A": NOW - timedelta(days=8), "B": NOW - timedelta(days=9), "C": None, "D": NOW}
    order_of = [asked(clerk, told_at, now_s=now_s, is_open=False) for now_s in (0, 1, 2, 4, 6, 8)]
    assert order_of == ["C", "", "B", "A", "", ""]
    assert asked(clerk, told_at, now_s=3601) == "C"


def test_a_refused_contract_is_asked_about_though_it_is_new() -> None:
    """Error 200 of its stream: once, then not again before the retry time; an answer is to be written down."""
    clerk = ContractClerk(CLERK)
    assert asked(clerk, {"SPY": NOW}) == ""
    assert not clerk.hear(ContractAnswer(question=0, symbol="SPY", code=200, text="No security"), 3.0)
    assert asked(clerk, {"SPY": NOW}, now_s=4, is_open=True) == "SPY"
    assert not clerk.hear(ContractAnswer(question=0, symbol="SPY", code=200, text="No security"), 5.0)
    assert asked(clerk, {"SPY": NOW}, now_s=8, is_open=True) == ""
    assert clerk.hear(ContractAnswer(question=4, symbol="SPY", code=200, text="No security"), 9.0)
    assert clerk.hear(told(facts(1)), 9.0)


def test_no_answer_is_asked_for_again_soon() -> None:
    """A gateway that was away is no reason to wait an hour."""
    clerk = ContractClerk(CLERK)
    assert asked(clerk, {"SPY": None}) == "SPY"
    assert not clerk.hear(ContractAnswer(question=4, symbol="SPY", text="no session"), 5.0)
    assert asked(clerk, {"SPY": None}, now_s=34) == ""
    assert asked(clerk, {"SPY": None}, now_s=36) == "SPY"


def test_what_is_not_streamed_is_asked_about_too_when_no_streamed_one_is_due() -> None:
    """Wanted without a place, or kept: known ones after a week whatever their market does, and not again and again."""
    clerk = ContractClerk(CLERK)
    old, older = NOW - timedelta(days=8), NOW - timedelta(days=30)
    told_at = {"KEPT": older, "STREAMED": old, "WAITING": None, "YOUNG": NOW}
    idle = ("KEPT", "WAITING", "YOUNG")
    order_of = [asked(clerk, told_at, now_s=now_s, idle=idle) for now_s in (0, 1, 2, 4, 6)]
    assert order_of == ["STREAMED", "", "WAITING", "KEPT", ""]
    assert asked(clerk, told_at, now_s=3601, idle=("KEPT", "STREAMED", "YOUNG")) == "WAITING"  # it is streamed now
    assert asked(clerk, {"KEPT": older}, now_s=DAY, idle=idle, is_open=True) == ""
    assert asked(clerk, {"KEPT": older}, now_s=8 * DAY, idle=idle, is_open=True) == "KEPT"
    assert not clerk.hear(ContractAnswer(question=4, symbol="KEPT", text="no session"), 8 * DAY)
    assert asked(clerk, {"KEPT": older}, now_s=8 * DAY + 40, idle=idle) == "KEPT"


@settings(max_examples=50)
@given(
    ages=st.lists(st.one_of(st.none(), st.floats(0, 40)), max_size=12),
    steps=st.lists(st.floats(0.01, 5), max_size=60),
)
def test_it_never_is_a_storm(ages: list[float | None], steps: list[float]) -> None:
    """Whatever is old or unknown: never two questions within the period, never one symbol twice within the retry."""
    clerk = ContractClerk(CLERK)
    told_at = {f"S{number}": None if age is None else NOW - timedelta(days=age) for number, age in enumerate(ages)}
    now_s = 0.0
    questions: list[tuple[float, str]] = []
    for step in steps:
        now_s += step
        symbol = asked(clerk, told_at, now_s=now_s)
        if symbol:
            questions.append((now_s, symbol))
    assert all(later - earlier >= 2.0 for (earlier, _), (later, _) in itertools.pairwise(questions))
    assert len({symbol for _, symbol in questions}) == len(questions)
